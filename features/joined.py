"""This file knows how the registers' rows become one row a subject, with derived facts and each fact's origin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.derivation import HOUSEHOLD_ID, Linked, OfHousehold, fact_sources, link_id
from domain.derived import in_order
from domain.facts import DERIVED_REGISTER, Audience, FactDefinition, FactType, Vocabulary
from features.cells import ARROW_TYPES
from features.derived import household_column, own_column
from features.household import Households
from features.linked import OtherSubjects
from features.mapping import BASE_REGISTER
from features.overlay import Overlay
from features.provenance import COLUMN, LIFE_EVENT, oldest, own_sources, where
from features.quality import ImportReport
from features.register_rows import RegisterRows, latest_rows, read_rows
from features.registers import Progress
from features.terms import Setting

_LINK = "link_"
"""An import's column of a link is named after the link, behind this."""


def join_registers(
    home: Path,
    vocabulary: Vocabulary,
    audience: Audience,
    as_of: date,
    used: Mapping[str, list[ImportReport]],
    overlay: pa.Table | None,
    parameters: Mapping[str, Decimal],
    others: Mapping[Audience, OtherSubjects],
    progress: Progress | None = None,
) -> pa.Table:
    """subject_id (sorted), the facts in the vocabulary's order, `<register>_as_of`, and the provenance text.

    A subject is whoever has a row in any register. Of each register the subject's row of the latest date is used,
    whole; of two of one date that of the later import. `others` are the subjects to whom links lead; facts linked to
    an audience that is left out are unknown.
    """
    registers = {name: read_rows(home, name, reports, as_of) for name, reports in used.items()}
    ids = pa.chunked_array([register.rows["subject_id"] for register in registers.values()])
    subjects = pc.unique(ids)
    subjects = subjects.take(pc.array_sort_indices(subjects))
    frame = _Frame(subjects, vocabulary, audience)
    base = registers.get(BASE_REGISTER[audience])
    known = pc.is_in(subjects, value_set=base.rows["subject_id"].combine_chunks()) if base is not None else None
    for done, register in enumerate(registers.values(), 1):
        frame.add(register, known)
        if progress is not None:
            progress(done, len(registers) + 1)
    for name in vocabulary.registers_of(audience):
        frame.days.setdefault(name, pa.nulls(len(subjects), pa.date32()))
    laid = Overlay.of(overlay, subjects, frame.facts, as_of)
    for fact in frame.facts.values():
        if not fact.derived:
            frame.lay_over(fact, laid)
    frame.derive(Setting(frame.facts, parameters, as_of), laid, others)
    if progress is not None:
        progress(len(registers) + 1, len(registers) + 1)
    return frame.table(vocabulary.registers_of(audience))


class _Frame:
    """The table while it is put together; every column is as long as `subjects`.

    `days` are the registers' dates; `noted` those of single facts that are not from their register's row, null
    elsewhere, and `notes` what the provenance says of them.
    """

    def __init__(self, subjects: pa.Array, vocabulary: Vocabulary, audience: Audience) -> None:
        self.subjects = subjects
        self.vocabulary = vocabulary
        self.facts = vocabulary.of(audience)
        self.columns: dict[str, pa.Array] = {}
        self.days: dict[str, pa.Array] = {}
        self.supplied: dict[str, tuple[str, pa.Array]] = {}
        self.links: dict[str, tuple[str, pa.Array]] = {}
        self.noted: dict[str, pa.Array] = {}
        self.notes: dict[str, pa.Array] = {}

    def add(self, register: RegisterRows, known: pa.Array | None) -> None:
        rows = latest_rows(self.subjects, register.rows)
        taken = register.rows.take(rows)
        self.days[register.name] = taken["as_of"].combine_chunks()
        for name in taken.column_names:
            column = taken[name].combine_chunks()
            if name.startswith(_LINK):
                self.links[name.removeprefix(_LINK)] = (register.name, column)
            if name not in self.facts:
                continue
            if self.facts[name].derived:
                self.supplied[name] = (register.name, column)
            else:
                self.columns[name] = column
        if register.complete is not None and known is not None:
            self._absent(register, register.complete, rows, known)

    def _absent(self, register: RegisterRows, complete: ImportReport, rows: pa.Array, known: pa.Array) -> None:
        """Who is known to the base register and not in the list has the values of those who are absent.

        A subject whose row is in quarantine is in the list: what its row says is unknown, not absent.
        """
        absent = pc.and_(rows.is_null(), known)
        absent = pc.and_not(absent, pc.is_in(self.subjects, value_set=register.quarantined))
        day = pa.scalar(date.fromisoformat(str(complete.as_of_newest)))
        self.days[register.name] = pc.if_else(absent, day, self.days[register.name])
        for name, value in complete.absent.items():
            given = date.fromisoformat(str(value)) if self.facts[name].type is FactType.DATE and value else value
            kind = ARROW_TYPES[self.facts[name].type]
            column = self.columns.get(name, pa.nulls(len(self.subjects), kind))
            self.columns[name] = pc.if_else(absent, pa.scalar(given, kind), column)

    def lay_over(self, fact: FactDefinition, laid: Overlay) -> None:
        """Let those events count that are not older than what is known of the fact."""
        if (events := laid.facts.get(fact.name)) is not None:
            self.columns[fact.name], used = events.over(self._column(fact), self._dated(fact))
            self._note(fact.name, LIFE_EVENT, self._placed(used.at, used.as_of))

    def derive(self, setting: Setting, laid: Overlay, others: Mapping[Audience, OtherSubjects]) -> None:
        """Work out the derived facts, each after those that it rests on, and lay the events over each.

        Where one cannot be worked out, what a register supplied stands.
        """
        for fact in self.facts.values():
            self.columns.setdefault(fact.name, self._column(fact))
        households = None
        if HOUSEHOLD_ID in self.links:
            households = Households.of(self.links[HOUSEHOLD_ID][1])
        for fact in in_order(self.facts):
            match fact.derivation:
                case OfHousehold():
                    if households is not None:
                        found = household_column(fact, households, self.columns, setting)
                        self._settle(fact, found, households.oldest(self._rested_on(fact)))
                case Linked(link=link, fact=name):
                    other = others.get(self.vocabulary.links[link].to)
                    if other is not None and f"{link}_id" in self.links:
                        register, ids = self.links[f"{link}_id"]
                        found, days = other.look_up(ids, name)
                        self._settle(fact, found, oldest([self.days[register], days]))
                case None:
                    pass
                case _:
                    self.columns[fact.name] = own_column(fact, self.columns, setting)
            self._supply(fact)
            self.lay_over(fact, laid)

    def _settle(self, fact: FactDefinition, column: pa.Array, days: pa.Array) -> None:
        """Take over a fact that rests on other subjects' rows, known since `days`."""
        self.columns[fact.name] = column
        self._note(fact.name, DERIVED_REGISTER, where(column.is_valid(), days))

    def _supply(self, fact: FactDefinition) -> None:
        if fact.name in self.supplied:
            register, given = self.supplied[fact.name]
            column = self._column(fact)
            filled = pc.and_(column.is_null(), given.is_valid())
            self.columns[fact.name] = pc.coalesce(column, given)
            self._note(fact.name, register, where(filled, self.days[register]))

    def _rested_on(self, fact: FactDefinition) -> pa.Array:
        """The oldest date of what each subject contributes to a fact of its household: its id and its facts."""
        assert fact.derivation is not None
        register, _ = self.links[str(link_id(fact.derivation))]
        return oldest([self.days[register], *(self._known_since(name) for name in fact_sources(fact.derivation))])

    def _known_since(self, name: str) -> pa.Array:
        return where(self.columns[name].is_valid(), self._dated(self.facts[name]))

    def table(self, registers: tuple[str, ...]) -> pa.Table:
        columns = {"subject_id": self.subjects}
        columns |= {name: self._column(fact) for name, fact in self.facts.items()}
        columns |= {f"{name}_as_of": self.days[name] for name in registers}
        columns[COLUMN] = self._provenance(registers)
        return pa.table(columns)

    def _column(self, fact: FactDefinition) -> pa.Array:
        found = self.columns.get(fact.name)
        return pa.nulls(len(self.subjects), ARROW_TYPES[fact.type]) if found is None else found

    def _dated(self, fact: FactDefinition) -> pa.Array:
        """The date of each subject's fact, as its provenance will say it."""
        nothing = pa.nulls(len(self.subjects), pa.date32())
        noted = self.noted.get(fact.name, nothing)
        if not fact.derived:
            return pc.coalesce(noted, self.days[fact.register])
        since = [self._known_since(name) for name in own_sources(fact)]
        return pc.coalesce(noted, oldest(since)) if since else noted

    def _placed(self, at: npt.NDArray[np.int64], days: pa.Array) -> pa.Array:
        """`days` at the rows `at`, null elsewhere."""
        place = np.full(len(self.subjects), -1, np.int64)
        place[at] = np.arange(len(at))
        return days.take(pa.array(place, mask=place < 0))

    def _note(self, name: str, source: str, days: pa.Array) -> None:
        """Remember that `name` is from `source` where `days` says since when, whatever was noted before."""
        texts = pc.binary_join_element_wise(f"{name}:{source}", days.cast(pa.string()), ":")
        self.noted[name] = pc.coalesce(days, self.noted[name]) if name in self.noted else days
        self.notes[name] = pc.coalesce(texts, self.notes[name]) if name in self.notes else texts

    def _provenance(self, registers: tuple[str, ...]) -> pa.Array:
        entries = [_entry(name, self.days[name]) for name in registers if name in self.days]
        return pc.binary_join_element_wise(*entries, *self.notes.values(), ";", null_handling="skip")


def _entry(name: str, days: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(name, days.cast(pa.string()), ":")
