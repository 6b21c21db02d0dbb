"""Texts that are kept for good: stored with their digest, and held against it when a replay reads them."""

from __future__ import annotations

import hashlib
from datetime import datetime

from domain.errors import VersionAltered


def digest_of(text: str) -> str:
    """The sha256 by which a version's text is known."""
    return hashlib.sha256(text.encode()).hexdigest()


def stamped(text: str, now: datetime) -> dict[str, object]:
    """The columns of a version that begins now."""
    return {"text": text, "digest": digest_of(text), "loaded_at": now}


def checked(text: str, digest: str, what: str) -> str:
    """The text, if it is still the one of its digest; raises VersionAltered."""
    if digest_of(text) != digest:
        raise VersionAltered(what)
    return text
