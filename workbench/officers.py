"""Who works here: agencies, officers with their roles, and how they sign in.

Signing in takes a code that an administrator hands over and that works once, within minutes. Passwords are not kept:
a city has an identity provider for them, and until one is connected a code is the smaller risk.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches

from domain.errors import OfficerInvalid, SignInRefused, UnknownAgency, UnknownOfficer
from storage import officers
from storage.connection import Begin
from storage.officers import AgencyRow, OfficerRow
from workbench.audit import SYSTEM, AuditLog
from workbench.roles import Act, Officer, Role, require

__all__ = ["CODE_VALID", "Officers"]

CODE_VALID = timedelta(minutes=15)
_CODE_BYTES = 16
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Officers:
    """Every change is written to the audit log in the same transaction.

    `by`: the administrator who does it; None: somebody at the machine itself, who could do anything there anyhow.
    """

    def __init__(self, begin: Begin, clock: Callable[[], datetime], log: AuditLog) -> None:
        self._begin = begin
        self._clock = clock
        self._log = log

    def officer(self, officer_id: str) -> Officer:
        """As they are now. Raises UnknownOfficer, also for one who is no longer active."""
        with self._begin() as connection:
            row = officers.find(connection, officer_id)
        if row is None or not row.active:
            raise UnknownOfficer(officer_id)
        return _officer(row)

    def everybody(self) -> list[Officer]:
        """The active ones, by id."""
        with self._begin() as connection:
            return [_officer(row) for row in officers.officers(connection) if row.active]

    def names(self) -> dict[str, str]:
        """Everybody's name by id, also of those who left: what they did stays."""
        with self._begin() as connection:
            return {row.officer_id: row.name for row in officers.officers(connection)}

    def agencies(self) -> list[AgencyRow]:
        """All, by name."""
        with self._begin() as connection:
            return officers.agencies(connection)

    def set_agency(self, agency_id: str, *, citywide: bool, by: Officer | None = None) -> None:
        """Add an agency, or change whether it looks after all agencies' policies."""
        who = _manager(by)
        if not agency_id.strip() or len(agency_id) > 100:
            raise OfficerInvalid(
                "An agency's name has 1 to 100 characters.",
                next_step="Give its Chinese name, as policies give it in 'agency'.",
            )
        with self._begin() as connection:
            officers.set_agency(connection, agency_id, citywide, self._clock())
            self._log.append(
                connection, who, "set_agency", f"agency/{agency_id}", {"citywide": citywide}, self._clock()
            )
        self._log.anchor()

    def add_agencies(self, agency_ids: Sequence[str]) -> None:
        """Add those that are not there yet, such as all that a loaded catalogue names."""
        with self._begin() as connection:
            held = {row.agency_id for row in officers.agencies(connection)}
            new = [agency_id for agency_id in dict.fromkeys(agency_ids) if agency_id not in held]
            if new:
                officers.add_agencies(connection, new, self._clock())
                self._log.append(connection, SYSTEM, "add_agencies", "agencies", {"added": new}, self._clock())
        self._log.anchor()

    def set_officer(
        self,
        officer_id: str,
        name: str,
        agency_id: str,
        roles: Collection[Role],
        *,
        active: bool = True,
        by: Officer | None = None,
    ) -> Officer:
        """Add an officer, or change name, agency and roles; not active: may do nothing any more, what they did stays.

        Raises UnknownAgency, OfficerInvalid for an id, name or set of roles that cannot be.
        """
        who = _manager(by)
        if not _ID.fullmatch(officer_id) or officer_id == SYSTEM or not name.strip() or not roles:
            raise OfficerInvalid(
                "An officer has an id (a-z, 0-9, '.', '_', '-', at most 64; not 'system'), a name and some role.",
                next_step=f"Roles are {', '.join(Role)}.",
                officer_id=officer_id,
            )
        words = sorted(role.value for role in roles)
        with self._begin() as connection:
            names = [row.agency_id for row in officers.agencies(connection)]
            if agency_id not in names:
                near = get_close_matches(agency_id, names, n=1)
                raise UnknownAgency(agency_id, did_you_mean=near[0] if near else None)
            officers.set_officer(connection, officer_id, name.strip(), agency_id, words, active, self._clock())
            data = {"name": name.strip(), "agency_id": agency_id, "roles": words, "active": active}
            self._log.append(connection, who, "set_officer", f"officer/{officer_id}", data, self._clock())
            row = officers.find(connection, officer_id)
        self._log.anchor()
        assert row is not None, "it was written in this transaction"
        return _officer(row)

    def code_for(self, officer_id: str, *, by: Officer | None = None) -> str:
        """A new code with which this officer signs in, once, within CODE_VALID; only its digest is kept."""
        who = _manager(by)
        code = secrets.token_urlsafe(_CODE_BYTES)
        self.officer(officer_id)
        with self._begin() as connection:
            officers.keep_code(connection, _digest(code), officer_id, self._clock() + CODE_VALID)
            self._log.append(connection, who, "make_sign_in_code", f"officer/{officer_id}", {}, self._clock())
        self._log.anchor()
        return code

    def note_token(self, officer_id: str, minutes: int) -> None:
        """Write down that a token is made with which a system acts as this officer. Raises UnknownOfficer."""
        self.officer(officer_id)
        with self._begin() as connection:
            data = {"minutes": minutes}
            self._log.append(connection, SYSTEM, "make_token", f"officer/{officer_id}", data, self._clock())
        self._log.anchor()

    def redeem(self, code: str) -> Officer:
        """Sign in. Raises SignInRefused, and does not say what is wrong with the code."""
        with self._begin() as connection:
            officer_id = officers.use_code(connection, _digest(code.strip()), self._clock())
            row = officers.find(connection, officer_id) if officer_id else None
            if row is not None and row.active:
                self._log.append(connection, row.officer_id, "sign_in", f"officer/{officer_id}", {}, self._clock())
        if row is None or not row.active:
            raise SignInRefused
        self._log.anchor()
        return _officer(row)


def _manager(by: Officer | None) -> str:
    if by is None:
        return SYSTEM
    require(by, Act.MANAGE)
    return by.officer_id


def _officer(row: OfficerRow) -> Officer:
    roles = frozenset(Role(word) for word in row.roles)
    return Officer(row.officer_id, row.name, row.agency_id, row.citywide, roles)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
