"""Two texts side by side, line by line and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from catalogue.difference import Change, difference
from catalogue.loader import Catalogue, load_policy_text
from domain.errors import CatalogueInvalid

CONTEXT = 2
"""Unchanged lines shown around a change."""


@dataclass(frozen=True)
class Pair:
    """One line of each side, None where the other has one more; `kind`: same, changed, or gap for lines left out."""

    kind: str
    left_number: int | None = None
    left: str | None = None
    right_number: int | None = None
    right: str | None = None


@dataclass(frozen=True)
class Comparison:
    """`changes`: in words, where both texts can be read; `base_changes`: the left one's since both began."""

    pairs: Sequence[Pair]
    changes: Sequence[Change] | None
    base_changes: Sequence[Change] | None = None


def compared(words: Catalogue, base: str | None, left: str, right: str) -> Comparison:
    """`left` and `right`, which both began from `base` if there is one."""
    told = _in_words(words, left, right)
    return Comparison(list(_pairs(left.split("\n"), right.split("\n"))), told, _in_words(words, base, left))


def _in_words(words: Catalogue, before: str | None, after: str) -> Sequence[Change] | None:
    if before is None:
        return None
    try:
        one, other = (
            load_policy_text(text, "draft.yaml", words.vocabulary, words.parameters) for text in (before, after)
        )
    except CatalogueInvalid:
        return None
    return difference(one, other, words, words)


def _pairs(left: list[str], right: list[str]) -> Iterator[Pair]:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT)):
        if number:
            yield Pair("gap")
        for tag, i1, i2, j1, j2 in group:
            kind = "same" if tag == "equal" else "changed"
            for step in range(max(i2 - i1, j2 - j1)):
                i, j = i1 + step, j1 + step
                has_left, has_right = i < i2, j < j2
                yield Pair(
                    kind,
                    i + 1 if has_left else None,
                    left[i] if has_left else None,
                    j + 1 if has_right else None,
                    right[j] if has_right else None,
                )
