"""This file knows how the registers' rows become one row a subject, with derived facts and each fact's origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from domain.facts import Audience, FactDefinition, FactType, Vocabulary
from features.calendar import oldest
from features.cells import ARROW_TYPES
from features.derived import DERIVATIONS, Moment, derive_columns
from features.household import HOUSEHOLD_FACTS, household_date, household_facts
from features.mapping import BASE_REGISTER
from features.overlay import Overlay
from features.provenance import COLUMN, HOUSEHOLD, LIFE_EVENT
from features.quality import ImportReport
from features.registers import FACTS, QUARANTINE, Progress, import_folder

_HOUSEHOLD_LINK = "link_household_id"


@dataclass(frozen=True)
class _Register:
    """One register's usable rows: the last complete list and what came after it, or all imports."""

    name: str
    rows: pa.Table
    complete: ImportReport | None
    quarantined: pa.Array


def join_registers(
    home: Path,
    vocabulary: Vocabulary,
    audience: Audience,
    as_of: date,
    used: Mapping[str, list[ImportReport]],
    overlay: pa.Table | None,
    parameters: Mapping[str, Decimal],
    progress: Progress | None = None,
) -> pa.Table:
    """subject_id (sorted), the facts in the vocabulary's order, `<register>_as_of`, and the provenance text.

    A subject is whoever has a row in any register. Of each register the subject's row of the latest date is used,
    whole; of two of one date that of the later import.
    """
    registers = {name: _read(home, name, reports, as_of) for name, reports in used.items()}
    ids = pa.chunked_array([register.rows["subject_id"] for register in registers.values()])
    subjects = pc.unique(ids)
    subjects = subjects.take(pc.array_sort_indices(subjects))
    frame = _Frame(subjects, vocabulary.of(audience))
    base = registers.get(BASE_REGISTER[audience])
    known = pc.is_in(subjects, value_set=base.rows["subject_id"].combine_chunks()) if base is not None else None
    for done, register in enumerate(registers.values(), 1):
        frame.add(register, known)
        if progress is not None:
            progress(done, len(registers) + 1)
    for name in vocabulary.registers_of(audience):
        frame.days.setdefault(name, pa.nulls(len(subjects), pa.date32()))
    laid = Overlay.of(overlay, subjects, frame.facts, as_of)
    frame.lay_over(laid, derived=False)
    frame.derive(audience, Moment(as_of, parameters))
    frame.lay_over(laid, derived=True)
    if progress is not None:
        progress(len(registers) + 1, len(registers) + 1)
    return frame.table(vocabulary.registers_of(audience))


def _read(home: Path, name: str, reports: list[ImportReport], as_of: date) -> _Register:
    complete = max(
        (one for one in reports if one.complete_list and (one.as_of_newest or "") <= as_of.isoformat()),
        key=_order,
        default=None,
    )
    if complete is not None:
        # Whoever left a complete list is no longer in the register, so older rows no longer count.
        reports = [one for one in reports if _order(one) >= _order(complete)]
    tables = []
    for one in reports:
        table = pq.read_table(import_folder(home, one) / FACTS)
        if (one.as_of_newest or "") > as_of.isoformat():
            table = table.filter(pc.less_equal(table["as_of"], pa.scalar(as_of)))
        tables.append(table.append_column("sequence", pa.repeat(pa.scalar(one.sequence, pa.int64()), len(table))))
    rows = pa.concat_tables(tables, promote_options="default").combine_chunks()
    if complete is None:
        return _Register(name, rows, None, pa.array([], pa.string()))
    rejected = [pq.read_table(import_folder(home, one) / QUARANTINE, columns=["subject_id"]) for one in reports]
    return _Register(name, rows, complete, pa.concat_tables(rejected)["subject_id"].combine_chunks())


def _order(report: ImportReport) -> tuple[str, int]:
    return report.as_of_newest or "", report.sequence


class _Frame:
    """The table while it is put together; every column is as long as `subjects`."""

    def __init__(self, subjects: pa.Array, facts: Mapping[str, FactDefinition]) -> None:
        self.subjects = subjects
        self.facts = facts
        self.columns: dict[str, pa.Array] = {}
        self.days: dict[str, pa.Array] = {}
        self.supplied: dict[str, tuple[str, pa.Array]] = {}
        self.households: pa.Array | None = None
        self.household_days: pa.Array | None = None
        self.origins: list[pa.Array] = []

    def add(self, register: _Register, known: pa.Array | None) -> None:
        rows = _latest_rows(self.subjects, register.rows)
        taken = register.rows.take(rows)
        self.days[register.name] = taken["as_of"].combine_chunks()
        for name in taken.column_names:
            if name not in self.facts:
                continue
            column = taken[name].combine_chunks()
            if self.facts[name].derived:
                self.supplied[name] = (register.name, column)
            else:
                self.columns[name] = column
        if _HOUSEHOLD_LINK in taken.column_names:
            self.households = taken[_HOUSEHOLD_LINK].combine_chunks()
            self.household_days = self.days[register.name]
        if register.complete is not None and known is not None:
            self._absent(register, register.complete, rows, known)

    def _absent(self, register: _Register, complete: ImportReport, rows: pa.Array, known: pa.Array) -> None:
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

    def lay_over(self, laid: Overlay, *, derived: bool) -> None:
        for name, events in laid.facts.items():
            fact = self.facts[name]
            if fact.derived is derived:
                column, used = events.over(self._column(fact), self._days_of(fact))
                self.columns[name] = column
                self._note(name, LIFE_EVENT, used.at, used.as_of)

    def derive(self, audience: Audience, moment: Moment) -> None:
        """Compute the derived facts; where their sources are unknown, what a register supplied stands."""
        for fact in self.facts.values():
            self.columns.setdefault(fact.name, pa.nulls(len(self.subjects), ARROW_TYPES[fact.type]))
        self._settle(derive_columns(audience, self.columns, moment, self.facts))
        if self.households is not None and "age_years" in self.facts:
            found = household_facts(self.households, self.columns["age_years"])
            self._settle({name: column for name, column in found.items() if name in self.facts})
        else:
            self._settle({name: self.columns[name] for name in HOUSEHOLD_FACTS if name in self.facts})

    def _settle(self, computed: Mapping[str, pa.Array]) -> None:
        for name, column in computed.items():
            self.columns[name] = column
            if name in self.supplied:
                register, given = self.supplied[name]
                filled = pc.and_(column.is_null(), given.is_valid()).to_numpy(zero_copy_only=False)
                self.columns[name] = pc.coalesce(column, given)
                at = np.flatnonzero(filled)
                self._note(name, register, at, self.days[register].take(pa.array(at)))

    def table(self, registers: tuple[str, ...]) -> pa.Table:
        columns = {"subject_id": self.subjects}
        columns |= {name: self._column(fact) for name, fact in self.facts.items()}
        columns |= {f"{name}_as_of": self.days[name] for name in registers}
        columns[COLUMN] = self._provenance(registers)
        return pa.table(columns)

    def _column(self, fact: FactDefinition) -> pa.Array:
        found = self.columns.get(fact.name)
        return pa.nulls(len(self.subjects), ARROW_TYPES[fact.type]) if found is None else found

    def _days_of(self, fact: FactDefinition) -> pa.Array:
        """The dates that an event must not be older than to count."""
        if not fact.derived:
            return self.days[fact.register]
        if fact.name in HOUSEHOLD_FACTS:
            return pa.nulls(len(self.subjects), pa.date32()) if self.household_days is None else self.household_days
        derivation = DERIVATIONS[fact.audience].get(fact.name)
        sources = derivation.sources if derivation is not None else ()
        return oldest([self.days[self.facts[source].register] for source in sources] or [*self.days.values()])

    def _note(self, name: str, source: str, at: npt.NDArray[np.int64], days: pa.Array) -> None:
        """Remember that `name` of the rows `at` is from `source` on `days`, not from its register's row."""
        if not len(at):
            return
        texts = pc.binary_join_element_wise(f"{name}:{source}", days.cast(pa.string()), ":", null_handling="skip")
        # The frame's rows in which the note stands, empty elsewhere: scattered through positions, not in a loop.
        place = np.full(len(self.subjects), -1, np.int64)
        place[at] = np.arange(len(at))
        self.origins.append(texts.take(pa.array(place, mask=place < 0)))

    def _provenance(self, registers: tuple[str, ...]) -> pa.Array:
        entries = [_entry(name, self.days[name]) for name in registers if name in self.days]
        if self.households is not None and self.household_days is not None:
            entries.append(_entry(HOUSEHOLD, household_date(self.households, self.household_days)))
        entries += self.origins
        return pc.binary_join_element_wise(*entries, ";", null_handling="skip")


def _entry(name: str, days: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(name, days.cast(pa.string()), ":")


def _latest_rows(subjects: pa.Array, rows: pa.Table) -> pa.Array:
    """For each subject the row that counts: of its latest date, of two of one date that of the later import."""
    at = pc.index_in(rows["subject_id"], value_set=subjects).combine_chunks().to_numpy(zero_copy_only=False)
    order = np.lexsort((rows["sequence"].to_numpy(), rows["as_of"].cast(pa.int32()).to_numpy()))
    chosen = np.full(len(subjects), -1, np.int64)
    # Of several assignments to one place the last one stands.
    chosen[at[order]] = order
    return pa.array(chosen, mask=chosen < 0)
