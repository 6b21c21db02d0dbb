"""`duixian catalogue lint`: what a policy's author should look at, each with its line in the file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duixian.cli.output import Language, counted, stdout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalogue.lint.findings import Finding
    from domain.policy import Policy

_STYLE = {"error": "red", "warning": "yellow", "note": "cyan"}
_SEVERITY_ZH = {"error": "错误", "warning": "警告", "note": "提示"}


def lint(
    file: Annotated[
        Path | None, typer.Argument(help="One policy file; without it the whole catalogue.", exists=True)
    ] = None,
    lang: Annotated[Language, typer.Option(help="Of what is found.")] = "zh",
) -> None:
    """Read rules for what can never hold, always holds or is said twice, for gaps in amounts and for dates that end.

    The exit status is 1 where there is an error; warnings and notes are for the author to judge.
    """
    from catalogue.lint import Severity, lint_catalogue
    from catalogue.lint import lint as lint_policy
    from catalogue.loader import DEFAULT_ROOT, load_catalogue, load_policy_file
    from duixian.clock import today
    from duixian.settings import Settings

    catalogue = load_catalogue(Settings().catalogue or DEFAULT_ROOT)
    if file is None:
        policies = {one.id: one for one in (*catalogue.policies, *catalogue.consultations)}
        found = lint_catalogue(catalogue, None, today())
    else:
        policy = load_policy_file(file, catalogue.vocabulary, catalogue.parameters)
        policies = {policy.id: policy}
        found = lint_policy(policy, catalogue, None, today())
    for one in found:
        _print(one, policies, lang)
    counts = Counter(one.severity for one in found)
    by_severity = ", ".join(counted(counts[severity], severity) for severity in Severity)
    stdout.print(f"{counted(len(policies), 'policy', 'policies')}: {by_severity}.", highlight=False)
    if counts[Severity.ERROR]:
        raise typer.Exit(1)


def _print(one: Finding, policies: Mapping[str, Policy], lang: Language) -> None:
    from catalogue.lint.positions import position

    policy = policies[one.policy_id]
    # A combination stands in a file of its own; it is named by its id.
    if one.path[:1] == ("combinations",):
        place = f"combinations: {one.path[1]}"
    else:
        line, column = position(policy.source, one.path)
        place = f"{policy.file}:{line}:{column}"
    severity = one.severity if lang == "en" else _SEVERITY_ZH[one.severity]
    text = f"{place}: {severity}: {one.message.text(lang)} {one.proposal.text(lang)} [{one.code}]"
    stdout.print(text, style=_STYLE[one.severity], highlight=False, markup=False, soft_wrap=True)
