"""`duixian catalogue compare`, `import` and `export`: a folder of files, such as a git checkout, and what serves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from duixian.cli.output import counted, stdout

Folder = Annotated[
    Path, typer.Argument(help="A catalogue's folder: vocabulary.yaml, parameters/, policies/.", file_okay=False)
]

There = Annotated[
    Path,
    typer.Argument(help="A catalogue's folder: vocabulary.yaml, parameters/, policies/.", exists=True, file_okay=False),
]


def compare(folder: There) -> None:
    """Say how the files of a folder stand to what serves: the same, newer, older, or changed on both sides."""
    from duixian.desks import exchange_of
    from duixian.exchanging import compare as compared
    from duixian.runtime import Runtime
    from workbench.exchange import Agreement

    with Runtime.open() as runtime:
        items = compared(exchange_of(runtime), folder)
    for item in items:
        if item.agreement is not Agreement.SAME:
            note = f": {item.note}" if item.note else ""
            stdout.print(f"{item.agreement.value:<12} {item.file}{note}", highlight=False, soft_wrap=True)
    counts = Counter(item.agreement.value for item in items)
    stdout.print(", ".join(f"{number:,} {agreement}" for agreement, number in counts.items()) + ".", highlight=False)
    if counts[Agreement.CONFLICT.value]:
        raise typer.Exit(1)


def import_(folder: There, by: Annotated[str, typer.Option(help="The officer whose drafts they will be.")]) -> None:
    """Begin a draft of every policy that is newer in the files, or new: of all of them, or of none.

    Each then goes the way of every draft: checked, tried on the population, approved by somebody else, published.
    """
    from duixian.desks import exchange_of
    from duixian.exchanging import bring_in
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        made = bring_in(exchange_of(runtime), runtime.officers.officer(by), folder)
    for draft in made:
        stdout.print(f"{draft.policy_id} version {draft.version}: draft {draft.draft_id}", highlight=False)
    stdout.print(f"{counted(len(made), 'draft')} begun. They are at /console/drafts.", highlight=False)


def export(folder: Folder) -> None:
    """Write what serves into a folder: what is missing or older there. What is newer there stays.

    Texts of policies and vocabulary are written to the byte. Where both sides changed something, nothing is written.
    """
    from duixian.desks import exchange_of
    from duixian.exchanging import take_out
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        done = take_out(exchange_of(runtime), runtime.catalogue, folder)
    for file in done.files:
        stdout.print(file, highlight=False, soft_wrap=True)
    stdout.print(f"{counted(len(done.files), 'file')} written.")
    for item in done.left:
        stdout.print(
            f"The parameter {item.name} is older in the files: change its values there by hand"
            f" ('duixian catalogue compare' lists what differs).",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )
