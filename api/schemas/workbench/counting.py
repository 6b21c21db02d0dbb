"""How many a rule holds for."""

from __future__ import annotations

from datetime import date

from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Request, Text, example
from domain.facts import Audience
from workbench.impact import Count

MAX_RULE = 50_000


class CountRequest(Request):
    """A rule while it is being written."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {"audience": "citizen", "rule": "all:\n  - registered_in_shanghai\n  - age_years >= 65\n"}
        )
    )

    audience: Audience
    rule: Text = Field(min_length=1, max_length=MAX_RULE, description="As under `eligibility` of a policy, in YAML.")


class CountAnswer(Answer):
    """How many of an audience a rule holds for."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "as_of": "2026-11-24",
                "eligible": 301200,
                "unknown": 1800,
                "ineligible": 697000,
                "subjects": 1000000,
                "seconds": 0.21,
            }
        )
    )

    as_of: date
    eligible: int
    unknown: int
    ineligible: int
    subjects: int
    seconds: float = Field(description="How long counting took.")

    @classmethod
    def of(cls, count: Count, as_of: date) -> CountAnswer:
        return cls(
            as_of=as_of,
            eligible=count.eligible,
            unknown=count.unknown,
            ineligible=count.ineligible,
            subjects=count.subjects,
            seconds=count.seconds,
        )
