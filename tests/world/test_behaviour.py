from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray

from domain.facts import Audience, Label
from domain.policy import (
    Benefit,
    CitizenDomain,
    DeliveryMode,
    Document,
    Kind,
    Level,
    Material,
    NoMoney,
    Period,
    Policy,
    Verification,
    domains_of,
)
from domain.rules import parse
from world.behaviour import examined, pair_truth, simulate_impressions, true_relevance

SHOWN_AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
SUBJECTS = 4_000


def policy(name: str, domain: str, **changes: Any) -> Policy:
    label = Label("政策", "policy")
    values: dict[str, Any] = {
        "id": name,
        "version": 2,
        "audience": Audience.CITIZEN,
        "domain": domain,
        "kind": Kind.SUBSIDY,
        "level": Level.CITY,
        "title": label,
        "summary": label,
        "agency": label,
        "document": Document("text"),
        "verification": Verification.ILLUSTRATIVE,
        "true_on": date(2026, 1, 1),
        "effective_from": date(2026, 1, 1),
        "effective_to": None,
        "eligibility": parse({"all": ["renting"]}),
        "benefit": Benefit(NoMoney(), Period.ONCE),
        "delivery_mode": DeliveryMode.ONE_CLICK,
    }
    return Policy(**values | changes)


POLICIES: Sequence[Policy] = [policy(f"p-{i}", domain) for i, domain in enumerate(domains_of(Audience.CITIZEN))]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    rng = np.random.default_rng(4)
    age = rng.integers(18, 95, SUBJECTS)
    return pa.table(
        {
            "subject_id": [f"C{i:09d}" for i in range(SUBJECTS)],
            "age_years": age,
            "household_income_per_person_cny_month": rng.lognormal(8.6, 0.6, SUBJECTS),
            "children_under_3_count": rng.integers(0, 2, SUBJECTS),
            "renting": pa.array(rng.random(SUBJECTS) < 0.4, mask=rng.random(SUBJECTS) < 0.1),
            "library_card": rng.random(SUBJECTS) < 0.3,
            "chronic_disease_registered": rng.random(SUBJECTS) < age / 120,
        }
    )


@pytest.fixture(scope="module")
def traits(table: pa.Table) -> pa.Table:
    rng = np.random.default_rng(5)
    return pa.table(
        {
            "subject_id": table["subject_id"],
            "digital_comfort": rng.random(SUBJECTS).astype(np.float32),
            "trust": rng.standard_normal(SUBJECTS, dtype=np.float32),
            "need_sensitivity": rng.standard_normal(SUBJECTS, dtype=np.float32),
        }
    )


@pytest.fixture(scope="module")
def amounts() -> NDArray[np.int64]:
    yuan = np.array([0, 0, 600, 0, 200, 9_000, 0, 300, 15_000, 1_000, 2_000, 0])
    return np.repeat((yuan * 100)[:, None], SUBJECTS, axis=1).astype(np.int64)


@pytest.fixture(scope="module")
def eligible() -> NDArray[np.bool_]:
    return np.random.default_rng(6).random((len(POLICIES), SUBJECTS)) < 0.6


def test_probabilities_are_inside_nought_and_one(table: pa.Table, amounts: NDArray[np.int64], traits: pa.Table) -> None:
    relevance = true_relevance(table, POLICIES, amounts, traits)
    assert relevance.shape == (len(POLICIES), SUBJECTS)
    assert relevance.min() > 0
    assert relevance.max() < 1


def test_a_profile_of_which_nothing_is_known_still_has_probabilities(
    amounts: NDArray[np.int64], traits: pa.Table
) -> None:
    blank = pa.table(
        {"subject_id": ["X1", "X2"], "age_years": pa.nulls(2, pa.int64()), "renting": pa.nulls(2, pa.bool_())}
    )
    relevance = true_relevance(blank, POLICIES, amounts[:, :2], traits)
    assert ((relevance > 0) & (relevance < 1)).all()


def test_the_further_down_the_less_it_is_looked_at() -> None:
    for comfort in (0.0, 0.5, 1.0):
        seen = examined(np.arange(1, 11), np.full(10, comfort))
        assert seen[0] == 1
        assert (np.diff(seen) < 0).all()
    assert examined(np.array([5]), np.array([0.9])) > examined(np.array([5]), np.array([0.1]))


def test_relevance_of_a_pair_does_not_depend_on_who_else_is_asked_about(
    table: pa.Table, amounts: NDArray[np.int64], traits: pa.Table
) -> None:
    whole = true_relevance(table, POLICIES, amounts, traits)
    order = np.random.default_rng(1).permutation(SUBJECTS)[:50]
    part = true_relevance(table.take(pa.array(order)), POLICIES[3:5], amounts[3:5, order], traits)
    np.testing.assert_array_equal(part, whole[3:5][:, order])


def test_circumstances_change_what_is_wanted(table: pa.Table, amounts: NDArray[np.int64], traits: pa.Table) -> None:
    relevance = true_relevance(table, POLICIES, amounts, traits)
    domains = list(domains_of(Audience.CITIZEN))
    toddlers = table["children_under_3_count"].to_numpy() > 0
    childcare = relevance[domains.index(CitizenDomain.CHILDCARE)]
    assert childcare[toddlers].mean() > 1.5 * childcare[~toddlers].mean()
    old = table["age_years"].to_numpy() >= 70
    care = relevance[domains.index(CitizenDomain.ELDERLY_CARE)]
    assert care[old].mean() > 2 * care[~old].mean()


def test_money_moves_the_poor_more_and_effort_deters(table: pa.Table, traits: pa.Table) -> None:
    rich_and_poor = [policy("x", CitizenDomain.HEALTH)]
    nothing, much = (np.full((1, SUBJECTS), fen, dtype=np.int64) for fen in (0, 1_000_000))
    before = true_relevance(table, rich_and_poor, nothing, traits)[0]
    after = true_relevance(table, rich_and_poor, much, traits)[0]
    gain = np.log(after / (1 - after)) - np.log(before / (1 - before))
    income = table["household_income_per_person_cny_month"].to_numpy()
    assert (gain > 0).all()
    assert gain[income < np.quantile(income, 0.2)].mean() > 1.3 * gain[income > np.quantile(income, 0.8)].mean()
    papers = tuple(Material(Label("证明", "certificate")) for _ in range(4))
    hard = [policy("x", CitizenDomain.HEALTH, materials=papers, delivery_mode=DeliveryMode.ASSISTED)]
    assert (true_relevance(table, hard, much, traits)[0] < after).all()


def test_monthly_money_counts_for_the_year(table: pa.Table, traits: pa.Table) -> None:
    amount = np.full((1, SUBJECTS), 10_000, dtype=np.int64)
    once = true_relevance(table, [policy("x", CitizenDomain.HEALTH)], amount, traits)
    monthly = policy("x", CitizenDomain.HEALTH, benefit=Benefit(NoMoney(), Period.MONTH))
    assert (true_relevance(table, [monthly], amount, traits) > once).all()


@pytest.fixture(scope="module")
def simulated(
    table: pa.Table, eligible: NDArray[np.bool_], amounts: NDArray[np.int64], traits: pa.Table
) -> tuple[pa.Table, pa.Table]:
    rng = np.random.default_rng(8)
    return simulate_impressions(table, eligible, amounts, POLICIES, traits, rng, shown_at=SHOWN_AT, slates=2)


def test_only_eligible_policies_are_shown_each_once_and_at_most_five(
    simulated: tuple[pa.Table, pa.Table], table: pa.Table, eligible: NDArray[np.bool_]
) -> None:
    impressions = simulated[0]
    subject = pc.index_in(impressions["subject_id"], value_set=table["subject_id"].combine_chunks()).to_numpy()
    row = {p.id: i for i, p in enumerate(POLICIES)}
    shown = np.array([row[name] for name in impressions["policy_id"].to_pylist()])
    assert eligible[shown, subject].all()
    assert pc.count_distinct(
        pc.binary_join_element_wise(impressions["slate_id"], impressions["policy_id"], " ")
    ).as_py() == (impressions.num_rows)
    assert pc.max(impressions["position"]).as_py() == 5
    expected = 2 * np.minimum(eligible.sum(axis=0), 5).sum()
    assert impressions.num_rows == expected


def test_propensities_sum_to_one_and_are_what_happens(
    simulated: tuple[pa.Table, pa.Table], table: pa.Table, eligible: NDArray[np.bool_]
) -> None:
    impressions = simulated[0]
    subject = pc.index_in(impressions["subject_id"], value_set=table["subject_id"].combine_chunks()).to_numpy()
    propensity = impressions["propensity"].to_numpy()
    # At every position one of the eligible is shown, each with the same probability: these sum to one.
    np.testing.assert_allclose(propensity * eligible.sum(axis=0)[subject], 1.0)
    # Inverse propensity weights recover the number of eligible subjects of each policy, position by position.
    first = impressions["position"].to_numpy() == 1
    names = np.array(impressions["policy_id"].to_pylist())
    for i, one in enumerate(POLICIES):
        estimate = (1 / propensity[first & (names == one.id)]).sum() / 2
        assert estimate == pytest.approx(eligible[i].sum(), rel=0.12)


def test_claims_happen_as_often_as_the_truth_says(simulated: tuple[pa.Table, pa.Table]) -> None:
    impressions, truth = simulated
    claimed, probability = impressions["claimed"].to_numpy(), truth["probability"].to_numpy()
    assert truth["policy_id"].equals(impressions["policy_id"])
    error = np.sqrt((probability * (1 - probability)).sum())
    assert abs(claimed.sum() - probability.sum()) < 5 * error
    np.testing.assert_allclose(probability, truth["examined"].to_numpy() * truth["relevance"].to_numpy(), rtol=1e-5)


def test_impressions_have_the_agreed_columns_and_hold_no_truth(simulated: tuple[pa.Table, pa.Table]) -> None:
    impressions = simulated[0]
    assert impressions.schema.names == [
        "subject_id",
        "audience",
        "policy_id",
        "policy_version",
        "position",
        "propensity",
        "shown_at",
        "claimed",
        "slate_id",
        "amount_fen",
    ]
    assert impressions.schema.field("shown_at").type == pa.timestamp("us", tz="UTC")
    assert impressions.schema.field("claimed").type == pa.int8()
    assert impressions["shown_at"][0].as_py() == SHOWN_AT
    assert pc.unique(impressions["policy_version"]).to_pylist() == [2]


def test_an_unknown_amount_stays_unknown(table: pa.Table, traits: pa.Table) -> None:
    amounts = np.full((1, SUBJECTS), -1, dtype=np.int64)
    everybody = np.ones((1, SUBJECTS), dtype=np.bool_)
    rng = np.random.default_rng(1)
    impressions, _ = simulate_impressions(table, everybody, amounts, [POLICIES[0]], traits, rng, shown_at=SHOWN_AT)
    assert impressions["amount_fen"].null_count == SUBJECTS


def test_nobody_eligible_gives_empty_tables(table: pa.Table, amounts: NDArray[np.int64], traits: pa.Table) -> None:
    nobody = np.zeros((len(POLICIES), SUBJECTS), dtype=np.bool_)
    impressions, truth = simulate_impressions(
        table, nobody, amounts, POLICIES, traits, np.random.default_rng(1), shown_at=SHOWN_AT
    )
    assert impressions.num_rows == truth.num_rows == 0


def test_the_most_popular_order_is_clearly_worse_than_the_best(
    table: pa.Table, eligible: NDArray[np.bool_], amounts: NDArray[np.int64], traits: pa.Table
) -> None:
    relevance = true_relevance(table, POLICIES, amounts, traits)
    popularity = np.where(eligible, relevance, 0).sum(axis=1) / eligible.sum(axis=1)

    def gain(score: NDArray[np.floating[Any]]) -> float:
        order = np.argsort(-np.where(eligible, score, -1), axis=0)[:5]
        shown = np.take_along_axis(np.where(eligible, relevance, 0), order, axis=0)
        return float((shown / np.log2(np.arange(5) + 2)[:, None]).sum())

    assert gain(np.repeat(popularity[:, None], SUBJECTS, axis=1)) < 0.92 * gain(relevance)


def test_pairs_hold_the_relevance_of_everything_eligible(
    table: pa.Table, eligible: NDArray[np.bool_], amounts: NDArray[np.int64], traits: pa.Table
) -> None:
    relevance = true_relevance(table, POLICIES, amounts, traits)
    pairs = pair_truth(table, eligible, POLICIES, relevance)
    assert pairs.num_rows == eligible.sum()
    assert pairs["relevance"].to_numpy().sum() == pytest.approx(relevance[eligible].sum(), rel=1e-4)
