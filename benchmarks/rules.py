"""A rule in a form that every peer's language can be written from: tests joined by all, any and not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

Value = int | float | str | bool | date
Operator = Literal["<", "<=", ">", ">=", "between", "in", "is"]
T = TypeVar("T")


@dataclass(frozen=True)
class Test:
    """One test on one fact: against a value, both ends of a range (included), some words, or true and false."""

    __test__ = False  # pytest: this is no test case
    fact: str
    operator: Operator
    argument: Value | tuple[Value, ...]

    @property
    def value(self) -> Value:
        assert not isinstance(self.argument, tuple)
        return self.argument

    @property
    def values(self) -> tuple[Value, ...]:
        assert isinstance(self.argument, tuple)
        return self.argument


@dataclass(frozen=True)
class Written:
    """A clause in the project's own words, for the sets that no peer has to express."""

    text: str


@dataclass(frozen=True)
class Group:
    """`all` when conjunctive, else `any`."""

    conjunctive: bool
    items: tuple[Rule, ...]


@dataclass(frozen=True)
class Inverse:
    item: Rule


Rule = Test | Written | Group | Inverse


def write(rule: Rule, test: Callable[[Test], T], join: Callable[[bool, list[T]], T], invert: Callable[[T], T]) -> T:
    """The rule in another form: tests by `test`, groups by `join(conjunctive, items)`, `not` by `invert`."""
    match rule:
        case Test():
            return test(rule)
        case Group(conjunctive=conjunctive, items=items):
            return join(conjunctive, [write(item, test, join, invert) for item in items])
        case Inverse(item=item):
            return invert(write(item, test, join, invert))
    raise TypeError(f"No peer can express {rule}.")


def distinct_tests(rules: Sequence[Rule]) -> list[Test]:
    """The distinct tests of all rules, in order of first use."""
    return list(dict.fromkeys(test for rule in rules for test in _tests(rule)))


def _tests(rule: Rule) -> Iterator[Test]:
    match rule:
        case Test():
            yield rule
        case Group(items=items):
            for item in items:
                yield from _tests(item)
        case Inverse(item=item):
            yield from _tests(item)


def as_written(rule: Rule) -> object:
    """The rule as a policy's YAML gives it, for domain.expression.parse."""
    match rule:
        case Written(text=text):
            return text
        case Test():
            return _clause(rule)
        case Group(conjunctive=conjunctive, items=items):
            return {"all" if conjunctive else "any": [as_written(item) for item in items]}
        case Inverse(item=item):
            return {"not": as_written(item)}


def _clause(test: Test) -> str:
    match test.operator:
        case "is":
            return test.fact if test.value else f"{test.fact} == false"
        case "in" if len(test.values) == 1:
            return f"{test.fact} == {test.values[0]}"
        case "in":
            return f"{test.fact} in [{', '.join(str(word) for word in test.values)}]"
        case "between":
            low, high = test.values
            return f"{test.fact} between {low} and {high}"
        case symbol:
            return f"{test.fact} {symbol} {test.value}"
