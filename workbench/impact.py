"""What a draft would do to the living population, in figures; how they are found is in workbench/measuring.py.

Money is integer fen, a year is twelve months of the benefit's periods, counts are subjects. Everybody is counted by
the facts as they were known in one wide table, which `Basis` names together with the texts that the figures rest on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from domain.facts import Audience, Label

__all__ = ["DIMENSIONS", "Basis", "Count", "Counts", "Group", "Impact", "Missing"]

DIMENSIONS: Mapping[str, Label] = {
    "district": Label("区", "District"),
    "age": Label("年龄", "Age"),
    "size": Label("企业规模", "Size"),
    "industry": Label("行业", "Industry"),
}
"""What subjects are broken down by, as headings name it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many subjects got which verdict."""

    eligible: int
    unknown: int
    ineligible: int

    @property
    def subjects(self) -> int:
        return self.eligible + self.unknown + self.ineligible


@dataclass(frozen=True, slots=True)
class Count:
    """The verdicts of one rule over all `subjects`, and how long it took to count them."""

    eligible: int
    unknown: int
    ineligible: int
    subjects: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Missing:
    """In how many of the unknown `subjects` an unknown `fact` keeps the verdict open.

    Several facts can keep one verdict open, so these do not add up to the unknown subjects.
    """

    fact: str
    label: Label
    subjects: int


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of the subjects whose `dimension` is `word`; None where that is unknown, a group of its own.

    `before` and `after` are eligible subjects, `unknown` those who are so after. Groups of one dimension add up to
    the whole.
    """

    dimension: str
    word: str | None
    label: Label
    subjects: int
    before: int
    after: int
    gain: int
    lose: int
    unknown: int
    becomes_unknown: int
    cost_before_fen_year: int
    cost_after_fen_year: int
    messages: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What an impact rests on; where any of it is another, so may the figures be.

    The digests are of the draft's text, of all dated values of the parameters that it reads, and of the facts that it
    reads as the vocabulary defines them (both with those behind derived facts). `served_version`: of the policy that
    is compared with; None where none serves.
    """

    text_digest: str
    served_version: int | None
    parameters_digest: str
    vocabulary_digest: str
    snapshot_id: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Impact:
    """A draft against what serves now, over all `subjects` of its audience.

    `before` is None where nothing serves. `gain`: eligible after and not before; `lose`: the other way round, of whom
    `lose_unknown` are unknown after; `becomes_unknown`: unknown after and not before (of a new policy: all who are).
    The cost is of all who are eligible, for a year; those whose amount is unknown (`amount_unknown_before`, `_after`)
    cost nothing in it. `budget_fen` is the budget's cap for a year (of a monthly one twelve times, of one for all time
    the whole), `places` how many claims it has room for in its own period; None where the budget says nothing of it or
    is not for that year. `messages`: how many of `gain` would be told on publishing: they have not opted out, and have
    not had or been told of this policy in the present period.
    """

    policy_id: str
    version: int
    audience: Audience
    as_of: date
    snapshot_id: str
    subjects: int
    before: Counts | None
    after: Counts
    gain: int
    lose: int
    lose_unknown: int
    becomes_unknown: int
    missing: tuple[Missing, ...]
    cost_before_fen_year: int | None
    cost_after_fen_year: int
    amount_unknown_before: int
    amount_unknown: int
    budget_fen: int | None
    places: int | None
    messages: int
    groups: tuple[Group, ...]
    basis: Basis

    @property
    def kept(self) -> int:
        """Eligible before and after."""
        return self.after.eligible - self.gain

    def of(self, dimension: str) -> tuple[Group, ...]:
        """The groups of one dimension, in the order in which they are shown."""
        return tuple(group for group in self.groups if group.dimension == dimension)

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(group.dimension for group in self.groups))

    def to_json(self) -> dict[str, Any]:
        """Plain values that JSON has: money in integer fen, days as YYYY-MM-DD."""
        found = asdict(self)
        found["as_of"] = self.as_of.isoformat()
        found["basis"]["as_of"] = self.basis.as_of.isoformat()
        return found

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Impact:
        """What `to_json` gave. Raises KeyError or TypeError for anything else."""
        before, basis = given["before"], given["basis"]
        return cls(
            **{
                **given,
                "audience": Audience(given["audience"]),
                "as_of": date.fromisoformat(given["as_of"]),
                "before": None if before is None else Counts(**before),
                "after": Counts(**given["after"]),
                "missing": tuple(Missing(**{**one, "label": Label(**one["label"])}) for one in given["missing"]),
                "groups": tuple(Group(**{**one, "label": Label(**one["label"])}) for one in given["groups"]),
                "basis": Basis(**{**basis, "as_of": date.fromisoformat(basis["as_of"])}),
            }
        )
