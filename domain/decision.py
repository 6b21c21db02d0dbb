"""A verdict with its reasons: for a subject and a policy version, at a date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from domain.expression import Clause
from domain.facts import Value
from domain.grammar import parse_clause


class Verdict(StrEnum):
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, holds: bool | None) -> Verdict:
        return cls.UNKNOWN if holds is None else cls.ELIGIBLE if holds else cls.INELIGIBLE


class Outcome(StrEnum):
    """What became of one requirement; MISSING: what is known does not tell."""

    MET = "met"
    UNMET = "unmet"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one clause asks of everybody.

    Under a `not`, `negated` is true, the requirement is that the clause does not hold, and `operator` is turned round.
    `unit` is the tested quantity's. `parameters` are the dated values that the clause names. `some_of`, (count, of):
    the clause stands in a list of so many parts of which at least `count` must be met, not all of them nor any one.
    """

    clause: Clause
    facts: tuple[str, ...]
    operator: str
    unit: str
    negated: bool = False
    parameters: tuple[tuple[str, int | float], ...] = ()
    some_of: tuple[int, int] | None = None


class Evidence(NamedTuple):
    """One fact that a clause reads; `value` None: unknown, and then without source and date."""

    fact: str
    value: Value
    source: str | None
    as_of: date | None


class Reason(NamedTuple):
    """A requirement and what became of it.

    `value` is what the tested quantity comes to and `threshold` what it is compared with, both None where unknown;
    `evidence` holds the facts that went into either. `decisive` marks the reasons that make the verdict what it is, no
    more of them than needed; the others are told for completeness.
    """

    requirement: Requirement
    outcome: Outcome
    value: Value
    threshold: Value | tuple[Value, ...]
    evidence: tuple[Evidence, ...]
    decisive: bool = True

    @property
    def clause(self) -> str:
        """As the officer wrote it."""
        return self.requirement.clause.text

    @property
    def fact(self) -> str:
        """The first fact that the clause reads."""
        return self.requirement.facts[0]

    @property
    def unknown_facts(self) -> tuple[str, ...]:
        """Of a missing reason: the facts that are unknown or, where all are known, those that do not tell enough."""
        if self.outcome is not Outcome.MISSING:
            return ()
        return tuple(one.fact for one in self.evidence if one.value is None) or self.requirement.facts


class Decision(NamedTuple):
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
        """Of an unknown verdict: the fewest facts that would decide it whatever they are, in the rule's order."""
        return tuple(dict.fromkeys(fact for one in self.reasons if one.decisive for fact in one.unknown_facts))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; dates as {"date": "YYYY-MM-DD"} so that a text fact never reads back as a date."""
        return {
            "subject_id": self.subject_id,
            "policy_id": self.policy_id,
            "policy_version": self.policy_version,
            "as_of": self.as_of.isoformat(),
            "verdict": self.verdict.value,
            "amount_fen": self.amount_fen,
            "reasons": [_reason_to_json(reason) for reason in self.reasons],
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
            reasons=tuple(_reason_from_json(item) for item in data["reasons"]),
        )


def _reason_to_json(reason: Reason) -> dict[str, Any]:
    """The clause as text: what was written is what was decided by, and the grammar reads it back."""
    return {
        "clause": reason.clause,
        "operator": reason.requirement.operator,
        "unit": reason.requirement.unit,
        "negated": reason.requirement.negated,
        "parameters": dict(reason.requirement.parameters),
        "some_of": list(reason.requirement.some_of) if reason.requirement.some_of else None,
        "outcome": reason.outcome.value,
        "value": _to_json(reason.value),
        "threshold": _to_json(reason.threshold),
        "facts": [
            {
                "fact": one.fact,
                "value": _to_json(one.value),
                "source": one.source,
                "as_of": one.as_of.isoformat() if one.as_of else None,
            }
            for one in reason.evidence
        ],
        "decisive": reason.decisive,
    }


def _reason_from_json(item: Mapping[str, Any]) -> Reason:
    clause = parse_clause(item["clause"])
    return Reason(
        Requirement(
            clause=clause,
            facts=clause.facts(),
            operator=item["operator"],
            unit=item["unit"],
            negated=item["negated"],
            parameters=tuple(item["parameters"].items()),
            some_of=tuple(item["some_of"]) if item["some_of"] else None,
        ),
        Outcome(item["outcome"]),
        _from_json(item["value"]),
        _from_json(item["threshold"]),
        tuple(
            Evidence(
                one["fact"],
                _from_json(one["value"]),
                one["source"],
                date.fromisoformat(one["as_of"]) if one["as_of"] else None,
            )
            for one in item["facts"]
        ),
        item["decisive"],
    )


def _to_json(value: Value | tuple[Value, ...]) -> Any:
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_from_json(item) for item in value)
    return date.fromisoformat(value["date"]) if isinstance(value, dict) else value
