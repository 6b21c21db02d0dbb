"""This file knows from which source and date each fact of a profile is, and writes it as one short text a subject.

`population:2026-11-01;household_size:derived:2026-10-03;pregnant:life_event:2026-11-20`: two parts are a register's
date, three parts a single fact that does not come from the subject's row in its register: one from a life event, or
from other subjects' rows. One text is one cell in the online store where a column a register would be fifteen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from domain.derivation import link_id
from domain.facts import Audience, FactDefinition, Value
from domain.profile import Fact, FactStatus, Profile

LIFE_EVENT = "life_event"
COLUMN = "provenance"


class LifeChange(Protocol):
    """A life event as a profile needs it: what it changed (dates may be ISO text), and since when."""

    @property
    def changes(self) -> Mapping[str, object]: ...

    @property
    def as_of(self) -> date: ...


@dataclass(frozen=True)
class Provenance:
    """The dates of a subject's registers, and source and date of facts that do not come from them."""

    registers: Mapping[str, date]
    facts: Mapping[str, tuple[str, date]]

    @staticmethod
    def parse(text: str) -> Provenance:
        registers: dict[str, date] = {}
        facts: dict[str, tuple[str, date]] = {}
        for entry in text.split(";") if text else ():
            name, *rest = entry.split(":")
            if len(rest) == 1:
                registers[name] = _day(rest[0])
            else:
                facts[name] = (rest[0], _day(rest[1]))
        return Provenance(registers, facts)

    def text(self) -> str:
        registers = [f"{name}:{day}" for name, day in self.registers.items()]
        return ";".join([*registers, *(f"{name}:{source}:{day}" for name, (source, day) in self.facts.items())])

    def with_event(self, names: Iterable[str], as_of: date) -> Provenance:
        """The same after a life event gave `names` their values."""
        return Provenance(self.registers, {**self.facts, **dict.fromkeys(names, (LIFE_EVENT, as_of))})

    def without(self, names: Iterable[str]) -> Provenance:
        """The same with `names` coming from their registers or their derivation again."""
        gone = set(names)
        return Provenance(self.registers, {name: where for name, where in self.facts.items() if name not in gone})

    def of(self, fact: FactDefinition, facts: Mapping[str, FactDefinition], values: Mapping[str, Value]) -> Origin:
        """Where a fact is from; a derived one is as old as the oldest of its known sources."""
        single = self.facts.get(fact.name)
        if single is not None:
            return single
        if not fact.derived:
            return fact.register, self.registers.get(fact.register)
        dates = [
            day
            for source in own_sources(fact)
            if values.get(source) is not None and (day := self.of(facts[source], facts, values)[1]) is not None
        ]
        return fact.register, min(dates, default=None)


def own_sources(fact: FactDefinition) -> tuple[str, ...]:
    """The subject's own facts that a derived one rests on; none for one that rests on other subjects."""
    return () if fact.derivation is None or link_id(fact.derivation) else fact.derived_from


def days_of(fact: FactDefinition, facts: Mapping[str, FactDefinition], table: pa.Table) -> pa.Array:
    """`Provenance.of` for a whole wide table: the date of `fact` in each row (date32), null where there is none.

    `table` has the provenance, `<register>_as_of`, and the facts that a derived one rests on.
    """
    single = pc.extract_regex(table[COLUMN].combine_chunks(), rf"(?:^|;){fact.name}:[^:;]*:(?P<day>[0-9-]+)(?:;|$)")
    found = pc.struct_field(single, "day").cast(pa.date32())
    if not fact.derived:
        return pc.coalesce(found, table[f"{fact.register}_as_of"].combine_chunks())
    since = [
        where(table[name].combine_chunks().is_valid(), days_of(facts[name], facts, table)) for name in own_sources(fact)
    ]
    return pc.coalesce(found, oldest(since)) if since else found


def oldest(columns: list[pa.Array]) -> pa.Array:
    """The earliest date of each row, unknown dates left out."""
    return columns[0] if len(columns) == 1 else pc.min_element_wise(*columns)


def where(known: pa.Array, days: pa.Array) -> pa.Array:
    """`days` (date32) where `known` is true, null elsewhere."""
    return pc.if_else(known, days, pa.scalar(None, pa.date32()))


Origin = tuple[str, date | None]


Assembler = Callable[[str, dict[str, Value], str], Profile]
"""Makes a profile from a subject's id, values and provenance text."""


def assemble(facts: Mapping[str, FactDefinition], audience: Audience) -> Assembler:
    """The assembler of an audience's profiles; safe to share between threads.

    Equal facts are one object: of 20,000 citizens most facts are one of few values at one of few dates.
    """
    known: dict[tuple[type, Value, str, date | None], Fact] = {}
    parsed = lru_cache(maxsize=4_096)(Provenance.parse)

    def fact(value: Value, source: str, day: date | None) -> Fact:
        key = (type(value), value, source, day)
        found = known.get(key)
        if found is None:
            status = FactStatus.UNKNOWN if value is None else FactStatus.KNOWN
            found = Fact(value, source, day, status)
            if len(known) < _MOST_SHARED:
                known[key] = found
        return found

    def profile(subject_id: str, values: dict[str, Value], text: str) -> Profile:
        where = parsed(text)
        return Profile(
            subject_id,
            audience,
            {name: fact(values.get(name), *where.of(one, facts, values)) for name, one in facts.items()},
        )

    return profile


_MOST_SHARED = 200_000
"""Beyond this the amounts of money, which are hardly ever equal, would fill the memory for nothing."""


@lru_cache(maxsize=4_096)
def _day(text: str) -> date:
    return date.fromisoformat(text)
