"""How the city's people and enterprises answer what they are shown: the behaviour model behind every impression.

The model is fixed before any training and named by VERSION. For subject s, policy p and position k (from 1):

    P(claim) = examined(k, s) * relevance(s, p)
    relevance = sigmoid(BASE + PULL * pull of p's domain on s + worth of p's money to s - effort of p to s + trust of s
                        + taste of s for p)

- The pull comes from facts (world/interests.py): age, family, income, schooling, trade, size.
- The worth grows with the logarithm of the yearly amount, more for those in need and the need-sensitive.
- The effort grows with materials and with the delivery mode, less for the digitally comfortable.
- Trust, need sensitivity and digital comfort are traits that no register shows (out/truth of the city); the taste is
  noise of each pair, the same each time it is asked for. They are why no model can reach the truth.
- Position lowers examination: about 1, 0.74, 0.62, 0.54, 0.49; the digitally comfortable read on a little longer.

Logging: each subject with eligible policies is shown a slate of up to `slate_size` of them in uniformly random order.
Each eligible policy is therefore at each position with probability 1 / (number of eligible policies): the recorded
propensity, which sums to one over policies at every position.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.facts import Audience
from domain.policy import DeliveryMode, Kind, Period, Policy, domains_of
from world.draws import Array
from world.interests import Matrix, interest, need

VERSION = 1
BASE = -1.5
PULL = {Audience.CITIZEN: 1.6, Audience.ENTERPRISE: 1.9}
EXAMINATION_EXPONENT = 0.44
_KIND = {Kind.SUBSIDY: 0.25, Kind.FUND: 0.10, Kind.TAX: 0.0, Kind.SERVICE: -0.15}
_EFFORT = {DeliveryMode.AUTO: 0.0, DeliveryMode.ONE_CLICK: 0.2, DeliveryMode.INFORM: 0.7, DeliveryMode.ASSISTED: 1.0}
_TIMES_A_YEAR = {Period.ONCE: 1, Period.YEAR: 1, Period.MONTH: 12, None: 1}
_TASTE_STEPS = 1 << 16


def aligned_traits(traits: pa.Table, subject_ids: pa.ChunkedArray) -> dict[str, NDArray[np.float32]]:
    """Each trait as float32[subjects] in the order of `subject_ids`; a subject without traits gets the middle ones."""
    row = pc.index_in(subject_ids, value_set=traits["subject_id"].combine_chunks())
    middle = {"digital_comfort": 0.6, "trust": 0.0, "need_sensitivity": 0.0}
    return {
        name: np.asarray(pc.fill_null(traits[name].take(row).cast(pa.float32()), value).to_numpy(), dtype=np.float32)
        for name, value in middle.items()
    }


def true_relevance(
    table: pa.Table, policies: Sequence[Policy], amounts_fen: NDArray[np.int64], traits: pa.Table
) -> Matrix:
    """The true probability that each subject claims each policy once it is looked at, float32[policies, subjects].

    `table` is a wide table (facts may be null), `amounts_fen` int64[policies, subjects] for one period, negative
    where unknown. All policies are of one audience.
    """
    subjects = table.num_rows
    if not policies:
        return np.empty((0, subjects), dtype=np.float32)
    audience = policies[0].audience
    trait = aligned_traits(traits, table["subject_id"])
    order = {domain: row for row, domain in enumerate(domains_of(audience))}
    pull = interest(table, audience)
    thirst = np.clip(1 + 0.8 * need(table, audience) + 0.35 * trait["need_sensitivity"], 0.1, 2.5)
    clumsy = 1.5 - 1.4 * trait["digital_comfort"]
    seeds = _subject_seeds(table["subject_id"])
    relevance = np.empty((len(policies), subjects), dtype=np.float32)
    for row, policy in enumerate(policies):
        yearly = np.maximum(amounts_fen[row], 0) / 100 * _TIMES_A_YEAR[policy.benefit.period]
        scale = 5000 if audience is Audience.CITIZEN else 100_000
        worth = thirst * np.clip(0.6 * np.log10(1 + yearly / scale * 9) - 0.2, -0.2, 1.6)
        effort = clumsy * (_EFFORT[policy.delivery_mode] + 0.2 * len(policy.materials))
        odds = (
            BASE
            + PULL[audience] * pull[order[policy.domain]]
            + _KIND[policy.kind]
            + worth
            - effort
            + 0.45 * trait["trust"]
        )
        relevance[row] = 1 / (1 + np.exp(-(odds + 0.4 * _taste(seeds, policy.id))))
    return np.clip(relevance, 1e-4, 1 - 1e-4)


def examined(position: Array, digital_comfort: Array) -> NDArray[np.float32]:
    """The probability that a position (from 1) is looked at; falls with position."""
    exponent = EXAMINATION_EXPONENT * (1.3 - 0.5 * digital_comfort)
    return np.asarray(np.power(position, -exponent), dtype=np.float32)


def simulate_impressions(
    table: pa.Table,
    eligible: NDArray[np.bool_],
    amounts_fen: NDArray[np.int64],
    policies: Sequence[Policy],
    traits: pa.Table,
    rng: np.random.Generator,
    *,
    shown_at: datetime,
    slate_size: int = 5,
    slates: int = 1,
    apart: timedelta = timedelta(0),
) -> tuple[pa.Table, pa.Table]:
    """Show each subject `slates` random slates of its eligible policies and see what it claims.

    `eligible` is bool[policies, subjects]; `shown_at` (aware of its zone) is when the first slate is shown, the
    others follow `apart` from each other.
    Returns the impressions (one row a shown policy: subject_id, audience, policy_id, policy_version, position,
    propensity, shown_at, claimed, slate_id, amount_fen) and, kept apart, their truth in the same order (slate_id,
    subject_id, policy_id, position, examined, relevance, probability).
    """
    relevance = true_relevance(table, policies, amounts_fen, traits)
    comfort = aligned_traits(traits, table["subject_id"])["digital_comfort"]
    parts = [_one_slate(eligible, rng, slate_size, number) for number in range(slates)]
    policy, subject, position, slate = (np.concatenate([part[i] for part in parts]) for i in range(4))
    offered = eligible.sum(axis=0)[subject]
    seen = examined(position, comfort[subject])
    likely = relevance[policy, subject]
    claimed = rng.random(len(subject)) < seen * likely
    names = pa.array([p.id for p in policies], pa.string())
    versions = np.array([p.version for p in policies], dtype=np.int64)
    amounts = amounts_fen[policy, subject]
    ids = table["subject_id"].combine_chunks().take(pa.array(subject))
    policy_ids = names.take(pa.array(policy))
    slate_ids = pc.binary_join_element_wise(ids, pa.array(slate).cast(pa.string()), "-")
    first = np.datetime64(int(shown_at.timestamp() * 1e6), "us")
    times = first + slate * np.timedelta64(apart)
    audience = policies[0].audience.value if policies else ""
    impressions = pa.table(
        {
            "subject_id": ids,
            "audience": pa.array(np.full(len(subject), audience, dtype=object), pa.string()),
            "policy_id": policy_ids,
            "policy_version": versions[policy],
            "position": position.astype(np.int64),
            "propensity": 1.0 / offered,
            "shown_at": pa.array(times, pa.timestamp("us", tz="UTC")),
            "claimed": claimed.astype(np.int8),
            "slate_id": slate_ids,
            "amount_fen": pa.array(amounts, mask=amounts < 0),
        }
    )
    truth = pa.table(
        {
            "slate_id": slate_ids,
            "subject_id": ids,
            "policy_id": policy_ids,
            "position": position.astype(np.int64),
            "examined": seen.astype(np.float64),
            "relevance": likely.astype(np.float64),
            "probability": (seen * likely).astype(np.float64),
        }
    )
    return impressions, truth


def pair_truth(table: pa.Table, eligible: NDArray[np.bool_], policies: Sequence[Policy], relevance: Matrix) -> pa.Table:
    """The true relevance of every eligible pair without a position: subject_id, policy_id, relevance (float64)."""
    policy, subject = np.nonzero(eligible)
    names = pa.array([p.id for p in policies], pa.string())
    return pa.table(
        {
            "subject_id": table["subject_id"].combine_chunks().take(pa.array(subject)),
            "policy_id": names.take(pa.array(policy)),
            "relevance": relevance[policy, subject].astype(np.float64),
        }
    )


def _one_slate(
    eligible: NDArray[np.bool_], rng: np.random.Generator, size: int, number: int
) -> tuple[Array, Array, Array, Array]:
    """Policy, subject, position and slate number of each shown pair, by subject and position."""
    policy, subject = np.nonzero(eligible)
    order = np.lexsort((rng.random(len(policy)), subject))  # a random order within each subject
    policy, subject = policy[order], subject[order]
    first = np.searchsorted(subject, subject)
    position = np.arange(len(subject)) - first + 1
    shown = position <= size
    return policy[shown], subject[shown], position[shown], np.full(int(shown.sum()), number)


def _subject_seeds(subject_ids: pa.ChunkedArray) -> NDArray[np.uint64]:
    """A number of each id that does not depend on the process: the polynomial hash of its bytes."""
    column = subject_ids.combine_chunks().cast(pa.string())
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(column.buffers()[2], dtype=np.uint8) if len(column) else np.zeros(0, dtype=np.uint8)
    lengths = np.diff(offsets)
    seeds = np.full(len(column), 1469598103934665603, dtype=np.uint64)
    for place in range(int(lengths.max(initial=0))):  # over characters, not subjects
        inside = np.flatnonzero(lengths > place)
        seeds[inside] = (seeds[inside] ^ data[offsets[inside] + place]) * np.uint64(1099511628211)
    return seeds


def _taste(seeds: NDArray[np.uint64], policy_id: str) -> NDArray[np.float32]:
    """Noise of each pair, about standard normal (the sum of three uniforms), fixed for good by the two ids."""
    mixed = seeds ^ np.uint64(zlib.crc32(policy_id.encode()) * 0x9E3779B1)
    total = np.zeros(len(seeds), dtype=np.float64)
    for _ in range(3):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
        total += (mixed % np.uint64(_TASTE_STEPS)).astype(np.float64) / _TASTE_STEPS
    return ((total - 1.5) * 2).astype(np.float32)
