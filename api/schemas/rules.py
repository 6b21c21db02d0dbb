"""A rule and a benefit in plain words, for everybody to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from api.labels import PERIOD_LABELS
from api.schemas.base import Answer, Label
from domain import policy as domain
from domain.amount import benefit_fact
from domain.decision import Reason
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not
from domain.facts import Audience, Vocabulary
from domain.policy import Operand, Period, Policy
from domain.profile import Profile
from domain.terms import ParameterRef
from matcher.explain import explain
from matcher.sentences import Sentences


class RuleNode(Answer):
    """All, any or at least `count` of its `items`, or one requirement. A `not` is written into what is below it."""

    join: Literal["all", "any", "at_least"] | None = None
    count: int | None = Field(default=None, description="Of `at_least`: how many of its items.")
    items: list[RuleNode] = Field(default_factory=list)
    requirement: Label | None = None
    clause: str | None = Field(default=None, description="As the rule is written.")
    negated: bool = False
    fact: str | None = None


def rule_of(policy: Policy, vocabulary: Vocabulary, parameters: Mapping[str, Decimal], today: date) -> RuleNode:
    """The rule in plain words of both languages.

    The words are those of an explanation for somebody of whom nothing is known, so that what a policy's page says and
    what a decision says are the same.
    """
    nobody = Profile("", policy.audience, {})
    reasons = iter(explain(policy, nobody, vocabulary, parameters, today).reasons)
    return _node(policy.eligibility, False, reasons, vocabulary, policy.audience)


def _node(
    expression: Expression, negated: bool, reasons: Iterator[Reason], vocabulary: Vocabulary, audience: Audience
) -> RuleNode:
    match expression:
        case Clause():
            reason = next(reasons)
            fact = vocabulary.fact(audience, reason.fact)
            zh, en = (Sentences(vocabulary, language).requirement(reason, fact) for language in ("zh", "en"))
            return RuleNode(
                requirement=Label(zh=zh, en=en), clause=reason.clause, negated=reason.negated, fact=reason.fact
            )
        case Not(item=item):
            return _node(item, not negated, reasons, vocabulary, audience)
        case AtLeast(count=count, items=items):
            # Not at least two of five is at least four of their opposites.
            wanted = len(items) - count + 1 if negated else count
            below = [_node(item, negated, reasons, vocabulary, audience) for item in items]
            return RuleNode(join="at_least", count=wanted, items=below)
        case All(items=items) | AnyOf(items=items):
            # Not all is any not (De Morgan); the requirements below are turned round one by one.
            join: Literal["all", "any"] = "all" if isinstance(expression, All) is not negated else "any"
            below = [_node(item, negated, reasons, vocabulary, audience) for item in items]
            return RuleNode(join=join, items=below)


class BracketStep(Answer):
    """From `at_least`, in the fact's unit, the amount is this."""

    at_least: float
    amount: str | None


class BenefitAnswer(Answer):
    """What is given: nothing priced, a fixed amount, brackets, a share of a fact, or an amount a unit of a fact."""

    form: Literal["none", "fixed", "brackets", "share", "per_unit"]
    period: Period | None
    period_label: Label | None
    fact: str | None
    fact_label: Label | None
    steps: list[BracketStep]
    amount: str | None = Field(description="A number in CNY (of a share: per cent), or param.NAME.")
    cap: str | None

    @classmethod
    def of(cls, policy: Policy, vocabulary: Vocabulary) -> BenefitAnswer:
        form, period = policy.benefit.form, policy.benefit.period
        fact = benefit_fact(policy.benefit)
        steps: list[BracketStep] = []
        amount = cap = None
        name: Literal["none", "fixed", "brackets", "share", "per_unit"] = "none"
        match form:
            case domain.NoMoney():
                pass
            case domain.FixedAmount():
                name, amount = "fixed", _operand(form.amount)
            case domain.Brackets():
                name = "brackets"
                steps = [BracketStep(at_least=float(step.from_), amount=_operand(step.amount)) for step in form.steps]
            case domain.Share():
                name, amount, cap = "share", _operand(form.percent), _operand(form.cap)
            case domain.PerUnit():
                name, amount, cap = "per_unit", _operand(form.amount), _operand(form.cap)
        return cls(
            form=name,
            period=period,
            period_label=Label.of(PERIOD_LABELS[period]) if period else None,
            fact=fact,
            fact_label=Label.of(vocabulary.fact(policy.audience, fact).label) if fact else None,
            steps=steps,
            amount=amount,
            cap=cap,
        )


def _operand(operand: Operand | None) -> str | None:
    if operand is None:
        return None
    return f"param.{operand.name}" if isinstance(operand, ParameterRef) else str(operand)
