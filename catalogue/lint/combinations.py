"""Combinations that say the same twice, contradict each other, or can never come to bear."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations as pairs_of

from catalogue.lint.findings import Finding, Path, Severity
from catalogue.lint.neighbours import meet_in_time
from catalogue.loader import Catalogue
from domain.benefit import NoMoney
from domain.combination import Combination, Exclusion, HighestOnly, JointCap
from domain.facts import Label

Pair = frozenset[str]


def combination_findings(words: Catalogue) -> Iterator[Finding]:
    """All findings on the catalogue's combinations; each is told of the first policy that the later one names."""
    for one in words.combinations:
        yield from _alone(one, words)
    for one, other in pairs_of(words.combinations, 2):
        if one.audience is other.audience and _meet(one, other):
            yield from _together(one, other)


def _alone(one: Combination, words: Catalogue) -> Iterator[Finding]:
    policies = [words.policy(name) for name in one.policies]
    if isinstance(one.terms, HighestOnly):
        for policy in policies:
            if isinstance(policy.benefit.form, NoMoney):
                yield _finding(
                    "highest-of-no-amount",
                    Severity.NOTE,
                    one,
                    Label(
                        f"从高不重复“{one.label.zh}”包括“{policy.title.zh}”（{policy.id}），而它没有可比较的金额。",
                        f"Only the highest of {one.label.en!r} is paid, but {policy.title.en!r} ({policy.id}) has no"
                        " amount to compare.",
                    ),
                    Label("请写明该政策的金额，或改用互斥。", "Give the policy an amount, or write an exclusion."),
                )
    if not isinstance(one.terms, JointCap):
        for pair in sorted(_excluding(one), key=sorted):
            a, b = (words.policy(name) for name in sorted(pair))
            if not meet_in_time(a, b):
                yield _finding(
                    "exclusion-never-applies",
                    Severity.NOTE,
                    one,
                    Label(
                        f"“{one.label.zh}”中的“{a.title.zh}”与“{b.title.zh}”从不同时有效，互斥不起作用。",
                        f"Of {one.label.en!r}, {a.title.en!r} and {b.title.en!r} are never in force together, so that"
                        " excluding them decides nothing.",
                    ),
                    Label("请核对两项政策的有效期。", "Check the dates of the two policies."),
                )


def _together(one: Combination, other: Combination) -> Iterator[Finding]:
    """`other` comes later in the catalogue, and is what the finding is about."""
    shared = _excluding(one) & _excluding(other)
    if shared:
        a, b = sorted(min(shared, key=sorted))
        mixed = type(one.terms) is not type(other.terms)
        how = (
            Label("，一处互斥、一处从高", ", once as an exclusion and once as the highest of them")
            if mixed
            else Label("", "")
        )
        yield _finding(
            "overlapping-exclusion",
            Severity.WARNING,
            other,
            Label(
                f"“{one.label.zh}”与“{other.label.zh}”都规定 {a} 与 {b} 不可同享{how.zh}。",
                f"{one.label.en!r} and {other.label.en!r} both say that {a} and {b} are not paid together{how.en}.",
            ),
            Label(
                "请只保留一处；依据不同文件的，请核对是否一致。",
                "Keep one of them; if they rest on different documents, see whether these agree.",
            ),
        )
    for cap, rule in ((one, other), (other, one)):
        if isinstance(cap.terms, JointCap) and not isinstance(rule.terms, JointCap):
            inside = {frozenset(pair) for pair in pairs_of(cap.terms.policies, 2)}
            if inside and inside <= _excluding(rule):
                yield _finding(
                    "cap-on-exclusive",
                    Severity.NOTE,
                    other,
                    Label(
                        f"“{cap.label.zh}”限制合计金额，而“{rule.label.zh}”已规定这些政策只能享受一项。",
                        f"{cap.label.en!r} caps what is paid together, but by {rule.label.en!r} only one of these is"
                        " paid.",
                    ),
                    Label(
                        "请核对：上限若针对单项，请写在该项待遇中。",
                        "If the cap is meant for each alone, write it into its benefit.",
                    ),
                )
    if isinstance(one.terms, JointCap) and isinstance(other.terms, JointCap) and _cap_the_same(one.terms, other.terms):
        yield _finding(
            "overlapping-cap",
            Severity.WARNING,
            other,
            Label(
                f"“{one.label.zh}”与“{other.label.zh}”对同一组政策规定了两个合计上限，只有较低的起作用。",
                f"{one.label.en!r} and {other.label.en!r} cap the same policies twice; only the lower cap matters.",
            ),
            Label("请只保留一个。", "Keep one of them."),
        )


def _cap_the_same(one: JointCap, other: JointCap) -> bool:
    return set(one.policies) == set(other.policies) and one.span is other.span


def _excluding(one: Combination) -> set[Pair]:
    """The pairs of policies of which only one is paid."""
    match one.terms:
        case Exclusion(policy=policy, excluded=excluded):
            return {frozenset((policy, other)) for other in excluded}
        case HighestOnly(policies=policies):
            return {frozenset(pair) for pair in pairs_of(policies, 2)}
        case JointCap():
            return set()


def _meet(a: Combination, b: Combination) -> bool:
    ends = [one.effective_to for one in (a, b) if one.effective_to is not None]
    return not ends or max(a.effective_from, b.effective_from) <= min(ends)


def _finding(code: str, severity: Severity, about: Combination, message: Label, proposal: Label) -> Finding:
    path: Path = ("combinations", about.id)
    return Finding(code, severity, about.policies[0], None, path, message, proposal)
