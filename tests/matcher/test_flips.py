"""The subjects of a city who turn in a range of days, held against each one's own forecast."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.facts import Audience, Value
from domain.policy import DatedValue, Parameter, Policy
from features.cells import ARROW_TYPES
from matcher.outlook.flips import CityForecast
from matcher.outlook.forecast import Passage
from matcher.outlook.timeline import Timeline
from tests.matcher import rules as drawn
from tests.matcher import time_rules as over_time
from tests.matcher.time_rules import always, parameter

ONE_DAY = timedelta(days=1)
Found = set[tuple[str, str, date, str, str]]


def rows_of(seed: int, count: int) -> list[dict[str, Value]]:
    """Profiles whose dates lie near the range's anniversaries, a quarter of each fact unknown."""
    draw = random.Random(seed)
    plain = drawn.many_profiles(seed, count)
    own: Mapping[str, list[Value]] = {
        "years": [0, 1, 2, 3], "months": [0, 3, 12, 24], "left": [1, 2, 6], "twice": [0.5, 1.0], "young": [True, False],
        "children": [0, 1],
    }  # fmt: skip
    near = [date(year, month, day) for year in (2020, 2021, 2022, 2023, 2024) for month in (2, 3, 8) for day in (1, 28)]
    rows = []
    for row in plain:
        dates = {name: draw.choice(near) for name in ("d1", "d2") if draw.random() < 0.5}
        rows.append(row | dates | {name: draw.choice([None, *some]) for name, some in own.items()})
    return rows


def table_of(rows: list[dict[str, Value]]) -> pa.Table:
    ids = pa.array([f"C{n}" for n in range(len(rows))], pa.string())
    columns = {
        name: pa.array([row[name] for row in rows], ARROW_TYPES.get(fact.type, pa.string()))
        for name, fact in over_time.FACTS.items()
    }
    return pa.table({"subject_id": ids, **columns})


def walked(policies: list[Policy], rows: list[dict[str, Value]], timeline: Timeline, first: date, last: date) -> Found:
    """Each subject's own forecast, taken up again on the day of each flip."""
    found: Found = set()
    for number, row in enumerate(rows):
        passage = Passage(timeline, row)
        for policy in policies:
            day = first - ONE_DAY
            while timeline.missing(policy, day) is None:
                flip = passage.forecast(policy, day, last).flip
                if flip is None:
                    break
                found.add((f"C{number}", policy.id, flip.on, flip.before.value, flip.after.value))
                day = flip.on
    return found


def found_by(query: CityForecast, rows: list[dict[str, Value]], size: int) -> list[dict[str, object]]:
    """What the city's query finds, given the rows in blocks of `size`."""
    blocks = table_of(rows).select(query.columns).to_batches(max_chunksize=size)
    parts = query.flips(pa.Table.from_batches([block]) for block in blocks)
    return [flip for part in parts for flip in part.to_pylist()]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(over_time.policies(), min_size=1, max_size=5),
    over_time.parameters(),
    st.sampled_from([date(2024, 2, 26), date(2024, 8, 25), date(2025, 2, 25), date(2024, 12, 28)]),
    st.sampled_from([1, 2, 31, 70]),
    st.integers(0, 2**32),
    st.integers(1, 3),
)
def test_the_city_s_flips_are_those_of_each_subject_s_own_forecast(some, parameters, first, days, seed, pieces):
    policies = [replace(policy, id=f"policy-{number}") for number, policy in enumerate(some)]
    timeline = Timeline(over_time.catalogue(parameters, policies), Audience.CITIZEN)
    last = first + timedelta(days=days - 1)
    rows = rows_of(seed, 60)
    query = CityForecast(timeline, first, last)
    found = found_by(query, rows, 60 // pieces)
    told = {(one["subject_id"], one["policy_id"], one["on"], one["before"], one["after"]) for one in found}
    assert len(told) == len(found)
    assert told == walked(policies, rows, timeline, first, last)


UNKNOWN: dict[str, Value] = dict.fromkeys(over_time.FACTS)


def city_of(policies: list[Policy], first: date, last: date, **law: Parameter) -> CityForecast:
    parameters = {name: always(name, "1") for name in ("p", "q", "rate")} | law
    return CityForecast(Timeline(over_time.catalogue(parameters, policies), Audience.CITIZEN), first, last)


def test_a_new_threshold_turns_those_between_the_old_and_the_new():
    day = date(2024, 5, 1)
    law = parameter("p", DatedValue(date(1900, 1, 1), day - ONE_DAY, Decimal(2)), DatedValue(day, None, Decimal(4)))
    query = city_of([drawn.policy(0, "i1 >= param.p")], day - 5 * ONE_DAY, day + 5 * ONE_DAY, p=law)
    rows = [UNKNOWN | {"i1": number} for number in (1, 3, 5)]
    [flip] = found_by(query, rows, 2)
    assert (flip["subject_id"], flip["on"], flip["before"], flip["after"]) == ("C1", day, "eligible", "ineligible")


def test_a_policy_that_ends_turns_all_who_were_eligible_or_might_have_been():
    ends = date(2024, 5, 1)
    query = city_of([replace(drawn.policy(0, "i1 >= 3"), effective_to=ends)], ends, ends + ONE_DAY)
    found = found_by(query, [UNKNOWN | {"i1": number} for number in (1, 3, None)], 3)
    assert [(flip["subject_id"], flip["on"], flip["before"]) for flip in found] == [
        ("C1", ends + ONE_DAY, "eligible"), ("C2", ends + ONE_DAY, "unknown"),
    ]  # fmt: skip


def test_a_policy_whose_parameter_runs_out_is_named_and_not_taken_for_a_no():
    day = date(2024, 5, 1)
    law = parameter("p", DatedValue(date(1900, 1, 1), day, Decimal(2)))
    query = city_of([drawn.policy(0, "i1 >= param.p")], day - ONE_DAY, day + 5 * ONE_DAY, p=law)
    assert query.ended == {"policy-0": (day + ONE_DAY, "p")}
    assert found_by(query, [UNKNOWN | {"i1": 3}], 1) == []


def test_a_policy_without_its_parameter_all_the_time_is_not_judged_beside_one_that_moves():
    day = date(2024, 5, 1)
    law = parameter("p", DatedValue(date(1900, 1, 1), date(2020, 1, 1), Decimal(2)))
    policies = [drawn.policy(0, "years_since(d1) >= param.p"), drawn.policy(1, "years_since(d1) >= 1")]
    query = city_of(policies, day, day, p=law)
    assert query.ended == {"policy-0": (day - ONE_DAY, "p")}
    assert [flip["policy_id"] for flip in found_by(query, [UNKNOWN | {"d1": date(2023, 5, 1)}], 1)] == ["policy-1"]


def test_a_quantity_of_two_dates_turns_with_either():
    query = city_of([drawn.policy(0, "months_since(d1) - months_since(d2) >= 2")], date(2024, 3, 1), date(2024, 3, 31))
    rows = [UNKNOWN | {"d1": date(2023, 1, 10), "d2": date(2023, 3, day)} for day in (5, 10, 20)]
    assert [(flip["subject_id"], flip["on"], flip["after"]) for flip in found_by(query, rows, 3)] == [
        ("C0", date(2024, 3, 5), "ineligible"), ("C0", date(2024, 3, 10), "eligible"),
    ]  # fmt: skip


def test_dates_that_lie_far_ahead_are_counted_to_as_well():
    far = date(2850, 2, 28)
    query = city_of([drawn.policy(0, "years_until(d1) >= 800")], date(2050, 2, 27), date(2050, 3, 1))
    [flip] = found_by(query, [UNKNOWN | {"d1": far}, UNKNOWN | {"d1": far + ONE_DAY}, UNKNOWN], 3)
    assert (flip["subject_id"], flip["on"], flip["after"]) == ("C0", date(2050, 3, 1), "ineligible")


def test_a_range_that_is_given_up_gives_nothing_more():
    query = city_of([drawn.policy(0, "years_since(d1) >= 1")], date(2024, 3, 1), date(2024, 3, 1))
    rows = [UNKNOWN | {"d1": date(2023, 3, 1)}] * 6
    told: list[int] = []

    def stop(done: int, _: int | None) -> None:
        told.append(done)
        raise KeyboardInterrupt

    blocks = (pa.Table.from_batches([one]) for one in table_of(rows).to_batches(max_chunksize=2))
    with pytest.raises(KeyboardInterrupt):
        list(query.flips(blocks, stop))
    assert told == [2]
    assert next(blocks).num_rows == 2
