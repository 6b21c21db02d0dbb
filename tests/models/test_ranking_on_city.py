"""The ranker on the synthetic city: registers, wide table, rules and behaviour model together."""

from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import world
from catalogue.loader import DEFAULT_ROOT, load_catalogue
from domain.decision import Verdict
from domain.facts import Audience
from features import wide
from features.registers import import_extract
from matcher.amounts import amounts_fen
from matcher.batch.match import match_table
from matcher.compile import compile_policies
from matcher.online.match import match_profile
from models.baselines import AmountOrder, Popularity
from models.boosted import BoostedRanker
from models.dataset import TrainingData, build, split_by_subject
from models.evaluation import all_pairs, judge
from models.serving import ServedRanker
from world import behaviour, city

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    vocabulary = load_catalogue(DEFAULT_ROOT).vocabulary
    extracts = city.generate(4_000, 1_500, 3, TODAY, folder / "city") / "extracts"
    for mapping in (Path(world.__file__).parent / "mappings").glob("*.yaml"):
        import_extract(extracts / mapping.stem, mapping, vocabulary, folder)
    return folder


@pytest.mark.parametrize("audience", list(Audience))
def test_the_ranker_beats_both_baselines_and_serves_as_it_batches(home, audience):
    catalogue = load_catalogue(DEFAULT_ROOT)
    law = catalogue.parameters_at(TODAY)
    table = wide.read(wide.build(home, catalogue.vocabulary, audience, TODAY, parameters=law))
    program = compile_policies(catalogue.in_force(audience, TODAY), catalogue.vocabulary, law, audience, TODAY)
    eligible = match_table(program, table).all_true()
    owed = [amounts_fen(program, policy, table) for policy in program.policies]
    amounts = np.stack([np.where(known, fen, -1) for fen, known in owed])
    traits = pq.read_table(home / "city" / "truth" / audience)
    rng = np.random.default_rng(0)
    impressions, _ = behaviour.simulate_impressions(
        table, eligible, amounts, program.policies, traits, rng, shown_at=NOON, slates=4
    )
    policy, subject = np.nonzero(eligible)
    pair_amounts = amounts[policy, subject]
    truth = behaviour.pair_truth(
        table, eligible, program.policies, behaviour.true_relevance(table, program.policies, amounts, traits)
    ).append_column("amount_fen", pa.array(pair_amounts, mask=pair_amounts < 0))

    # One snapshot stands for all moments here; the notebook reads point in time, through the feature store.
    data = TrainingData(audience, impressions, table.drop_columns(["event_timestamp"]), tuple(program.policies))
    split = split_by_subject(build(data))
    ranker = BoostedRanker().fit(split.train, split.validation)
    rankers = (ranker, Popularity().fit(split.train), AmountOrder().fit(split.train))
    ordered = all_pairs(data, split.test, truth)
    evaluation = judge(
        ranker.name,
        {one.name: one.score(ordered.frame.matrix) for one in rankers},
        ordered,
        {one.name: one.score(split.test.matrix) for one in rankers},
        split.test,
    )
    assert all(difference.low > 0 for difference in evaluation.differences.values()), evaluation

    assert ranker.booster is not None
    served = ServedRanker(audience, "ranker", 1, split.train.coding, ranker.booster)
    batch = served.score_table(table, program.policies, subject, policy, pair_amounts)
    for row, profile in islice(enumerate(wide.profiles(table, catalogue.vocabulary, audience)), 200):
        matches = [m for m in match_profile(program, profile.values()) if m.verdict is Verdict.ELIGIBLE]
        np.testing.assert_array_equal(served.score(profile.values(), matches), batch[subject == row])
