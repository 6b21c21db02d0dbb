"""A policy as it is read: its rule in words, its benefit, the values it names and its cases, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from api.console.shown import Shown
from api.schemas.rules import BenefitAnswer, RuleNode, rule_of
from catalogue.checks import CaseFailure, Executor, case_day, run_cases
from catalogue.loader import Catalogue, parameter_names
from domain.errors import DuixianError
from domain.facts import FactDefinition, Label, Value, Vocabulary
from domain.policy import Case, Parameter, Policy


@dataclass(frozen=True)
class ParameterShown:
    """A parameter with its value on a day, None where it has none then; `later`: what is already known to follow."""

    parameter: Parameter
    value: Decimal | None
    since: date | None
    until: date | None
    later: tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True)
class CaseShown:
    """A case with its facts in words; `failure`: how it came out instead, None where it came out right."""

    case: Case
    day: date
    facts: tuple[tuple[Label, Label], ...]
    failure: CaseFailure | None


def day_shown(policy: Policy, today: date) -> date:
    """Today, or the nearest day on which the policy is in force: at other times its parameters may have no value."""
    day = max(today, policy.effective_from)
    return min(day, policy.effective_to) if policy.effective_to else day


def rule_in_words(policy: Policy, words: Catalogue, day: date) -> RuleNode | None:
    """None where a parameter has no value on `day`, so that nothing can be said."""
    try:
        return rule_of(policy, words.vocabulary, words.parameters_at(day), day)
    except DuixianError:
        return None


def benefit_in_words(policy: Policy, vocabulary: Vocabulary) -> BenefitAnswer:
    return BenefitAnswer.of(policy, vocabulary)


def parameters_shown(policy: Policy, words: Catalogue, day: date) -> list[ParameterShown]:
    return [
        parameter_shown(words.parameters[name], day) for name in parameter_names(policy) if name in words.parameters
    ]


def parameter_shown(parameter: Parameter, day: date) -> ParameterShown:
    now = next((dated for dated in parameter.values if dated.covers(day)), None)
    later = tuple((dated.from_, dated.value) for dated in parameter.values if dated.from_ > day)
    if now is None:
        return ParameterShown(parameter, None, None, None, later)
    return ParameterShown(parameter, now.value, now.from_, now.to, later)


def cases_shown(policy: Policy, words: Catalogue, executors: Mapping[str, Executor]) -> list[CaseShown]:
    failures = {failure.case: failure for failure in run_cases(policy, words.parameters, executors)}
    vocabulary = words.vocabulary
    return [
        CaseShown(
            case,
            case_day(policy, case),
            facts_in_words(case.facts, vocabulary.of(policy.audience), vocabulary),
            failures.get(case.name),
        )
        for case in policy.cases
    ]


def facts_in_words(
    facts: Mapping[str, Value], known: Mapping[str, FactDefinition], vocabulary: Vocabulary
) -> tuple[tuple[Label, Label], ...]:
    return tuple((known[name].label, value_label(value, known[name], vocabulary)) for name, value in facts.items())


def value_label(value: Value, fact: FactDefinition, vocabulary: Vocabulary) -> Label:
    """A fact's value in both languages, with its unit."""
    if value is None:
        return Label("未知", "unknown")
    if isinstance(value, bool):
        return Label("是", "yes") if value else Label("否", "no")
    if isinstance(value, str):
        return fact.categories.get(value, Label(value, value))
    if isinstance(value, date):
        return Label(Shown("zh").day(value), Shown("en").day(value))
    return quantity_label(value, fact.unit, vocabulary)


def quantity_label(value: float | Decimal, unit: str, vocabulary: Vocabulary) -> Label:
    label = vocabulary.units.get(unit, Label("", ""))
    number = Shown("zh").count(value)
    between = "" if label.en in ("", "%") else " "
    return Label(f"{number}{label.zh}", f"{number}{between}{label.en}")


def operand_label(operand: str | None, words: Catalogue, day: date, unit: str) -> Label | None:
    """An amount or share as a benefit names it: a number, or `param.NAME` with what it comes to on `day`."""
    if operand is None:
        return None
    if not operand.startswith("param."):
        return quantity_label(Decimal(operand), unit, words.vocabulary)
    parameter = words.parameters.get(operand.removeprefix("param."))
    if parameter is None:
        return Label(operand, operand)
    value = parameter_shown(parameter, day).value
    if value is None:
        return parameter.label
    shown = quantity_label(value, parameter.unit, words.vocabulary)
    return Label(f"{shown.zh}（{parameter.label.zh}）", f"{shown.en} ({parameter.label.en})")
