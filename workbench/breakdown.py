"""What an audience is broken down by: its district, and age, or size and industry; unknown is a group of its own.

An enterprise's size follows the four classes of 统计上大中小微型企业划分办法（2017）, by the employees that the
standard asks of industry. The standard asks for revenue or assets as well, and draws other lines for each industry, in
a finer division than the registers keep: by employees alone the classes are near it, and their labels say the lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.facts import Audience, FactDefinition, Label, Vocabulary

UNKNOWN = Label("未知", "unknown")
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
    spans = [(f"{first}–{following - 1}", f"{first}-{following - 1}") for first, following in pairwise(firsts)]
    spans.append((f"{firsts[-1]}+", f"{firsts[-1]}+"))
    labels = tuple(Label(f"{span.removesuffix('+')}岁{'及以上' if '+' in span else ''}", span) for span, _ in spans)
    return _Bands(firsts, labels, tuple(word for _, word in spans))


_AGES = _ages(0, 6, 18, 35, 60, 70, 80)
_SIZES = _Bands(
    (0, 20, 300, 1000),
    (
        Label("微型（不足20人）", "micro (fewer than 20)"),
        Label("小型（20–299人）", "small (20–299)"),
        Label("中型（300–999人）", "medium (300–999)"),
        Label("大型（1000人及以上）", "large (1,000 or more)"),
    ),
    ("micro", "small", "medium", "large"),
)
_BY: Mapping[Audience, Sequence[tuple[str, str, _Bands | None]]] = {
    Audience.CITIZEN: (("district", "residence_district", None), ("age", "age_years", _AGES)),
    Audience.ENTERPRISE: (
        ("district", "registered_district", None),
        ("size", "employees_count", _SIZES),
        ("industry", "industry", None),
    ),
}
"""Dimension, the fact that tells it, and the bands of a number; a category's words are the groups."""


def breakdown_facts(audience: Audience, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The facts that `breakdowns` reads; a dimension whose fact the vocabulary lacks is left out."""
    return tuple(name for _, name, _ in _BY[audience] if name in vocabulary.of(audience))


def breakdowns(audience: Audience, vocabulary: Vocabulary, table: pa.Table) -> tuple[Breakdown, ...]:
    """Each dimension of the audience; `table` holds the facts of `breakdown_facts` of all subjects."""
    facts = vocabulary.of(audience)
    return tuple(
        _by_words(dimension, facts[name], table[name]) if bands is None else _by_bands(dimension, bands, table[name])
        for dimension, name, bands in _BY[audience]
        if name in facts
    )


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
