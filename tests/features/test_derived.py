from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from catalogue.loader import load_catalogue
from domain.facts import Audience, FactType, Value, Vocabulary
from features.calendar import completed_months
from features.cells import ARROW_TYPES
from features.derived import DERIVATIONS, SMALL_LOW_PROFIT_LIMITS, Moment, derive_columns, derive_values
from features.household import HOUSEHOLD_FACTS, household_date, household_facts

LAW = {
    "small_low_profit_income_cny_year": Decimal(3_000_000),
    "small_low_profit_employees_persons": Decimal(300),
    "small_low_profit_assets_cny": Decimal(50_000_000),
}


@cache
def _vocabulary() -> Vocabulary:
    return load_catalogue().vocabulary


DAYS = st.dates(date(1890, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("born", "as_of", "years"),
    [
        (date(1961, 11, 24), date(2026, 11, 24), 65),
        (date(1961, 11, 25), date(2026, 11, 24), 64),
        (date(2004, 2, 29), date(2022, 2, 27), 17),
        (date(2004, 2, 29), date(2022, 2, 28), 18),  # no such day in 2022: the month's last day completes it
        (date(2004, 2, 29), date(2024, 2, 28), 19),
        (date(2004, 2, 29), date(2024, 2, 29), 20),
        (date(2026, 11, 24), date(2026, 11, 24), 0),
        (date(2026, 11, 25), date(2026, 11, 24), None),
    ],
)
def test_a_year_of_age_is_complete_on_the_birthday(
    vocabulary: Vocabulary, born: date, as_of: date, years: int | None
) -> None:
    facts = vocabulary.of(Audience.CITIZEN)
    assert derive_values(Audience.CITIZEN, {"birth_date": born}, Moment(as_of, {}), facts)["age_years"] == years


@given(DAYS, DAYS)
def test_months_are_those_of_a_calendar(start: date, end: date) -> None:
    if start > end:
        assert completed_months(start, end) is None
        return
    months = completed_months(start, end)
    assert months is not None
    assert start + relativedelta(months=months) <= end < start + relativedelta(months=months + 1)


def values_of(vocabulary: Vocabulary, audience: Audience) -> st.SearchStrategy[dict[str, Value]]:
    """A subject's values of every fact that a derivation rests on: unknowns and the boundaries of law too."""
    numbers = st.one_of(
        st.sampled_from([0, 1, 300, 301, 3_000_000, 3_000_001, 50_000_000, 50_000_001]), st.integers(0, 10**9)
    )
    kinds: dict[FactType, st.SearchStrategy[Any]] = {
        FactType.DATE: DAYS,
        FactType.BOOLEAN: st.booleans(),
        FactType.INTEGER: numbers,
        FactType.NUMBER: numbers.map(float),
        FactType.CATEGORY: st.nothing(),
    }
    sources = {source for one in DERIVATIONS[audience].values() for source in one.sources}
    return st.fixed_dictionaries(
        {name: st.none() | kinds[vocabulary.fact(audience, name).type] for name in sorted(sources)}
    )


@pytest.mark.parametrize("audience", list(Audience))
@given(data=st.data(), as_of=DAYS, law=st.sampled_from([LAW, {}, dict([*LAW.items()][:2])]))
def test_a_table_and_one_subject_are_derived_alike(
    audience: Audience, data: st.DataObject, as_of: date, law: Mapping[str, Decimal]
) -> None:
    vocabulary = _vocabulary()  # no argument: hypothesis would print all of it with a failure
    facts = vocabulary.of(audience)
    rows = data.draw(st.lists(values_of(vocabulary, audience), min_size=1, max_size=8))
    columns = {name: pa.array([row[name] for row in rows], ARROW_TYPES[facts[name].type]) for name in rows[0]}
    found = derive_columns(audience, columns, Moment(as_of, law), facts)
    for i, row in enumerate(rows):
        expected = derive_values(audience, row, Moment(as_of, law), facts)
        assert {name: column[i].as_py() for name, column in found.items()} == expected
        for name, value in expected.items():
            facts[name].check(value)


def small(income: float | None, employees: int | None, assets: float | None, restricted: bool | None) -> Value:
    vocabulary = _vocabulary()
    values: dict[str, Value] = dict(
        zip(
            DERIVATIONS[Audience.ENTERPRISE]["small_low_profit"].sources,
            (income, employees, assets, restricted),
            strict=True,
        )
    )
    moment = Moment(date(2026, 11, 24), LAW)
    return derive_values(Audience.ENTERPRISE, values, moment, vocabulary.of(Audience.ENTERPRISE))["small_low_profit"]


def test_a_small_low_profit_enterprise_is_three_valued() -> None:
    assert small(3e6, 300, 5e7, False) is True
    assert small(3e6 + 1, 300, 5e7, False) is False
    assert small(3e6, 300, 5e7, True) is False
    assert small(None, 300, 5e7, False) is None
    # One condition that fails settles it, whatever else is unknown.
    assert small(None, 301, None, None) is False


def test_the_thresholds_of_law_are_in_the_catalogue() -> None:
    parameters = load_catalogue().parameters_at(date(2026, 11, 24))
    assert {name: parameters[name] for _, name in SMALL_LOW_PROFIT_LIMITS} == LAW


def test_a_share_of_nothing_and_a_share_above_the_whole_are_unknown(vocabulary: Vocabulary) -> None:
    facts = vocabulary.of(Audience.ENTERPRISE)
    columns = {
        name: pa.array([0, 5, 1, None], pa.int64())
        if name == "rd_staff_count"
        else pa.nulls(4, ARROW_TYPES[facts[name].type])
        for one in DERIVATIONS[Audience.ENTERPRISE].values()
        for name in one.sources
    }
    columns["employees_count"] = pa.array([0, 4, 4, 4], pa.int64())
    found = derive_columns(Audience.ENTERPRISE, columns, Moment(date(2026, 1, 1), {}), facts)
    assert found["rd_staff_share_percent"].to_pylist() == [None, None, 25.0, None]


def test_every_derived_fact_of_the_vocabulary_has_its_derivation(vocabulary: Vocabulary) -> None:
    for audience in Audience:
        derived = {name: fact for name, fact in vocabulary.of(audience).items() if fact.derived}
        household = HOUSEHOLD_FACTS if audience is Audience.CITIZEN else set()
        assert set(derived) == set(DERIVATIONS[audience]) | household
        for name, derivation in DERIVATIONS[audience].items():
            assert set(derived[name].derived_from) == set(derivation.sources), name


@given(
    st.lists(
        st.tuples(st.none() | st.sampled_from("abc"), st.none() | st.integers(0, 100), st.none() | DAYS), max_size=12
    )
)
def test_household_facts_are_those_of_the_members_one_by_one(
    persons: list[tuple[str | None, int | None, date | None]],
) -> None:
    ids = pa.array([one[0] for one in persons], pa.string())
    found = household_facts(ids, pa.array([one[1] for one in persons], pa.int64()))
    days = household_date(ids, pa.array([one[2] for one in persons], pa.date32())).to_pylist()
    for i, (home, _, _) in enumerate(persons):
        members = [one for one in persons if home is not None and one[0] == home]
        ages = [age for _, age, _ in members]
        known = [age for age in ages if age is not None]

        def count(low: int, high: int, known: list[int] = known, ages: list[int | None] = ages) -> int | None:
            return sum(low <= age < high for age in known) if ages and None not in ages else None

        assert found["household_size"][i].as_py() == (len(members) or None)
        assert found["lives_alone"][i].as_py() == (len(members) == 1 if members else None)
        assert found["children_under_3_count"][i].as_py() == count(0, 3)
        assert found["children_under_18_count"][i].as_py() == count(0, 18)
        assert found["elders_over_60_count"][i].as_py() == count(60, 1000)
        assert days[i] == min((day for _, _, day in members if day), default=None)
