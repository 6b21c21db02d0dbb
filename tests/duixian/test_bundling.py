"""The bundle of one subject: from its verdicts, its claims and the combinations."""

import uuid
from datetime import UTC, date, datetime

import pytest

from catalogue.loader import DEFAULT_ROOT, load_catalogue
from domain.claim import ClaimState
from domain.combination import CapSpan, Combination, CombinationTerms, Exclusion, HighestOnly, JointCap
from domain.facts import Audience, Label, Value
from domain.policy import Document, Verification
from domain.terms import ParameterRef
from duixian.bundling import advise, receipts
from matcher.bundle.best import Bundle, Cause, Received
from matcher.compile import compile_policies
from storage.claims import Claim

DAY = date(2026, 11, 24)
ALLOWANCE, REWARD = "elderly-comprehensive-allowance", "only-child-parent-reward"
ADMISSION = "elderly-culture-admission"


def rule(terms: CombinationTerms) -> Combination:
    return Combination(
        "rule", Audience.CITIZEN, Label("规则", "Rule"), Document("某通知"), Verification.ILLUSTRATIVE, DAY, None, terms
    )


def claim(policy_id: str, period: str, fen: int | None, state: ClaimState = ClaimState.PAID, year: int = 2026) -> Claim:
    at = datetime(year, 3, 1, tzinfo=UTC)
    return Claim(
        uuid.uuid4(), "C1", "citizen", policy_id, 1, period, "auto", "payment", fen, state, 1, 0, None, None, at, at
    )


@pytest.fixture(scope="module")
def program():
    catalogue = load_catalogue(DEFAULT_ROOT)
    parameters = catalogue.parameters_at(DAY)
    policies = catalogue.in_force(Audience.CITIZEN, DAY)
    return compile_policies(policies, catalogue.vocabulary, parameters, Audience.CITIZEN, DAY)


FACTS: dict[str, Value] = {
    "registered_in_shanghai": True,
    "age_years": 72,
    "only_child_parent": True,
    "sex": "male",
    "employment_status": "retired",
}


@pytest.fixture
def advised(program):
    """The bundle of a man of 72: 1,800 yuan a year, 5,000 once, and admissions that are not paid."""

    def bundle(combinations=(), held=()) -> Bundle:
        return advise(program, FACTS, held, combinations, program.parameters)

    return bundle


def paid(bundle: Bundle) -> dict[str, int]:
    return {one.policy_id: one.paid_fen for one in bundle.taken}


def test_what_pays_is_taken_and_what_does_not_is_not_spoken_of(advised):
    bundle = advised()
    assert paid(bundle) == {ALLOWANCE: 180_000, REWARD: 500_000}
    assert bundle.left_out == ()


def test_a_service_that_a_combination_names_is_left_out_as_unknown(advised):
    bundle = advised([rule(HighestOnly((ALLOWANCE, ADMISSION)))])
    assert paid(bundle)[ALLOWANCE] == 180_000
    assert [(one.policy_id, one.cause) for one in bundle.left_out] == [(ADMISSION, Cause.UNKNOWN_AMOUNT)]


def test_combinations_cut_and_exclude(advised):
    assert paid(advised([rule(Exclusion(ALLOWANCE, (REWARD,)))])) == {REWARD: 500_000}
    capped = rule(JointCap((ALLOWANCE, REWARD), ParameterRef("retirement_reward_cny"), CapSpan.LIFE))
    assert sum(paid(advised([capped])).values()) == 500_000


def test_a_single_payment_that_was_made_is_no_option_and_keeps_out_what_it_excludes(advised):
    apart = rule(Exclusion(REWARD, (ALLOWANCE,)))
    bundle = advised([apart], [claim(REWARD, "once", 500_000)])
    assert bundle.taken == ()
    assert [(one.policy_id, one.cause) for one in bundle.left_out] == [(ALLOWANCE, Cause.ALREADY_RECEIVED)]
    assert paid(advised([apart], [claim(REWARD, "once", 500_000, year=2024)])) == {ALLOWANCE: 180_000}


def test_a_claim_under_way_is_still_an_option(advised):
    held = [claim(REWARD, "once", 500_000, ClaimState.CLAIMED)]
    assert paid(advised(held=held)) == {ALLOWANCE: 180_000, REWARD: 500_000}


def test_months_already_paid_are_within_the_year_and_those_of_other_years_count_for_life():
    held = [
        claim("a", "2026-10", 7_500),
        claim("a", "2025-12", 7_000),
        claim("b", "2026", 100),
        claim("b", "2025", 30),
        claim("c", "2026", 5, ClaimState.REFUSED),
        claim("d", "2026", None),
    ]
    assert receipts(held, {"a"}, DAY) == [Received("a", 0, 7_000), Received("b", 100, 130)]
