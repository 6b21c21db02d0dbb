"""Values, quantities and requirements in the words of one language, from the vocabulary's labels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from domain.decision import Reason, Requirement
from domain.expression import Compare
from domain.facts import FactDefinition, FactType, Label, Value, Vocabulary
from domain.terms import PERIODS, Arithmetic, AsOf, Call, Constant, FactRef, ParameterRef, Period, Term, fact_names
from matcher.reasons.phrases import EN, MONTHS, ZH

Facts = Mapping[str, FactDefinition]
_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
_COUNTED = frozenset({"years", "months", "days", "persons", "times", "points", "hours"})
"""Units whose English plural ends in s."""
_COUNTS = frozenset({"persons", "times", "count"})
"""Units of what there are fewer or more of, and not less or a higher amount."""
_NO_LABEL = Label("", "")


class Wording:
    """One language ("zh" or "en")."""

    def __init__(self, vocabulary: Vocabulary, language: str) -> None:
        self.vocabulary = vocabulary
        self.english = language == "en"
        self.language = language
        self.phrases = EN if self.english else ZH

    def requirement(self, reason: Reason, facts: Facts) -> str:
        """What is asked, without what is."""
        asked = reason.requirement
        period = period_of(asked)
        if period is not None and not fact_names(*asked.clause.operands()):
            return self._time(reason, period, facts)
        left = asked.clause.left
        fact = facts[left.name] if isinstance(left, FactRef) else None
        label = self.term(left, asked, facts)
        if isinstance(left, Call) and left.function in PERIODS and len(left.arguments) == 2:
            start, end = (self.term(one, asked, facts) for one in left.arguments)
            label = self.phrases["time between"].format(start=start, end=end)
        elif fact is None:
            label += self.phrases["after a formula"]
        elif fact.type is FactType.BOOLEAN and isinstance(reason.threshold, bool):
            return self.phrases["is" if reason.threshold else "is not"].format(label=label)
        return self._compared(label, fact, reason, facts)

    def term(self, term: Term, asked: Requirement, facts: Facts, inner: bool = False) -> str:
        """A quantity in words; `inner`: as a part of a product or quotient, where a sum needs brackets."""
        match term:
            case FactRef(name=name):
                return facts[name].label.text(self.language)
            case Constant(value=value):
                return self.day(value) if isinstance(value, date) else _number(value)
            case ParameterRef(name=name):
                return _number(dict(asked.parameters)[name])
            case AsOf():
                return self.phrases["as of"]
            case Arithmetic(operator=symbol, left=left, right=right):
                product = symbol in "*/"
                bare = isinstance(right, Arithmetic)  # a - (b - c), a / (b * c)
                words = (
                    f"{self.term(left, asked, facts, product)} {_SIGNS[symbol]}"
                    f" {self.term(right, asked, facts, product or bare)}"
                )
                return self._bracketed(words) if inner and (not product or bare) else words
            case Call(function=function, arguments=arguments):
                period = PERIODS.get(function)
                said = [self.term(one, asked, facts) for one in arguments]
                if period is None:
                    return self.phrases["percent"].format(part=said[0], whole=said[1])
                unit = self.phrases[period.unit]
                if period.ends == "between":
                    return self.phrases["between dates"].format(start=said[0], end=said[1], unit=unit)
                return self.phrases[period.ends].format(event=self.event(arguments[0], asked, facts), unit=unit)

    def value(self, value: Value, fact: FactDefinition) -> str:
        """A value as people read it: with its unit, its category's label; empty when unknown."""
        if isinstance(value, str):
            label = fact.categories.get(value)
            return label.text(self.language) if label else value
        return self.quantity(value, fact.unit)

    def quantity(self, value: Value, unit: str) -> str:
        """A number with its unit, a day, yes or no; empty when unknown."""
        if isinstance(value, bool):
            return self.phrases["true" if value else "false"]
        if isinstance(value, int | float):
            label = self.vocabulary.units.get(unit, _NO_LABEL).text(self.language)
            return self._counted(value, label, plural=unit in _COUNTED, money=unit.startswith("cny"))
        return self.day(value) if isinstance(value, date) else value or ""

    def worked_out(self, value: Value, asked: Requirement) -> str:
        """What the tested quantity comes to, or should."""
        if isinstance(asked.clause.left, Call) and asked.clause.left.function in PERIODS and value is not None:
            return self.duration(value, asked.unit)
        return self.quantity(value, asked.unit)

    def duration(self, value: Value, unit: str, *, age: bool = False) -> str:
        """A number of years, months or days."""
        return self._counted(value, self.phrases["years of age" if age else unit], plural=True)

    def day(self, day: date) -> str:
        if self.english:
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"

    def event(self, term: Term, asked: Requirement, facts: Facts) -> str:
        """What happened on a date: 成立日期 is the day of 成立, the date of registration that of registration."""
        label = self.term(term, asked, facts)
        if not self.english:
            return label.removesuffix("日期") if len(label) > len("日期") else label
        label = label.removeprefix("Date of ").removesuffix(" date")
        return label[0].lower() + label[1:] if label[1:2].islower() else label

    def _time(self, reason: Reason, period: Period, facts: Facts) -> str:
        """A period up to or from the day of the decision."""
        asked = reason.requirement
        [term] = asked.clause.left.arguments  # type: ignore[union-attr]  # a period of one date
        age = is_age(asked, facts)
        bounds = reason.threshold if isinstance(reason.threshold, tuple) else (reason.threshold,)
        shown = [self.duration(bound, period.unit, age=age) for bound in bounds]
        event = self.event(term, asked, facts)
        kind = "age" if age else period.ends
        if "between" in asked.operator:
            return self.phrases[f"{kind} {asked.operator}"].format(event=event, low=shown[0], high=shown[1])
        symbol = {"in": "==", "not in": "!="}.get(asked.operator, asked.operator)
        return self.phrases[f"{kind} {symbol}"].format(event=event, bound=self.listed(shown))

    def _compared(self, label: str, fact: FactDefinition | None, reason: Reason, facts: Facts) -> str:
        asked = reason.requirement
        operands = asked.clause.operands()
        bounds = reason.threshold if isinstance(reason.threshold, tuple) else (reason.threshold,) * len(operands)
        shown = [self._bound(term, bound, fact, asked, facts) for term, bound in zip(operands, bounds, strict=True)]
        if "between" in asked.operator:
            low, high = shown
            if self.english and isinstance(bounds[0], int | float) and not fact_names(*operands):
                low = _number(bounds[0])  # the unit is said once: from 50 to 74 years
            return self.phrases[asked.operator].format(label=label, low=low, high=high)
        operator = asked.operator
        if isinstance(asked.clause.test, Compare) and isinstance(operands[0], FactRef) and operator in ("==", "!="):
            operator = "same" if operator == "==" else "not same"
        else:
            kind = "date" if fact is not None and fact.type is FactType.DATE else ""
            kind = "count" if asked.unit in _COUNTS else kind
            operator = f"{kind} {operator}" if f"{kind} {operator}" in self.phrases else operator
        return self.phrases[operator].format(label=label, bound=self.listed(shown))

    def _bound(self, term: Term, value: Value, fact: FactDefinition | None, asked: Requirement, facts: Facts) -> str:
        """What is compared with: a value; of another quantity its words, and what they come to."""
        shown = self.worked_out(value, asked) if fact is None else self.value(value, fact)
        if not fact_names(term):
            return shown
        words = self.term(term, asked, facts)
        if isinstance(term, FactRef) or not shown:
            return words
        return self.phrases["that is"].format(bound=words, value=shown)

    def listed(self, shown: list[str]) -> str:
        if len(shown) == 1:
            return shown[0]
        return self.phrases["comma"].join(shown[:-1]) + self.phrases["or"] + shown[-1]

    def _counted(self, value: Value, unit: str, *, plural: bool, money: bool = False) -> str:
        if self.english and value == 1 and plural:
            unit = unit.removesuffix("s")
        return _number(value, money=money) + (" " if self.english and unit and unit != "%" else "") + unit

    def _bracketed(self, words: str) -> str:
        return f"({words})" if self.english else f"（{words}）"


def period_of(asked: Requirement) -> Period | None:
    """The period that a requirement is about, where it is one between a fact and the day of the decision."""
    left = asked.clause.left
    period = PERIODS.get(left.function) if isinstance(left, Call) else None
    one_date = period is not None and period.ends != "between" and len(asked.facts) == 1
    return period if one_date and isinstance(left, Call) and isinstance(left.arguments[0], FactRef) else None


def is_age(asked: Requirement, facts: Facts) -> bool:
    """Whether a requirement is about years since a birth, which has words of its own."""
    period = period_of(asked)
    born = facts[asked.facts[0]].label.zh.startswith("出生")
    return period is not None and born and (period.unit, period.ends) == ("years", "since")


def _number(value: object, *, money: bool = False) -> str:
    assert isinstance(value, int | float | Decimal), "only numbers are shown as numbers"
    number = float(value)
    if 0 < abs(number) < 1:
        return f"{number:.4g}"  # a share of 0.0025 is not 0
    shown = f"{number:,.2f}".removesuffix(".00")
    return shown if money or "." not in shown else shown.rstrip("0")  # 2,000.50 yuan, 34.8 m²
