"""`duixian features`: profiles and the feature store."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from domain.errors import FeaturesMissing
from domain.facts import Audience, Value
from duixian.cli.output import Language, number, progress, stdout, table

app = typer.Typer(no_args_is_help=True, help="Build profiles from the imported registers and load the online store.")

AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The profiles' date; default today.")]


@app.command()
def build(as_of: AsOf = None) -> None:
    """Join the latest snapshots into one profile a subject and load what changed into the online store."""
    from duixian.clock import today
    from duixian.intake import build_wide, load_online
    from duixian.runtime import Runtime
    from features.registers import imports

    with Runtime.open() as runtime:
        found = [one for one in Audience if imports(runtime.home, runtime.catalogue.vocabulary, one)]
        if not found:
            raise FeaturesMissing(
                f"No register is imported in {runtime.home}.",
                next_step="Run 'duixian register import' first, or 'duixian city generate' and 'duixian city import'.",
            )
        for audience in Audience:
            if audience not in found:
                stdout.print(f"{audience}: no register is imported yet, left out")
                continue
            path = build_wide(runtime, audience, as_of.date() if as_of else today(), progress)
            written = load_online(runtime, audience, path, progress)
            stdout.print(
                f"{audience}: snapshot {path.stem}; {number(written)} profiles written online", highlight=False
            )


@app.command()
def show(
    subject: Annotated[str, typer.Argument(help="A subject's id, such as C000000001.")],
    lang: Annotated[Language, typer.Option(help="Of the facts' names.")] = "zh",
) -> None:
    """Show every fact held about one subject, with its source and date (一人一档, 一企一档)."""
    from duixian.runtime import Runtime, audience_of

    with Runtime.open() as runtime:
        profile = runtime.profile(audience_of(subject), subject)
        vocabulary = runtime.catalogue.vocabulary
    shown = table(f"{subject}", "fact", "name", "value", "source", "as of")
    for name, definition in vocabulary.of(profile.audience).items():
        fact = profile.facts.get(name)
        value = None if fact is None else fact.value
        source = vocabulary.registers.get(fact.source) if fact else None
        shown.add_row(
            name,
            definition.label.text(lang),
            "[dim]unknown[/]" if value is None else _as_written(value),
            "" if fact is None else source.text(lang) if source else fact.source,
            str(fact.as_of) if fact and fact.as_of else "",
        )
    stdout.print(shown)


def _as_written(value: Value) -> str:
    """As rules and cases write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
