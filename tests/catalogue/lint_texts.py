"""Policies for lint to read, each from the parts that matter to a test."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import yaml

from catalogue.lint import lint
from catalogue.loader import Catalogue, load_catalogue, load_policy_text
from domain.facts import Audience
from domain.policy import Policy

AS_OF = date(2026, 11, 24)
CITY = load_catalogue()


def policy(rule: object, benefit: object = None, audience: str = "citizen", **fields: object) -> Policy:
    """A policy of its rule and benefit; `fields` replace those of its file."""
    text = yaml.safe_dump(
        {
            "id": "seeded", "version": 1, "audience": audience,
            "domain": "health" if audience == "citizen" else "special_funds",
            "kind": "subsidy", "level": "city",
            "title": {"zh": "样例", "en": "Sample"}, "summary": {"zh": "样例。", "en": "A sample."},
            "agency": {"zh": "样例局", "en": "Sample office"}, "document": {"title": "样例文件"},
            "verification": "illustrative", "true_on": date(2026, 1, 1), "effective": {"from": date(2026, 1, 1)},
            "eligibility": rule, "benefit": benefit or {"none": True}, "delivery": "one_click",
            "cases": [
                {"name": verdict, "facts": {}, "verdict": verdict}
                | ({"amount_cny": None} if benefit and verdict == "eligible" else {})
                for verdict in ("eligible", "ineligible", "unknown")
            ],
        }
        | fields,
        allow_unicode=True, sort_keys=False,
    )  # fmt: skip
    return load_policy_text(text, f"{fields.get('id', 'seeded')}.yaml", CITY.vocabulary, CITY.parameters)


def catalogue(*policies: Policy, **replaced: object) -> Catalogue:
    """The city's words with these policies alone."""
    return replace(CITY, policies=policies, consultations=(), combinations=(), **replaced)  # type: ignore[arg-type]


def found(one: Policy, *others: Policy, statistics: Mapping[str, object] | None = None, **replaced: object):
    return lint(one, catalogue(one, *others, **replaced), statistics, AS_OF)  # type: ignore[arg-type]


def codes(findings: Sequence[object]) -> list[str]:
    return [finding.code for finding in findings]  # type: ignore[attr-defined]


FACTS = CITY.vocabulary.of(Audience.CITIZEN)
