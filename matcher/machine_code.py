"""How the matcher's loops become machine code: on their first call, without the GIL, and kept for the next start."""

from __future__ import annotations

from typing import Any

from numba import njit


def compiled(loop: Any) -> Any:
    """`loop` compiled by numba for the types that it is called with.

    The machine code is kept beside the source or, where that may not be written, in the user's cache. It is made anew
    when the file that holds `loop` has another date; after a change in a function that `loop` calls from another file,
    touch the file of `loop`.
    """
    try:
        return njit(nogil=True, cache=True)(loop)
    except RuntimeError:  # A read-only installation without a home: compiled at each start, which takes two seconds.
        return njit(nogil=True)(loop)
