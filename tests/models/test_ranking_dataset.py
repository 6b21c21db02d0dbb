from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from domain.errors import TrainingDataInvalid
from models.columns import AMOUNT
from models.dataset import build, moments, split_by_subject, split_by_time


@pytest.fixture(scope="module")
def frame(town):
    return build(town.data)


def test_rows_in_are_rows_out_in_slate_order(town, frame):
    assert len(frame) == town.data.impressions.num_rows
    assert (np.diff(frame.slate) >= 0).all()
    assert frame.slate_sizes.sum() == len(frame)
    assert int(frame.claimed.sum()) == pc.sum(town.data.impressions["claimed"]).as_py()


def test_the_order_of_the_impressions_changes_nothing(town, frame):
    rows = np.random.default_rng(3).permutation(town.data.impressions.num_rows)
    shuffled = replace(town.data, impressions=town.data.impressions.take(pa.array(rows)))
    assert build(shuffled).content_hash() == frame.content_hash()


def test_each_impression_gets_its_own_subjects_facts(town, frame):
    ages = dict(
        zip(town.data.subjects["subject_id"].to_pylist(), town.data.subjects["age_years"].to_pylist(), strict=True)
    )
    for row in range(0, len(frame), 997):
        wanted = ages[frame.subject_ids[frame.subject[row]]]
        np.testing.assert_equal(frame.matrix.column("age_years")[row], np.nan if wanted is None else wanted)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("claimed", lambda x: 1 - x),
        ("position", lambda x: x + 1),
        ("propensity", lambda x: x / 2),
        ("amount_fen", lambda x: x + 1),
    ],
)
def test_the_hash_changes_with_the_data(town, frame, column, change):
    impressions = town.data.impressions
    i = impressions.column_names.index(column)
    values = impressions[column].to_numpy().copy()
    values[7] = change(values[7])
    changed = replace(town.data, impressions=impressions.set_column(i, column, pa.array(values)))
    assert build(changed).content_hash() != frame.content_hash()
    assert frame.manifest()["content"] == frame.content_hash()


def test_the_hash_changes_with_a_fact(town, frame):
    subjects = town.data.subjects
    i = subjects.column_names.index("household_size")
    values = subjects["household_size"].to_pylist()
    values[0] = 99
    changed = replace(town.data, subjects=subjects.set_column(i, "household_size", pa.array(values)))
    assert build(changed).content_hash() != frame.content_hash()


def test_facts_are_those_of_the_moment_it_was_shown(town):
    """A fact that changed afterwards must not leak into the row."""
    one = town.data.impressions.slice(0, 1)
    subject = one["subject_id"][0].as_py()
    facts = town.data.subjects.filter(pc.equal(town.data.subjects["subject_id"], subject))
    shown = one["shown_at"][0].as_py()
    i = facts.column_names.index("household_size")
    rows = pa.concat_tables(
        [
            facts.set_column(i, "household_size", pa.array([size])).append_column(
                "event_timestamp", pa.array([moment], pa.timestamp("us", "UTC"))
            )
            for size, moment in ((7, shown + timedelta(days=1)), (3, shown))
        ]
    )
    built = build(replace(town.data, impressions=one, subjects=rows))
    assert built.matrix.column("household_size")[0] == 3


def test_a_moment_without_facts_is_refused_not_filled(town):
    stamped = town.data.subjects.append_column(
        "event_timestamp", pa.array([None] * town.data.subjects.num_rows, pa.timestamp("us", "UTC"))
    )
    stamped = stamped.set_column(
        stamped.num_columns - 1,
        "event_timestamp",
        pc.fill_null(stamped["event_timestamp"], pa.scalar(0, pa.int64()).cast(pa.timestamp("us", "UTC"))),
    )
    with pytest.raises(TrainingDataInvalid, match="have no facts"):
        build(replace(town.data, subjects=stamped))
    with pytest.raises(TrainingDataInvalid, match="have no facts"):
        build(replace(town.data, subjects=town.data.subjects.slice(1)))


def test_two_rows_of_facts_for_one_moment_are_refused(town):
    twice = pa.concat_tables([town.data.subjects, town.data.subjects.slice(0, 1)])
    with pytest.raises(TrainingDataInvalid, match="repeat a subject"):
        build(replace(town.data, subjects=twice))


def test_impressions_without_a_column_or_value_are_refused(town):
    impressions = town.data.impressions
    with pytest.raises(TrainingDataInvalid, match="no column 'position'"):
        build(replace(town.data, impressions=impressions.drop_columns(["position"])))
    i = impressions.column_names.index("claimed")
    holes = impressions.set_column(i, "claimed", pa.array([None] * impressions.num_rows, pa.int8()))
    with pytest.raises(TrainingDataInvalid, match="no 'claimed'"):
        build(replace(town.data, impressions=holes))


@pytest.mark.parametrize(("column", "value"), [("claimed", 2), ("position", 0), ("amount_fen", -1)])
def test_impressions_out_of_range_are_refused(town, column, value):
    impressions = town.data.impressions
    i = impressions.column_names.index(column)
    wrong = impressions.set_column(i, column, pa.array([value] * impressions.num_rows))
    with pytest.raises(TrainingDataInvalid, match=f"'{column}' from {value}"):
        build(replace(town.data, impressions=wrong))


def test_a_policy_that_is_not_handed_over_is_named(town):
    with pytest.raises(TrainingDataInvalid, match="'policy-11'"):
        build(replace(town.data, policies=town.data.policies[:-1]))


def test_attributes_are_those_of_the_version_shown(town, policy):
    newer = replace(policy(1, version=2), materials=(object(), object()))
    data = replace(town.data, policies=(*town.data.policies, newer))
    of_first = build(data).matrix
    assert set(of_first.column("policy_materials_count")) == {0.0}


def test_an_unknown_amount_stays_unknown_and_a_monthly_one_counts_twelve_times(town):
    one = town.data.impressions.filter(pc.equal(town.data.impressions["policy_id"], "policy-03")).slice(0, 2)
    i = one.column_names.index("amount_fen")
    data = replace(town.data, impressions=one.set_column(i, "amount_fen", pa.array([None, 30_000], pa.int64())))
    amounts = sorted(build(data).matrix.column(AMOUNT), key=lambda x: not np.isnan(x))
    np.testing.assert_allclose(amounts, [np.nan, np.log1p(3600)])


def test_no_subject_is_on_both_sides_and_one_held_out_stays_so(town, frame):
    split = split_by_subject(frame)
    parts = [set(part.subject) for part in (split.train, split.validation, split.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == len(frame.subject_ids)
    fewer = build(replace(town.data, impressions=town.data.impressions.slice(0, 4_000)))
    held_out = {fewer.subject_ids[i] for i in split_by_subject(fewer).test.subject}
    assert held_out <= {frame.subject_ids[i] for i in split.test.subject}
    assert len(parts[2]) / len(frame.subject_ids) == pytest.approx(0.2, abs=0.03)


def test_a_split_in_time_puts_nothing_late_into_the_earlier_part(town, frame):
    first = town.data.impressions["shown_at"][0].as_py()
    assert [len(part) for part in split_by_time(frame, first)] == [0, len(frame)]
    assert [len(part) for part in split_by_time(frame, first + timedelta(microseconds=1))] == [len(frame), 0]


def test_moments_are_distinct(town):
    rows = moments(town.data.impressions)
    assert rows.column_names == ["subject_id", "event_timestamp"]
    assert rows.num_rows == len(pc.unique(town.data.impressions["subject_id"]))


def test_no_impressions_make_an_empty_frame(town):
    empty = build(replace(town.data, impressions=town.data.impressions.slice(0, 0)))
    assert len(empty) == 0
    assert empty.manifest()["rows"] == 0
