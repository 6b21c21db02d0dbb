"""A profile that shows what can happen: found by trying the values at the ends of what the search leaves.

What the search calls possible may not be; an example that the reference evaluator agrees with is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from catalogue.lint.atoms import Key, Pair
from catalogue.lint.reading import Reading
from catalogue.lint.search import Demand
from catalogue.lint.values import Interval, Values, Words
from domain.calendar import EPOCH, day_number
from domain.facts import FactDefinition, FactType, Value
from domain.terms import FactRef, fact_names

_MOST_TRIED = 200  # profiles


def example_of(
    reading: Reading, demands: Sequence[Demand], shows: Callable[[Mapping[str, Value]], bool]
) -> Mapping[str, Value] | None:
    """Facts that meet `demands` as far as the search can tell, and of which `shows` says that they do; or None."""
    store = reading.search.find(demands)
    if store is None:
        return None
    names = dict.fromkeys(name for key in store for name in _names(key))
    choices = []
    for name in names:
        universe = reading.search.reader.values(FactRef(name))
        choices.append(list(_candidates(store.get(FactRef(name), universe), reading.facts[name], reading.day)))
    for values in itertools.islice(itertools.product(*choices), _MOST_TRIED):
        facts = dict(zip(names, values, strict=True))
        if shows(facts):
            return facts
    return None


def _names(key: Key) -> tuple[str, ...]:
    return fact_names(key.left, key.right) if isinstance(key, Pair) else fact_names(key)


def _candidates(values: Values, fact: FactDefinition, day: date) -> Iterator[Value]:
    """Some of a fact's values, always the same ones and in the same order."""
    if isinstance(values, Words):
        order: Sequence[Value] = [True, False] if fact.type is FactType.BOOLEAN else list(fact.categories)
        yield from (word for word in order if (word in values.words) is not values.negated)
        return
    near = float(day_number(day)) if fact.type is FactType.DATE else 0.0
    for number in dict.fromkeys(one for interval in values.intervals for one in _points(interval, near)):
        match fact.type:
            case FactType.DATE:
                yield EPOCH + timedelta(days=int(number))
            case FactType.INTEGER:
                yield int(number)
            case _:
                yield number


def _points(interval: Interval, near: float) -> Iterator[float]:
    """Numbers of an interval: one near at hand, its ends, and one between."""
    low, high = interval.low, interval.high
    inner = (low + high) / 2 if math.isfinite(low + high) else low + 1 if math.isfinite(low) else high - 1
    for number in (near, low, high, float(math.floor(inner)), inner):
        point = Interval(number, number, True, True)
        if math.isfinite(number) and not interval.meet(point).empty:
            yield number
