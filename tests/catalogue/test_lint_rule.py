"""What lint says of rules: each kind of finding by an example, none for what is well, and none that is not so."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.lint import Severity
from catalogue.lint.positions import clauses_with_paths, position
from catalogue.lint.reading import Reading
from catalogue.lint.rule import rule_findings
from catalogue.lint.search import TooComplex
from domain.evaluate import evaluate
from domain.expression import All, AnyOf, AtLeast, Clause, Not
from domain.facts import Audience
from domain.rules import parse
from tests.catalogue.lint_texts import codes, found, policy
from tests.catalogue.test_lint_search import BOUNDED, bounded_profiles
from tests.matcher.rules import AS_OF_DAYS, DAY, PARAMETERS, WORDS
from tests.matcher.rules import policy as bare_policy
from tests.matcher.rules import rules as any_rules

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE


@pytest.mark.parametrize(
    ("rule", "code", "severity", "path", "said"),
    [
        pytest.param(
            {"all": ["age_years >= 65", "age_years < 60"]},
            "contradiction", E, ("all", 1),
            "「age_years >= 65」与「age_years < 60」不可能同时成立。因此没有任何对象符合条件。",
            id="bounds that exclude each other",
        ),
        pytest.param(
            {"any": ["veteran", {"all": ["renting", "age_years between 60 and 70", "age_years > 70"]}]},
            "contradiction", E, ("any", 1, "all", 2),
            "'age_years between 60 and 70' and 'age_years > 70' can never hold together.",
            id="in one branch",
        ),
        pytest.param(
            {"all": ["age_years >= param.elderly_age_years", "age_years < 60"]},
            "contradiction", E, ("all", 1),
            "(param.elderly_age_years is ",
            id="with a parameter",
        ),
        pytest.param(
            {"all": ["veteran", {"not": "veteran"}]}, "contradiction", E, ("all", 1),
            "'veteran' and not 'veteran' can never hold together.", id="with its opposite",
        ),
        pytest.param(
            {"all": ["renting", {"any": [{"all": ["age_years < 3", "age_years > 5"]}, "veteran"]}]},
            "contradiction", E, ("all", 1, "any", 0, "all", 1), "「age_years < 3」与「age_years > 5」", id="deep",
        ),
        pytest.param(
            {"all": ["renting", "age_years > 130"]}, "clause-never-holds", E, ("all", 1),
            "'age_years > 130' can never hold: Age can only be 0 to 130 years. So nobody can qualify.",
            id="beyond the fact's bounds",
        ),
        pytest.param(
            {"any": ["renting", "disability_level >= 5"]}, "clause-never-holds", W, ("any", 1),
            "「disability_level >= 5」永远不成立：残疾等级（0为无，1为一级）只能是0至4级", id="a branch beyond bounds",
        ),
        pytest.param(
            {"all": ["renting", "age_years >= 0"]}, "clause-always-holds", W, ("all", 1),
            "always holds where it is known: Age can only be 0 to 130 years.", id="below the fact's bounds",
        ),
        pytest.param(
            {"all": ["renting", "sex in [male, female]"]}, "clause-always-holds", W, ("all", 1),
            "性别可取的值使然", id="all words",
        ),
        pytest.param(
            "household_size >= 1", "clause-always-holds", W, (), "So everybody qualifies.", id="the whole rule",
        ),
        pytest.param(
            {"all": ["renting", {"not": "age_years > 200"}]}, "clause-never-holds", W, ("all", 1, "not"),
            "永远不成立", id="a needless not",
        ),
        pytest.param(
            {"all": ["age_years >= 60", "age_years >= 65"]}, "redundant-clause", W, ("all", 0),
            "'age_years >= 60' adds nothing: it holds wherever 'age_years >= 65' does.", id="a looser bound",
        ),
        pytest.param(
            {"all": ["renting", "veteran", "renting"]}, "redundant-clause", W, ("all", 2),
            "「renting」是多余的：只要「renting」成立，它就成立。", id="said twice: the later one",
        ),
        pytest.param(
            {"all": ["residence_area within shanghai.xuhui.tianping", "residence_area within shanghai.xuhui"]},
            "redundant-clause", W, ("all", 1), "adds nothing", id="a wider place",
        ),
        pytest.param(
            {"all": ["veteran", {"any": ["age_years < 60", {"all": ["veteran", "renting"]}]}]},
            "redundant-clause", W, ("all", 1, "any", 1, "all", 0), "「veteran」是多余的", id="asked further up",
        ),
        pytest.param(
            {"any": ["veteran", {"all": [{"not": "veteran"}, "renting"]}]},
            "redundant-clause", N, ("any", 1, "all", 0),
            "not 'veteran' decides nothing here: where it fails, the other branch 'veteran' is met.",
            id="a branch that only keeps clear of another",
        ),
        pytest.param(
            {"any": ["age_years >= 60", "age_years >= 65"]}, "unreachable-branch", W, ("any", 1),
            "The branch 'age_years >= 65' admits nobody more: whoever meets it meets 'age_years >= 60' already.",
            id="a branch within another",
        ),
        pytest.param(
            {"any": [{"all": ["veteran", "renting"]}, "renting"]}, "unreachable-branch", W, ("any", 0),
            "分支（「veteran」且「renting」）不会多出任何对象：符合它的，都已符合「renting」。", id="a longer branch",
        ),
        pytest.param(
            {"all": ["age_years >= 65", {"any": ["age_years < 60", "veteran"]}]},
            "unreachable-branch", W, ("all", 1, "any", 0),
            "can never be met: the rule also asks for 'age_years >= 65'.", id="a branch against the rest",
        ),
        pytest.param(
            {"all": ["renting", {"any": ["age_years < 60", "age_years >= 60"]}]},
            "branches-cover-all", W, ("all", 1), "decides nothing", id="branches for everybody",
        ),
        pytest.param(
            {"all": ["renting", {"at_least": {"count": 2, "of": ["age_years < 6", "age_years > 60", "sex == male"]}},
                     {"at_least": {"count": 3, "of": ["age_years < 7", "age_years > 61", "veteran"]}}]},
            "count-never-reached", E, ("all", 2, "at_least", "count"),
            "Of the 3 conditions at most 2 can hold together, but 3 are asked for.", id="a count out of reach",
        ),
        pytest.param(
            {"at_least": {"count": 1, "of": ["age_years < 60", "age_years >= 60", "veteran"]}},
            "count-always-reached", W, ("at_least", "count"), "必然至少有1项成立", id="a count that is always reached",
        ),
        pytest.param(
            {"all": ["age_years >= 65", {"at_least": {"count": 2, "of": ["age_years >= 60", "veteran", "renting"]}}]},
            "counted-anyway", W, ("all", 1, "at_least", "of", 0), "the rule also asks for 'age_years >= 65'",
            id="a count of what is asked anyway",
        ),
        pytest.param(
            {"at_least": {"count": 2, "of": ["veteran", "renting", "age_years > 130"]}},
            "clause-never-holds", W, ("at_least", "of", 2), "can never hold", id="within a count",
        ),
        pytest.param(
            {"any": [{"all": ["wage_cny_month < 5000", "renting"]}, {"all": ["wage_cny_month > 5000", "veteran"]}]},
            "band-gap", W, ("any", 1), "月工资为5000元/月的落在两个分支之间", id="a value between two branches",
        ),
        pytest.param(
            {"any": [{"all": ["age_years <= 17", "renting"]}, {"all": ["age_years >= 19", "veteran"]}]},
            "band-gap", W, ("any", 1), "Age 18 years falls between two branches", id="a whole number between",
        ),
    ],
)  # fmt: skip
def test_each_fault_of_a_rule_is_found_at_its_place(rule, code, severity, path, said):
    one = policy(rule)
    about = [finding for finding in found(one) if finding.code == code]
    assert about, codes(found(one))
    [finding] = about
    assert finding.severity is severity
    assert finding.path[1 : 1 + len(path)] == path
    assert said in finding.message.zh or said in finding.message.en
    assert finding.proposal.zh
    assert finding.proposal.en


def test_a_fault_is_found_once_and_nothing_else_with_it():
    assert codes(found(policy({"all": ["age_years >= 65", "age_years < 60"]}))) == ["contradiction"]
    assert codes(found(policy({"any": ["age_years >= 60", "age_years >= 65"]}))) == ["unreachable-branch"]


@pytest.mark.parametrize(
    "rule",
    [
        {"all": ["age_years >= 60", "age_years < 65", "renting"]},
        {"any": [{"all": ["sex == male", "age_years >= 60"]}, {"all": ["sex == female", "age_years >= 55"]}]},
        # Bands of a law that ask for less the higher they are: that they overlap in effect is no fault.
        {"any": [{"all": ["wage_cny_month <= 5000", "age_years >= param.elderly_age_years"]},
                 {"all": ["wage_cny_month > 5000", "age_years >= 70"]}]},
        {"any": ["disability_level between 1 and 2", {"all": ["disability_level between 3 and 4", "renting"]}]},
        {"at_least": {"count": 2, "of": ["veteran", "renting", "age_years >= 60"]}},
        {"all": ["registered_district == fact.residence_district", "rent_cny_month > 0.3 * wage_cny_month"]},
        {"not": {"any": ["veteran", "renting"]}},
    ],
)  # fmt: skip
def test_nothing_is_said_of_rules_that_are_well(rule):
    assert found(policy(rule)) == ()


def test_what_rests_on_the_values_of_parameters_is_only_noted():
    # Two limits of different laws that happen to be equal today.
    same = {"all": ["age_years >= param.elderly_age_years", "age_years >= param.elderly_allowance_age_years"]}
    assert {one.severity for one in found(policy(same))} <= {Severity.NOTE}


def test_a_rule_too_wide_to_read_is_said_to_be():
    wide = {
        "all": [
            {"any": [f"age_years == {a}", f"wage_cny_month == {a * b}", f"rent_cny_month == {b}", "veteran"]}
            for a in range(40)
            for b in range(40)
        ]
    }
    assert codes(found(policy(wide))) == ["too-complex"]
    many = {"any": [f"wage_cny_month == {each}" for each in range(2_000)]}
    assert codes(found(policy(many))) == ["too-complex"]


def test_findings_lead_to_their_lines():
    one = policy({"all": ["renting", {"any": ["veteran", {"not": "age_years > 200"}]}]})
    [finding] = found(one)
    line, column = position(one.source, finding.path)
    assert one.source.splitlines()[line - 1][column - 1 :] == "age_years > 200"
    for clause, path in clauses_with_paths(one.eligibility):
        line, column = position(one.source, path)
        assert one.source.splitlines()[line - 1][column - 1 :] == clause.text


# Soundness: what is found is so, for all rules and all profiles.

VOCABULARY = replace(WORDS, facts={Audience.CITIZEN: BOUNDED})
few = st.sampled_from(
    ["i1 >= 1", "i1 < 1", "i1 > 3", "i1 <= 3", "i1 between 1 and 3", "i1 in [0, 2]", "i1 < param.q", "i1 >= param.p",
     "b1", "c1 == x", "c1 != x", "c1 in [x, y]", "r1 within s.x", "r1 not within s", "n1 > 2.1", "n1 <= param.p",
     "i1 < i2", "i1 >= i2"]
)  # fmt: skip


def joined(below):
    some = st.lists(below, min_size=1, max_size=4)
    return st.one_of(
        st.builds(lambda items: {"all": items}, some),
        st.builds(lambda items: {"any": items}, some),
        st.builds(lambda item: {"not": item}, below),
        some.flatmap(lambda items: st.integers(1, len(items)).map(lambda n: {"at_least": {"count": n, "of": items}})),
    )


crowded_rules = st.recursive(few, joined, max_leaves=10)
"""Rules over so few facts that their parts often have to do with each other."""
HOLDS = {
    "clause-always-holds", "branches-cover-all", "count-always-reached", "redundant-clause", "counted-anyway"
}  # fmt: skip
FAILS = {"clause-never-holds", "contradiction", "count-never-reached", "unreachable-branch"}


def mended(rule, finding):
    """The rule with what a finding calls constant made so."""
    path = finding.path[1:]
    path = path[:-2] if path[-2:] == ("at_least", "count") else path
    return replaced(rule, path, All(()) if finding.code in HOLDS else AnyOf(()))


def replaced(node, path, by):
    if not path or isinstance(node, Clause):
        return by
    match node:
        case Not(item=item):
            return Not(replaced(item, path[1:], by))
        case AtLeast(count=count, items=items):
            return AtLeast(count, put(items, path[2], replaced(items[path[2]], path[3:], by)))
        case All(items=items) | AnyOf(items=items):
            return type(node)(put(items, path[1], replaced(items[path[1]], path[2:], by)))


def put(items, index, item):
    return (*items[:index], item, *items[index + 1 :])


@settings(max_examples=500)
@given(crowded_rules | any_rules, st.integers(0, 2**32))
def test_mending_what_is_found_turns_no_verdict(rule, seed):
    one = bare_policy(1, rule)
    reading = Reading(one, VOCABULARY, PARAMETERS, DAY)
    try:
        findings = list(rule_findings(reading))
    except TooComplex:
        return
    after = {finding: mended(parse(rule), finding) for finding in findings if finding.code in HOLDS | FAILS}
    draw = random.Random(seed)
    for facts in bounded_profiles(seed, 60):
        day = draw.choice(AS_OF_DAYS)
        verdict = evaluate(one.eligibility, facts, PARAMETERS, day)
        for finding, changed in after.items():
            # It may be decided earlier, or later, but never the other way.
            assert {verdict, evaluate(changed, facts, PARAMETERS, day)} != {True, False}, finding


@settings(max_examples=200)
@given(crowded_rules)
def test_of_what_was_mended_nothing_more_is_found(rule):
    """Removing one thing at a time, as an author would, comes to an end."""
    one = bare_policy(1, rule)
    for _ in range(20):
        try:
            findings = [
                finding
                for finding in rule_findings(Reading(one, VOCABULARY, PARAMETERS, DAY))
                if finding.code in {"redundant-clause", "unreachable-branch"}
            ]
        except TooComplex:
            return
        if not findings:
            return
        one = replace(one, eligibility=without(one.eligibility, findings[0].path[1:]))
    pytest.fail("a rule of ten clauses has more than twenty needless ones")


def without(node, path):
    match node:
        case Not(item=item):
            return Not(without(item, path[1:]))
        case AtLeast(count=count, items=items):
            return AtLeast(count, put(items, path[2], without(items[path[2]], path[3:])))
        case All(items=items) | AnyOf(items=items):
            if len(path) == 2:
                return type(node)(tuple(item for index, item in enumerate(items) if index != path[1]))
            return type(node)(put(items, path[1], without(items[path[1]], path[2:])))
    raise AssertionError(path)
