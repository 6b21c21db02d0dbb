"""`duixian demo`: the main job, with progress and a table at the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from domain.claim import ClaimState
from duixian.cli.output import number, progress, stdout, table, yuan

if TYPE_CHECKING:
    from duixian.summary import Summary


def demo(
    citizens: Annotated[int, typer.Option(min=100, help="How many citizens.")] = 20_000,
    enterprises: Annotated[int, typer.Option(min=20, help="How many enterprises.")] = 3_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same city.")] = 1,
    people: Annotated[int, typer.Option(min=1, help="How many subjects open their inbox and act.")] = 600,
    once: Annotated[bool, typer.Option("--once", help="End after the summary in place of serving.")] = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where to serve; 0: any free port.")] = None,
) -> None:
    """Run everything on a synthetic city: registers, profiles, matching, ranking, push, claim, payment, review.

    A second run takes up where the first ended. 'make clean' forgets everything.
    """
    from domain.facts import Audience
    from duixian.demo import City, Demo
    from duixian.runtime import Runtime
    from duixian.settings import Settings
    from duixian.summary import summarise

    started = time.monotonic()
    settings = Settings()
    # Ending at once, the demo needs no address of its own: any free port keeps two runs out of each other's way.
    chosen = port if port is not None else 0 if once else settings.port
    settings = settings.model_copy(update={"port": chosen})
    with Runtime.open(settings) as runtime:
        work = Demo(runtime, City(citizens, enterprises, seed, people), progress, stdout.print)
        matched = work.run()
        with work.outside() as (address, delivery):
            work.people_act(address, delivery)
            print_summary(summarise(runtime, matched), time.monotonic() - started)
            if once:
                return
            sample = {audience: matched[audience][-1].table["subject_id"][0].as_py() for audience in Audience}
            stdout.print(f"\n[bold]Start page[/]       {address}/")
            stdout.print(f"Citizen home     {address}/citizen")
            stdout.print(f"Enterprise home  {address}/enterprise")
            stdout.print(f"Workbench        {address}/console")
            stdout.print(f"API              {address}/docs")
            stdout.print(f"Why?             .venv/bin/duixian match --subject {sample[Audience.CITIZEN]} --explain")
            stdout.print("\nClaims made on the pages are approved and paid while this runs. Ctrl-C ends it.")
            work.keep_delivering(delivery)


def print_summary(summary: Summary, seconds: float) -> None:
    """The table at the end of the main job."""
    verdicts = table(
        "Verdicts",
        "audience",
        "by",
        "name",
        "eligible",
        "unknown",
        "ineligible",
        right=("eligible", "unknown", "ineligible"),
    )
    for audience, group, name, *counts in summary.verdicts:
        verdicts.add_row(audience, group, name, *(number(count) for count in counts))
    stdout.print(verdicts)
    done = summary.delivery
    totals = table("Summary", "what", "how many", right=("how many",))
    for audience, count in summary.subjects.items():
        totals.add_row(f"{audience}s", number(count))
    totals.add_row("messages", number(done.messages))
    for state in ClaimState:  # in the order of a claim's life
        if done.claims.get(state):
            totals.add_row(f"claims {state}", number(done.claims[state]))
    totals.add_row("yuan paid", yuan(done.paid_fen))
    grade = f", mean grade {done.mean_grade:.2f} of 5" if done.mean_grade is not None else ""
    totals.add_row("reviews", number(done.reviews) + grade)
    totals.add_row("seconds", f"{seconds:,.0f}")
    stdout.print(totals)
