"""A small made-up town whose people claim by a rule that is known here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from catalogue.vocabulary import load_vocabulary
from domain.facts import Audience, FactType, Label, Value, Vocabulary
from domain.policy import (
    Benefit,
    CitizenDomain,
    DeliveryMode,
    Document,
    FixedAmount,
    Kind,
    Level,
    NoMoney,
    Period,
    Policy,
    Verification,
)
from domain.rules import parse
from models.columns import FEATURES
from models.dataset import TrainingData

CITIZEN = Audience.CITIZEN
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CATALOGUE = Path(__file__).parents[2] / "catalogue"
NAME = Label("名", "name")


def make_policy(number: int, version: int = 1, yuan: int | None = None) -> Policy:
    yuan = 100 * number if yuan is None else yuan
    return Policy(
        id=f"policy-{number:02d}",
        version=version,
        audience=CITIZEN,
        domain=list(CitizenDomain)[number % 12],
        kind=list(Kind)[number % 4],
        level=Level.CITY,
        title=NAME,
        summary=NAME,
        agency=NAME,
        document=Document("title"),
        verification=Verification.ILLUSTRATIVE,
        true_on=date(2026, 1, 1),
        effective_from=date(2026, 1, 1),
        effective_to=None,
        eligibility=parse("age_years >= 18"),
        benefit=Benefit(FixedAmount(Decimal(yuan)), Period.MONTH if number % 2 else Period.ONCE)
        if yuan
        else Benefit(NoMoney()),
        delivery_mode=list(DeliveryMode)[number % 4],
    )


@dataclass(frozen=True)
class Town:
    data: TrainingData
    truth: pa.Table

    def values(self, row: int) -> dict[str, Value]:
        return {name: self.data.subjects[name][row].as_py() for name in FEATURES[CITIZEN]}


def make_town(subjects: int, seed: int = 0, policies: int = 12, slate: int = 8) -> Town:
    """Old people claim policies of a low number, young ones those of a high one; each place is seen less."""
    rng = np.random.default_rng(seed)
    vocabulary = load_vocabulary(CATALOGUE)
    columns: dict[str, pa.Array] = {"subject_id": pa.array([f"C{i:09d}" for i in range(subjects)])}
    for name in FEATURES[CITIZEN]:
        fact = vocabulary.fact(CITIZEN, name)
        unknown = rng.random(subjects) < 0.1
        match fact.type:
            case FactType.BOOLEAN:
                columns[name] = pa.array(rng.random(subjects) < 0.3, mask=unknown)
            case FactType.CATEGORY:
                words = np.array(list(fact.categories), dtype=object)
                columns[name] = pa.array(words[rng.integers(len(words), size=subjects)], pa.string(), mask=unknown)
            case FactType.INTEGER:
                columns[name] = pa.array(rng.integers(0, 100, subjects), mask=unknown)
            case _:
                columns[name] = pa.array(rng.gamma(2, 1000, subjects), mask=unknown)
    age = rng.integers(18, 95, subjects)
    columns["age_years"] = pa.array(age, mask=rng.random(subjects) < 0.05)
    catalogue = tuple(make_policy(i) for i in range(policies))
    shown = np.argsort(rng.random((subjects, policies)), axis=1)[:, :slate]
    subject = np.repeat(np.arange(subjects), slate)
    policy = shown.ravel()
    position = np.tile(np.arange(1, slate + 1), subjects)
    old = (age[subject] - 55) / 20
    odds = -1.2 - old * (policy - policies / 2) / policies * 4 + 0.8 * np.sin(policy * 1.7)
    relevance = 1 / (1 + np.exp(-odds))
    claimed = rng.random(len(policy)) < relevance / position**0.4
    ids = pa.array([p.id for p in catalogue])
    amounts = np.array([100 * i for i in range(policies)]) * 100
    impressions = pa.table(
        {
            "subject_id": columns["subject_id"].take(pa.array(subject)),
            "audience": pa.array(["citizen"] * len(policy)),
            "policy_id": ids.take(pa.array(policy)),
            "policy_version": np.ones(len(policy), dtype=np.int64),
            "position": position,
            "propensity": np.full(len(policy), 1 / policies),
            "shown_at": pa.array([NOW] * len(policy), pa.timestamp("us", tz="UTC")),
            "claimed": claimed.astype(np.int8),
            "slate_id": columns["subject_id"].take(pa.array(subject)),
            "amount_fen": pa.array(amounts[policy]),
        }
    )
    truth = impressions.select(["subject_id", "policy_id"]).append_column("relevance", pa.array(relevance))
    return Town(TrainingData(CITIZEN, impressions, pa.table(columns), catalogue), truth)


@pytest.fixture(scope="session")
def town() -> Town:
    return make_town(2_000)


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary(CATALOGUE)


@pytest.fixture(scope="session")
def policy() -> Callable[..., Policy]:
    return make_policy


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW
