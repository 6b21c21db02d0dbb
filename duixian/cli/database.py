"""`duixian db`: the database's schema."""

from __future__ import annotations

from typing import Annotated

import typer

from duixian.cli.output import stdout

app = typer.Typer(no_args_is_help=True, help="Look after the database's schema (PostgreSQL, Alembic migrations).")


@app.command()
def upgrade() -> None:
    """Bring the schema up to date. Other commands do this themselves; run it to do it ahead of a release."""
    from duixian.database import server_url
    from duixian.settings import Settings
    from storage import migrate

    with server_url(Settings()) as url:
        migrate.upgrade(url)
        stdout.print(f"The schema is at revision {migrate.current(url)}.")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="The revision to go back to, or 'base' for an empty database.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; data in dropped tables is lost.")] = False,
) -> None:
    """Take the schema back to an earlier revision. Data in the tables that this drops is lost."""
    from duixian.database import server_url
    from duixian.settings import Settings
    from storage import migrate

    if not yes:
        typer.confirm(f"Go back to {revision}? Data in dropped tables is lost", abort=True)
    with server_url(Settings()) as url:
        migrate.downgrade(url, revision)
        stdout.print(f"The schema is at revision {migrate.current(url)}.")


@app.command()
def status() -> None:
    """Say which revision the schema is at."""
    from duixian.database import server_url
    from duixian.settings import Settings
    from storage import migrate

    with server_url(Settings()) as url:
        stdout.print(f"The schema is at revision {migrate.current(url)}.")


@app.command()
def check() -> None:
    """Run all migrations up, down and up again in a scratch database and compare the result with the tables."""
    from duixian.database import server_url
    from duixian.settings import Settings
    from storage import migrate

    with server_url(Settings()) as url:
        migrate.check(url)
    stdout.print("Migrations run up, down and up again, and give exactly the tables that the code expects.")
