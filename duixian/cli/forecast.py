"""`duixian forecast`: which verdicts time will turn, on which day and why."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from duixian.cli.output import Language, number, progress, stdout, table

if TYPE_CHECKING:
    from duixian.runtime import Runtime

_DATE = ["%Y-%m-%d"]
_YEAR = timedelta(days=365)
_QUESTIONS = 3


def forecast(
    subject: Annotated[str | None, typer.Option(help="One subject's id; without it the whole city is asked.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DATE, help="The first day; default: today.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DATE, help="The last day of a city's range; default: the first.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DATE, help="How far to look (with --subject); default: 365 days.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="Of titles and reasons.")] = "zh",
) -> None:
    """Say what turns if only time passes, for one subject or for everybody: ages, periods, new law."""
    from duixian.clock import today
    from duixian.runtime import Runtime

    if (until is not None and subject is None) or (last is not None and subject is not None):
        raise typer.BadParameter("--until goes with --subject; --to with the whole city")
    start = first.date() if first else today()
    given = until or last
    end = given.date() if given else start + _YEAR if subject else start
    if end < start:
        raise typer.BadParameter(f"{end} lies before {start}")
    with Runtime.open() as runtime:
        if subject is None:
            _forecast_city(runtime, start, end)
        else:
            _forecast_subject(runtime, subject, start, end, lang)


def _forecast_city(runtime: Runtime, first: date, last: date) -> None:
    from domain.decision import Verdict
    from domain.facts import Audience
    from duixian.forecasting import forecast_audience

    for audience in Audience:
        found = forecast_audience(runtime.home, runtime.catalogue, audience, first, last, progress)
        shown = table(
            f"{audience}: {number(found.subjects)} subjects, {first} to {last}, snapshot {found.snapshot_id}",
            *("policy", "title", "become eligible", "become unknown", "become ineligible"),
            right=("become eligible", "become unknown", "become ineligible"),
        )
        turned = {policy_id for policy_id, _ in found.counts}
        for policy in runtime.catalogue.policies_of(audience):
            if policy.id in turned:
                kinds = (Verdict.ELIGIBLE, Verdict.UNKNOWN, Verdict.INELIGIBLE)
                shown.add_row(policy.id, policy.title.zh, *(number(found.counts.get((policy.id, k), 0)) for k in kinds))
        stdout.print(shown)
        for policy_id, (day, parameter) in found.ended.items():
            stdout.print(
                f"{policy_id}: not judged from {day} on, when {parameter} has no value", highlight=False, markup=False
            )
        stdout.print(f"flips: {found.path}", highlight=False, soft_wrap=True)


def _forecast_subject(runtime: Runtime, subject: str, day: date, until: date, lang: Language) -> None:
    from duixian.runtime import audience_of
    from matcher.outlook.sentences import OutlookSentences
    from matcher.outlook.subject import outlook
    from matcher.outlook.timeline import Timeline

    audience = audience_of(subject)
    catalogue = runtime.catalogue_for(subject)
    timeline = Timeline(catalogue, audience)
    found = outlook(timeline, runtime.profile(audience, subject).values(), day, until)
    sentences = OutlookSentences(catalogue.vocabulary, audience, lang)
    ended = [one for one in found.steady if one.parameter is not None]
    parts = {
        "turning": [(one.policy.id, sentences.forecast(one)) for one in found.turning],
        "law not known to the end": [(one.policy.id, sentences.forecast(one)) for one in ended],
        "one condition away": [(one.policy.id, sentences.near_miss(one)) for one in found.near],
        "worth asking": [(one.fact, sentences.question(one)) for one in found.questions[:_QUESTIONS]],
    }
    notes = {sentences.fixed(one) for one in (*found.turning, *found.steady)} - {None}
    stdout.print(f"[bold]{subject}[/] ({audience}), {day} to {until}", highlight=False)
    for title, lines in parts.items():
        stdout.print(f"\n[bold]{title}[/]: {len(lines)}", highlight=False)
        for key, sentence in lines:
            stdout.print(f"  {key} {sentence}", highlight=False, markup=False, soft_wrap=True)
    for note in sorted(filter(None, notes)):
        stdout.print(f"\n{note}", highlight=False, markup=False)
