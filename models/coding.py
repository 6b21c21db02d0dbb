"""How facts and policy attributes become numbers: this file knows the ordered features and the code tables.

A coding is made once, from the training set, saved with the model and used unchanged for one subject and for tables,
so that both give the same numbers. A word that the code table does not hold is missing, like an unknown fact: NaN.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import ModelInvalid, TrainingDataInvalid
from domain.facts import Audience, Value
from domain.policy import Policy
from models.columns import (
    FEATURES,
    POLICY_COLUMNS,
    POLICY_WORDS,
    periods_per_year,
    policy_numbers,
    policy_words,
)

Numbers = npt.NDArray[np.float32]
FORMAT = 1


@dataclass(frozen=True)
class Coding:
    """`words` holds the code table of each categorical column: a word's code is its place in the tuple."""

    audience: Audience
    subject_columns: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    policy_columns: tuple[str, ...] = field(default=POLICY_COLUMNS)

    @property
    def names(self) -> tuple[str, ...]:
        """The ordered feature list: facts of the subject, then attributes of the policy."""
        return self.subject_columns + self.policy_columns

    @cached_property
    def categorical(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name in self.words)

    @cached_property
    def _codes(self) -> Mapping[str, Mapping[str, float]]:
        return {name: {word: float(code) for code, word in enumerate(words)} for name, words in self.words.items()}

    @staticmethod
    def learn(audience: Audience, subjects: pa.Table, policies: Sequence[Policy]) -> Coding:
        """Take the code tables from these subjects and policies; words are sorted, so that row order cannot matter."""
        words: dict[str, tuple[str, ...]] = {}
        for name in FEATURES[audience]:
            column = _column(subjects, name)
            if _is_text(column.type):
                words[name] = tuple(sorted(word for word in pc.unique(column.cast(pa.string())).to_pylist() if word))
        for name, found in zip(POLICY_WORDS, zip(*map(policy_words, policies), strict=True), strict=True):
            words[name] = tuple(sorted({str(word) for word in found}))
        return Coding(audience, FEATURES[audience], words)

    def code_subjects(self, table: pa.Table) -> Numbers:
        """float32[rows, subject columns]; columns are found by name, so the table's own order does not matter."""
        coded = np.empty((table.num_rows, len(self.subject_columns)), dtype=np.float32)
        for i, name in enumerate(self.subject_columns):
            coded[:, i] = self._code_column(name, _column(table, name))
        return coded

    def code_subject(self, values: Mapping[str, Value]) -> list[float]:
        """One subject's facts in order; a fact that is absent is unknown."""
        row = []
        for name in self.subject_columns:
            value = values.get(name)
            if name in self.words:
                row.append(self._codes[name].get(value, np.nan) if isinstance(value, str) else np.nan)
            else:
                row.append(float(value) if isinstance(value, int | float) else np.nan)
        return row

    def code_policy(self, policy: Policy) -> list[float]:
        """One policy's attributes in order; the amount, which depends on the subject too, is left unknown."""
        words = zip(POLICY_WORDS, policy_words(policy), strict=True)
        return [*(self._codes[name].get(word, np.nan) for name, word in words), *policy_numbers(policy), np.nan]

    def code_policies(self, policies: Sequence[Policy]) -> Numbers:
        rows = [self.code_policy(policy) for policy in policies]
        return np.array(rows, dtype=np.float32).reshape(len(policies), len(self.policy_columns))

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "audience": self.audience.value,
            "subject_columns": list(self.subject_columns),
            "policy_columns": list(self.policy_columns),
            "words": {name: list(words) for name, words in sorted(self.words.items())},
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Coding:
        """Raises ModelInvalid for a coding of another format or with policy attributes that this code does not make."""
        try:
            coding = Coding(
                Audience(data["audience"]),
                tuple(data["subject_columns"]),
                {name: tuple(words) for name, words in data["words"].items()},
                tuple(data["policy_columns"]),
            )
            known = data["format"] == FORMAT and coding.policy_columns == POLICY_COLUMNS
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelInvalid(
                f"The model's coding cannot be read: {error!r}.", next_step="Train a new version with 'duixian train'."
            ) from error
        if not known:
            raise ModelInvalid(
                "The model was trained with another list of policy attributes than this release makes.",
                next_step="Train a new version with 'duixian train'.",
                columns=coding.policy_columns,
            )
        return coding

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    def _code_column(self, name: str, column: pa.ChunkedArray) -> npt.NDArray[np.floating[Any]]:
        if name in self.words:
            if not _is_text(column.type):
                column = pa.chunked_array([pa.nulls(len(column), pa.string())])
            column = pc.index_in(column.cast(pa.string()), value_set=pa.array(self.words[name], pa.string()))
        elif _is_text(column.type):
            column = pa.chunked_array([pa.nulls(len(column), pa.float64())])
        elif pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def code_amounts(amounts_fen: npt.NDArray[np.float64], periods: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The AMOUNT column for amounts of one period in fen (NaN where unknown) and periods a year."""
    return np.log1p(amounts_fen * periods / 100)


def amounts_of(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """Amounts in fen as doubles, NaN where they are null."""
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def periods_of(policies: Sequence[Policy]) -> npt.NDArray[np.int64]:
    return np.array([periods_per_year(policy) for policy in policies], dtype=np.int64)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise TrainingDataInvalid(
            f"The subjects' table has no column {name!r}, which the ranker reads.",
            next_step="Read it from the feature store ('training_frame'), or build the wide table again.",
            column=name,
        )
    return table[name]
