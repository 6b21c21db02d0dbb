"""This file knows what a life event does to one subject's profile: facts, what follows from them, and their origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from domain.facts import Audience, FactDefinition, Value
from features.derived import Moment, Parameters, derive_values
from features.overlay import event_value
from features.provenance import LifeChange, Provenance


@dataclass(frozen=True)
class Row:
    """One subject's values and where they are from."""

    values: dict[str, Value]
    provenance: Provenance


def after_events(
    row: Row,
    events: Iterable[LifeChange],
    audience: Audience,
    facts: Mapping[str, FactDefinition],
    as_of: date,
    parameters: Parameters,
) -> Row:
    """The row after `events`, oldest first; an event older than what is known changes nothing.

    Facts of the household are not computed anew: the other members' rows are not at hand. Raises ProfileInvalid for
    a value that its fact refuses.
    """
    for event in events:
        row = _after(row, event, audience, facts, Moment(max(as_of, event.as_of), parameters))
    return row


def _after(row: Row, event: LifeChange, audience: Audience, facts: Mapping[str, FactDefinition], moment: Moment) -> Row:
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
    derived = derive_values(audience, values, moment, facts, frozenset(newer))
    # Where a register supplied what cannot be computed, its word stands.
    supplied = row.provenance.facts
    derived = {
        name: value for name, value in derived.items() if name not in newer and not (value is None and name in supplied)
    }
    return Row(values | derived, row.provenance.without(derived).with_event(newer, event.as_of))
