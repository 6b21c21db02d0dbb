"""This file knows how damage to the feature store's files shows itself in what Feast and SQLite raise."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import FeaturesMissing


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Raise FeaturesMissing, which says how to mend it, where a file of the store in `folder` cannot be read."""
    try:
        yield
    except Exception as error:
        if not _is_damage(error):
            raise
        raise FeaturesMissing(
            f"The feature store in {folder} cannot be read: {error}.",
            next_step=f"Remove {folder} and run 'duixian features build'; what is in it is kept elsewhere, too.",
        ) from error


def _is_damage(error: Exception) -> bool:
    # Feast takes seconds to import, but whoever gets here has it.
    from feast.errors import FeastObjectNotFoundException  # noqa: PLC0415
    from google.protobuf.message import DecodeError  # noqa: PLC0415

    if isinstance(error, sqlite3.OperationalError):
        return "no such table" in str(error)  # of a file that was put in the place of one; a lock is no damage
    return isinstance(error, sqlite3.DatabaseError | FeastObjectNotFoundException | DecodeError)
