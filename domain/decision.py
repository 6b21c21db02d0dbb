"""A verdict with its reasons: for a subject and a policy version, at a date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from domain.facts import Value


class Verdict(StrEnum):
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, holds: bool | None) -> Verdict:
        return cls.UNKNOWN if holds is None else cls.ELIGIBLE if holds else cls.INELIGIBLE


class Outcome(StrEnum):
    """What became of one requirement; MISSING: the fact is unknown."""

    MET = "met"
    UNMET = "unmet"
    MISSING = "missing"


@dataclass(frozen=True)
class Reason:
    """One clause with the fact it rests on.

    `outcome` speaks of the requirement: under a `not`, `negated` is true and the requirement is that the clause does
    not hold. `decisive` marks the clauses that make the verdict what it is; the others are told for completeness.
    """

    clause: str
    outcome: Outcome
    fact: str
    operator: str
    value: Value
    threshold: Value | tuple[Value, ...]
    unit: str
    source: str | None
    as_of: date | None
    negated: bool = False
    decisive: bool = True


@dataclass(frozen=True)
class Decision:
    """What was decided on `as_of`; `amount_fen` is of one period, None when unknown or not eligible."""

    subject_id: str
    policy_id: str
    policy_version: int
    as_of: date
    verdict: Verdict
    amount_fen: int | None
    reasons: tuple[Reason, ...]

    @property
    def missing_facts(self) -> tuple[str, ...]:
        """The unknown facts that keep the verdict open, each once, in the rule's order."""
        missing = [r.fact for r in self.reasons if r.decisive and r.outcome is Outcome.MISSING]
        return tuple(dict.fromkeys(missing))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; dates as {"date": "YYYY-MM-DD"} so that a text fact never reads back as a date."""
        return {
            "subject_id": self.subject_id,
            "policy_id": self.policy_id,
            "policy_version": self.policy_version,
            "as_of": self.as_of.isoformat(),
            "verdict": self.verdict.value,
            "amount_fen": self.amount_fen,
            "reasons": [
                {
                    "clause": reason.clause,
                    "outcome": reason.outcome.value,
                    "fact": reason.fact,
                    "operator": reason.operator,
                    "value": _to_json(reason.value),
                    "threshold": _to_json(reason.threshold),
                    "unit": reason.unit,
                    "source": reason.source,
                    "as_of": reason.as_of.isoformat() if reason.as_of else None,
                    "negated": reason.negated,
                    "decisive": reason.decisive,
                }
                for reason in self.reasons
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Decision:
        return cls(
            subject_id=data["subject_id"],
            policy_id=data["policy_id"],
            policy_version=data["policy_version"],
            as_of=date.fromisoformat(data["as_of"]),
            verdict=Verdict(data["verdict"]),
            amount_fen=data["amount_fen"],
            reasons=tuple(
                Reason(
                    clause=item["clause"],
                    outcome=Outcome(item["outcome"]),
                    fact=item["fact"],
                    operator=item["operator"],
                    value=_from_json(item["value"]),
                    threshold=_from_json(item["threshold"]),
                    unit=item["unit"],
                    source=item["source"],
                    as_of=date.fromisoformat(item["as_of"]) if item["as_of"] else None,
                    negated=item["negated"],
                    decisive=item["decisive"],
                )
                for item in data["reasons"]
            ),
        )


def _to_json(value: Value | tuple[Value, ...]) -> Any:
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_from_json(item) for item in value)
    return date.fromisoformat(value["date"]) if isinstance(value, dict) else value
