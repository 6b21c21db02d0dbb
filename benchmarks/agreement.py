"""Whether two systems gave the same answers, and how a peer without an unknown answered where we say unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Wrong

FALSE, TRUE, UNKNOWN, ERROR = range(4)
Answers = npt.NDArray[np.int8]
"""int8[policies, subjects] of FALSE, TRUE, UNKNOWN or ERROR."""


class ResultsDiffer(AssertionError):
    """A peer and we disagree where both know: one of us, or the translation of the rules, is wrong."""

    def __init__(self, peer: str, policy: int, subject: int, ours: int, theirs: int) -> None:
        words = ("false", "true", "unknown", "an error")
        super().__init__(
            f"{peer} says {words[theirs]} of policy {policy} for subject {subject}, and the matcher {words[ours]}."
            " No time was taken. Compare the rule in both languages (benchmarks/rules.py, benchmarks/peers)."
        )


def answers_of(true: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_]) -> Answers:
    return np.where(unknown, np.int8(UNKNOWN), true.astype(np.int8))


def tally(peer: str, ours: Answers, theirs: Answers, three_valued: bool = False) -> Wrong:
    """Count a peer's answers against ours.

    Raises ResultsDiffer for a certain answer that differs, and of a peer with three-valued logic for any that does.
    """
    differs = (theirs != ours) & ((theirs != ERROR) & (ours != UNKNOWN) | three_valued)
    if differs.any():
        policy, subject = (int(index) for index in np.argwhere(differs)[0])
        raise ResultsDiffer(peer, policy, subject, int(ours[policy, subject]), int(theirs[policy, subject]))
    unknown = ours == UNKNOWN

    def among(where: npt.NDArray[np.bool_], answer: int) -> int:
        return int(np.count_nonzero(where & (theirs == answer)))

    return Wrong(
        peer=peer,
        certain=int(np.count_nonzero(~unknown)),
        certain_wrong=int(np.count_nonzero(differs & ~unknown)),
        certain_error=among(~unknown, ERROR),
        unknown=int(np.count_nonzero(unknown)),
        unknown_kept=among(unknown, UNKNOWN),
        unknown_as_false=among(unknown, FALSE),
        unknown_as_true=among(unknown, TRUE),
        unknown_error=among(unknown, ERROR),
    )


def row_answers(rows: list[list[Any]]) -> Answers:
    """What a row engine answered, subject by subject; anything but true, false and null is an error."""
    known = {True: TRUE, False: FALSE, None: UNKNOWN}
    found = [
        [known[answer] if (answer is None or isinstance(answer, bool)) else ERROR for answer in row] for row in rows
    ]
    return np.array(found, dtype=np.int8).T
