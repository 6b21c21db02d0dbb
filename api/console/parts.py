"""What the console is given beside the API's own services: every part as a value, so that tests hand in others."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.officers import Officers


@dataclass(frozen=True)
class ConsoleParts:
    """`session_minutes`: how long a sign-in lasts; what was typed when it ends is kept in the page."""

    officers: Officers
    session_minutes: int = 480
