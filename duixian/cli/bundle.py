"""`duixian bundle`: what one subject best takes together, and why not the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from duixian.cli.output import Language, stdout


def bundle(
    subject: Annotated[str, typer.Option(help="The subject's id.")],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: today.")] = None,
    lang: Annotated[Language, typer.Option(help="Of titles and reasons.")] = "zh",
) -> None:
    """Find the entitlements that lawfully come to most in the year, taken together."""
    from duixian.bundling import bundle_of
    from duixian.clock import today
    from duixian.runtime import Runtime, audience_of
    from matcher.bundle.sentences import BundleSentences

    day = as_of.date() if as_of else today()
    audience = audience_of(subject)
    with Runtime.open() as runtime:
        served = runtime.served
        found = bundle_of(runtime, served, runtime.profile(audience, subject), day)
        titles = {policy.id: policy.title for policy in served.catalogue_for(subject).policies_of(audience)}
    sentences = BundleSentences(titles, lang)
    stdout.print(f"[bold]{subject}[/] ({audience}), {day}", highlight=False)
    lines = [sentences.total(found), *(f"  + {sentences.taken(one)}" for one in found.taken)]
    lines += [f"  - {sentences.left_out(one)}" for one in found.left_out]
    for line in lines:
        stdout.print(line, highlight=False, markup=False, soft_wrap=True)
