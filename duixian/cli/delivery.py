"""`duixian push` and `duixian worker`: from verdicts to money."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from domain.facts import Audience
from duixian.cli.output import number, progress, stdout


def push(
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: today.")] = None,
) -> None:
    """Match, rank, and tell every subject what it is entitled to. Nobody is told the same twice."""
    from duixian.clock import now, today
    from duixian.matching import match_audience
    from duixian.pushing import push_matched
    from duixian.ranking import champion
    from duixian.runtime import Runtime

    day = as_of.date() if as_of else today()
    with Runtime.open() as runtime:
        for audience in Audience:
            matched = match_audience(runtime, audience, day, now(), progress)
            report = push_matched(runtime, matched, champion(runtime.settings, audience), now(), progress)
            stdout.print(f"{audience}: {number(report.messages)} messages, {number(report.claims)} claims opened")


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end.")] = False,
    interval_s: Annotated[float, typer.Option(min=0.1, help="Seconds between two rounds.")] = 1.0,
) -> None:
    """Approve claims that are due, pay them through the bank (DUIXIAN_BANK_URL), and follow each payment to its end."""
    from duixian.delivering import run_worker
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        run_worker(runtime, once=once, interval_s=interval_s, tell=stdout.print)
