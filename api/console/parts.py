"""What the console is given beside the API's own services: every part as a value, so that tests hand in others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from catalogue.lint.findings import FactStatistics
from domain.errors import CityMissing
from domain.facts import Audience
from domain.policy import Policy
from workbench.audit import AuditLog
from workbench.desk import Desk
from workbench.officers import Officers
from workbench.records import Lint, Population


@dataclass(frozen=True)
class ConsoleParts:
    """`session_minutes`: how long a sign-in lasts; what was typed when it ends is kept in the page.

    `consultations`: what was put out for comment, to be looked at; the very same sequence until there is another.
    `population` and `lint` are those of the desk: the editor asks them about texts that nobody has saved yet.
    """

    officers: Officers
    desk: Desk
    population: Population
    lint: Lint
    log: AuditLog
    consultations: Callable[[], Sequence[Policy]] = tuple
    session_minutes: int = 480

    def known(self, audience: Audience, as_of: date) -> Mapping[str, FactStatistics] | None:
        """How well the facts are known; None before the first registers came in."""
        try:
            return self.population.statistics(audience, as_of)
        except CityMissing:
            return None
