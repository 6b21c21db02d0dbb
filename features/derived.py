"""This file knows how the derived facts that the vocabulary declares are worked out: for columns, and after an event.

What a column holds is what domain/derived.py says of each row; a property test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa

from domain.derivation import FromRule, FromTerm, OfHousehold, link_id, parameter_sources
from domain.derived import in_order, own_value
from domain.facts import NUMERIC, FactDefinition, FactType, Value
from features.cells import ARROW_TYPES
from features.household import Households
from features.rules import truth_of
from features.terms import Columns, Doubles, Setting, column_of


def own_column(fact: FactDefinition, columns: Columns, setting: Setting) -> pa.Array:
    """A fact that follows from the subject's own, for all rows of `columns`, which hold what it rests on."""
    derivation = fact.derivation
    if derivation is None or not _in_force(fact, setting):
        return _unknown(fact, columns)
    match derivation:
        case FromTerm(term=term):
            return _settled(fact, column_of(term, columns, setting))
        case FromRule(rule=rule):
            return truth_of(rule, columns, setting)
    raise AssertionError(f"{fact.name} does not follow from the subject's own facts")


def household_column(fact: FactDefinition, households: Households, columns: Columns, setting: Setting) -> pa.Array:
    """A fact of each subject's household; `columns` hold what it rests on of all subjects, row by row."""
    derivation = fact.derivation
    assert isinstance(derivation, OfHousehold)
    if not _in_force(fact, setting):
        return _unknown(fact, columns)
    met = None if derivation.rule is None else truth_of(derivation.rule, columns, setting)
    found = households.ask(derivation.aggregate, met)
    return found if fact.type is FactType.BOOLEAN else _settled(fact, found)


def follow(
    values: Mapping[str, Value], changed: Collection[str], kept: Collection[str], setting: Setting
) -> dict[str, Value]:
    """What one subject's derived facts become when the facts `changed` have become what `values` say.

    Those that rest on none of them are left out, and so are facts of the household and of linked subjects: the rows
    of the others are not at hand. Of the facts `kept`, which are not only worked out, one that comes out unknown is
    left out too.
    """
    found: dict[str, Value] = {}
    moved = set(changed)
    now = dict(values)
    for fact in in_order(setting.facts):
        derivation = fact.derivation
        if derivation is None or link_id(derivation) or fact.name in changed or moved.isdisjoint(fact.derived_from):
            continue
        value = own_value(fact, now, setting.parameters, setting.as_of)
        if value is None and fact.name in kept:
            continue
        found[fact.name] = now[fact.name] = value
        moved.add(fact.name)
    return found


def _in_force(fact: FactDefinition, setting: Setting) -> bool:
    """Whether all parameters that the fact's derivation names have a value on the day."""
    return fact.derivation is not None and all(
        name in setting.parameters for name in parameter_sources(fact.derivation)
    )


def _unknown(fact: FactDefinition, columns: Columns) -> pa.Array:
    return pa.nulls(len(next(iter(columns.values()))), ARROW_TYPES[fact.type])


def _settled(fact: FactDefinition, values: Doubles) -> pa.Array:
    """Doubles as the fact's column: whole numbers or dates where it has them, null where its bounds exclude them."""
    known = ~np.isnan(values)
    if fact.type in NUMERIC:
        low = -np.inf if fact.minimum is None else fact.minimum
        high = np.inf if fact.maximum is None else fact.maximum
        known &= (values >= low) & (values <= high)
    if fact.type is FactType.NUMBER:
        return pa.array(values, mask=~known)
    whole = np.where(known, values, 0.0).astype(np.int64)
    if fact.type is FactType.DATE:
        return pa.array(whole.astype(np.int32), pa.int32(), mask=~known).cast(pa.date32())
    return pa.array(whole, mask=~known)
