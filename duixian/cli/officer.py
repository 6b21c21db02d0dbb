"""`duixian officer`: who works on policies, for whom, in which roles; and the codes they sign in with."""

from __future__ import annotations

from typing import Annotated

import typer

from duixian.cli.output import counted, stdout, table

app = typer.Typer(no_args_is_help=True, help="Officers, their agencies and roles, and codes to sign in with.")

OfficerId = Annotated[str, typer.Argument(help="The name to sign in by, such as li.na.")]


@app.command("list")
def list_() -> None:
    """List who works here."""
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        everybody = runtime.officers.everybody()
    shown = table(counted(len(everybody), "officer"), "id", "name", "agency", "roles")
    for one in everybody:
        agency = f"{one.agency_id} (citywide)" if one.citywide else one.agency_id
        shown.add_row(one.officer_id, one.name, agency, ", ".join(sorted(one.roles)))
    stdout.print(shown)


@app.command()
def agency(
    name: Annotated[str, typer.Argument(help="Its Chinese name, as policies give it in 'agency'.")],
    citywide: Annotated[bool, typer.Option("--citywide", help="It looks after all agencies' policies.")] = False,
) -> None:
    """Add an agency, or change whether it looks after all agencies' policies."""
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        runtime.officers.set_agency(name, citywide=citywide)
    stdout.print(f"{name}: {'all policies' if citywide else 'its own policies'}.", highlight=False)


@app.command()
def add(
    officer: OfficerId,
    name: Annotated[str, typer.Option(help="As colleagues know them.")],
    agency: Annotated[str, typer.Option(help="The agency's Chinese name.")],
    role: Annotated[list[str], typer.Option(help="officer, reviewer, auditor or administrator; may be repeated.")],
    inactive: Annotated[
        bool, typer.Option("--inactive", help="They may do nothing any more; what they did stays.")
    ] = False,
) -> None:
    """Add an officer, or change their name, agency and roles."""
    from duixian.runtime import Runtime
    from workbench.roles import Role

    unknown = [word for word in role if word not in set(Role)]
    if unknown:
        raise typer.BadParameter(f"there is no role {unknown[0]!r}; roles are {', '.join(Role)}")
    with Runtime.open() as runtime:
        made = runtime.officers.set_officer(officer, name, agency, {Role(word) for word in role}, active=not inactive)
    stdout.print(f"{made.officer_id}: {made.name}, {made.agency_id}, {', '.join(sorted(made.roles))}.", highlight=False)


@app.command()
def code(officer: OfficerId) -> None:
    """Print a code with which this officer signs in to /console, once, within a quarter of an hour."""
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        stdout.print(runtime.officers.code_for(officer), highlight=False, soft_wrap=True)
