"""Policy versions: the text that a decision rested on, kept for good."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.errors import PolicyVersionFixed, UnknownPolicy
from domain.policy import Policy
from storage import bulk, texts
from storage.tables import policy_version as table


@dataclass(frozen=True)
class StoredVersion:
    """A version as it was loaded; `digest` is the sha256 of its text."""

    policy_id: str
    version: int
    effective_from: date
    effective_to: date | None
    digest: str
    loaded_at: datetime


def publish(connection: Connection, policies: Iterable[Policy], now: datetime) -> int:
    """Store the versions that are new and return how many; claims and decisions refer to them.

    Raises ConsultationDraft when a policy's document was only put out for comment, PolicyVersionFixed when a version is
    there with another text: nothing is stored then, once the caller's transaction rolls back.
    """
    rows = []
    for policy in policies:
        policy.require_final()
        rows.append(_row(policy, now))
    new = 0
    for chunk in bulk.chunks(rows):
        new += len(bulk.insert_new(connection, table, chunk))
        ids = [row["policy_id"] for row in chunk]
        held = {
            (policy_id, version): digest
            for policy_id, version, digest in connection.execute(
                sa.select(table.c.policy_id, table.c.version, table.c.digest).where(table.c.policy_id.in_(ids))
            )
        }
        for row in chunk:
            if held[row["policy_id"], row["version"]] != row["digest"]:
                raise PolicyVersionFixed(row["policy_id"], row["version"])
    return new


def digest_of(policy: Policy) -> str:
    """The sha256 of a policy's text, as `StoredVersion.digest` has it."""
    return texts.digest_of(policy.source)


def text(connection: Connection, policy_id: str, version: int) -> str:
    """The yaml of a version. Raises UnknownPolicy, and VersionAltered where it is not what was loaded."""
    query = sa.select(table.c.text, table.c.digest).where(table.c.policy_id == policy_id, table.c.version == version)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise UnknownPolicy(f"{policy_id} version {version}")
    return texts.checked(found.text, found.digest, f"policy {policy_id!r} version {version}")


def versions(connection: Connection, policy_id: str) -> list[StoredVersion]:
    """All versions of a policy, oldest first; empty when it was never loaded."""
    columns = [table.c[name] for name in StoredVersion.__dataclass_fields__]
    rows = connection.execute(sa.select(*columns).where(table.c.policy_id == policy_id).order_by(table.c.version))
    return [StoredVersion(*row) for row in rows]


def digests(connection: Connection, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The digest of each (policy, version) that is stored; the others are left out."""
    query = sa.select(table.c.policy_id, table.c.version, table.c.digest)
    rows = connection.execute(query.where(sa.tuple_(table.c.policy_id, table.c.version).in_(sorted(wanted))))
    return {(policy_id, version): digest for policy_id, version, digest in rows}


def texts_of(connection: Connection, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The yaml of each (policy, version). Raises UnknownPolicy for one that was never stored, and VersionAltered."""
    query = sa.select(table.c.policy_id, table.c.version, table.c.text, table.c.digest).where(
        sa.tuple_(table.c.policy_id, table.c.version).in_(sorted(wanted))
    )
    found = {
        (row.policy_id, row.version): texts.checked(
            row.text, row.digest, f"policy {row.policy_id!r} version {row.version}"
        )
        for row in connection.execute(query)
    }
    for policy_id, version in sorted(set(wanted) - found.keys()):
        raise UnknownPolicy(f"{policy_id} version {version}")
    return found


def _row(policy: Policy, now: datetime) -> dict[str, object]:
    return {
        "policy_id": policy.id,
        "version": policy.version,
        "audience": policy.audience,
        "domain": policy.domain,
        "kind": policy.kind,
        "level": policy.level,
        "delivery_mode": policy.delivery_mode,
        "verification": policy.verification,
        "title": {"zh": policy.title.zh, "en": policy.title.en},
        "effective_from": policy.effective_from,
        "effective_to": policy.effective_to,
        **texts.stamped(policy.source, now),
    }


def known_digests(connection: Connection) -> dict[str, dict[str, int]]:
    """Of every policy, the version of each digest that was ever stored."""
    found: dict[str, dict[str, int]] = {}
    for policy_id, version, digest in connection.execute(sa.select(table.c.policy_id, table.c.version, table.c.digest)):
        found.setdefault(policy_id, {})[digest] = version
    return found
