"""What is kept about a claim: ids made from what they stand for, decisions with what they rest on, messages.

An id that is made from its cause meets the first one's key when a thing is done again, in the database and at the bank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from delivery.letters import Content
from domain.decision import Decision
from domain.facts import Audience
from storage.claims import Claim
from storage.decisions import StoredDecision
from storage.messages import Message

_IDS = uuid5(NAMESPACE_URL, "https://duixian.invalid/ids")

PolicyVersion = tuple[str, int]
"""A policy's id and version."""


@dataclass(frozen=True)
class Provenance:
    """What decisions rest on: the features' snapshot, the catalogue, each policy's dated parameters, the model.

    `parameters`: policy version to {name: value as text}; `parameter_versions`: name to the loaded version of it, and
    `vocabulary_version` that of the words: None where nothing was loaded, and such a decision cannot be replayed.
    `model_version` None: the published fallback order.
    """

    snapshot_id: str
    catalogue_digest: str
    parameters: Mapping[PolicyVersion, Mapping[str, str]] = field(default_factory=dict)
    model_version: str | None = None
    match_run_id: UUID | None = None
    parameter_versions: Mapping[str, int] = field(default_factory=dict)
    vocabulary_version: int | None = None


Grounds = Mapping[Audience, Provenance]
"""What a round over everybody rests on: each audience has a snapshot of its own."""


def claim_id_of(subject_id: str, policy_id: str, period: str, number: int) -> UUID:
    """The id of the subject's `number`th claim (from 0) of a policy and period."""
    return uuid5(_IDS, f"claim\n{subject_id}\n{policy_id}\n{period}\n{number}")


def payment_id_of(claim_id: UUID, attempt: int) -> UUID:
    """The id of the `attempt`th payment (from 1) of a claim: the bank pays it once however often it is sent."""
    return uuid5(_IDS, f"payment\n{claim_id}\n{attempt}")


def message_id_of(about: object, template: str) -> UUID:
    """The id of the one message of a kind about one thing."""
    return uuid5(_IDS, f"message\n{about}\n{template}")


def stored(
    decision: Decision,
    occasion: str,
    provenance: Provenance,
    now: datetime,
    *,
    claim_id: UUID | None,
    about: object = None,
) -> StoredDecision:
    """The decision with what it rests on, ready to be kept; `about` (default: the claim) is what it was made for."""
    parameters = provenance.parameters.get((decision.policy_id, decision.policy_version), {})
    known = provenance.vocabulary_version is not None
    return StoredDecision(
        decision_id=uuid5(_IDS, f"decision\n{about or claim_id}\n{occasion}\n{now.isoformat()}"),
        decision=decision,
        claim_id=claim_id,
        occasion=occasion,
        parameters=parameters,
        parameter_versions={name: provenance.parameter_versions[name] for name in parameters} if known else None,
        vocabulary_version=provenance.vocabulary_version,
        snapshot_id=provenance.snapshot_id,
        catalogue_digest=provenance.catalogue_digest,
        model_version=provenance.model_version,
        match_run_id=provenance.match_run_id,
        made_at=now,
    )


def notice(claim: Claim, purpose: str, template: str, content: Content, now: datetime, about: object = None) -> Message:
    """A message about a claim; `about` (default: the claim) is what it is told once for."""
    return Message(
        message_id=message_id_of(about or claim.claim_id, template),
        subject_id=claim.subject_id,
        audience=claim.audience,
        purpose=purpose,
        policy_id=claim.policy_id,
        policy_version=claim.policy_version,
        claim_id=claim.claim_id,
        period=claim.period,
        template=f"{template}-1",
        content=content,
        match_run_id=None,
        rank=None,
        created_at=now,
    )
