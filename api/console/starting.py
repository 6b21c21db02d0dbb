"""The text that a new policy begins with: what is known of it, and a frame to be filled in."""

from __future__ import annotations

import json
import re
from datetime import date

from api.console.pages import Form
from domain.errors import DraftInvalid
from domain.facts import Audience
from domain.policy import domains_of

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST = 200


def new_text(form: Form, agency: str, today: date) -> str:
    """A policy's frame as YAML. Raises DraftInvalid for an id, domain or title that cannot be."""
    policy_id, (audience, _, domain) = form.get("id").strip(), form.get("place").partition("/")
    titles = {language: form.get(f"title_{language}").strip() for language in ("zh", "en")}
    document = form.get("document").strip()
    if not _ID.fullmatch(policy_id) or len(policy_id) > _LONGEST or audience not in list(Audience):
        raise DraftInvalid("The id cannot be one.", next_step="Use a-z, 0-9 and single hyphens, and say for whom.")
    if not all(titles.values()) or max(map(len, [*titles.values(), document])) > _LONGEST:
        raise DraftInvalid("A title is missing or too long.", next_step="Write it in Chinese and English.")
    if domain not in domains_of(Audience(audience)):
        raise DraftInvalid("There is no such domain.", next_step="Choose one of the list.")
    quoted = {name: json.dumps(text, ensure_ascii=False) for name, text in titles.items()}
    agency_ = json.dumps(agency, ensure_ascii=False)
    source = json.dumps(document or titles["zh"], ensure_ascii=False)
    return f"""\
id: {policy_id}
version: 1
audience: {audience}
domain: {domain}
kind: service
level: city
title: {{zh: {quoted["zh"]}, en: {quoted["en"]}}}
summary: {{zh: {quoted["zh"]}, en: {quoted["en"]}}}
agency: {{zh: {agency_}, en: {agency_}}}
document: {{title: {source}, number: null, issued_on: null, url: null}}
verification: recalled
true_on: {today.isoformat()}
effective: {{from: {today.isoformat()}, to: null}}
eligibility:
  all: []
benefit: {{none: true}}
delivery: inform
cases: []
"""
