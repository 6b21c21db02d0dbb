"""Derived facts over columns, and after an event for one subject: both as domain/derived.py says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.loader import load_catalogue
from domain.derivation import Aggregate, FromRule, FromTerm, OfHousehold, fact_sources, link_id
from domain.derived import household_value, in_order, own_value
from domain.facts import Audience, FactDefinition, FactType, Value, Vocabulary
from domain.grammar import parse_term
from domain.rules import parse
from features.cells import ARROW_TYPES
from features.derived import follow, household_column, own_column
from features.household import Households
from features.terms import Setting
from tests.matcher.rules import FACTS, PARAMETERS, as_of_days, many_profiles, periods, quantities, rules, table

LAW = {
    "small_low_profit_income_cny_year": Decimal(3_000_000),
    "small_low_profit_employees_persons": Decimal(300),
    "small_low_profit_assets_cny": Decimal(50_000_000),
}
DAYS = st.dates(date(1890, 1, 1), date(2030, 12, 31))


@cache
def _vocabulary() -> Vocabulary:
    return load_catalogue().vocabulary


def fact(name: str, kind: FactType, low: float | None = None, high: float | None = None) -> FactDefinition:
    return replace(FACTS["i1"], name=name, type=kind, register="derived", minimum=low, maximum=high)


def columns_of(rows: list[dict[str, Value]]) -> dict[str, pa.ChunkedArray]:
    population = table(rows)
    return dict(zip(population.column_names, population.columns, strict=True))


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
        (date(1890, 11, 24), date(2026, 11, 24), None),  # nobody is 136: the date is wrong
    ],
)
def test_a_year_of_age_is_complete_on_the_birthday(
    vocabulary: Vocabulary, born: date, as_of: date, years: int | None
) -> None:
    facts = vocabulary.of(Audience.CITIZEN)
    assert own_value(facts["age_years"], {"birth_date": born}, {}, as_of) == years


@settings(max_examples=200)
@given(
    st.sampled_from([FactType.NUMBER, FactType.INTEGER]).flatmap(
        lambda kind: st.tuples(st.just(kind), periods() if kind is FactType.INTEGER else quantities | periods())
    ),
    st.none() | st.integers(-5, 5),
    st.none() | st.integers(-5, 500),
    st.sampled_from([PARAMETERS, {}]),
    as_of_days,
    st.integers(0, 2**32),
)
def test_a_quantity_over_columns_is_that_of_each_subject(
    declared: tuple[FactType, str],
    low: int | None,
    high: int | None,
    law: Mapping[str, Decimal],
    as_of: date,
    seed: int,
) -> None:
    kind, text = declared
    derived = replace(fact("x", kind, low, high), derivation=FromTerm(text, parse_term(text)))
    rows = many_profiles(seed, 20)
    found = own_column(derived, columns_of(rows), Setting(FACTS, law, as_of))
    assert found.type == ARROW_TYPES[kind]
    assert found.to_pylist() == [own_value(derived, row, law, as_of) for row in rows]


@settings(max_examples=100)
@given(rules, st.sampled_from([PARAMETERS, {}]), as_of_days, st.integers(0, 2**32))
def test_a_rule_over_columns_is_that_of_each_subject(
    rule: object, law: Mapping[str, Decimal], as_of: date, seed: int
) -> None:
    derived = replace(fact("x", FactType.BOOLEAN), derivation=FromRule(parse(rule)))
    rows = many_profiles(seed, 20)
    found = own_column(derived, columns_of(rows), Setting(FACTS, law, as_of)).to_pylist()
    assert found == [own_value(derived, row, law, as_of) for row in rows]


@settings(max_examples=200)
@given(
    st.sampled_from(Aggregate),
    rules,
    st.sampled_from([PARAMETERS, {}]),
    st.none() | st.integers(0, 3),
    st.lists(st.none() | st.sampled_from("abcd"), min_size=12, max_size=12),
    as_of_days,
    st.integers(0, 2**32),
)
def test_a_household_over_columns_is_that_of_its_members(
    aggregate: Aggregate,
    rule: object,
    law: Mapping[str, Decimal],
    most: int | None,
    homes: list[str | None],
    as_of: date,
    seed: int,
) -> None:
    asked = OfHousehold(aggregate, None if aggregate is Aggregate.SIZE else parse(rule))
    counts = aggregate in (Aggregate.SIZE, Aggregate.COUNT)
    derived = replace(fact("x", FactType.INTEGER if counts else FactType.BOOLEAN, high=most), derivation=asked)
    rows = many_profiles(seed, len(homes))
    households = Households.of(pa.array(homes, pa.string()))
    found = household_column(derived, households, columns_of(rows), Setting(FACTS, law, as_of))
    assert found.type == ARROW_TYPES[derived.type]
    expected = []
    for home in homes:
        members = [row for row, other in zip(rows, homes, strict=True) if home is not None and other == home]
        expected.append(household_value(derived, members, law, as_of))
    assert found.to_pylist() == expected


@given(st.lists(st.tuples(st.none() | st.sampled_from("abc"), st.none() | DAYS), max_size=12))
def test_a_household_is_as_old_as_its_oldest_row(persons: list[tuple[str | None, date | None]]) -> None:
    ids = pa.array([home for home, _ in persons], pa.string())
    found = Households.of(ids).oldest(pa.array([day for _, day in persons], pa.date32())).to_pylist()
    for i, (home, _) in enumerate(persons):
        days = [day for other, day in persons if home is not None and other == home and day]
        assert found[i] == min(days, default=None)


def values_of(audience: Audience) -> st.SearchStrategy[dict[str, Value]]:
    """A subject's values of all facts that derived ones rest on: unknowns and the boundaries of law too."""
    numbers = st.one_of(
        st.sampled_from([0, 1, 4, 300, 301, 3_000_000, 3_000_001, 50_000_000, 50_000_001]), st.integers(0, 10**9)
    )
    kinds: dict[FactType, st.SearchStrategy[Any]] = {
        FactType.DATE: DAYS,
        FactType.BOOLEAN: st.booleans(),
        FactType.INTEGER: numbers,
        FactType.NUMBER: numbers.map(float),
    }
    facts = _vocabulary().of(audience)
    sources = {name for one in in_order(facts) if one.derivation for name in fact_sources(one.derivation)}
    return st.fixed_dictionaries({name: st.none() | kinds[facts[name].type] for name in sorted(sources)})


@pytest.mark.parametrize("audience", list(Audience))
@given(data=st.data(), as_of=DAYS, law=st.sampled_from([LAW, {}, dict([*LAW.items()][:2])]))
def test_the_vocabularys_own_derived_facts_are_alike_in_columns_and_after_events(
    audience: Audience, data: st.DataObject, as_of: date, law: Mapping[str, Decimal]
) -> None:
    facts = _vocabulary().of(audience)
    setting = Setting(facts, law, as_of)
    rows = data.draw(st.lists(values_of(audience), min_size=1, max_size=8))
    columns = {name: pa.array([row[name] for row in rows], ARROW_TYPES[facts[name].type]) for name in rows[0]}
    followed = [follow(row, [name for name in row if not facts[name].derived], (), setting) for row in rows]
    for one in in_order(facts):
        if one.derivation is None or link_id(one.derivation) or link_id_below(one, facts):
            continue
        columns[one.name] = own_column(one, columns, setting)
        values = columns[one.name].to_pylist()
        assert values == [row[one.name] for row in followed]
        for value in values:
            one.check(value)


def link_id_below(one: FactDefinition, facts: Mapping[str, FactDefinition]) -> bool:
    """Whether a fact rests on one of the household's or of a linked subject."""
    below = [facts[name] for name in one.derived_from if name in facts and facts[name].derived]
    return any((other.derivation and link_id(other.derivation)) or link_id_below(other, facts) for other in below)


def small(income: float | None, employees: int | None, assets: float | None, restricted: bool | None) -> Value:
    facts = _vocabulary().of(Audience.ENTERPRISE)
    values: dict[str, Value] = {
        "taxable_income_cny_year": income,
        "employees_count": employees,
        "total_assets_cny": assets,
        "restricted_industry": restricted,
    }
    return own_value(facts["small_low_profit"], values, LAW, date(2026, 11, 24))


def test_a_small_low_profit_enterprise_is_three_valued() -> None:
    assert small(3e6, 300, 5e7, False) is True
    assert small(3e6 + 1, 300, 5e7, False) is False
    assert small(3e6, 300, 5e7, True) is False
    assert small(None, 300, 5e7, False) is None
    # One condition that fails settles it, whatever else is unknown.
    assert small(None, 301, None, None) is False


def test_the_thresholds_of_law_are_in_the_catalogue() -> None:
    parameters = load_catalogue().parameters_at(date(2026, 11, 24))
    assert {name: parameters[name] for name in LAW} == LAW


def test_a_share_of_nothing_and_a_share_above_the_whole_are_unknown(vocabulary: Vocabulary) -> None:
    facts = vocabulary.of(Audience.ENTERPRISE)
    columns = {
        "rd_staff_count": pa.array([0, 5, 1, None], pa.int64()),
        "employees_count": pa.array([0, 4, 4, 4], pa.int64()),
    }
    found = own_column(facts["rd_staff_share_percent"], columns, Setting(facts, {}, date(2026, 1, 1)))
    assert found.to_pylist() == [None, None, 25.0, None]


def test_an_event_moves_what_rests_on_it_and_what_rests_on_that(vocabulary: Vocabulary) -> None:
    facts = vocabulary.of(Audience.CITIZEN)
    setting = Setting(facts, {}, date(2026, 11, 24))
    assert follow({"household_size": 1}, ["household_size"], (), setting) == {"lives_alone": True}
    assert follow({"birth_date": date(2000, 1, 1)}, ["birth_date"], (), setting) == {"age_years": 26}
    # Whom a register says to be 26 stays so when the birth date is no longer known.
    assert follow({"birth_date": None, "age_years": 26}, ["birth_date"], ["age_years"], setting) == {}
    assert follow({"birth_date": None}, ["birth_date"], (), setting) == {"age_years": None}


def test_an_event_moves_derived_facts_that_rest_on_derived_facts() -> None:
    first = replace(fact("first", FactType.INTEGER), derivation=FromTerm("i1 + 1", parse_term("i1 + 1")))
    second = replace(fact("second", FactType.INTEGER), derivation=FromTerm("first * 2", parse_term("first * 2")))
    facts = {
        "second": replace(second, derived_from=("first",)),
        **FACTS,
        "first": replace(first, derived_from=("i1",)),
    }
    setting = Setting(facts, {}, date(2026, 11, 24))
    assert follow({"i1": 3, "first": 1, "second": 2}, ["i1"], (), setting) == {"first": 4, "second": 8}
    # What is known of the first otherwise is not worked out, but what follows from it is.
    assert follow({"i1": None, "first": 5}, ["i1", "first"], (), setting) == {"second": 10}
