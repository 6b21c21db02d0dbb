"""Policy versions: the text that a decision rested on, kept for good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import distinct_on

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


def newest(connection: Connection) -> list[tuple[str, int, str]]:
    """(policy, version, yaml) of the newest loaded version of each policy, by id."""
    query = (
        sa.select(table.c.policy_id, table.c.version, table.c.text)
        .ext(distinct_on(table.c.policy_id))
        .order_by(table.c.policy_id, table.c.version.desc())
    )
    return [(policy_id, version, text) for policy_id, version, text in connection.execute(query)]


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
