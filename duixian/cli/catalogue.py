"""`duixian catalogue`: an officer's work on policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duixian.cli.lint import lint
from duixian.cli.output import counted, stdout, table

if TYPE_CHECKING:
    from catalogue.checks import CaseFailure, CheckReport
    from catalogue.minimums import Minimums

app = typer.Typer(no_args_is_help=True, help="Check, look at and load policies.")

app.command()(lint)

WIDE = 120  # columns


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="One policy file; without it the whole catalogue.", exists=True)
    ] = None,
) -> None:
    """Check files against the vocabulary and parameters, and run every policy's cases through all matchers."""
    from catalogue.checks import check_catalogue
    from catalogue.loader import DEFAULT_ROOT, Catalogue, load_catalogue, load_policy_file
    from catalogue.minimums import MINIMUMS, NO_MINIMUMS
    from duixian.checking import executors
    from duixian.settings import Settings

    catalogue = load_catalogue(Settings().catalogue or DEFAULT_ROOT)
    if file is not None:
        policy = load_policy_file(file, catalogue.vocabulary, catalogue.parameters)
        catalogue = Catalogue(catalogue.vocabulary, catalogue.parameters, (policy,), catalogue.digest)
        if policy.document.consultation:
            stdout.print(f"{policy.id} rests on a draft put out for comment: it can be tried, never published.")
    minimums = MINIMUMS if file is None else NO_MINIMUMS
    report = check_catalogue(catalogue, executors(catalogue.vocabulary), minimums=minimums)
    for gap in report.case_gaps:
        stdout.print(f"warning: {gap}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    for failure in _merged(report.failures):
        stdout.print(str(failure), style="red", highlight=False, markup=False, soft_wrap=True)
    if file is None:
        _print_coverage(report, MINIMUMS)
    stdout.print(
        f"{counted(report.policies, 'policy', 'policies')}, {counted(report.cases, 'case')},"
        f" each by {', '.join(report.executors)}: {len(_merged(report.failures))} failed."
    )
    if not report.ok:
        raise typer.Exit(1)


def _merged(failures: Sequence[CaseFailure]) -> list[CaseFailure]:
    """One line where several executors find the same."""
    found: dict[CaseFailure, list[str]] = {}
    for failure in failures:
        found.setdefault(replace(failure, executor=""), []).append(failure.executor)
    return [replace(failure, executor=", ".join(executors)) for failure, executors in found.items()]


def _print_coverage(report: CheckReport, minimums: Minimums) -> None:
    counts = {
        "policies by verification": report.by_verification,
        "parameters by verification": report.parameters_by_verification,
        "policies by kind": report.by_kind,
        **{f"{audience} policies by domain": domains for audience, domains in report.by_domain.items()},
    }
    for title, each in counts.items():
        stdout.print(f"{title}: " + ", ".join(f"{name} {count}" for name, count in each.items()), highlight=False)
    stdout.print(f"at least: {minimums}", highlight=False)
    for shortfall in report.shortfalls:
        stdout.print(shortfall, style="red", highlight=False, markup=False, soft_wrap=True)
    cases = counted(report.consultation_cases, "case")
    stdout.print(f"drafts put out for comment, never published: {report.consultations}, {cases}", highlight=False)


@app.command("list")
def list_() -> None:
    """List the policies that are loaded, or else those of the files."""
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        policies = runtime.catalogue.policies
    # A narrow terminal has no room for all of it, and folded words help nobody.
    more = ("level", "domain", "verification") if stdout.width >= WIDE else ()
    shown = table(counted(len(policies), "policy", "policies"), "id", "version", "title", "kind", *more)
    for one in policies:
        shown.add_row(one.id, str(one.version), one.title.zh, one.kind, *(getattr(one, name) for name in more))
    stdout.print(shown)


@app.command()
def show(policy: Annotated[str, typer.Argument(help="A policy's id.")]) -> None:
    """Print a policy's file as it is served."""
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        stdout.print(runtime.catalogue.policy(policy).source, markup=False, highlight=False, soft_wrap=True)


@app.command()
def load(
    file: Annotated[
        Path | None, typer.Argument(help="One policy file; without it every policy of the catalogue.", exists=True)
    ] = None,
) -> None:
    """Load policies, and with them the vocabulary and parameters: commands and a newly started server then use these.

    A version's text cannot change once loaded; raise `version` in the file to change a policy. A changed parameter
    gets its next version by itself, and the decisions that rest on the one before keep it. Every case must pass.
    """
    from duixian.drafts import load_into
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        loaded = load_into(runtime, file)
    stdout.print(f"{counted(loaded.policies, 'policy version')} loaded, {loaded.known:,} known before.")
    stdout.print(
        f"{counted(loaded.parameters, 'parameter version')} new; the vocabulary is version {loaded.vocabulary_version}."
    )
