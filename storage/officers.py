"""Agencies, officers and their one-time sign-in codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from storage.tables import agency, officer, sign_in_code


@dataclass(frozen=True)
class AgencyRow:
    agency_id: str
    citywide: bool


@dataclass(frozen=True)
class OfficerRow:
    officer_id: str
    name: str
    agency_id: str
    citywide: bool
    roles: Sequence[str]
    active: bool


_OFFICERS = sa.select(
    officer.c.officer_id, officer.c.name, officer.c.agency_id, agency.c.citywide, officer.c.roles, officer.c.active
).join_from(officer, agency)


def set_agency(connection: Connection, agency_id: str, citywide: bool, now: datetime) -> None:
    """Add the agency, or change whether it looks after all agencies' policies."""
    statement = insert(agency).values(agency_id=agency_id, citywide=citywide, added_at=now)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[agency.c.agency_id], set_={"citywide": statement.excluded.citywide}
        )
    )


def add_agencies(connection: Connection, agency_ids: Sequence[str], now: datetime) -> None:
    """Add those that are not there yet, each for its own policies; the others stay as they are."""
    rows = [{"agency_id": agency_id, "citywide": False, "added_at": now} for agency_id in agency_ids]
    if rows:
        connection.execute(insert(agency).on_conflict_do_nothing(), rows)


def agencies(connection: Connection) -> list[AgencyRow]:
    """All, by name."""
    query = sa.select(agency.c.agency_id, agency.c.citywide).order_by(agency.c.agency_id)
    return [AgencyRow(*row) for row in connection.execute(query)]


def set_officer(
    connection: Connection,
    officer_id: str,
    name: str,
    agency_id: str,
    roles: Sequence[str],
    active: bool,
    now: datetime,
) -> None:
    """Add the officer, or change them; the agency must be there."""
    values = {"name": name, "agency_id": agency_id, "roles": list(roles), "active": active, "changed_at": now}
    statement = insert(officer).values(officer_id=officer_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[officer.c.officer_id], set_=values))


def officers(connection: Connection) -> list[OfficerRow]:
    """All, active or not, by id."""
    return [OfficerRow(*row) for row in connection.execute(_OFFICERS.order_by(officer.c.officer_id))]


def find(connection: Connection, officer_id: str) -> OfficerRow | None:
    row = connection.execute(_OFFICERS.where(officer.c.officer_id == officer_id)).one_or_none()
    return None if row is None else OfficerRow(*row)


def any_officers(connection: Connection) -> bool:
    """Whether anybody works here yet, so that what is published goes through the workbench."""
    return bool(connection.execute(sa.select(sa.exists().where(officer.c.active))).scalar_one())


def keep_code(connection: Connection, digest: str, officer_id: str, expires_at: datetime) -> None:
    """Keep a new code by its digest; one officer may have several at a time."""
    connection.execute(sa.insert(sign_in_code).values(digest=digest, officer_id=officer_id, expires_at=expires_at))


def use_code(connection: Connection, digest: str, now: datetime) -> str | None:
    """Whose code this is, used up by asking; None for one that never was, was used, or is over."""
    statement = (
        sa.update(sign_in_code)
        .where(sign_in_code.c.digest == digest, sign_in_code.c.used_at.is_(None), sign_in_code.c.expires_at > now)
        .values(used_at=now)
        .returning(sign_in_code.c.officer_id)
    )
    return connection.execute(statement).scalar_one_or_none()
