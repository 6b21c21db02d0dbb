"""`duixian serve` and `duixian token`: the API and the two pages."""

from __future__ import annotations

from typing import Annotated

import typer

from duixian.cli.output import stdout


def serve(
    host: Annotated[str | None, typer.Option(help="Default: DUIXIAN_HOST or 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Default: DUIXIAN_PORT or 8000; 0: any free.")
    ] = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="A start page that signs in as a sample of the subjects. Never with real people."),
    ] = False,
) -> None:
    """Serve the API (/v1, OpenAPI at /docs) and the citizen and enterprise home pages."""
    from duixian.runtime import Runtime
    from duixian.serving import run_server
    from duixian.settings import Settings

    given = {"host": host, "port": port}
    settings = Settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    with Runtime.open(settings) as runtime:
        run_server(runtime, demo=demo, tell=stdout.print)


def token(
    subject: Annotated[str | None, typer.Argument(help="The subject it is bound to, such as C000000001.")] = None,
    system: Annotated[str | None, typer.Option(help="Instead: a register's system that sends life events.")] = None,
    officer: Annotated[
        str | None, typer.Option(help="Instead: an officer, whose own system works at the desk (/v1/workbench).")
    ] = None,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long it lives.")] = 60,
) -> None:
    """Print a token for the API: for one subject, for a system that reports life events, or for an officer's system."""
    from api.auth import issue_officer_token, issue_operator_token, issue_token
    from duixian.clock import now
    from duixian.runtime import Runtime, audience_of
    from duixian.settings import Settings

    if [subject, system, officer].count(None) != 2:
        raise typer.BadParameter("exactly one: a subject, a system with --system, or an officer with --officer")
    key = Settings().signing_key()
    made = ""
    if subject is not None:
        made = issue_token(key, subject, audience_of(subject), minutes, now())
    elif system is not None:
        made = issue_operator_token(key, system, minutes, now())
    elif officer is not None:
        with Runtime.open() as runtime:
            runtime.officers.note_token(officer, minutes)
        made = issue_officer_token(key, officer, minutes, now())
    stdout.print(made, soft_wrap=True, highlight=False)
