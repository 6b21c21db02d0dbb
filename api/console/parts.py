"""What the console is given beside the API's own services: every part as a value, so that tests hand in others."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.audit import AuditLog
from workbench.desk import Desk
from workbench.officers import Officers
from workbench.records import Lint, Population


@dataclass(frozen=True)
class ConsoleParts:
    """`session_minutes`: how long a sign-in lasts; what was typed when it ends is kept in the page.

    `population` and `lint` are those of the desk: the editor asks them about texts that nobody has saved yet.
    """

    officers: Officers
    desk: Desk
    population: Population
    lint: Lint
    log: AuditLog
    session_minutes: int = 480
