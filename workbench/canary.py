"""Who is served first by a new version: the same people of every policy, told from their id alone.

A subject's bucket is the first eight bytes of sha256("duixian/canary/" + subject id), as a number, modulo 100. Anybody
can work it out again. It depends on the subject alone: with canaries of several policies at 5, 10 and 25 % there are
four slices of people (0 to 4, 5 to 9, 10 to 24, 25 to 99), and everybody in a slice is served by one catalogue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import pairwise

__all__ = ["BUCKETS", "bucket_of", "slices"]

BUCKETS = 100


def bucket_of(subject_id: str) -> int:
    """0 to 99, evenly; a canary of p per cent serves the buckets below p."""
    digest = hashlib.sha256(f"duixian/canary/{subject_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def slices(percents: Iterable[int]) -> list[range]:
    """The buckets of each slice, for canaries of these shares; one slice of all where there is none."""
    bounds = sorted({0, BUCKETS, *percents})
    return [range(low, high) for low, high in pairwise(bounds)]
