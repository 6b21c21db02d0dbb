"""`duixian city`: a synthetic city to try everything on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from duixian.cli.output import number, progress, stdout

app = typer.Typer(no_args_is_help=True, help="Make a synthetic city and import its registers.")


@app.command()
def generate(
    citizens: Annotated[int, typer.Option(min=1, help="How many citizens.")] = 20_000,
    enterprises: Annotated[int, typer.Option(min=1, help="How many enterprises.")] = 3_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same city, to the byte.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write, with one folder a register in extracts/; default: city in DUIXIAN_HOME."),
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The registers' date; default today.")
    ] = None,
) -> None:
    """Write the register extracts of a synthetic city whose margins follow published Shanghai figures."""
    from duixian.clock import today
    from duixian.settings import Settings
    from world.city import generate as generate_city

    out = out or Settings().home / "city"
    with progress("Synthetic city") as report:
        generate_city(citizens, enterprises, seed, as_of.date() if as_of else today(), out, progress=report)
    stdout.print(f"{number(citizens)} citizens and {number(enterprises)} enterprises in {out}", soft_wrap=True)
    stdout.print(f"Next: duixian city import {out}", soft_wrap=True)


@app.command("import")
def import_city(
    city: Annotated[
        Path | None,
        typer.Argument(help="A folder made by 'duixian city generate'; default: city in DUIXIAN_HOME."),
    ] = None,
) -> None:
    """Import all registers of a city through the same door as real data (see 'duixian register import')."""
    from duixian import intake
    from duixian.cli.register import print_report
    from duixian.clock import now
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        for report in intake.import_city(runtime, city or runtime.home / "city", now(), progress):
            print_report(report, brief=True)
