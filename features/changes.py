"""This file knows what a life event does to one subject's profile: facts, what follows from them, and their origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.facts import FactDefinition, Value
from features.derived import follow
from features.overlay import event_value
from features.provenance import LifeChange, Provenance
from features.terms import Setting


@dataclass(frozen=True)
class Row:
    """One subject's values and where they are from."""

    values: dict[str, Value]
    provenance: Provenance


def after_events(
    row: Row,
    events: Iterable[LifeChange],
    facts: Mapping[str, FactDefinition],
    as_of: date,
    parameters: Mapping[str, Decimal],
) -> Row:
    """The row after `events`, oldest first; an event older than what is known changes nothing.

    Facts of the household and of linked subjects are not computed anew: the others' rows are not at hand. Raises
    ProfileInvalid for a value that its fact refuses.
    """
    for event in events:
        row = _after(row, event, Setting(facts, parameters, max(as_of, event.as_of)))
    return row


def _after(row: Row, event: LifeChange, setting: Setting) -> Row:
    facts = setting.facts
    newer: dict[str, Value] = {}
    for name, value in event.changes.items():
        fact = facts.get(name)
        if fact is None:
            # The vocabulary may have dropped a word that old events still use.
            continue
        known_since = row.provenance.of(fact, facts, row.values)[1]
        if known_since is None or event.as_of >= known_since:
            newer[name] = event_value(fact, value)
    if not newer:
        return row
    values = {**row.values, **newer}
    # Where a register supplied what cannot be computed, its word stands.
    derived = follow(values, newer, row.provenance.facts, setting)
    return Row(values | derived, row.provenance.without(derived).with_event(newer, event.as_of))
