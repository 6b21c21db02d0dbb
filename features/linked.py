"""This file knows what the subjects at the other end of a link bring to a table: their facts, and how old these are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from domain.derivation import Linked
from domain.facts import Audience, FactDefinition, Vocabulary
from features.cells import ARROW_TYPES
from features.provenance import COLUMN, days_of, own_sources


@dataclass(frozen=True)
class OtherSubjects:
    """A wide table of another audience, to be looked up by id; it has the columns that `columns_needed` names."""

    facts: Mapping[str, FactDefinition]
    table: pa.Table

    def look_up(self, ids: pa.Array, name: str) -> tuple[pa.Array, pa.Array]:
        """The fact `name` of the subjects `ids` and its dates (date32); null where there is none of that id."""
        rows = pc.index_in(ids, value_set=self._subjects)
        fact = self.facts[name]
        # Taken first: the dates of those who are nobody's other end need not be read.
        taken = self.table.take(rows)
        return taken[name].combine_chunks().cast(ARROW_TYPES[fact.type]), days_of(fact, self.facts, taken)

    @cached_property
    def _subjects(self) -> pa.Array:
        return self.table["subject_id"].combine_chunks()


def linked_names(vocabulary: Vocabulary, audience: Audience) -> dict[Audience, list[str]]:
    """The facts of other audiences that facts of `audience` are linked to, by that audience."""
    found: dict[Audience, list[str]] = {}
    for fact in vocabulary.of(audience).values():
        if isinstance(fact.derivation, Linked):
            found.setdefault(vocabulary.links[fact.derivation.link].to, []).append(fact.derivation.fact)
    return found


def columns_needed(names: Iterable[str], facts: Mapping[str, FactDefinition]) -> list[str]:
    """The columns of a wide table in which the facts `names` and their dates are to be looked up."""
    found = dict.fromkeys(["subject_id", COLUMN])
    waiting = list(names)
    while waiting:
        fact = facts[waiting.pop()]
        found[fact.name] = None
        if not fact.derived:
            found[f"{fact.register}_as_of"] = None
        waiting += own_sources(fact)
    return list(found)
