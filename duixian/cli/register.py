"""`duixian register`: a register's extract comes in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duixian.cli.output import number, progress, stdout, table

if TYPE_CHECKING:
    from features.quality import ImportReport

app = typer.Typer(no_args_is_help=True, help="Import register extracts (CSV or Parquet) and see what was imported.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet file, or a folder of such parts.")],
    mapping: Annotated[Path, typer.Option(help="YAML that says which column is which fact, with units, codes, dates.")],
) -> None:
    """Validate an extract, put bad rows aside with the reason for each, and keep the rest as a snapshot.

    The same extract with the same mapping changes nothing the second time. An example of a mapping is
    world/mappings/population.yaml; the facts it may name are in catalogue/vocabulary.yaml.
    """
    from duixian.clock import now
    from duixian.intake import import_register
    from duixian.runtime import Runtime
    from features.registers import QUARANTINE, import_folder

    with Runtime.open() as runtime:
        report = import_register(runtime, file, mapping, now(), progress)
        print_report(report)
        _print_quarantine(import_folder(runtime.home, report) / QUARANTINE, report)
        stdout.print("Next: duixian features build", soft_wrap=True)


@app.command("list")
def list_() -> None:
    """List all imports, oldest first."""
    from duixian.runtime import Runtime
    from storage import imports

    with Runtime.open() as runtime, runtime.begin() as connection:
        found = imports.every(connection)
    shown = table(
        "Register imports",
        "imported at (UTC)",
        "register",
        "import id",
        "rows",
        "quarantined",
        right=("rows", "quarantined"),
    )
    for entry in found:
        moment = entry.imported_at.strftime("%Y-%m-%d %H:%M")
        shown.add_row(moment, entry.register, entry.import_id, number(entry.rows), number(entry.quarantined))
    stdout.print(shown)


def print_report(report: ImportReport, *, brief: bool = False) -> None:
    """The data-quality report of one import; brief: one line."""
    again = " (imported before, nothing changed)" if report.already_imported else ""
    stdout.print(
        f"[bold]{report.register}[/] {report.import_id}: {number(report.rows_accepted)} of"
        f" {number(report.rows_in)} rows accepted, {number(report.rows_quarantined)} in quarantine{again}",
        highlight=False,
    )
    if brief:
        return
    stdout.print(
        f"  dates {report.as_of_oldest} to {report.as_of_newest}; stale {report.stale_share:.1%}", highlight=False
    )
    shown = table("Facts", "fact", "unknown", "lowest", "median", "highest", "most frequent", right=("unknown",))
    for fact in report.facts:
        frequent = ", ".join(f"{value} {number(n)}" for value, n in list(fact.counts.items())[:4])
        median = f"{fact.quantiles[len(fact.quantiles) // 2]:,.10g}" if fact.quantiles else ""
        low, high = ("" if bound is None else str(bound) for bound in (fact.minimum, fact.maximum))
        shown.add_row(fact.name, f"{fact.unknown_share:.1%}", low, median, high, frequent)
    stdout.print(shown)


def _print_quarantine(file: Path, report: ImportReport) -> None:
    """How many rows were put aside for which reason, each with its first row and what to do."""
    if not report.rows_quarantined:
        return
    import pyarrow.parquet as pq

    stdout.print(f"In quarantine, {file}:", highlight=False, soft_wrap=True)
    rows = pq.read_table(file)
    for reason, count in report.reasons.items():
        first = rows.slice(rows["reason"].index(reason).as_py(), 1).to_pylist()[0]
        cell = f", column {first['column']}: {first['value']!r}" if first["column"] else ""
        stdout.print(
            f"  {reason} {number(count)}, first in {first['part']} row {first['row']}{cell}. {first['next_step']}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
