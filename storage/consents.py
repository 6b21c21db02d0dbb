"""Who does not want to be told about offers. Notices about one's own claims always arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from storage.tables import consent as table


def set_consent(connection: Connection, subject_id: str, granted: bool, now: datetime) -> None:
    """Keep the subject's last word on offers in the inbox."""
    statement = insert(table).values(
        subject_id=subject_id, purpose="offer", channel="inbox", granted=granted, changed_at=now
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[table.c.subject_id, table.c.purpose, table.c.channel],
            set_={"granted": statement.excluded.granted, "changed_at": statement.excluded.changed_at},
        )
    )


def opted_out(connection: Connection, subject_ids: Sequence[str] | None) -> set[str]:
    """The subjects who said no; None: of all."""
    query = sa.select(table.c.subject_id).where(table.c.purpose == "offer", table.c.granted.is_(False))
    if subject_ids is not None:
        query = query.where(table.c.subject_id == sa.func.any(sa.literal(list(subject_ids), sa.ARRAY(sa.Text))))
    return set(connection.execute(query).scalars())
