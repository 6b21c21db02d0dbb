"""Reading a message: it is marked, and the offer that it carries counts as seen."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from delivery import claims
from storage import messages
from storage.connection import Connection
from storage.messages import Message


def read(connection: Connection, message_id: UUID, subject_id: str, now: datetime) -> Message:
    """The subject's message, read at `now` at the latest. Raises UnknownMessage, also when it is another's."""
    message = messages.mark_read(connection, message_id, subject_id, now)
    if message.purpose == "offer" and message.claim_id is not None:
        claims.see(connection, message.claim_id, subject_id, now)
    return message
