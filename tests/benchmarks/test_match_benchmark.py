"""The benchmark measures what it says: the same population and policies each time, and right answers."""

from functools import partial
from operator import ge, gt, le, lt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.agreement import ERROR, FALSE, TRUE, UNKNOWN, ResultsDiffer, row_answers, tally
from benchmarks.city import city_file
from benchmarks.ours import Batch, Online, program_of
from benchmarks.policies import plain_rules, rich_rules
from benchmarks.population import population, profiles
from benchmarks.rules import as_written, distinct_tests, write
from benchmarks.vocabulary import AS_OF, COLUMNS
from domain.evaluate import evaluate, kleene_all, kleene_any, kleene_not

ROWS = 60


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return population(ROWS)


def test_population_is_the_same_for_the_same_seed_and_another_for_another(table):
    assert population(ROWS).equals(table)
    assert not population(ROWS, seed=1).equals(table)


def test_population_has_40_facts_of_five_types_of_which_5_to_15_per_cent_are_unknown():
    table = population(20_000)
    assert len(COLUMNS) == table.num_columns == 40
    assert {str(kind) for kind in table.schema.types} >= {"int64", "double", "bool", "string", "date32[day]"}
    assert any(pa.types.is_dictionary(kind) for kind in table.schema.types)
    shares = [column.null_count / table.num_rows for column in table.columns]
    assert 0.04 < min(shares) < 0.06
    assert 0.14 < max(shares) < 0.16


def test_policies_are_the_same_for_the_same_seed_and_share_their_tests():
    rules = plain_rules(300)
    assert plain_rules(300) == rules
    assert plain_rules(300, seed=1) != rules
    assert len(distinct_tests(rules)) < sum(len(distinct_tests([rule])) for rule in rules) / 2


def test_a_tenth_of_the_rich_policies_has_a_period_and_a_sum():
    texts = [str(as_written(rule)) for rule in rich_rules(100)]
    assert sum("_since(" in text for text in texts) == 10
    assert sum(" / " in text or " * " in text for text in texts) == 10


def test_city_file_repeats_the_population_and_is_made_once(tmp_path: Path, table):
    path = city_file(tmp_path, table, 3)
    made = path.stat().st_mtime_ns
    city = pq.read_table(path)
    assert city["subject_id"].combine_chunks().value_counts().field("counts").to_pylist() == [3] * ROWS
    assert city.drop(["subject_id"]).equals(pa.concat_tables([table] * 3))
    assert city_file(tmp_path, table, 3) == path
    assert path.stat().st_mtime_ns == made


@pytest.mark.parametrize("rules", [plain_rules(120), rich_rules(120)], ids=["plain", "rich"])
def test_batch_and_online_answer_the_benchmarks_policies_as_the_reference_does(rules, table):
    program = program_of(rules)
    people = list(profiles(table))
    policies = program.policies
    known = {True: TRUE, False: FALSE, None: UNKNOWN}
    judged = [[known[evaluate(policy.eligibility, facts, {}, AS_OF)] for facts in people] for policy in policies]
    assert {answer for row in judged for answer in row} == {TRUE, FALSE, UNKNOWN}
    np.testing.assert_array_equal(Batch(table, program).answers(0, ROWS), judged)
    np.testing.assert_array_equal(Online(program).answers(people), judged)


def test_policies_in_our_language_say_what_the_peers_are_given(table):
    rules = plain_rules(120)
    for facts in profiles(table.slice(0, 20)):
        for rule, policy in zip(rules, program_of(rules).policies, strict=True):
            as_given = write(rule, partial(_met, facts), _joined, kleene_not)
            assert as_given is evaluate(policy.eligibility, facts, {}, AS_OF), as_written(rule)


def _met(facts, test):
    value = facts[test.fact]
    if value is None:
        return None
    match test.operator:
        case "between":
            return test.values[0] <= value <= test.values[1]
        case "in":
            return value in test.values
        case "is":
            return value is test.value
    return {"<": lt, "<=": le, ">": gt, ">=": ge}[test.operator](value, test.value)


def _joined(conjunctive, items):
    return (kleene_all if conjunctive else kleene_any)(items)


def test_a_peers_wrong_answers_are_counted_and_a_certain_difference_stops_the_benchmark():
    ours = np.array([[TRUE, FALSE, UNKNOWN, UNKNOWN, UNKNOWN]], dtype=np.int8)
    theirs = row_answers([[True], ["no"], [False], [True], [None]])
    found = tally("peer", ours, theirs)
    assert (found.certain, found.certain_error, found.unknown) == (2, 1, 3)
    assert (found.unknown_as_false, found.unknown_as_true, found.unknown_kept) == (1, 1, 1)
    assert theirs[0, 1] == ERROR
    with pytest.raises(ResultsDiffer, match="peer says false of policy 0 for subject 0, and the matcher true"):
        tally("peer", ours, row_answers([[False], [False], [None], [None], [None]]))
    with pytest.raises(ResultsDiffer):
        tally("peer", ours, theirs, three_valued=True)
