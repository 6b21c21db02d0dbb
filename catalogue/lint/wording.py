"""How findings name what they speak of, in Chinese and English: clauses, branches, values, parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from catalogue.clause_words import written
from catalogue.lint.values import Interval
from domain.calendar import EPOCH
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not, clauses
from domain.facts import FactDefinition, FactType, Label, Value, Vocabulary
from domain.terms import FactRef, ParameterRef, Term

_MOST_NAMED = 4  # parts of a branch; more would drown what is said of it


def quoted(expression: Expression) -> Label:
    """A clause as written, or a branch in words over its clauses."""
    match expression:
        case Clause(text=text):
            return Label(f"「{text}」", f"'{text}'")
        case Not(item=item):
            inner = quoted(item)
            return Label(f"非{inner.zh}", f"not {inner.en}")
        case All(items=items):
            return _bracketed(items, Label("且", "and"))
        case AnyOf(items=items):
            return _bracketed(items, Label("或", "or"))
        case AtLeast(count=count, items=items):
            inner = _listed(items, Label("、", ", "))
            return Label(f"（{inner.zh}中至少{count}项）", f"(at least {count} of {inner.en})")


def joined(expressions: Iterable[Expression], zh: str = "与", en: str = "and") -> Label:
    """Several of them: 「a」与「b」, 'a' and 'b'."""
    return _listed(list(expressions), Label(zh, f" {en} "))


def _bracketed(items: Sequence[Expression], joint: Label) -> Label:
    if len(items) == 1:
        return quoted(items[0])
    inner = _listed(items, Label(joint.zh, f" {joint.en} "))
    return Label(f"（{inner.zh}）", f"({inner.en})")


def _listed(items: Sequence[Expression], joint: Label) -> Label:
    shown = [quoted(one) for one in items[:_MOST_NAMED]]
    more = len(items) - len(shown)
    tail = Label(f"{joint.zh}另外{more}项", f"{joint.en}{more} more") if more else Label("", "")
    return Label(joint.zh.join(one.zh for one in shown) + tail.zh, joint.en.join(one.en for one in shown) + tail.en)


def with_values(expressions: Iterable[Expression], parameters: Mapping[str, Decimal]) -> Label:
    """What the parameters that `expressions` name stand at, in brackets; empty where they name none."""
    named = dict.fromkeys(
        part.name
        for expression in expressions
        for clause in clauses(expression)
        for part in clause.parts()
        if isinstance(part, ParameterRef) and part.name in parameters
    )
    if not named:
        return Label("", "")
    return Label(
        "（" + "，".join(f"param.{name}为{plain(parameters[name])}" for name in named) + "）",
        " (" + ", ".join(f"param.{name} is {plain(parameters[name])}" for name in named) + ")",
    )


def plain(number: float | Decimal) -> str:
    """A number without digits that say nothing."""
    text = f"{number:f}" if isinstance(number, Decimal) else f"{number:.15g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def shown(value: float, fact: FactDefinition | None) -> str:
    """A number, or the day of that number, without its unit."""
    if fact is not None and fact.type is FactType.DATE:
        return (EPOCH + timedelta(days=int(value))).isoformat()
    return plain(value)


def name_of(term: Term, facts: Mapping[str, FactDefinition]) -> Label:
    """A fact's label; what is worked out as it is written."""
    if isinstance(term, FactRef):
        return facts[term.name].label
    text = written(term)
    return Label(f"「{text}」", f"'{text}'")


def ranged(term: Term, interval: Interval, vocabulary: Vocabulary, facts: Mapping[str, FactDefinition]) -> Label:
    """An interval of a fact's values with its unit, as in 60至69岁, 60 to 69 years."""
    fact = facts[term.name] if isinstance(term, FactRef) else None
    unit = vocabulary.units.get(fact.unit, Label("", "")) if fact is not None else Label("", "")
    unit_en = f" {unit.en}" if unit.en else ""
    low, high = shown(interval.low, fact), shown(interval.high, fact)
    if interval.low == interval.high:
        return Label(f"{low}{unit.zh}", f"{low}{unit_en}")
    if interval.low == -float("inf"):
        over = Label("及以下", "up to ") if interval.high_in else Label("以下", "below ")
        return Label(f"{high}{unit.zh}{over.zh}", f"{over.en}{high}{unit_en}")
    if interval.high == float("inf"):
        over = Label("及以上", "from ") if interval.low_in else Label("以上", "above ")
        return Label(f"{low}{unit.zh}{over.zh}", f"{over.en}{low}{unit_en}")
    if interval.low_in and interval.high_in:
        return Label(f"{low}至{high}{unit.zh}", f"{low} to {high}{unit_en}")
    over = Label("", "from") if interval.low_in else Label("超过", "over")
    under = Label("", "to") if interval.high_in else Label("不足", "to below")
    return Label(f"{over.zh}{low}{unit.zh}至{under.zh}{high}{unit.zh}", f"{over.en} {low} {under.en} {high}{unit_en}")


def named_range(term: Term, interval: Interval, vocabulary: Vocabulary, facts: Mapping[str, FactDefinition]) -> Label:
    """A range with its fact's name: 年龄60至69岁, Age 60 to 69 years."""
    name, span = name_of(term, facts), ranged(term, interval, vocabulary, facts)
    return Label(f"{name.zh}{span.zh}", f"{name.en} {span.en}")


def example(facts: Mapping[str, Value], definitions: Mapping[str, FactDefinition]) -> Label:
    """A profile in words: 年龄62，性别男; Age 62, Sex male."""
    parts = [(definitions[name], value) for name, value in facts.items()]
    return Label(
        "，".join(f"{fact.label.zh}为{_value(fact, value).zh}" for fact, value in parts),
        ", ".join(f"{fact.label.en}: {_value(fact, value).en}" for fact, value in parts),
    )


def _value(fact: FactDefinition, value: Value) -> Label:
    if isinstance(value, bool):
        return Label("是" if value else "否", "yes" if value else "no")
    if isinstance(value, str):
        return fact.categories.get(value, Label(value, value))
    text = value.isoformat() if isinstance(value, date) else plain(value or 0)
    return Label(text, text)
