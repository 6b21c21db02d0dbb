"""This file knows how files come to be seen: complete or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def appearing_folder(final: Path) -> Iterator[Path]:
    """A temporary folder that becomes `final` when the block ends well, and vanishes when it does not.

    What a killed process left behind starts with a dot, is never read, and goes with the next call.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    _sweep(final.parent)
    temporary = final.parent / f".making-{final.name}-{os.getpid()}"
    temporary.mkdir()
    try:
        yield temporary
        for file in temporary.iterdir():
            flush(file)
        try:
            temporary.rename(final)
        except OSError:
            # Another process finished the same folder first; its name is a digest, so both hold the same.
            if not final.exists():
                raise
        flush(final.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def appearing_file(final: Path) -> Iterator[Path]:
    """Like `appearing_folder`, for one file; an existing file is replaced."""
    final.parent.mkdir(parents=True, exist_ok=True)
    _sweep(final.parent)
    temporary = final.parent / f".making-{final.name}-{os.getpid()}"
    try:
        yield temporary
        flush(temporary)
        temporary.replace(final)
        flush(final.parent)
    finally:
        temporary.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Bring a file or a folder's entries to the disk, so that a power cut cannot undo a rename's meaning."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    for left in folder.glob(".making-*"):
        if not _alive(left.name.rpartition("-")[2]):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _alive(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
