"""What a fact is: a typed, named value about a subject, in a unit, from a register, fresh for so many days."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum

from domain.derivation import Derivation
from domain.errors import ProfileInvalid, UnknownFact

Value = bool | int | float | str | date | None
"""A fact's value; None is unknown, which is neither false nor zero."""


class Audience(StrEnum):
    CITIZEN = "citizen"
    ENTERPRISE = "enterprise"


class FactType(StrEnum):
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    DATE = "date"
    REGION = "region"
    TEXT = "text"


NUMERIC = frozenset({FactType.INTEGER, FactType.NUMBER})
ORDERED = NUMERIC | {FactType.DATE}
"""Types whose values have an order, and are compared as doubles."""
CLOSED = frozenset({FactType.CATEGORY, FactType.REGION})
"""Types whose words are all listed in the vocabulary."""
WORDS = CLOSED | {FactType.TEXT}
"""Types whose values are words."""
DERIVED_REGISTER = "derived"
FIRST_POSSIBLE_YEAR = 1850
"""No living person and no living enterprise is older; an earlier date is a slipped column or a filler."""


@dataclass(frozen=True)
class Label:
    """A text for people, in Chinese and English."""

    zh: str
    en: str

    def text(self, language: str) -> str:
        return self.en if language == "en" else self.zh


def _is_finite(value: int | float) -> bool:
    """Neither NaN nor infinite, nor a whole number beyond all doubles."""
    return abs(value) <= sys.float_info.max


@dataclass(frozen=True)
class FactDefinition:
    """One word of the vocabulary; `minimum` and `maximum` bound what an import accepts, inclusive.

    A derived fact has a `derivation`; `derived_from` names the facts and ids that it rests on. A `sensitive` fact is
    used where a register tells it, and its subject is never asked for it or told to change it. A `lasting` one is
    what its subject cannot change in the short run, or would not for a benefit's sake: sex, a degree, buying a home.
    A `reported` one is what its subject says, though a register keeps it: nothing is granted on it without being asked.
    """

    name: str
    audience: Audience
    type: FactType
    unit: str
    label: Label
    register: str
    fresh_days: int
    categories: Mapping[str, Label]
    minimum: float | None = None
    maximum: float | None = None
    derived_from: tuple[str, ...] = ()
    derivation: Derivation | None = None
    sensitive: bool = False
    lasting: bool = False
    reported: bool = False

    @property
    def derived(self) -> bool:
        return self.register == DERIVED_REGISTER

    def check(self, value: Value) -> None:
        """Accept `value` as this fact's, unknown included, or raise ProfileInvalid that names the mend."""
        if value is None:
            return
        if not self._has_type(value):
            raise ProfileInvalid(
                f"Fact {self.name!r} is {value!r}, which is not {_ARTICLE[self.type]}.",
                next_step=f"Give {_ARTICLE[self.type]}{self._unit_hint()}, or leave it out if it is unknown.",
                fact=self.name,
                value=repr(value),
            )
        if self.type in CLOSED and value not in self.categories:
            raise ProfileInvalid(
                f"Fact {self.name!r} has no category {value!r}.",
                next_step=f"Use one of: {', '.join(self.categories)}.",
                fact=self.name,
                value=repr(value),
            )
        if self.type in NUMERIC and not self._in_range(value):
            raise ProfileInvalid(
                f"Fact {self.name!r} is {value!r}, outside {self.minimum} to {self.maximum}{self._unit_hint()}.",
                next_step="Check the unit and the column, or leave the fact out if it is unknown.",
                fact=self.name,
                value=repr(value),
            )

        if isinstance(value, date) and value.year < FIRST_POSSIBLE_YEAR:
            raise ProfileInvalid(
                f"Fact {self.name!r} is {value}, which is before {FIRST_POSSIBLE_YEAR}.",
                next_step="Check the date, or leave the fact out if it is unknown.",
                fact=self.name,
                value=repr(value),
            )

    def _has_type(self, value: Value) -> bool:
        match self.type:
            case FactType.BOOLEAN:
                return isinstance(value, bool)
            case FactType.INTEGER:
                return isinstance(value, int) and not isinstance(value, bool) and _is_finite(value)
            case FactType.NUMBER:
                return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
            case FactType.CATEGORY | FactType.REGION | FactType.TEXT:
                return isinstance(value, str)
            case FactType.DATE:
                return type(value) is date

    def _in_range(self, value: Value) -> bool:
        assert isinstance(value, int | float)
        return not (
            (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum)
        )

    def _unit_hint(self) -> str:
        return "" if self.unit == "none" else f" ({self.unit})"


_ARTICLE = {
    FactType.INTEGER: "a whole number",
    FactType.NUMBER: "a finite number",
    FactType.BOOLEAN: "true or false",
    FactType.CATEGORY: "one of its category words",
    FactType.DATE: "a date (YYYY-MM-DD)",
    FactType.REGION: "one of its regions",
    FactType.TEXT: "a text",
}


@dataclass(frozen=True)
class Link:
    """A tie from a subject of one audience to one of another, held as the id `<name>_id` by a register."""

    name: str
    of: Audience
    to: Audience
    label: Label


@dataclass(frozen=True)
class Vocabulary:
    """All facts of both audiences, with the registers they come from, the units they are kept in and the links.

    `source` is the text of its file, from which it can be rebuilt.
    """

    facts: Mapping[Audience, Mapping[str, FactDefinition]]
    registers: Mapping[str, Label]
    units: Mapping[str, Label]
    source: str = ""
    links: Mapping[str, Link] = field(default_factory=dict)

    def of(self, audience: Audience) -> Mapping[str, FactDefinition]:
        return self.facts[audience]

    def fact(self, audience: Audience, name: str) -> FactDefinition:
        """The definition of `name`, or UnknownFact with the nearest known name."""
        found = self.facts[audience].get(name)
        if found is None:
            near = get_close_matches(name, self.facts[audience], n=1)
            raise UnknownFact(name, where=f"a {audience}", did_you_mean=near[0] if near else None)
        return found

    def registers_of(self, audience: Audience) -> tuple[str, ...]:
        """The registers that hold facts of `audience`, in the vocabulary's order, without `derived`."""
        used = {fact.register for fact in self.facts[audience].values()}
        return tuple(name for name in self.registers if name in used and name != DERIVED_REGISTER)

    def check(self, audience: Audience, values: Mapping[str, Value]) -> None:
        """Accept a whole profile's values, or raise UnknownFact or ProfileInvalid for the first bad one."""
        for name, value in values.items():
            self.fact(audience, name).check(value)
