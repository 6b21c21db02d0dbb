"""Units as dimensions: `cny_per_month` is yuan over months. Things counted (persons, times, points) have none.

A unit's name says its dimension: words before and after `_per_`, in singular or plural. Nothing is converted: months
and years differ, and so do per cent and shares; a rule that mixes them says how.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

Dimension = Mapping[str, int]
"""Each base unit with its exponent, none of them zero."""
COUNTED = frozenset({"none", "person", "count", "time", "point", "level"})


@lru_cache(maxsize=1024)
def dimension(unit: str) -> Dimension:
    """The dimension of a unit of the vocabulary."""
    above, _, below = unit.partition("_per_")
    powers: Counter[str] = Counter()
    for words, sign in ((above, 1), (below, -1)):
        for word in words.split("_"):
            base = word if len(word) <= 2 else word.removesuffix("s")
            if base and base not in COUNTED:
                powers[base] += sign
    return {base: power for base, power in sorted(powers.items()) if power}


def product(left: Dimension, right: Dimension, sign: int) -> Dimension:
    """The dimension of a product, or with `sign` -1 of a quotient."""
    powers = Counter(left)
    for base, power in right.items():
        powers[base] += sign * power
    return {base: power for base, power in sorted(powers.items()) if power}


def shown(one: Dimension) -> str:
    """A dimension in words, such as `cny per month`."""
    above = " ".join(_powered(base, power) for base, power in one.items() if power > 0) or "plain numbers"
    below = " ".join(_powered(base, -power) for base, power in one.items() if power < 0)
    return f"{above} per {below}" if below else above


def _powered(base: str, power: int) -> str:
    return base if power == 1 else f"{base}^{power}"
