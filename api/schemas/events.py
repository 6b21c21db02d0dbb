"""A life event, as a register's system reports it."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from api.schemas.base import Answer, Request, Text, example, value_of
from domain.errors import LifeEventInvalid
from domain.facts import FIRST_POSSIBLE_YEAR, Audience, FactDefinition, FactType, Value, Vocabulary

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LARGEST_INTEGER = 2**63 - 1
"""What a column of int64 holds."""


def _written_as_a_day(given: object) -> object:
    # Left to itself the reader takes 0 for 1970, and times and weeks for days.
    if not isinstance(given, str) or not _DAY.fullmatch(given):
        raise ValueError("must be a date written YYYY-MM-DD")
    return given


class EventRequest(Request):
    """What changed in a subject's life, and since when."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "event_id": "5f0c7a52-8c9d-4a3e-9c55-0c4b5f8e7a10",
                "subject_id": "C000000042",
                "kind": "retirement",
                "as_of": "2026-11-20",
                "facts": {"employment_status": "retired", "pension": "employee", "pension_cny_month": 4820.5},
            }
        )
    )

    event_id: UUID | None = Field(default=None, description="The sender's id: sending it again changes nothing.")
    subject_id: Text = Field(min_length=1, max_length=40)
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="birth, retirement, change_of_address, ...")
    as_of: Annotated[date, BeforeValidator(_written_as_a_day)] = Field(
        description="The day since which it is so; not in the future."
    )
    facts: dict[
        Annotated[Text, Field(max_length=100)],
        StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, Field(max_length=100)] | None,
    ] = Field(
        min_length=1,
        max_length=100,
        description="New values by name; dates as YYYY-MM-DD; null: unknown from now on.",
    )

    def changes(self, vocabulary: Vocabulary, audience: Audience, today: date) -> dict[str, Value]:
        """The changes as typed facts. Raises UnknownFact, ProfileInvalid or LifeEventInvalid, with what to mend."""
        if self.as_of > today:
            raise LifeEventInvalid(
                f"The event is dated {self.as_of}, which is after today, {today}.",
                next_step="Report it on the day it happens.",
                as_of=self.as_of,
                today=today,
            )
        if self.as_of.year < FIRST_POSSIBLE_YEAR:
            raise LifeEventInvalid(
                f"The event is dated {self.as_of}, which is before {FIRST_POSSIBLE_YEAR}.",
                next_step="Report the day since which it is so.",
                as_of=self.as_of,
            )
        facts = vocabulary.of(audience)
        changes = {}
        for name, given in self.facts.items():
            fact = vocabulary.fact(audience, name)
            _refuse_derived(fact, facts)
            value = _typed(fact, given)
            fact.check(value)
            if isinstance(value, date) and value > self.as_of:
                raise LifeEventInvalid(
                    f"Fact {name!r} is {value}, which is after the event itself, {self.as_of}.",
                    next_step="Correct the date, or report the event when it has happened.",
                    fact=name,
                    as_of=self.as_of,
                )
            changes[name] = value
        return changes


def _refuse_derived(fact: FactDefinition, facts: Any) -> None:
    """A fact computed from other facts follows them; one computed from links between subjects may be reported."""
    if fact.derived and all(source in facts for source in fact.derived_from):
        raise LifeEventInvalid(
            f"Fact {fact.name!r} is derived and cannot be set.",
            next_step=f"Report what it is derived from: {', '.join(fact.derived_from)}.",
            fact=fact.name,
            derived_from=fact.derived_from,
        )


def _typed(fact: FactDefinition, given: bool | int | float | str | None) -> Value:
    if isinstance(given, int) and abs(given) > LARGEST_INTEGER:
        raise LifeEventInvalid(
            f"Fact {fact.name!r} is a number of {given.bit_length()} bits.",
            next_step="Check the unit and the field.",
            fact=fact.name,
        )
    if fact.type is FactType.DATE and isinstance(given, str) and _DAY.fullmatch(given):
        try:
            return date.fromisoformat(given)
        except ValueError:
            return given  # the fact's own check says what is wrong with it
    return given


class EventAnswer(Answer):
    """The event as it was taken in."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "event_id": "5f0c7a52-8c9d-4a3e-9c55-0c4b5f8e7a10",
                "subject_id": "C000000042",
                "audience": "citizen",
                "kind": "retirement",
                "as_of": "2026-11-20",
                "changed": {"employment_status": "retired"},
                "repeated": False,
            }
        )
    )

    event_id: UUID
    subject_id: str
    audience: Audience
    kind: str
    as_of: date
    changed: dict[str, bool | int | float | str | None]
    repeated: bool = Field(description="True: an event of this id was here before, and nothing was changed.")

    @classmethod
    def of(
        cls, event: EventRequest, event_id: UUID, audience: Audience, changes: dict[str, Value], repeated: bool
    ) -> EventAnswer:
        return cls(
            event_id=event_id,
            subject_id=event.subject_id,
            audience=audience,
            kind=event.kind,
            as_of=event.as_of,
            changed={name: value_of(value) for name, value in changes.items()},
            repeated=repeated,
        )
