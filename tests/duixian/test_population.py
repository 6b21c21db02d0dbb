"""The living population: the figures of measuring, from wide tables that come and go, for many threads at a time."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from catalogue.lint.findings import FactStatistics
from domain.derivation import FromTerm
from domain.errors import CityMissing, WideTableStale
from domain.facts import DERIVED_REGISTER, Audience, Value
from domain.grammar import parse_term
from domain.rules import parse
from duixian import living_table
from duixian.living_table import TRIED_COLUMNS
from duixian.population import LivingPopulation
from features import wide
from storage import claims, consents, policies
from tests.matcher.rules import DAY, PARAMETERS, policy
from tests.storage.test_statements import claim_of
from tests.workbench.living import Living, people, table_of, words_with
from workbench.counting import count_rule
from workbench.measuring import Side, measure

CITIZEN = Audience.CITIZEN
NOW = datetime(2024, 2, 27, 4, tzinfo=UTC)
WORDS = words_with(policies=[policy(1, {"all": ["i1 >= 2", "b1"]})])
DERIVED = replace(
    WORDS.vocabulary.fact(CITIZEN, "n1"),
    name="twice",
    register=DERIVED_REGISTER,
    derived_from=("n2",),
    derivation=FromTerm("n2 * param.q", parse_term("n2 * param.q")),
)


def worded(*facts, parameters=PARAMETERS):
    """The words with derived facts besides."""
    held = {**WORDS.vocabulary.of(CITIZEN), **{fact.name: fact for fact in facts}}
    vocabulary = replace(WORDS.vocabulary, facts={CITIZEN: held, Audience.ENTERPRISE: {}})
    return replace(words_with(parameters), vocabulary=vocabulary)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def write(home: Path) -> Callable[..., Path]:
    """Write rows as the wide table of that name and day."""

    def write(name: str, rows: Sequence[Mapping[str, Value]], day: date = DAY, **more: object) -> Path:
        about = {
            "audience": "citizen",
            "as_of": str(day),
            "created_at": f"{day}T00:00:00+08:00",
            "imports": {},
            "parameters": {key: str(value) for key, value in PARAMETERS.items()},
            **more,
        }
        path = home / "wide" / "citizen" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table_of(rows).replace_schema_metadata({b"duixian": json.dumps(about)}), path)
        return path

    return write


@pytest.fixture
def population(home, begin) -> LivingPopulation:
    return LivingPopulation(home, begin, lambda: WORDS)


def test_the_figures_are_those_of_the_table_with_whom_the_database_leaves_out(population, write, begin, monkeypatch):
    rows = people(1, 200)
    write("one", rows)
    draft, served = policy(1, {"all": ["i1 >= 1", "b1"]}), WORDS.policies[0]
    eligible = [str(row["subject_id"]) for row in rows if row["i1"] == 1 and row["b1"] is True]
    assert len(eligible) > 3
    with begin() as connection:
        consents.set_consent(connection, eligible[0], granted=False, now=NOW)
        consents.set_consent(connection, eligible[1], granted=True, now=NOW)
        published = replace(draft, id="policy-1", source="id: policy-1")
        policies.publish(connection, [published], NOW)
        claims.begin(connection, [claim_of(eligible[2], NOW, policy_id="policy-1", period="once")])
    wanted = measure(Side(served, WORDS), Side(draft, WORDS), Living(rows, {eligible[0], eligible[2]}, "one"), DAY)
    for few in (living_table.FEW, 2):
        monkeypatch.setattr(living_table, "FEW", few)
        assert population.impact(draft, served, WORDS, DAY) == wanted
    assert wanted.messages == wanted.gain - 2


def test_the_served_policy_is_read_with_what_serves_and_the_draft_with_its_own_words(population, write):
    rows = people(2, 120)
    write("one", rows)
    rule, other = policy(1, "n1 >= param.p"), words_with({**PARAMETERS, "p": Decimal("0.3")})
    found = population.impact(rule, rule, other, DAY)
    assert found == measure(Side(rule, WORDS), Side(rule, other), Living(rows, snapshot_id="one"), DAY)
    assert found.gain > 0


def test_a_newer_table_is_followed_and_a_backfill_is_not(population, write):
    with pytest.raises(CityMissing):
        population.count(CITIZEN, parse("b1"), WORDS, DAY)
    write("one", people(3, 50))
    assert population.count(CITIZEN, parse("b1"), WORDS, DAY).subjects == 50
    write("backfill", people(3, 10), date(2024, 1, 1))
    assert population.count(CITIZEN, parse("b1"), WORDS, DAY).subjects == 50
    later = write("later", people(3, 80), date(2024, 2, 28))
    assert population.impact(policy(1, "b1"), None, WORDS, DAY).subjects == 80
    later.unlink()
    assert population.count(CITIZEN, parse("b1"), WORDS, DAY).subjects == 50
    assert population.snapshot_id(CITIZEN) == "one"


def test_many_threads_get_what_each_would_get_alone(population, write):
    rows = people(4, 300)
    write("one", rows)
    asked = [f"n1 >= {number / 10}" for number in range(-30, 30)] + ["i1 < 3", "i1 / i2 >= 1", "c1 == x"]
    wanted = [count_rule(CITIZEN, parse(rule), WORDS, Living(rows), DAY) for rule in asked]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda rule: population.count(CITIZEN, parse(rule), WORDS, DAY), asked * 2))
    assert [(one.eligible, one.unknown, one.ineligible) for one in found] == wanted * 2


def test_what_is_tried_out_is_kept_in_memory_alone_and_bounded(population, write, home, monkeypatch):
    rows = people(5, 40)
    write("one", rows)
    population.prepare(CITIZEN, DAY)
    [kept] = (home / "coded" / "citizen").iterdir()
    before = kept.read_bytes()
    read: list[str] = []
    plain = wide.read

    def noted(path, columns=None, subjects=None):
        read.extend(columns or [])
        return plain(path, columns, subjects)

    monkeypatch.setattr(wide, "read", noted)
    population.count(CITIZEN, parse({"all": ["i1 >= 2", "b1"]}), WORDS, DAY)
    assert read == []  # coded on disk
    for _ in range(2):
        population.count(CITIZEN, parse("n1 >= 0.7"), WORDS, DAY)
    assert read == ["n1"]
    population.count(CITIZEN, parse("n1 >= 0.8"), WORDS, DAY)
    table = population._table(CITIZEN)
    assert table._tried["n1"].coding.cuts == (0.8,)  # not 0.7 as well: no column grows by being tried
    for number in range(TRIED_COLUMNS + 5):
        population.count(CITIZEN, parse(f"n1 + {number} >= 1"), WORDS, DAY)
    assert len(table._tried) == TRIED_COLUMNS
    assert kept.read_bytes() == before


def test_a_table_made_with_other_thresholds_is_refused_with_the_way_to_go_on(home, begin, write):
    write("one", people(6, 5))
    draft = policy(1, "twice >= 1")
    words = worded(DERIVED)
    population = LivingPopulation(home, begin, lambda: words)
    with pytest.raises(WideTableStale, match=r"another value of q.*features build"):
        population.impact(draft, None, worded(DERIVED, parameters={**PARAMETERS, "q": Decimal(9)}), DAY)
    other = replace(DERIVED, derivation=FromTerm("n2 * 3", parse_term("n2 * 3")))
    with pytest.raises(WideTableStale, match=r"twice in another way.*features build"):
        population.impact(draft, None, worded(other), DAY)
    with pytest.raises(WideTableStale, match=r"no fact 'twice'.*features build"):
        population.impact(draft, None, words, DAY)
    # Thresholds that the draft's facts were not derived with are no matter.
    population.impact(policy(1, "n1 >= param.q"), None, worded(parameters={"q": Decimal(9)}), DAY)


def test_a_table_of_before_a_breakdown_s_fact_is_broken_down_by_what_it_has(population, write):
    path = write("one", people(6, 5))
    held = pq.read_table(path)
    pq.write_table(held.drop_columns(["residence_district"]), path)
    assert population.impact(policy(1, "b1"), None, WORDS, DAY).dimensions == ("age",)


def test_the_law_of_the_day_counts_not_that_of_the_table(home, begin, write):
    write("one", people(6, 5))
    words = worded(DERIVED)
    [now] = words.parameters["q"].values
    changed = replace(
        words.parameters["q"],
        values=(replace(now, to=DAY), replace(now, from_=date(2024, 2, 28), value=Decimal(9))),
    )
    later = replace(words, parameters={**words.parameters, "q": changed})
    population = LivingPopulation(home, begin, lambda: later)
    with pytest.raises(WideTableStale, match="another value of q"):
        population.impact(policy(1, "twice >= 1"), None, later, date(2024, 2, 28))


def test_statistics_say_how_well_facts_are_known(population, home, write, monkeypatch):
    rows = people(7, 40)
    path = write("one", rows)
    dated = table_of(rows)
    days = [date(2024, 2, 27 - number % 2) for number in range(40)]  # fresh_days is 1
    for name, column in (("r_as_of", days), ("provenance", [f"r:{day}" for day in days])):
        dated = dated.append_column(name, [column])
    pq.write_table(dated.replace_schema_metadata(pq.read_schema(path).metadata), path)
    found = population.statistics(CITIZEN, date(2024, 2, 28))
    known = [day for row, day in zip(rows, days, strict=True) if row["i1"] is not None]
    assert found["i1"] == FactStatistics(len(known) / 40, known.count(date(2024, 2, 27)) / len(known))
    assert population.statistics(CITIZEN, date(2024, 2, 27))["i1"].fresh == 1.0
    assert population.statistics(CITIZEN, date(2024, 3, 27))["i1"].fresh == 0.0
    assert set(found) == set(WORDS.vocabulary.of(CITIZEN))
