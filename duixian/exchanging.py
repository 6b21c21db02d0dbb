"""The catalogue's files and the database, taken into each other: a folder under git, and what serves.

Texts of policies and of the vocabulary go both ways to the byte. Of parameters the database keeps the values, not the
comments around them, so that a parameter whose value differs is told and left to a person; missing ones are written,
each to a file of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalogue.checks import run_cases
from catalogue.loader import Catalogue, load_catalogue, parameter_text
from catalogue.vocabulary import VOCABULARY_FILE
from domain.errors import CatalogueInvalid, ExchangeConflict, Problem
from features.publication import appearing_file
from workbench.exchange import Agreement, Exchange, Item, path_of
from workbench.records import Draft
from workbench.roles import Officer

__all__ = ["Written", "bring_in", "compare", "take_out"]

_REPLACED = {Agreement.NO_FILE, Agreement.FILE_OLDER}


@dataclass(frozen=True)
class Written:
    """`files` that were written, below the folder; `left`: parameters whose values differ, to be settled by hand."""

    files: Sequence[str]
    left: Sequence[Item]
    items: Sequence[Item]


def compare(exchange: Exchange, folder: Path) -> list[Item]:
    """How the files of `folder` stand to the database. Raises CatalogueInvalid for files that cannot be read."""
    return exchange.compare(_files(folder))


def bring_in(exchange: Exchange, who: Officer, folder: Path) -> list[Draft]:
    """Drafts of all policies that are newer in the files, or none.

    Raises CatalogueInvalid with every problem of every file and every case that fails, ExchangeConflict, NotAllowed.
    """
    files = load_catalogue(folder)
    failures = [one for policy in files.policies for one in run_cases(policy, files.parameters)]
    if failures:
        raise CatalogueInvalid(
            [
                Problem(
                    one.file, one.line, 1, f"The rule says {one.got}, the case {one.expected}.", "Mend one of them."
                )
                for one in failures
            ],
            next_step="Mend these; nothing was imported.",
        )
    return exchange.bring_in(who, files)


def take_out(exchange: Exchange, words: Catalogue, folder: Path) -> Written:
    """Write what serves into `folder`: what is missing there, and what is older there. What is newer there stays.

    Raises ExchangeConflict where a file was edited on top of a version that is not the newest; nothing is written then.
    """
    files = _files(folder)
    items = exchange.compare(files)
    conflicts = [f"{item.file}: {item.note}" for item in items if item.agreement is Agreement.CONFLICT]
    if conflicts:
        raise ExchangeConflict(conflicts)
    served = {policy.id: policy for policy in words.policies}
    texts: dict[str, str] = {}
    left = []
    for item in items:
        if item.agreement not in _REPLACED:
            continue
        if item.kind == "policy":
            texts[item.file if item.agreement is Agreement.FILE_OLDER else path_of(served[item.name])] = served[
                item.name
            ].source
        elif item.kind == "vocabulary":
            texts[VOCABULARY_FILE] = words.vocabulary.source
        elif item.agreement is Agreement.NO_FILE:
            texts[item.file] = parameter_text(words.parameters[item.name])
        else:
            left.append(item)
    for file, text in texts.items():
        path = folder / file
        with appearing_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="")
    return Written(sorted(texts), left, items)


def _files(folder: Path) -> Catalogue | None:
    """The catalogue in the folder; None where nothing of one lies there yet."""
    parts = (VOCABULARY_FILE, "policies", "parameters")
    return load_catalogue(folder) if any((folder / part).exists() for part in parts) else None
