"""This file knows the door through which every city's data comes in, the synthetic one's too: `register import`.

An import is immutable: `home/registers/<register>/<import_id>/` with facts.parquet, quarantine.parquet and
report.json. It is made in a temporary folder and renamed when complete, so a kill leaves nothing that can be seen.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

from domain.errors import RegisterInvalid
from domain.facts import Audience, Vocabulary
from features.extract import open_extract
from features.intake import Intake
from features.mapping import RegisterMapping, load_mapping
from features.publication import appearing_folder
from features.quality import ImportReport, as_json, measure
from features.quarantine import NEXT_STEP, Quarantine, Reason

Progress = Callable[[int, int | None], None]
"""Called with what is done so far and, where known, the whole."""

FACTS = "facts.parquet"
QUARANTINE = "quarantine.parquet"
REPORT = "report.json"


def import_extract(
    path: Path, mapping: Path, vocabulary: Vocabulary, home: Path, progress: Progress | None = None
) -> ImportReport:
    """Take over a register's extract and report what was found; the same extract and mapping again changes nothing.

    Raises MappingInvalid, RegisterInvalid or DataDamaged; nothing is left behind then.
    """
    spec = load_mapping(mapping, vocabulary)
    extract = open_extract(path)
    extract.check_columns(spec)
    import_id = hashlib.sha256(f"{extract.digest()} {spec.digest}".encode()).hexdigest()[:16]
    folder = home / "registers" / spec.register
    done = folder / import_id / REPORT
    if done.exists():
        return dataclasses.replace(ImportReport.read(done), already_imported=True)
    total = extract.row_count()
    with appearing_folder(folder / import_id) as temporary:
        with Quarantine(temporary / QUARANTINE) as quarantine:
            intake = Intake(temporary / FACTS, spec, quarantine)
            try:
                for batch in extract.batches(spec):
                    intake.add(batch)
                    if progress is not None:
                        progress(intake.rows_in, total)
            finally:
                intake.close()
            if not intake.rows_in:
                raise RegisterInvalid(
                    f"{path} has no rows.", next_step="Give an extract with at least one row.", path=str(path)
                )
            intake.drop_duplicates()
        report = _report(intake, spec, import_id, _next_sequence(folder), path.name)
        if not report.rows_accepted:
            # An empty snapshot of a complete list would say that nobody is on it any more.
            counts = ", ".join(f"{reason} {count}" for reason, count in report.reasons.items())
            raise RegisterInvalid(
                f"No row of {path} can be taken over ({counts}).",
                next_step=f"{NEXT_STEP[Reason(intake.quarantine.reasons.most_common(1)[0][0])]} Nothing was imported.",
                path=str(path),
            )
        report.write(temporary / REPORT)
    return report


def imports(home: Path, vocabulary: Vocabulary, audience: Audience) -> dict[str, list[ImportReport]]:
    """The finished imports of each register of `audience` that has some, in the order in which they came."""
    found = {}
    for register in vocabulary.registers_of(audience):
        reports = [ImportReport.read(file) for file in (home / "registers" / register).glob(f"[!.]*/{REPORT}")]
        if reports:
            found[register] = sorted(reports, key=lambda report: (report.sequence, report.import_id))
    return found


def import_folder(home: Path, report: ImportReport) -> Path:
    return home / "registers" / report.register / report.import_id


def _report(intake: Intake, spec: RegisterMapping, import_id: str, sequence: int, source: str) -> ImportReport:
    measured, whole = measure(intake.file, tuple(column.fact for column in spec.facts))
    return ImportReport(
        import_id=import_id,
        register=spec.register,
        audience=spec.audience,
        sequence=sequence,
        source=source,
        rows_in=intake.rows_in,
        rows_accepted=whole["rows"],
        rows_quarantined=intake.rows_bad,
        subjects=whole["subjects"],
        reasons=dict(sorted(intake.quarantine.reasons.items())),
        as_of_oldest=whole["oldest"].isoformat() if whole["oldest"] else None,
        as_of_newest=whole["newest"].isoformat() if whole["newest"] else None,
        stale_share=round(float(whole["stale_share"]), 6),
        facts=measured,
        links=tuple(spec.links),
        complete_list=spec.complete_list,
        absent={name: as_json(value) for name, value in spec.absent.items()},
        mapping_digest=spec.digest,
    )


def _next_sequence(folder: Path) -> int:
    return max((ImportReport.read(file).sequence for file in folder.glob(f"[!.]*/{REPORT}")), default=0) + 1
