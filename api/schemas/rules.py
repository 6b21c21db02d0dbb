"""A rule and a benefit in plain words, for everybody to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from api.labels import PERIOD_LABELS, rounding_label
from api.schemas.base import Answer, Label
from domain import benefit, facts
from domain.amount import benefit_quantity
from domain.benefit import Operand, Period
from domain.decision import Reason
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not
from domain.facts import Audience, Vocabulary
from domain.policy import Policy
from domain.profile import Profile
from domain.terms import Arithmetic, AsOf, Call, Constant, FactRef, ParameterRef, Term
from matcher.compile import compile_policies
from matcher.reasons.explain import explain
from matcher.reasons.sentences import Sentences


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
    program = compile_policies([policy], vocabulary, parameters, policy.audience, today)
    reasons = iter(explain(program, 0, nobody).reasons)
    return _node(policy.eligibility, False, reasons, vocabulary, policy.audience)


def _node(
    expression: Expression, negated: bool, reasons: Iterator[Reason], vocabulary: Vocabulary, audience: Audience
) -> RuleNode:
    match expression:
        case Clause():
            reason = next(reasons)
            words = vocabulary.of(audience)
            zh, en = (Sentences(vocabulary, language).requirement(reason, words) for language in ("zh", "en"))
            return RuleNode(
                requirement=Label(zh=zh, en=en),
                clause=reason.clause,
                negated=reason.requirement.negated,
                fact=reason.fact,
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


class TableRow(Answer):
    """Where the fact is this word, the amount is this; no word: for all others."""

    word: str | None
    label: Label
    amount: str | None


class BenefitAnswer(Answer):
    """What is given: nothing priced, a fixed amount, a table by category, brackets, a share, or an amount a unit."""

    form: Literal["none", "fixed", "table", "brackets", "share", "per_unit"]
    period: Period | None
    period_label: Label | None
    fact: str | None = Field(description="What the amount rests on, where it is a fact as it stands.")
    fact_label: Label | None
    quantity: str | None = Field(description="What the amount rests on, as it is worked out from facts.")
    rows: list[TableRow]
    steps: list[BracketStep]
    amount: str | None = Field(description="A number in CNY (of a share: per cent), or param.NAME.")
    floor: str | None
    cap: str | None
    rounding: Label | None = Field(description="How the amount becomes whole yuan or fen; null where none is paid.")

    @classmethod
    def of(cls, policy: Policy, vocabulary: Vocabulary) -> BenefitAnswer:
        form, period = policy.benefit.form, policy.benefit.period
        quantity = benefit_quantity(policy.benefit)
        fact = vocabulary.fact(policy.audience, quantity.name) if isinstance(quantity, FactRef) else None
        rows: list[TableRow] = []
        steps: list[BracketStep] = []
        amount = floor = cap = None
        name: Literal["none", "fixed", "table", "brackets", "share", "per_unit"] = "none"
        match form:
            case benefit.NoMoney():
                pass
            case benefit.FixedAmount():
                name, amount = "fixed", _operand(form.amount)
            case benefit.Table():
                name = "table"
                words = fact.categories if fact else {}
                rows = [
                    TableRow(word=word, label=Label.of(words[word]), amount=_operand(operand))
                    for word, operand in form.amounts.items()
                ]
                if form.otherwise is not None:
                    rows.append(TableRow(word=None, label=Label.of(_OTHERWISE), amount=_operand(form.otherwise)))
            case benefit.Brackets():
                name = "brackets"
                steps = [BracketStep(at_least=float(step.from_), amount=_operand(step.amount)) for step in form.steps]
            case benefit.Share():
                name, amount, floor, cap = "share", *map(_operand, (form.percent, form.floor, form.cap))
            case benefit.PerUnit():
                name, amount, floor, cap = "per_unit", *map(_operand, (form.amount, form.floor, form.cap))
        return cls(
            form=name,
            period=period,
            period_label=Label.of(PERIOD_LABELS[period]) if period else None,
            fact=fact.name if fact else None,
            fact_label=Label.of(fact.label) if fact else None,
            quantity=None if quantity is None or fact else _written(quantity),
            rows=rows,
            steps=steps,
            amount=amount,
            floor=floor,
            cap=cap,
            rounding=Label.of(rounding_label(policy.benefit.rounding)) if period else None,
        )


_OTHERWISE = facts.Label("其他", "all others")


def _operand(operand: Operand | None) -> str | None:
    if operand is None:
        return None
    return f"param.{operand.name}" if isinstance(operand, ParameterRef) else str(operand)


def _written(term: Term) -> str:
    """A term as a rule would write it."""
    match term:
        case FactRef(name=name):
            return name
        case ParameterRef(name=name):
            return f"param.{name}"
        case Constant(value=value):
            return str(value)
        case AsOf():
            return "as_of"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(_written, arguments))})"
        case Arithmetic(operator=symbol, left=left, right=right):
            sides = (f"({_written(one)})" if isinstance(one, Arithmetic) else _written(one) for one in (left, right))
            return f" {symbol} ".join(sides)
