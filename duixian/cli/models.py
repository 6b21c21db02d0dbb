"""`duixian train`, `evaluate`, `promote`, `rollback`: an analyst's work on rankers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from domain.facts import Audience
from duixian.cli.output import progress, stdout, table

if TYPE_CHECKING:
    from models.evaluation import Evaluation

AudienceArgument = Annotated[Audience, typer.Argument(help="citizen or enterprise.")]
Version = Annotated[
    str, typer.Option("--version", help="A version's number, or an alias: challenger, champion, previous.")
]


def _somebody(name: str) -> str:
    if not name.strip():
        raise typer.BadParameter("a name is needed: somebody answers for what serves")
    return name.strip()


Reviewer = Annotated[str, typer.Option(help="Who answers for it; kept with the version.", callback=_somebody)]


def train(audience: AudienceArgument = Audience.CITIZEN) -> None:
    """Fit a new ranker on the logged impressions and register it as the challenger. Nothing served changes."""
    from duixian import ranking
    from duixian.clock import now
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        made = ranking.train(runtime, audience, now(), progress)
    stdout.print(f"{made.registered_name} version {made.version} is the challenger ({made.seconds:.0f} s)")
    stdout.print(", ".join(f"{name} {value:.4g}" for name, value in made.metrics.items()), highlight=False)
    stdout.print(f"Next: duixian evaluate {audience}")


def evaluate(
    audience: AudienceArgument = Audience.CITIZEN,
    version: Version = "challenger",
    against: Annotated[
        Literal["champion", "baseline"], typer.Option(help="Beside the two baselines, or only those.")
    ] = "champion",
    truth: Annotated[
        Path | None,
        typer.Option(help="A synthetic city's truth/AUDIENCE.parquet under DUIXIAN_HOME: judge by it, not by claims."),
    ] = None,
) -> None:
    """Judge a version on subjects that it was not trained on, with 95 % intervals; promotion rests on this."""
    from duixian import ranking
    from duixian.runtime import Runtime

    with Runtime.open() as runtime:
        judged = ranking.evaluate(runtime, audience, version, against, truth)
    _print_evaluation(judged)
    chosen = "" if version == "challenger" else f" --version {version}"
    if version != "champion":
        stdout.print(f"Next: duixian promote {audience} --reviewer NAME{chosen}")


def promote(
    reviewer: Reviewer,
    audience: AudienceArgument = Audience.CITIZEN,
    version: Version = "challenger",
) -> None:
    """Let a version serve, if its evaluation passes the gate. A running server follows within half a minute."""
    from duixian.clock import now
    from duixian.settings import Settings
    from models import registry

    done = registry.promote(audience, Settings().tracking, _number(version), reviewer=reviewer, now=now())
    before = f"; version {done.previous} can be rolled back to" if done.previous else ""
    stdout.print(f"Version {done.version} of the {audience} ranker serves now{before}.")


def rollback(reviewer: Reviewer, audience: AudienceArgument = Audience.CITIZEN) -> None:
    """Let the previous version serve again. A second rollback undoes the first."""
    from duixian.clock import now
    from duixian.settings import Settings
    from models import registry

    done = registry.rollback(audience, Settings().tracking, reviewer=reviewer, now=now())
    stdout.print(f"Version {done.version} of the {audience} ranker serves again, in place of version {done.previous}.")


def _number(version: str) -> str | int:
    return int(version) if version.isdigit() else version


def _print_evaluation(judged: Evaluation) -> None:
    shown = table(
        f"{judged.model}, by {judged.gain}, {judged.subjects:,} held-out subjects",
        *("order", "nDCG@5", "ours minus it", "AUC", "log loss"),
    )
    for name, one in judged.judgements.items():
        difference = judged.differences.get(name)
        auc, loss = ("" if value is None else f"{value:.4f}" for value in (one.auc, one.log_loss))
        shown.add_row(name, str(one.ndcg), str(difference or ""), auc, loss)
    stdout.print(shown)
