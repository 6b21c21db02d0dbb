"""`duixian budget`: what of a policy's money and places is left, who waits, and the drawing of lots."""

from __future__ import annotations

from typing import Annotated

import typer

from duixian.cli.output import counted, number, stdout, table

app = typer.Typer(no_args_is_help=True, help="A policy's cap and places: what is left, who waits, lots.")

PolicyId = Annotated[str, typer.Argument(help="A policy's id.")]


@app.command()
def show(
    policy: PolicyId,
    first: Annotated[int, typer.Option(min=0, help="How many of the queue to list, in their order.")] = 20,
) -> None:
    """Print what is granted and left in the running period, and the queue in its published order."""
    from delivery.budgeting import needs_unknown, room
    from domain.budget import NeedOrder
    from domain.rationing import Allotment
    from duixian.clock import now
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        served = runtime.catalogue.policy(policy)
        with runtime.begin() as connection:
            found = room(connection, served, now(), needs_unknown)
    if found is None:
        year = served.budget.year if served.budget else None
        stdout.print(f"{policy} has no budget{f' but for {year}' if year else ''}.", highlight=False)
        return
    shown = table(
        f"{policy}: {found.period_from} to {found.period_to}",
        "",
        "cap",
        "granted",
        "left",
        right=("cap", "granted", "left"),
    )
    if found.left_fen is not None:
        assert found.budget.cap_fen is not None
        row = (found.budget.cap_fen, found.committed_fen, found.left_fen)
        shown.add_row("CNY", *(f"{fen / 100:,.2f}" for fen in row))
    if found.left_places is not None:
        assert found.budget.places is not None
        shown.add_row("places", *(number(n) for n in (found.budget.places, found.committed_places, found.left_places)))
    stdout.print(shown)
    counts = [f"{number(found.count(one))} {one.value.replace('_', ' ')}" for one in Allotment if found.count(one)]
    stdout.print(f"{counted(len(found.queue), 'claim')} in the queue{': ' if counts else ''}{', '.join(counts)}.")
    if isinstance(found.budget.rationing, NeedOrder):
        stdout.print("The order of need is worked out when claims are approved; it is not known here.", style="yellow")
    for place in found.queue[:first]:
        stdout.print(f"{place.position:>6}  {place.claim_id}  {place.allotment.value}", highlight=False)


@app.command()
def draw(
    policy: PolicyId,
    seed: Annotated[str, typer.Option(help="The public number that was announced as the seed.")],
    by: Annotated[str, typer.Option(help="The officer who draws.")],
) -> None:
    """Draw the lots of a policy that gives its places out by lottery: once, after claiming has closed."""
    from duixian.clock import now
    from duixian.runtime import Runtime
    from workbench.lots import draw_lots

    with Runtime.open() as runtime:
        who = runtime.officers.officer(by)
        done = draw_lots(runtime.begin, runtime.audit, now, who, runtime.catalogue.policy(policy), seed)
    stdout.print(
        f"{counted(done.entrants, 'claim')} took part, sha256 of their ids {done.entrants_digest}."
        f" The seed is {done.seed!r}.",
        highlight=False,
        soft_wrap=True,
    )
