"""What an audience is broken down by: its district, and age, or size and industry; unknown is a group of its own.

An enterprise's size is the class that the market register has. Where the register has none, it is told from the
employees alone, by the lines that 统计上大中小微型企业划分办法（2017） draws for industry: 20, 300 and 1,000. The
standard asks for revenue or assets as well, and draws other lines for each trade, in a finer division than is kept; so
such a class is only near the right one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.facts import Audience, FactDefinition, Label, Vocabulary

UNKNOWN = Label("未知", "Unknown")
Places = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Breakdown:
    """`words` and `labels` of one dimension's groups, and `places`, uint8[subjects]: in which of them each subject is.

    The last group is of those for whom it is unknown; its word is None.
    """

    dimension: str
    words: tuple[str | None, ...]
    labels: tuple[Label, ...]
    places: Places


@dataclass(frozen=True)
class _Bands:
    """Numbers by the first that each band holds; the last one has no end."""

    firsts: tuple[int, ...]
    labels: tuple[Label, ...]
    words: tuple[str, ...]


def _ages(*firsts: int) -> _Bands:
    spans = [f"{first}-{following - 1}" for first, following in pairwise(firsts)]
    labels = [Label(f"{span.replace('-', '–')}岁", span.replace("-", "–")) for span in spans]
    last = firsts[-1]
    return _Bands(firsts, (*labels, Label(f"{last}岁及以上", f"{last}+")), (*spans, f"{last}+"))


_AGES = _ages(0, 6, 18, 35, 60, 70, 80)
_SIZES = _Bands(
    (0, 20, 300, 1000),
    (Label("微型", "micro"), Label("小型", "small"), Label("中型", "medium"), Label("大型", "large")),
    ("micro", "small", "medium", "large"),
)
_BY: Mapping[Audience, Sequence[tuple[str, tuple[tuple[str, _Bands | None], ...]]]] = {
    Audience.CITIZEN: (("district", (("residence_district", None),)), ("age", (("age_years", _AGES),))),
    Audience.ENTERPRISE: (
        ("district", (("registered_district", None),)),
        ("size", (("enterprise_size", None), ("employees_count", _SIZES))),
        ("industry", (("industry", None),)),
    ),
}
"""Of each dimension the facts that tell it, the best first, with the bands of a number; of words each is a group."""


def breakdown_facts(audience: Audience, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The facts that `breakdowns` reads; one that the vocabulary lacks tells nothing."""
    return tuple(name for _, facts in _BY[audience] for name, _ in facts if name in vocabulary.of(audience))


def breakdowns(audience: Audience, vocabulary: Vocabulary, table: pa.Table) -> tuple[Breakdown, ...]:
    """Each dimension of which there is a fact; `table` holds facts of `breakdown_facts`, of all subjects."""
    held = vocabulary.of(audience)
    found = []
    for dimension, facts in _BY[audience]:
        told = [
            _by_words(dimension, held[name], table[name]) if bands is None else _by_bands(dimension, bands, table[name])
            for name, bands in facts
            if name in held and name in table.column_names
        ]
        if told:
            found.append(reduce(_filled, told))
    return tuple(found)


def _filled(best: Breakdown, other: Breakdown) -> Breakdown:
    """`best`, and where it does not know, the group of the same word in `other`."""
    last = len(best.words) - 1
    same = np.array([best.words.index(word) if word in best.words else last for word in other.words], np.uint8)
    return replace(best, places=np.where(best.places == last, same[other.places], best.places))


def _by_words(dimension: str, fact: FactDefinition, column: pa.ChunkedArray) -> Breakdown:
    words = tuple(fact.categories)
    found = pc.index_in(column.cast(pa.string()), value_set=pa.array(words, pa.string()))
    places = pc.fill_null(found, len(words)).to_numpy().astype(np.uint8)
    return Breakdown(dimension, (*words, None), (*fact.categories.values(), UNKNOWN), places)


def _by_bands(dimension: str, bands: _Bands, column: pa.ChunkedArray) -> Breakdown:
    """A number below the first band counts in it."""
    numbers = pc.fill_null(column, bands.firsts[0]).to_numpy()
    places = np.maximum(np.searchsorted(bands.firsts, numbers, side="right") - 1, 0).astype(np.uint8)
    places[column.is_null().to_numpy()] = len(bands.words)
    return Breakdown(dimension, (*bands.words, None), (*bands.labels, UNKNOWN), places)
