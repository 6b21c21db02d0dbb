"""What people read of a bundle, in both languages."""

from dataclasses import replace
from datetime import date

from domain.benefit import Period
from domain.combination import CapSpan, Combination, Exclusion, HighestOnly, JointCap
from domain.facts import Audience, Label
from domain.policy import Document, Verification
from matcher.bundle.best import Option, Received, best_bundle
from matcher.bundle.sentences import BundleSentences

TITLES = {
    "a": Label("租房补贴", "Rent subsidy"),
    "b": Label("购房补贴", "Home buyer's subsidy"),
    "c": Label("培训补贴", "Training subsidy"),
}
APART = Combination(
    "apart", Audience.CITIZEN, Label("住房补贴只享一项", "One housing subsidy"),
    Document("住房补贴办法", "沪房〔2024〕1号"),
    Verification.RECALLED, date(2024, 1, 1), None, Exclusion("a", ("b",)),
)  # fmt: skip
HIGHEST = replace(
    APART,
    id="highest",
    terms=HighestOnly(("a", "b")),
    document=Document("住房补贴办法"),
    verification=Verification.ILLUSTRATIVE,
)
CAP = replace(APART, id="cap", label=Label("年度限额", "Yearly cap"), terms=JointCap(("a", "c"), 2_000, CapSpan.YEAR))


def said(options, combinations, received=()):
    bundle = best_bundle(options, combinations, {}, received)
    both = [BundleSentences(TITLES, language) for language in ("zh", "en")]
    return [
        [words.total(bundle), *map(words.taken, bundle.taken), *map(words.left_out, bundle.left_out)] for words in both
    ]


def once(**fen: int | None) -> list[Option]:
    return [Option(name, amount, Period.YEAR) for name, amount in fen.items()]


def test_one_instead_of_another_is_told_with_the_difference_and_the_rules_document():
    zh, en = said(once(a=500_000, b=380_000), [APART])
    assert zh == [
        "同时享受以下各项，全年合计5,000元",
        "“租房补贴”：全年5,000元",
        "“购房补贴”：不能与“租房补贴”同时享受（住房补贴只享一项，见《住房补贴办法》（沪房〔2024〕1号））。"
        "选“租房补贴”而不选“购房补贴”，全年多得1,200元",
    ]
    assert en == [
        "Taken together, these come to 5,000 yuan a year.",
        "“Rent subsidy”: 5,000 yuan a year.",
        "“Home buyer's subsidy”: not beside “Rent subsidy” (One housing subsidy; 住房补贴办法 (沪房〔2024〕1号)). "
        "“Rent subsidy” instead of “Home buyer's subsidy”: 1,200 yuan more a year.",
    ]


def test_a_group_and_a_tie_and_a_made_up_rule_are_said_to_be_so():
    zh, en = said(once(a=500, b=500), [HIGHEST])
    assert zh[-1] == (
        "“购房补贴”：与“租房补贴”从高不重复（住房补贴只享一项，见《住房补贴办法》，演示示例）。"
        "选“租房补贴”或选“购房补贴”，全年合计相同"
    )
    assert en[-1].endswith(
        "made up for the demo). “Rent subsidy” or “Home buyer's subsidy”: the year comes to the same."
    )


def test_a_cut_says_how_much_there_would_have_been():
    zh, en = said(once(a=150_050, c=180_000), [CAP])
    assert zh[1] == (
        "“租房补贴”：全年得200元，本可得1,500.50元，受限于：年度限额，见《住房补贴办法》（沪房〔2024〕1号）"
    )
    assert (
        en[1] == "“Rent subsidy”: 200 yuan a year of 1,500.50 yuan, cut by Yearly cap; 住房补贴办法 (沪房〔2024〕1号)."
    )


def test_what_is_not_counted_is_said():
    zh, _ = said(once(a=None, b=0), [APART])
    assert zh[1:] == ["“租房补贴”：金额尚不能确定，未计入", "“购房补贴”：按现有情况金额为零"]
    _, en = said(once(b=10, c=10), [APART, CAP], [Received("a", 200_000, 200_000)])
    assert en[1:] == [
        "“Home buyer's subsidy”: not beside “Rent subsidy”, received this year "
        "(One housing subsidy; 住房补贴办法 (沪房〔2024〕1号)).",
        "“Training subsidy”: a cap is used up (Yearly cap; 住房补贴办法 (沪房〔2024〕1号)).",
    ]


def test_nothing_to_add_up_is_said_and_not_counted_as_zero_yuan():
    assert said([], []) == [
        ["目前没有可以计入全年合计的金额"],
        ["As things stand, there is no amount to add up for the year."],
    ]
