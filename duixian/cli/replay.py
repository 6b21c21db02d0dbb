"""`duixian replay`: stored decisions made again, and held against what was stored."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich.text import Text

from duixian.cli.output import counted, number, progress, stdout, table, yuan

if TYPE_CHECKING:
    from duixian.replaying import Replay, Replayer

SHOWN = 20  # A list that a person reads; all of them are counted.
DIFFERS, IMPOSSIBLE = 3, 4


def replay(
    decision: Annotated[str | None, typer.Argument(help="A decision's id; --subject lists those of a subject.")] = None,
    subject: Annotated[str | None, typer.Option(help="Replay all decisions about one subject.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Replay all decisions there are.")] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only decisions of this day (the city's) or later.")
    ] = None,
) -> None:
    """Make stored decisions again from what they name, and say exactly what differs.

    Policy, parameters and vocabulary are read by version from the database, facts from the snapshot and the life
    events that were known then; the catalogue's files play no part. Ends with 0 when all are reproduced, 3 when one
    differs, 4 when none differs but one cannot be replayed.
    """
    from duixian.replaying import Outcome, Replayer
    from duixian.runtime import Runtime

    if (decision is not None) + (subject is not None) + every != 1:
        raise typer.BadParameter("give one of these: a decision's id, --subject, --all")
    if decision is not None and since is not None:
        raise typer.BadParameter("--since goes with --subject or --all")
    with Runtime.open() as runtime:
        replayer = Replayer(runtime.home, runtime.begin)
        if decision is not None:
            found = [replayer.one(_id(decision))]
            outcomes: Counter[str] = Counter(one.outcome for one in found)
        else:
            found, outcomes = _several(replayer, subject, since)
    for one in found:
        _print(one)
    if decision is None:
        stdout.print(
            f"{counted(outcomes.total(), 'decision')}: {number(outcomes[Outcome.REPRODUCED])} reproduced,"
            f" {number(outcomes[Outcome.DIFFERS])} not as stored, {number(outcomes[Outcome.IMPOSSIBLE])} not replayable"
        )
    if outcomes[Outcome.DIFFERS]:
        raise typer.Exit(DIFFERS)
    if outcomes[Outcome.IMPOSSIBLE]:
        raise typer.Exit(IMPOSSIBLE)


def _id(text: str) -> UUID:
    from domain.errors import UnknownDecision

    try:
        return UUID(text)
    except ValueError:
        raise UnknownDecision(text) from None


def _several(replayer: Replayer, subject: str | None, since: datetime | None) -> tuple[list[Replay], Counter[str]]:
    """What to print, and all outcomes counted: of one subject everything, of all the first that are not reproduced."""
    from domain.calendar import LOCAL
    from duixian.replaying import Outcome
    from storage.decisions import Scope

    scope = Scope(subject, since.replace(tzinfo=LOCAL) if since else None)
    shown: list[Replay] = []
    outcomes: Counter[str] = Counter()
    with progress("Replaying decisions") as report:
        for one in replayer.every(scope, report):
            outcomes[one.outcome] += 1
            if subject is not None or (one.outcome is not Outcome.REPRODUCED and len(shown) < SHOWN):
                shown.append(one)
    return shown, outcomes


def _print(replay: Replay) -> None:
    row = replay.row
    amount = f", {yuan(row.amount_fen)} CNY" if row.amount_fen else ""
    stdout.print(
        f"{row.decision_id} {row.subject_id} {row.policy_id} version {row.policy_version}, {row.occasion}, "
        f"{row.as_of}: {row.verdict}{amount}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    if replay.obstacle is not None:
        obstacle = replay.obstacle
        stdout.print(f"  {replay.outcome}: {obstacle}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    elif replay.differences:
        shown = table(f"{replay.outcome}", "what", "stored", "replayed")
        for one in replay.differences:
            shown.add_row(*(Text(part) for part in (one.what, _as_json(one.stored), _as_json(one.replayed))))
        stdout.print(shown)
    else:
        older = (
            "" if replay.snapshot_id == row.snapshot_id else f", from snapshot {replay.snapshot_id}, held until then"
        )
        stdout.print(
            f"  {replay.outcome}: verdict, amount and {counted(len(row.reasons), 'reason')}{older}", style="green"
        )


def _as_json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
