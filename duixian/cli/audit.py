"""`duixian audit`: the log of what officers did, and the proof that it is what was written."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from duixian.cli.output import counted, stdout, table

app = typer.Typer(no_args_is_help=True, help="The hash-chained log of every act in the workbench.")


@app.command()
def verify() -> None:
    """Recompute the chain, and hold it against the anchors that lie outside the database."""
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        found = runtime.audit.verify()
        anchors = runtime.settings.anchor_file()
    stdout.print(f"{counted(found.entries, 'entry', 'entries')}, unbroken. The head is {found.head}.", highlight=False)
    stdout.print(f"{counted(found.anchors, 'anchor')} in {anchors}, up to entry {found.anchored}.", highlight=False)
    if found.anchored < found.entries:
        rest = counted(found.entries - found.anchored, "entry", "entries")
        stdout.print(f"{rest} after it will be vouched for with the next act.", style="yellow")


@app.command()
def show(
    about: Annotated[str | None, typer.Option(help="Only of one thing, such as policy/library-reader-card.")] = None,
    who: Annotated[str | None, typer.Option(help="Only by one officer.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
) -> None:
    """Print the newest entries."""
    from domain.calendar import LOCAL
    from duixian.runtime import Runtime
    from storage import audit

    with Runtime.open() as runtime, runtime.begin() as connection:
        entries = audit.newest(connection, limit=limit, about=about, who=who)
    shown = table(counted(len(entries), "entry", "entries"), "entry", "at", "who", "act", "about", "data")
    for one in entries:
        data = json.dumps(one.data, ensure_ascii=False) if one.data else ""
        at = f"{one.at.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}"
        shown.add_row(str(one.sequence), at, one.who, one.act, one.about, data)
    stdout.print(shown)
