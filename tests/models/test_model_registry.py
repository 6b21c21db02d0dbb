"""Versions from training to serving, on one tracking folder (MLflow takes seconds to make a database)."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa
import pytest

from domain.errors import GateFailed, ModelInvalid, ModelMissing
from domain.facts import Audience
from models import registry, training
from models.boosted import BoostingSettings
from models.dataset import TrainingData

CITIZEN = Audience.CITIZEN
QUICK = BoostingSettings(rounds=60)


def _shuffled(data: TrainingData) -> TrainingData:
    """The same impressions with everybody's claims dealt out at random: nothing can be learned from them."""
    claims = np.random.default_rng(1).permutation(data.impressions["claimed"].to_numpy())
    i = data.impressions.column_names.index("claimed")
    return replace(data, impressions=data.impressions.set_column(i, "claimed", pa.array(claims)))


@pytest.fixture(scope="module")
def tracking(tmp_path_factory, town, now):
    """Three evaluated versions: 1 and 2 are good, 3 learned from shuffled claims."""
    folder = tmp_path_factory.mktemp("模型 runs")
    for data, settings in ((town.data, QUICK), (town.data, replace(QUICK, seed=1)), (_shuffled(town.data), QUICK)):
        trained = training.train(data, folder, now=now, settings=settings)
        training.evaluate(town.data, folder, trained.version, truth=town.truth)
    return folder


@pytest.fixture
def fresh(tracking):
    """The folder as right after training: no champion, version 3 the challenger."""
    api, name = registry.client(tracking), registry.REGISTERED[CITIZEN]
    for alias in (registry.CHAMPION, registry.PREVIOUS):
        api.delete_registered_model_alias(name, alias)
    api.set_registered_model_alias(name, registry.CHALLENGER, "3")
    return tracking


def _aliases(tracking: Path) -> dict[str, int | None]:
    return {
        alias: registry.version_of(CITIZEN, tracking, alias)
        for alias in (registry.CHAMPION, registry.CHALLENGER, registry.PREVIOUS)
    }


def test_without_a_champion_it_is_said_what_to_do_and_what_holds_meanwhile(tmp_path, fresh):
    for folder in (tmp_path / "none", fresh):
        with pytest.raises(ModelMissing, match="no champion") as caught:
            registry.load_champion(CITIZEN, folder)
        assert "duixian train" in caught.value.next_step
        assert "published order" in caught.value.next_step
    assert not (tmp_path / "none").exists(), "asking must not leave an empty registry behind"


def test_an_audience_without_versions_has_no_champion(fresh):
    with pytest.raises(ModelMissing, match="duixian-enterprise-ranker"):
        registry.load_champion(Audience.ENTERPRISE, fresh)
    with pytest.raises(ModelMissing, match="no version 99"):
        registry.load(CITIZEN, fresh, 99)


def test_training_makes_a_challenger_and_serves_nothing(fresh):
    assert _aliases(fresh) == {"champion": None, "challenger": 3, "previous": None}


def test_promotion_and_rollback_move_the_aliases(fresh, now):
    first = registry.promote(CITIZEN, fresh, 1, reviewer="Li", now=now)
    assert (first.version, first.previous) == (1, None)
    assert _aliases(fresh) == {"champion": 1, "challenger": 3, "previous": None}


def test_a_version_is_promoted_over_a_champion_it_was_judged_against(fresh, town, now):
    registry.promote(CITIZEN, fresh, 1, reviewer="Li", now=now)
    with pytest.raises(GateFailed, match="not evaluated against version 1, which serves now"):
        registry.promote(CITIZEN, fresh, 2, reviewer="Li", now=now)
    evaluation = training.evaluate(town.data, fresh, 2, truth=town.truth)
    assert set(evaluation.differences) == {"version 1", "popularity", "published order"}
    assert registry.promote(CITIZEN, fresh, 2, reviewer="Wang", now=now).previous == 1
    assert _aliases(fresh) == {"champion": 2, "challenger": 3, "previous": 1}
    tags = registry.client(fresh).get_model_version(registry.REGISTERED[CITIZEN], "2").tags
    assert (tags["reviewer"], tags["promoted_at"]) == ("Wang", now.isoformat())
    back = registry.rollback(CITIZEN, fresh, reviewer="Li", now=now)
    assert (back.version, back.previous) == (1, 2)
    assert _aliases(fresh) == {"champion": 1, "challenger": 3, "previous": 2}
    registry.rollback(CITIZEN, fresh, reviewer="Li", now=now)
    assert _aliases(fresh)["champion"] == 2
    training.evaluate(town.data, fresh, 2, truth=town.truth, against="baseline")


def test_rollback_without_a_previous_version_changes_nothing(fresh, now):
    registry.promote(CITIZEN, fresh, 1, reviewer="Li", now=now)
    with pytest.raises(ModelMissing, match="no previous"):
        registry.rollback(CITIZEN, fresh, reviewer="Li", now=now)
    assert _aliases(fresh)["champion"] == 1


def test_the_gate_refuses_a_model_that_learned_nothing_and_says_by_how_much(fresh, now):
    with pytest.raises(GateFailed, match=r"does not beat popularity .* falls short by 0\.\d+") as caught:
        registry.promote(CITIZEN, fresh, registry.CHALLENGER, reviewer="Li", now=now)
    assert "champion keeps serving" in caught.value.next_step
    assert _aliases(fresh)["champion"] is None


def test_a_version_that_was_never_judged_is_not_promoted(fresh, now):
    name, api = registry.REGISTERED[CITIZEN], registry.client(fresh)
    kept = api.get_model_version(name, "1").tags["evaluation"]
    api.delete_model_version_tag(name, "1", "evaluation")
    try:
        with pytest.raises(GateFailed, match="not evaluated yet"):
            registry.promote(CITIZEN, fresh, 1, reviewer="Li", now=now)
    finally:
        api.set_model_version_tag(name, "1", "evaluation", kept)


def test_loading_twice_gives_equal_scores(fresh, town, now):
    registry.promote(CITIZEN, fresh, 1, reviewer="Li", now=now)
    rows, policies = np.arange(2_000) % 50, np.arange(2_000) % 12
    amounts = np.arange(2_000) * 100 - 100
    first, second = (
        registry.load_champion(CITIZEN, fresh).score_table(
            town.data.subjects, town.data.policies, rows, policies, amounts
        )
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert registry.load_champion(CITIZEN, fresh).name == "model duixian-citizen-ranker v1"


def test_a_run_keeps_what_it_was_made_of(fresh, town):
    api = registry.client(fresh)
    run_id = api.get_model_version(registry.REGISTERED[CITIZEN], "1").run_id
    assert run_id
    files = {file.path for file in api.list_artifacts(run_id)}
    assert {"manifest.json", "importance.png", "evaluation.json", "comparison.png"} <= files
    run = api.get_run(run_id)
    assert {"auc", "log_loss", "ndcg5.popularity"} <= run.data.metrics.keys()
    manifest = json.loads(Path(api.download_artifacts(run_id, "manifest.json")).read_text())
    assert manifest["feature_service"] == "citizen_ranking"
    assert manifest["rows"] == town.data.impressions.num_rows
    assert Path(unquote(urlsplit(run.info.artifact_uri).path)).is_relative_to(fresh)


def test_no_one_facts_are_kept_with_a_model(fresh, town):
    """Golden rows are drawn column by column: none of them is a subject's row."""
    folder = registry.folder_of(CITIZEN, fresh, 1)
    golden = np.array(json.loads((folder / registry.RANKER_FILE).read_text())["golden"]["values"], dtype=np.float64)
    served = registry.load(CITIZEN, fresh, 1)
    facts = served.coding.code_subjects(town.data.subjects)
    for row in golden.astype(np.float32)[:, : facts.shape[1]]:
        assert not (np.isclose(facts, row, equal_nan=True)).all(axis=1).any()


@pytest.mark.parametrize("file", [registry.BOOSTER_FILE, registry.RANKER_FILE])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_artefact_is_refused_with_a_next_step(fresh, file, damage):
    path = registry.folder_of(CITIZEN, fresh, 1) / file
    content = path.read_bytes()
    try:
        if damage == "cut":
            path.write_bytes(content[: len(content) // 2])
        else:
            path.unlink()
        with pytest.raises(ModelInvalid, match=r"Version 1 .*cannot be served.*rollback.*published order"):
            registry.load(CITIZEN, fresh, 1)
    finally:
        path.write_bytes(content)


def test_a_damaged_champion_does_not_bar_its_successor(fresh, town, now):
    registry.promote(CITIZEN, fresh, 1, reviewer="Li", now=now)
    path = registry.folder_of(CITIZEN, fresh, 1) / registry.BOOSTER_FILE
    content = path.read_bytes()
    try:
        path.write_bytes(b"")
        training.evaluate(town.data, fresh, 2, truth=town.truth)
        assert registry.promote(CITIZEN, fresh, 2, reviewer="Li", now=now).version == 2
    finally:
        path.write_bytes(content)


def test_a_folder_that_was_moved_serves_on_and_takes_new_versions(fresh, town, now, tmp_path):
    """Trained on one machine, served from a container's mount: MLflow keeps absolute places."""
    registry.promote(CITIZEN, fresh, 1, reviewer="Li", now=now)
    moved = tmp_path / "moved"
    shutil.copytree(fresh, moved)
    kept = registry.folder_of(CITIZEN, fresh, 1).parent
    hidden = kept.rename(kept.with_name("hidden"))
    try:
        assert registry.load_champion(CITIZEN, moved).version == 1
        training.evaluate(town.data, moved, 2, truth=town.truth)
        version = training.train(town.data, moved, now=now, settings=QUICK).version
        assert registry.folder_of(CITIZEN, moved, version).is_relative_to(moved)
        assert registry.load(CITIZEN, moved, version).version == version
    finally:
        hidden.rename(kept)


def test_a_registry_that_is_no_database_is_refused(tmp_path):
    (tmp_path / registry.DATABASE).write_bytes(b"not a database" * 100)
    with pytest.raises(ModelInvalid, match="cannot be read"):
        registry.load_champion(CITIZEN, tmp_path)


def test_the_environment_cannot_move_the_registry(fresh, monkeypatch, town, now):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://127.0.0.1:9")
    registry.promote(CITIZEN, fresh, 1, reviewer="Li", now=now)
    assert registry.load_champion(CITIZEN, fresh).version == 1
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_claims_stand_in_for_the_truth_of_a_real_city(fresh, town):
    evaluation = training.evaluate(town.data, fresh, 2, against="baseline")
    assert evaluation.gain == "observed claims"
    assert evaluation.differences["published order"].low > 0
    training.evaluate(town.data, fresh, 2, truth=town.truth)
