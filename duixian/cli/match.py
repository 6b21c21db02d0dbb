"""`duixian match`: who is entitled to what, and why."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from domain.facts import Audience
from duixian.cli.output import Language, number, progress, stdout, table, yuan

if TYPE_CHECKING:
    from duixian.runtime import Runtime


def match(
    subject: Annotated[str | None, typer.Option(help="One subject's id; without it the whole city is matched.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why, clause by clause (with --subject).")] = False,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: today.")] = None,
    lang: Annotated[Language, typer.Option(help="Of titles and reasons.")] = "zh",
) -> None:
    """Match one subject, or everybody, against all policies in force."""
    from duixian.clock import today
    from duixian.runtime import Runtime

    if explain and subject is None:
        raise typer.BadParameter("--explain goes with --subject: it tells one subject's reasons")
    day = as_of.date() if as_of else today()
    with Runtime.open() as runtime:
        if subject is None:
            _match_city(runtime, day)
        else:
            _match_subject(runtime, subject, day, lang, explain)


def _match_city(runtime: Runtime, day: date) -> None:
    from duixian.clock import now
    from duixian.matching import match_audience

    for audience in Audience:
        slices = match_audience(runtime, audience, day, now(), progress)
        for matched in slices:
            canary = (
                "" if matched.buckets is None else f", buckets {matched.buckets.start} to {matched.buckets.stop - 1}"
            )
            shown = table(
                f"{audience}: {number(matched.verdicts.rows)} subjects{canary}, {day}, snapshot {matched.snapshot_id}",
                *("policy", "title", "eligible", "unknown", "ineligible"),
                right=("eligible", "unknown", "ineligible"),
            )
            for policy, counts in zip(matched.program.policies, matched.verdicts.counts(), strict=True):
                shown.add_row(policy.id, policy.title.zh, *(number(count) for count in counts))
            stdout.print(shown)
            stdout.print(f"verdicts: {matched.path}", highlight=False, soft_wrap=True)


def _match_subject(runtime: Runtime, subject: str, day: date, lang: Language, explain: bool) -> None:
    from duixian.runtime import audience_of
    from matcher.reasons.explain import Explanation
    from matcher.reasons.sentences import Sentences

    audience = audience_of(subject)
    profile = runtime.profile(audience, subject)
    served = runtime.served
    program = served.program(audience, day, subject)
    vocabulary = served.catalogue.vocabulary
    sentences = Sentences(vocabulary, lang)
    explanation = Explanation(program, profile)
    decisions = [explanation.decision(place) for place in range(len(program.policies))]
    titles = {policy.id: policy.title.text(lang) for policy in program.policies}
    stdout.print(f"[bold]{subject}[/] ({audience}), {day}", highlight=False)
    for verdict in ("eligible", "unknown", "ineligible"):
        chosen = [decision for decision in decisions if decision.verdict == verdict]
        stdout.print(f"\n[bold]{verdict}[/]: {len(chosen)}", highlight=False)
        for decision in chosen:
            shown = "，{}元" if lang == "zh" else ", {} CNY"
            amount = shown.format(yuan(decision.amount_fen)) if decision.amount_fen else ""
            stdout.print(f"  {decision.policy_id} {titles[decision.policy_id]}{amount}", highlight=False, markup=False)
            if explain:
                for sentence in sentences.of(decision, vocabulary.of(audience)):
                    stdout.print(f"      {sentence}", highlight=False, markup=False)
