"""A draft's text while it is being written: what is wrong with it, and what its cases and its rule say already.

Much can be told before a text is whole: the rule is counted and its cases are run as soon as these can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from api.console.reading import facts_in_words
from catalogue.benefits import BenefitReader
from catalogue.cases import default_day, read_cases
from catalogue.checks import Outcome
from catalogue.loader import Catalogue
from catalogue.policies import PolicyReader
from catalogue.rules import read_rule
from catalogue.yaml_positions import Page
from domain.amount import benefit_amount_fen
from domain.benefit import Benefit, NoMoney
from domain.decision import Verdict
from domain.errors import DuixianError, Problem
from domain.evaluate import evaluate
from domain.expression import Expression
from domain.facts import Audience, Label
from domain.policy import Case, Policy

NAME = "draft.yaml"


@dataclass(frozen=True)
class CaseRun:
    """A case as it comes out now; `got` None: it cannot be run, as `fault` says, or for want of a rule."""

    case: Case
    facts: tuple[tuple[Label, Label], ...]
    got: Outcome | None
    fault: DuixianError | None = None

    @property
    def waits(self) -> bool:
        """Whether there is no rule yet to run it by."""
        return self.got is None and self.fault is None

    @property
    def holds(self) -> bool:
        return self.got is not None and self.got == (self.case.verdict, self.case.amount_fen)


@dataclass(frozen=True)
class Look:
    """`policy`, `rule` and `cases` are there as far as they can be read; `rule` then is without fault.

    `money`: the benefit is paid in money, so that eligible cases say an amount.
    """

    text: str
    problems: tuple[Problem, ...]
    audience: Audience
    policy: Policy | None
    rule: Expression | None
    cases: tuple[CaseRun, ...]
    money: bool = False


def look_at(text: str, words: Catalogue, today: date) -> Look:
    """Never raises: what cannot be read is told by `problems`. `today` judges cases of a text that names no day yet."""
    page = Page(NAME, text)
    reader = PolicyReader(page, words.vocabulary, words.parameters)
    policy = reader.read(NAME)
    problems = tuple(page.problems)
    if policy is not None:
        runs = tuple(_runs(policy.cases, policy.audience, policy.eligibility, policy.benefit, _day(policy), words))
        money = not isinstance(policy.benefit.form, NoMoney)
        return Look(text, problems, policy.audience, policy, policy.eligibility, runs, money)
    return _part(text, problems, reader, words, today)


def _part(text: str, problems: tuple[Problem, ...], reader: PolicyReader, words: Catalogue, today: date) -> Look:
    """The rule and the cases of a text that cannot be read whole."""
    fields, units = reader.fields, {name: parameter.unit for name, parameter in words.parameters.items()}
    page = Page(NAME, text)
    audience = Audience.CITIZEN
    if "audience" in fields:
        audience = page.choice(fields["audience"], "audience", Audience)
    if page.problems or "eligibility" not in fields:
        return Look(text, problems, audience, None, None, ())
    rule, _ = read_rule(page, fields["eligibility"], words.vocabulary, audience, units)
    readable = None if page.problems else rule
    page = Page(NAME, text)
    benefit = Benefit(NoMoney())
    if "benefit" in fields:
        found = BenefitReader(page, words.vocabulary, audience, units).read(fields["benefit"])
        benefit = benefit if page.problems else found
    money = not isinstance(benefit.form, NoMoney)
    if "cases" not in fields:
        return Look(text, problems, audience, None, readable, (), money)
    cases, _ = read_cases(Page(NAME, text), fields["cases"], words.vocabulary, audience, money=money)
    day = _day_of(reader) or today
    runs = tuple(_runs(cases, audience, readable, benefit, day, words))
    return Look(text, problems, audience, None, readable, runs, money)


def _runs(
    cases: tuple[Case, ...], audience: Audience, rule: Expression | None, benefit: Benefit, day: date, words: Catalogue
) -> Iterator[CaseRun]:
    known = words.vocabulary.of(audience)
    for case in cases:
        facts = facts_in_words(
            {name: value for name, value in case.facts.items() if name in known}, known, words.vocabulary
        )
        if rule is None:
            yield CaseRun(case, facts, None)
            continue
        try:
            words.vocabulary.check(audience, case.facts)
            yield CaseRun(case, facts, _outcome(case, rule, benefit, case.as_of or day, words))
        except DuixianError as error:
            yield CaseRun(case, facts, None, error)


def _outcome(case: Case, rule: Expression, benefit: Benefit, day: date, words: Catalogue) -> Outcome:
    parameters: Mapping[str, Decimal] = words.parameters_at(day)
    verdict = Verdict.of(evaluate(rule, case.facts, parameters, day))
    if verdict is not Verdict.ELIGIBLE:
        return verdict, None
    return verdict, benefit_amount_fen(benefit, case.facts, parameters, day)


def _day(policy: Policy) -> date:
    return default_day(policy.true_on, policy.effective_from)


def _day_of(reader: PolicyReader) -> date | None:
    """The day on which the text's facts were known to be true, as far as it gives one."""
    page, node = Page(NAME, "{}"), reader.fields.get("true_on")
    day = page.day(node, "true_on") if node is not None else None
    return None if page.problems else day
