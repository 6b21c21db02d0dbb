"""The commands by user: officers (catalogue, match, push), analysts (train, evaluate, promote), operators (the rest).

Heavy libraries are imported inside the commands that use them, so that help answers at once.
"""

from __future__ import annotations

import signal
import sys

import typer

from domain.errors import DuixianError, FileRefused
from duixian.cli import (
    audit,
    budget,
    bundle,
    catalogue,
    city,
    database,
    delivery,
    demo,
    exchange,
    features,
    forecast,
    impact,
    match,
    models,
    officer,
    register,
    replay,
    serve,
)
from duixian.cli.output import fail

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # what nobody foresaw is for a log, whole and plain
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Duixian 兑现: from a city's registers to benefits that arrive.\n\n"
        "Start with **duixian demo**: it makes a synthetic city, matches every policy, pushes, pays, and serves the "
        "two home pages. Data is kept in `.duixian/`, models in `mlruns/` beside it (set DUIXIAN_HOME and "
        "DUIXIAN_TRACKING to change that); see docs/operating.md."
    ),
)

app.command("demo")(demo.demo)
app.add_typer(city.app, name="city")
app.add_typer(register.app, name="register")
catalogue.app.command("compare")(exchange.compare)
catalogue.app.command("import")(exchange.import_)
catalogue.app.command("export")(exchange.export)
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(features.app, name="features")
app.command("match")(match.match)
app.command("impact")(impact.impact)
app.command("bundle")(bundle.bundle)
app.command("forecast")(forecast.forecast)
app.command("train")(models.train)
app.command("evaluate")(models.evaluate)
app.command("promote")(models.promote)
app.command("rollback")(models.rollback)
app.command("push")(delivery.push)
app.command("worker")(delivery.worker)
app.command("replay")(replay.replay)
app.command("serve")(serve.serve)
app.command("token")(serve.token)
app.add_typer(officer.app, name="officer")
app.add_typer(budget.app, name="budget")
app.add_typer(audit.app, name="audit")
app.add_typer(database.app, name="db")


def main() -> None:
    """Run one command; what a person can mend is told without a traceback."""
    # Being asked to end, a command leaves by the same doors as at its end: its servers are stopped, nothing is cut.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except DuixianError as error:
        fail(error)
    except OSError as error:
        if error.filename is None:
            raise
        # Of the machine, not of the program: no rights, no room, no such folder.
        refused = FileRefused(
            f"{error.filename}: {error.strerror}.",
            next_step="Make room or give the rights there, or choose other folders (DUIXIAN_HOME, DUIXIAN_TRACKING).",
        )
        fail(refused)
