"""Clauses in words for officers: what is asked, with thresholds in their units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.expression import All, AnyOf, AtLeast, Between, Clause, Compare, Expression, Not, OneOf, Within
from domain.facts import FactDefinition, FactType, Label, Value, Vocabulary
from domain.terms import Arithmetic, AsOf, Call, Constant, FactRef, ParameterRef, Term, comparable

_NUMBER = {
    ">=": Label("不低于", "at least"),
    ">": Label("高于", "above"),
    "<=": Label("不高于", "at most"),
    "<": Label("低于", "below"),
    "==": Label("为", "is"),
    "!=": Label("不为", "is not"),
}
_DATE = {
    ">=": Label("不早于", "on or after"),
    ">": Label("晚于", "after"),
    "<=": Label("不晚于", "on or before"),
    "<": Label("早于", "before"),
    "==": Label("为", "is"),
    "!=": Label("不为", "is not"),
}
_TEN_THOUSAND, _HUNDRED_MILLION = 10_000, 100_000_000


@dataclass(frozen=True)
class ClauseWords:
    """The words of one audience; `parameters`: the values that thresholds are shown at."""

    vocabulary: Vocabulary
    facts: Mapping[str, FactDefinition]
    parameters: Mapping[str, Decimal]

    def of(self, expression: Expression) -> Label:
        """A rule, or a part of it, as one phrase."""
        match expression:
            case Clause():
                return self.clause(expression)
            case Not(item=Clause(left=FactRef(name=name)) as item) if self._is_boolean(item):
                label = self.facts[name].label
                return Label(f"不符合‘{label.zh}’", f"not: {label.en}")
            case Not(item=item):
                inner = self.of(item)
                return Label(f"不满足‘{inner.zh}’", f"not ({inner.en})")
            case All(items=items):
                return self._joined(items, "且", "and")
            case AnyOf(items=items):
                return self._joined(items, "或", "or")
            case AtLeast(count=count, items=items):
                inner = self._joined(items, "、", ",")
                return Label(f"{inner.zh}中至少{count}项", f"at least {count} of {inner.en}")

    def clause(self, clause: Clause) -> Label:
        """What one clause asks; as it is written where it compares what is worked out."""
        left, test = clause.left, clause.test
        if not isinstance(left, FactRef) or not all(map(_is_plain, clause.operands())):
            return Label(f"「{clause.text}」", f"'{clause.text}'")
        fact = self.facts[left.name]
        name = fact.label
        match test:
            case Compare(right=Constant(value=bool(true)), operator="=="):
                return Label(name.zh if true else f"不符合‘{name.zh}’", name.en if true else f"not: {name.en}")
            case Compare(operator=symbol, right=right):
                phrase, value = (_DATE if fact.type is FactType.DATE else _NUMBER)[symbol], self._value(right, fact)
                return Label(f"{name.zh}{phrase.zh}{value.zh}", f"{name.en} {phrase.en} {value.en}")
            case Between(low=low, high=high):
                first, last = self._value(low, fact), self._value(high, fact)
                return Label(f"{name.zh}在{first.zh}至{last.zh}之间", f"{name.en} between {first.en} and {last.en}")
            case OneOf(negated=negated) | Within(negated=negated):
                listed = [self._value(one, fact) for one in clause.operands()]
                zh, en = "、".join(one.zh for one in listed), ", ".join(one.en for one in listed)
                is_place = isinstance(test, Within)
                verb_zh, verb_en = ("在", "in") if is_place else ("为", "is one of")
                no_zh, no_en = ("不在", "not in") if is_place else ("不为", "is none of")
                return Label(
                    f"{name.zh}{no_zh if negated else verb_zh}{zh}", f"{name.en} {no_en if negated else verb_en} {en}"
                )

    def _joined(self, items: tuple[Expression, ...], zh: str, en: str) -> Label:
        parts = [self.of(one) for one in items]
        if len(parts) == 1:
            return parts[0]
        space = "" if en == "," else " "
        return Label(
            "（" + zh.join(one.zh for one in parts) + "）", "(" + f"{space}{en} ".join(one.en for one in parts) + ")"
        )

    def _is_boolean(self, clause: Clause) -> bool:
        return isinstance(clause.test, Compare) and clause.test == Compare("==", Constant(True))

    def value(self, value: Value, fact: FactDefinition) -> Label:
        """What a subject's fact is: 65岁, 65 years; a category's or a place's label; unknown."""
        if value is None:
            return Label("未知", "unknown")
        return self._value(Constant(Decimal(str(value)) if isinstance(value, float) else value), fact)

    def _value(self, term: Term, fact: FactDefinition) -> Label:
        match term:
            case ParameterRef(name=name):
                value = self.parameters.get(name)
                return Label(f"param.{name}", f"param.{name}") if value is None else self.quantity(value, fact.unit)
            case Constant(value=bool(true)):
                return Label("是" if true else "否", "yes" if true else "no")
            case Constant(value=str(word)):
                return fact.categories.get(word, Label(word, word))
            case Constant(value=date() as day):
                return day_words(day)
            case Constant(value=value):
                return self.quantity(Decimal(str(value)), fact.unit)
        raise AssertionError("only constants and parameters are thresholds")

    def quantity(self, value: Decimal, unit: str) -> Label:
        """A number with its unit: 60岁, 60 years; 5000万元, 50,000,000 CNY."""
        label = self.vocabulary.units.get(unit, Label("", ""))
        digits = f"{value:,f}"
        digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
        return Label(f"{chinese_number(value)}{label.zh}", f"{digits} {label.en}".rstrip())


def chinese_number(value: Decimal) -> str:
    """A number as it stands in Chinese documents: 4200, 1.5万, 5000万, 2亿."""
    for size, word in ((_HUNDRED_MILLION, "亿"), (_TEN_THOUSAND, "万")):
        if abs(value) >= size and value % (size // 100) == 0:
            return f"{comparable(value / size):g}{word}"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day_words(day: date) -> Label:
    return Label(f"{day.year}年{day.month}月{day.day}日", day.isoformat())


def _is_plain(term: Term) -> bool:
    return isinstance(term, Constant | ParameterRef)


def written(term: Term) -> str:
    """A quantity as it stands in a clause, in as many brackets as it takes to be sure."""
    match term:
        case FactRef(name=name):
            return name
        case ParameterRef(name=name):
            return f"param.{name}"
        case Constant(value=value):
            return str(value)
        case AsOf():
            return "as_of"
        case Arithmetic(operator=symbol, left=left, right=right):
            sides = (f"({written(one)})" if isinstance(one, Arithmetic) else written(one) for one in (left, right))
            return f" {symbol} ".join(sides)
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(written, arguments))})"
