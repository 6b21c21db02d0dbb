"""What a command prints: progress, tables and errors. Results go to stdout, all else to stderr."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, NoReturn

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.errors import DuixianError
from duixian.progress import Report

# Without a terminal (a log, CI, grep) rich takes 80 columns and folds ids and titles; a log line may be longer.
_WIDTH = None if os.isatty(1) else 160
stdout = Console(width=_WIDTH)
stderr = Console(stderr=True, width=_WIDTH)

Language = Literal["zh", "en"]


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A bar that a long function fills by calling `(done, total)`; where there is no terminal, one line at the end."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=stderr, transient=False) as bars:
        task = bars.add_task(title, total=None)

        def report(done: int, total: int | None) -> None:
            bars.update(task, completed=done, total=total)

        yield report
        # What counted without knowing the whole ends at what it counted.
        done = bars.tasks[0].total or bars.tasks[0].completed or 1
        bars.update(task, completed=done, total=done)


def table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    """A table whose first column, the key by which a person goes on, stays in one piece while others can give way."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        side: Literal["left", "right"] = "right" if column in right else "left"
        made.add_column(column, justify=side, overflow="fold", no_wrap=column == columns[0])
    return made


def fail(error: DuixianError) -> NoReturn:
    """Say what is wrong and what to do, without a traceback; the exit status is 1."""
    stderr.print("[bold red]Error:[/]", end=" ")
    # Not wrapped: a path, or FILE:LINE:COLUMN, stays in one piece for the mouse and for grep.
    stderr.print(error.message, markup=False, highlight=False, soft_wrap=True)
    stderr.print(error.next_step, markup=False, highlight=False, style="green", soft_wrap=True)
    raise SystemExit(1)


def number(value: float) -> str:
    return f"{value:,.0f}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """'1 policy', '36 policies'; `many` only where it is not `one` with an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def yuan(fen: int | None) -> str:
    return "?" if fen is None else f"{fen / 100:,.2f}"
