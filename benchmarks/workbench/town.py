"""A synthetic city as an installation has it: imported, its wide table built, and some of it told and claimed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.vocabulary import AS_OF
from delivery.terms import period_of
from domain.claim import ClaimState
from domain.errors import CityMissing
from domain.facts import Audience
from domain.policy import Policy
from duixian import intake
from duixian.cli.output import progress
from duixian.population import LivingPopulation
from duixian.runtime import Runtime
from duixian.settings import Settings
from features import wide
from storage import claims, consents, policies
from storage.claims import Claim
from world.city import generate

SEED = 20261124
CITIZEN = Audience.CITIZEN
_NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
_OPTED_OUT, _CLAIMED = 0.02, 0.1
"""Shares of the citizens."""
_CLAIMS_AT_ONCE = 20_000


@contextmanager
def town(folder: Path, citizens: int) -> Iterator[tuple[Runtime, LivingPopulation]]:
    """The installation, made in `folder` where it is not there; and its population as a process that starts has it."""
    with Runtime.open(Settings(home=folder / f"workbench-{citizens}")) as runtime:
        if not _is_there(runtime):
            _make(runtime, citizens)
        yield runtime, LivingPopulation(runtime.home, runtime.begin, lambda: runtime.catalogue)


def _is_there(runtime: Runtime) -> bool:
    """Whether the wide table is of today's words; the mark is set last, so that half a city is made again."""
    try:
        path = wide.latest(runtime.home, CITIZEN)
    except CityMissing:
        return False
    return path.stem.startswith(wide.words_digest(runtime.catalogue.vocabulary, CITIZEN)) and _mark(runtime).exists()


def _mark(runtime: Runtime) -> Path:
    return runtime.home / "complete"


def _make(runtime: Runtime, citizens: int) -> None:
    with progress("Synthetic city") as report:
        generate(citizens, 1, SEED, AS_OF, runtime.home / "city", report)
    for _ in intake.import_city(runtime, runtime.home / "city", _NOW, progress):
        pass
    path = intake.build_wide(runtime, CITIZEN, AS_OF, progress)
    if not _mark(runtime).exists():
        _tell(runtime, wide.read(path, columns=["subject_id"])["subject_id"].to_pylist())
    _mark(runtime).touch()


def _tell(runtime: Runtime, ids: list[str]) -> None:
    """Some opted out, some have claims of this period: what a push would have to leave out."""
    draw = random.Random(SEED)
    served = runtime.catalogue.in_force(CITIZEN, AS_OF)
    drawn = draw.sample(ids, int(len(ids) * _CLAIMED))
    with runtime.begin() as connection:
        policies.publish(connection, served, _NOW)
        for subject_id in draw.sample(ids, int(len(ids) * _OPTED_OUT)):
            consents.set_consent(connection, subject_id, granted=False, now=_NOW)
    for start in range(0, len(drawn), _CLAIMS_AT_ONCE):
        with runtime.begin() as connection:
            some = drawn[start : start + _CLAIMS_AT_ONCE]
            claims.begin(connection, [_claim(subject_id, draw.choice(served)) for subject_id in some])


def _claim(subject_id: str, policy: Policy) -> Claim:
    return Claim(
        claim_id=uuid.uuid5(uuid.NAMESPACE_URL, f"{subject_id}/{policy.id}"),
        subject_id=subject_id,
        audience=CITIZEN,
        policy_id=policy.id,
        policy_version=policy.version,
        period=period_of(policy, AS_OF),
        delivery_mode=policy.delivery_mode,
        settlement="provision",
        amount_fen=None,
        state=ClaimState.PUSHED,
        revision=1,
        payment_attempts=0,
        cause=None,
        due_at=_NOW,
        opened_at=_NOW,
        updated_at=_NOW,
    )
