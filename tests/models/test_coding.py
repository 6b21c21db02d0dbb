import json
import math

import numpy as np
import pyarrow as pa
import pytest

from domain.errors import ModelInvalid, TrainingDataInvalid
from domain.facts import Audience
from models.coding import Coding
from models.columns import FEATURES, POLICY_COLUMNS


@pytest.fixture(scope="module")
def coding(town):
    return Coding.learn(Audience.CITIZEN, town.data.subjects, town.data.policies)


def test_shuffled_columns_are_put_back_into_the_models_order(town, coding):
    subjects = town.data.subjects
    shuffled = subjects.select(sorted(subjects.column_names, key=lambda name: name[::-1]))
    assert shuffled.column_names != subjects.column_names
    np.testing.assert_array_equal(coding.code_subjects(shuffled), coding.code_subjects(subjects))


def test_one_subject_is_coded_like_the_table(town, coding):
    table = coding.code_subjects(town.data.subjects)
    for row in range(50):
        np.testing.assert_array_equal(np.array(coding.code_subject(town.values(row)), dtype=np.float32), table[row])


def test_an_unseen_word_is_missing(town, coding):
    place = coding.names.index("employment_status")
    known = coding.words["employment_status"][1]
    assert coding.code_subject({"employment_status": known})[place] == 1.0
    assert math.isnan(coding.code_subject({"employment_status": "astronaut"})[place])
    table = town.data.subjects.slice(0, 2)
    i = table.column_names.index("employment_status")
    table = table.set_column(i, "employment_status", pa.array(["astronaut", known]))
    np.testing.assert_array_equal(coding.code_subjects(table)[:, place], [np.nan, 1.0])


def test_unknown_stays_nan_and_is_not_zero_or_false(coding):
    row = coding.code_subject({"lives_alone": False, "age_years": 0})
    known = {name: value for name, value in zip(coding.names, row, strict=False) if not math.isnan(value)}
    assert known == {"lives_alone": 0.0, "age_years": 0.0}


def test_a_policy_never_seen_keeps_its_other_attributes(coding, policy):
    new = policy(97)
    coded = dict(zip(POLICY_COLUMNS, coding.code_policy(new), strict=True))
    assert math.isnan(coded["policy_id"])
    assert coded["policy_domain"] == coding.words["policy_domain"].index(new.domain)


def test_what_is_known_only_after_showing_is_never_a_feature(coding):
    for audience in Audience:
        names = {*FEATURES[audience], *POLICY_COLUMNS}
        assert not names & {"position", "propensity", "claimed", "slate_id", "shown_at", "subject_id", "relevance"}
        assert len(names) == len(FEATURES[audience]) + len(POLICY_COLUMNS)


def test_every_feature_is_a_word_of_the_vocabulary(vocabulary):
    for audience in Audience:
        for name in FEATURES[audience]:
            assert vocabulary.fact(audience, name).type.value != "date"


def test_a_coding_reads_back_from_json_as_it_was(coding):
    again = Coding.from_json(json.loads(json.dumps(coding.to_json())))
    assert again == coding
    assert again.digest == coding.digest


def test_a_coding_with_other_policy_attributes_is_refused(coding):
    other = coding.to_json() | {"policy_columns": ["policy_id"]}
    with pytest.raises(ModelInvalid, match=r"another list of policy attributes.*duixian train"):
        Coding.from_json(other)
    with pytest.raises(ModelInvalid, match="cannot be read"):
        Coding.from_json({"format": 1})


def test_a_table_without_a_feature_is_refused(town, coding):
    with pytest.raises(TrainingDataInvalid, match="'age_years'"):
        coding.code_subjects(town.data.subjects.drop_columns(["age_years"]))
