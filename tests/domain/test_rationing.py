from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.benefit import Period
from domain.budget import Budget, FirstCome, Lottery, NeedOrder
from domain.facts import Label
from domain.grammar import parse_term
from domain.rationing import Allotment, Applicant, Place, entrants_digest, lot, ration

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CLOSES = date(2026, 3, 31)
AFTER = date(2026, 4, 1)
FIRST_COME = Budget(None, None, places=2)
NEED = replace(FIRST_COME, rationing=NeedOrder(parse_term("household_income_per_person_cny_month"), True, CLOSES))
LOTS = replace(FIRST_COME, rationing=Lottery(Label("开奖号码", "The winning numbers"), CLOSES))


def applicant(name: str, minutes: int = 0, amount_fen: int | None = 100_00, need: float | None = None) -> Applicant:
    return Applicant(name, NOON + timedelta(minutes=minutes), amount_fen, need)


def allotments(places: list[Place]) -> dict[str, Allotment]:
    return {one.claim_id: one.allotment for one in places}


def test_who_comes_first_is_served_and_the_others_keep_their_places() -> None:
    places = ration(FIRST_COME, [applicant("c", 2), applicant("a", 0), applicant("b", 1)], AFTER)

    assert [(one.claim_id, one.position) for one in places] == [("a", 1), ("b", 2), ("c", 3)]
    assert [one.allotment for one in places] == [Allotment.GRANTED, Allotment.GRANTED, Allotment.WAITING]


def test_what_is_granted_already_counts() -> None:
    places = ration(FIRST_COME, [applicant("a"), applicant("b", 1)], AFTER, committed_places=1)

    assert allotments(places) == {"a": Allotment.GRANTED, "b": Allotment.WAITING}


def test_nobody_overtakes_one_who_is_more_expensive() -> None:
    budget = Budget(250_00, None)
    crowd = [applicant("a"), applicant("b", 1, 200_00), applicant("c", 2)]

    assert allotments(ration(budget, crowd, AFTER)) == {
        "a": Allotment.GRANTED,
        "b": Allotment.WAITING,
        "c": Allotment.WAITING,
    }


def test_the_last_fen_is_given_and_not_one_more() -> None:
    crowd = [applicant("a"), applicant("b", 1)]

    assert allotments(ration(Budget(200_00, None), crowd, AFTER))["b"] is Allotment.GRANTED
    assert allotments(ration(Budget(199_99, None), crowd, AFTER))["b"] is Allotment.WAITING


def test_an_amount_that_is_not_known_holds_up_nobody_and_keeps_its_place() -> None:
    places = ration(FIRST_COME, [applicant("a", 0, None), applicant("b", 1), applicant("c", 2)], AFTER)

    assert allotments(places) == {"a": Allotment.INCOMPLETE, "b": Allotment.GRANTED, "c": Allotment.GRANTED}


def test_without_a_waiting_list_the_room_is_used_up() -> None:
    places = ration(replace(FIRST_COME, waiting_list=False, places=1), [applicant("a"), applicant("b", 1)], AFTER)

    assert allotments(places)["b"] is Allotment.USED_UP


def test_need_decides_after_the_close_and_not_before() -> None:
    crowd = [applicant("rich", 0, need=9000), applicant("poor", 1, need=900), applicant("middling", 2, need=4000)]

    assert set(allotments(ration(NEED, crowd, CLOSES)).values()) == {Allotment.OPEN}
    assert [one.claim_id for one in ration(NEED, crowd, AFTER)] == ["poor", "middling", "rich"]
    assert allotments(ration(NEED, crowd, AFTER))["rich"] is Allotment.WAITING


def test_the_largest_need_can_go_first() -> None:
    order = NeedOrder(parse_term("household_size"), False, CLOSES)
    crowd = [applicant("small", 0, need=1), applicant("large", 1, need=6)]

    assert [one.claim_id for one in ration(replace(NEED, rationing=order), crowd, AFTER)] == ["large", "small"]


def test_a_need_that_is_not_known_is_not_a_small_one() -> None:
    places = ration(NEED, [applicant("a", 0), applicant("b", 1, need=5000)], AFTER)

    assert allotments(places) == {"b": Allotment.GRANTED, "a": Allotment.INCOMPLETE}


def test_who_claims_after_the_close_comes_behind_all_others() -> None:
    late = Applicant("late", datetime(2026, 3, 31, 16, 0, tzinfo=UTC), 100_00, need=1)  # midnight in Shanghai
    crowd = [late, applicant("a", 0, need=900), applicant("b", 1, need=1000)]

    assert [one.claim_id for one in ration(NEED, crowd, AFTER)] == ["a", "b", "late"]
    assert [one.claim_id for one in ration(LOTS, crowd, AFTER, seed="05 11 17")][-1] == "late"


def test_lots_wait_for_their_seed_and_can_be_checked_by_anybody() -> None:
    crowd = [applicant(name) for name in "abcdef"]

    assert set(allotments(ration(LOTS, crowd, AFTER)).values()) == {Allotment.OPEN}
    drawn = ration(LOTS, crowd, AFTER, seed="05 11 17")
    assert [one.claim_id for one in drawn] == sorted("abcdef", key=lambda name: lot("05 11 17", name))
    assert drawn == ration(LOTS, list(reversed(crowd)), AFTER, seed="05 11 17")
    assert drawn != ration(LOTS, crowd, AFTER, seed="05 11 18")


def test_lots_favour_nobody() -> None:
    crowd = [applicant(f"C{number:09d}") for number in range(20)]
    first = [ration(LOTS, crowd, AFTER, seed=str(seed))[0].claim_id for seed in range(2000)]

    assert max(first.count(name) for name in set(first)) < 150  # 100 expected, five standard errors above
    assert len(set(first)) == 20


def test_the_entrants_are_vouched_for_whatever_their_order() -> None:
    assert entrants_digest(["b", "a"]) == entrants_digest(["a", "b"]) != entrants_digest(["a", "b", "c"])


applicants = st.lists(
    st.builds(
        Applicant,
        st.text("abcdefgh", min_size=1, max_size=6),
        st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
        st.none() | st.integers(0, 500),
        st.none() | st.floats(-1e6, 1e6),
    ),
    unique_by=lambda one: one.claim_id,
    max_size=12,
)
budgets = st.builds(
    Budget,
    st.none() | st.integers(0, 1500),
    st.none(),
    st.none() | st.integers(0, 8),
    rationing=st.sampled_from([FirstCome(), NEED.rationing, LOTS.rationing]),
    waiting_list=st.booleans(),
)


@given(budget=budgets, crowd=applicants, committed=st.integers(0, 800), taken=st.integers(0, 5))
def test_whatever_the_rule_neither_money_nor_places_are_given_twice_and_the_order_holds(
    budget: Budget, crowd: list[Applicant], committed: int, taken: int
) -> None:
    places = ration(budget, crowd, AFTER, committed_fen=committed, committed_places=taken, seed="05 11 17")
    amounts = {one.claim_id: one.amount_fen for one in crowd}
    granted = [one for one in places if one.allotment is Allotment.GRANTED]

    assert sorted(one.claim_id for one in places) == sorted(amounts)
    assert [one.position for one in places] == list(range(1, len(places) + 1))
    if granted and budget.cap_fen is not None:
        assert committed + sum(amounts[one.claim_id] or 0 for one in granted) <= budget.cap_fen
    if granted and budget.places is not None:
        assert taken + len(granted) <= budget.places
    refused = [one.position for one in places if one.allotment in (Allotment.WAITING, Allotment.USED_UP)]
    assert all(one.position < min(refused, default=99) for one in granted)


@pytest.mark.parametrize(
    ("period", "window"),
    [
        (Period.YEAR, (date(2026, 1, 1), date(2026, 12, 31))),
        (Period.MONTH, (date(2026, 12, 1), date(2026, 12, 31))),
        (Period.ONCE, (date.min, date.max)),
    ],
)
def test_a_budget_is_for_its_period(period: Period, window: tuple[date, date]) -> None:
    assert Budget(1, None, period=period).window(date(2026, 12, 5)) == window


def test_a_budget_of_one_year_is_for_no_other() -> None:
    assert Budget(1, 2026).window(date(2027, 1, 1)) is None
