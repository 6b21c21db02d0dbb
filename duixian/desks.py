"""The officers' desk put together from this installation's parts, and what a worker does for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from catalogue.lint import lint
from domain.errors import DuixianError
from duixian import clock
from duixian.checking import executors
from duixian.population import LivingPopulation
from duixian.runtime import Runtime
from workbench.desk import Desk
from workbench.exchange import Exchange
from workbench.records import Draft, Parts

__all__ = ["desk_of", "exchange_of", "keep_releasing", "population_of", "release_due"]

RELEASE_EVERY_S = 60.0
"""A day begins once: nobody waits for the minute, and each look is one small query."""


def population_of(runtime: Runtime) -> LivingPopulation:
    """Everybody, as this installation's wide tables know them; what it codes is kept in this process."""
    return LivingPopulation(runtime.home, runtime.begin, lambda: runtime.catalogue)


def desk_of(runtime: Runtime, population: LivingPopulation, now: Callable[[], datetime] = clock.now) -> Desk:
    """All that officers do with policies."""
    return Desk(_parts(runtime, population, now))


def exchange_of(runtime: Runtime, now: Callable[[], datetime] = clock.now) -> Exchange:
    """Files and database held side by side."""
    return Exchange(_parts(runtime, population_of(runtime), now))


def _parts(runtime: Runtime, population: LivingPopulation, now: Callable[[], datetime]) -> Parts:
    """What is decided at a desk rests on what serves at that very moment, not a second ago."""
    return Parts(
        begin=runtime.begin,
        clock=now,
        log=runtime.audit,
        population=population,
        words=lambda: runtime.reload().catalogue,
        executors=executors,
        lint=lint,
        limits=runtime.settings.limits(),
    )


def release_due(desk: Desk, tell: Callable[[str], object]) -> None:
    """Let what is scheduled serve, and say what became of it."""
    for done in desk.release_due():
        if isinstance(done, Draft):
            tell(f"{done.policy_id} version {done.version}: {done.state.value}")
        else:
            tell(str(done))


def keep_releasing(desk: Desk, tell: Callable[[str], object], stop: threading.Event) -> threading.Thread:
    """Look for what is due every minute until `stop` is set; a database that is away is looked for again."""

    def work() -> None:
        while not stop.is_set():
            with suppress(DuixianError):
                release_due(desk, tell)
            stop.wait(RELEASE_EVERY_S)

    thread = threading.Thread(target=work, name="releases", daemon=True)
    thread.start()
    return thread
