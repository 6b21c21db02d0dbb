"""`duixian impact`: what a changed policy would do to everybody, before anybody is told."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duixian.cli.output import Language, progress, stdout

if TYPE_CHECKING:
    from domain.policy import Policy
    from duixian.runtime import Runtime


def impact(
    file: Annotated[
        Path, typer.Argument(help="One policy's YAML file, wherever it lies.", exists=True, dir_okay=False)
    ],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day both are judged on; default: today.")
    ] = None,
    files: Annotated[
        bool,
        typer.Option("--files", help="Read it with the vocabulary and parameters of the files, not those that serve."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON, money in fen.")] = False,
    lang: Annotated[Language, typer.Option(help="Of headings and names.")] = "zh",
) -> None:
    """Say who would gain, lose or become unknown by a changed policy, at what cost, and who would be told.

    The figures are those that the workbench shows of the same text. Nothing is stored, and nobody is told.
    """
    from catalogue.loader import load_policy_file
    from duixian.cli.impact_tables import print_impact
    from duixian.clock import today
    from duixian.desks import population_of
    from duixian.runtime import Runtime

    day = as_of.date() if as_of else today()
    with Runtime.open() as runtime:
        words = runtime.files if files else runtime.catalogue
        draft = load_policy_file(file, words.vocabulary, words.parameters)
        served = next((policy for policy in runtime.catalogue.policies if policy.id == draft.id), None)
        with progress(f"Impact on {draft.audience}s") as report:
            found = population_of(runtime).impact(draft, served, words, day, report)
        notes = [] if as_json else _notes(runtime, draft, day)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
        return
    print_impact(found, draft, lang)
    for note in notes:
        stdout.print(note, style="yellow", highlight=False, markup=False, soft_wrap=True)


def _notes(runtime: Runtime, draft: Policy, day: date) -> list[str]:
    """What the officer should know before going on with it."""
    from domain.errors import ConsultationDraft, PolicyVersionFixed, PolicyVersionNotDue
    from duixian.clock import today
    from duixian.drafts import require_due

    notes = []
    if not draft.in_force(day):
        notes.append(f"The file is not in force on {day}; the figures are as if it were.")
    try:
        draft.require_final()
        with runtime.begin() as connection:
            require_due(connection, draft, today())
    except (ConsultationDraft, PolicyVersionFixed, PolicyVersionNotDue) as refusal:
        notes.append(f"It cannot be loaded as it is: {refusal}")
    return notes
