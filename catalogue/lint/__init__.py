"""Reading a rule: what a policy's author should look at before anyone else does.

What is said of a rule is proved, for all profiles that the vocabulary allows and in Kleene's logic; what is too complex
to prove is not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from catalogue.lint.amounts import amount_findings
from catalogue.lint.combinations import combination_findings
from catalogue.lint.delivery import delivery_findings
from catalogue.lint.findings import FactStatistics, Finding, Severity
from catalogue.lint.neighbours import twin_findings
from catalogue.lint.parameters import parameter_findings
from catalogue.lint.reading import Reading
from catalogue.lint.rows import row_findings
from catalogue.lint.rule import rule_findings
from catalogue.lint.search import TooComplex
from catalogue.loader import Catalogue, parameter_names
from domain.facts import Audience, Label
from domain.policy import Policy

__all__ = ["FactStatistics", "Finding", "Severity", "lint", "lint_catalogue"]

_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def lint(
    policy: Policy, words: Catalogue, statistics: Mapping[str, FactStatistics] | None, as_of: date
) -> tuple[Finding, ...]:
    """What there is to say of one policy, such as a draft, beside those of `words`; errors first.

    `statistics`: by fact, for the policy's audience; without them, nothing is said of how well facts are known. The
    policy itself may be among those of `words`, or another version of it.
    """
    others = [one for one in words.policies if one.id != policy.id and one.audience is policy.audience]
    combinations = [one for one in combination_findings(words) if one.policy_id == policy.id]
    found = [*_read(policy, words, statistics, as_of), *_beside(policy, words, as_of, others, others), *combinations]
    return tuple(sorted(found, key=lambda one: _WEIGHT[one.severity]))


def lint_catalogue(
    words: Catalogue, statistics: Mapping[Audience, Mapping[str, FactStatistics]] | None, as_of: date
) -> tuple[Finding, ...]:
    """What there is to say of all policies and of how they combine, in the catalogue's order; each thing once.

    Drafts put out for comment are read for themselves: whom they would stand beside is not settled.
    """
    found: list[Finding] = []
    for place, policy in enumerate(words.policies):
        found += _read(policy, words, statistics.get(policy.audience) if statistics else None, as_of)
        others = [one for one in words.policies if one.id != policy.id and one.audience is policy.audience]
        earlier = [one for one in words.policies[:place] if one.audience is policy.audience]
        found += _beside(policy, words, as_of, others, earlier, each_once=True)
    for policy in words.consultations:
        found += _read(policy, words, statistics.get(policy.audience) if statistics else None, as_of)
    return (*found, *combination_findings(words))


def _read(
    policy: Policy, words: Catalogue, statistics: Mapping[str, FactStatistics] | None, as_of: date
) -> Iterator[Finding]:
    """What there is to say of a policy for itself."""
    yield from parameter_findings(policy, words, as_of)
    yield from delivery_findings(policy, words.vocabulary, statistics)
    seen: set[tuple[object, ...]] = set()
    for place, day in enumerate(_days(policy, words, as_of)):
        reading = Reading(policy, words.vocabulary, words.parameters_at(day), day, ahead=place > 0)
        # What is so today is not said again of a later day.
        for finding in _on_one_day(reading):
            what = (finding.code, finding.path, finding.clause)
            if what not in seen:
                seen.add(what)
                yield finding


def _beside(
    policy: Policy,
    words: Catalogue,
    as_of: date,
    others: Sequence[Policy],
    twins: Sequence[Policy],
    *,
    each_once: bool = False,
) -> Iterator[Finding]:
    """What there is to say of a policy and others; `twins` are those that it is compared with one by one."""
    [day, *_] = _days(policy, words, as_of)
    reading = Reading(policy, words.vocabulary, words.parameters_at(day), day)
    try:
        yield from twin_findings(reading, twins)
        yield from row_findings(reading, others, words.combinations, each_once=each_once)
    except TooComplex:
        return  # the policy read for itself says so


def _on_one_day(reading: Reading) -> Iterator[Finding]:
    try:
        yield from rule_findings(reading)
        # Where nobody is admitted, every step and row would be told of once more.
        if not reading.search.impossible([(reading.policy.eligibility, True)]):
            yield from amount_findings(reading)
    except TooComplex:
        yield reading.finding(
            "too-complex",
            Severity.NOTE,
            None,
            ("eligibility",),
            Label("规则过于复杂，未能全部检查。", "The rule is too complex to be read to its end."),
            Label("请拆分规则，或减少嵌套的选择。", "Split the rule, or nest fewer choices."),
        )


def _days(policy: Policy, words: Catalogue, as_of: date) -> list[date]:
    """The first day from `as_of` on which the policy is in force, and each on which a parameter of it changes."""
    first = max(as_of, policy.effective_from)
    if policy.effective_to is not None:
        first = min(first, policy.effective_to)
    changes = {
        value.from_
        for name in parameter_names(policy)
        for value in words.parameters[name].values
        if first < value.from_ and (policy.effective_to is None or value.from_ <= policy.effective_to)
    }
    return [first, *sorted(changes)]
