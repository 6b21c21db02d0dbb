"""From data to a registered challenger, and a judgement of any version against the champion and the baselines."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as release
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.errors import ModelInvalid, ModelMissing
from domain.facts import Audience
from models import plots, registry
from models.baselines import AmountOrder, Popularity
from models.boosted import BoostedRanker, BoostingSettings
from models.columns import FEATURE_SERVICE
from models.dataset import RankingFrame, TrainingData, build, split_by_subject
from models.evaluation import Evaluation, Ordered, all_pairs, auc, judge, log_loss, with_claims, with_truth
from models.matrix import FeatureMatrix, Scores
from models.position import LogOdds, fit_log_odds
from models.ranker import Ranker
from models.serving import GoldenRows, ServedRanker

Progress = Callable[[int, int], None]
Against = Literal["champion", "baseline"]
EXPERIMENT = "duixian-{audience}-ranking"
_GOLDEN_ROWS = 16


@dataclass(frozen=True)
class TrainedVersion:
    """A registered challenger: `manifest` says what it was trained on, `metrics` how it does on held-out subjects."""

    audience: Audience
    registered_name: str
    version: int
    run_id: str
    metrics: Mapping[str, float]
    manifest: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True)
class Scorer:
    score: Callable[[FeatureMatrix], Scores]
    gives_probability: bool


def train(
    data: TrainingData,
    tracking: Path,
    *,
    now: datetime,
    settings: BoostingSettings | None = None,
    progress: Progress | None = None,
) -> TrainedVersion:
    """Fit LightGBM on the training subjects and register it as the challenger.

    `progress` is called with boosting rounds done and at most. Raises TrainingDataInvalid.
    """
    started = time.monotonic()
    frame = build(data)
    split = split_by_subject(frame)
    ranker = BoostedRanker(settings or BoostingSettings(), progress=progress).fit(split.train, split.validation)
    booster = ranker.booster
    assert booster is not None
    scores = ranker.score(split.test.matrix)
    if ranker.gives_probability:
        scores = fit_log_odds(split.train).as_shown(scores, split.test)
    measured = {
        "auc": auc(scores, split.test.claimed),
        "log_loss": log_loss(scores, split.test.claimed) if ranker.gives_probability else None,
        "trees": float(booster.num_trees()),
        "seconds_to_fit": time.monotonic() - started,
    }
    metrics = {name: value for name, value in measured.items() if value is not None}
    manifest = {
        **frame.manifest(),
        "trained_at": now.isoformat(),
        "split": {"train": len(split.train), "validation": len(split.validation), "test": len(split.test)},
        "settings": ranker.settings.parameters(),
    }
    golden = golden_rows(split.train.matrix, ranker)
    run_id, model_uri, model_id = _log(data.audience, tracking, ranker, booster, frame, manifest, metrics, golden)
    version = registry.register(tracking, data.audience, run_id, model_uri, model_id)
    name = registry.REGISTERED[data.audience]
    return TrainedVersion(data.audience, name, version, run_id, metrics, manifest, time.monotonic() - started)


def evaluate(
    data: TrainingData,
    tracking: Path,
    version: str | int = registry.CHALLENGER,
    *,
    against: Against = "champion",
    truth: pa.Table | None = None,
    seed: int = 0,
) -> Evaluation:
    """Judge a version on held-out subjects against popularity, the published order and, if asked, the champion.

    truth : subject_id, policy_id and relevance; with a column amount_fen all its pairs of a held-out subject are put in
        order, without it the slates shown. None (a real city): the observed claims stand for it.

    The result is logged and kept with the version: promotion rests on it. Raises ModelMissing for an unknown version.
    """
    served = registry.load(data.audience, tracking, version)
    frame = build(data, served.coding)
    split = split_by_subject(frame)
    rankers: dict[str, Scorer] = {_label(served): Scorer(served.score_matrix, served.gives_probability)}
    for baseline in (Popularity().fit(split.train), AmountOrder().fit(split.train)):
        rankers[baseline.name] = Scorer(baseline.score, baseline.gives_probability)
    frames = dict.fromkeys(rankers, frame)
    if against == "champion" and (champion := _champion(data.audience, tracking, served)) is not None:
        rankers[_label(champion)] = Scorer(champion.score_matrix, champion.gives_probability)
        # Its own coding: another version may read other features or hold other code tables.
        frames[_label(champion)] = build(data, champion.coding)
    odds = fit_log_odds(split.train)
    rows = {id(one): _held_out(data, one, truth, odds) for one in frames.values()}
    scores, claim_scores = {}, {}
    for name, ranker in rankers.items():
        shown, ordered = rows[id(frames[name])]
        given = ranker.score(shown.matrix)
        claim_scores[name] = odds.as_shown(given, shown) if ranker.gives_probability else given
        scores[name] = ranker.score(ordered.frame.matrix)
    shown, ordered = rows[id(frame)]
    probabilities = frozenset(name for name, ranker in rankers.items() if ranker.gives_probability)
    evaluation = judge(_label(served), scores, ordered, claim_scores, shown, probabilities, seed)
    registry.keep_evaluation(tracking, data.audience, served.version, evaluation)
    _log_evaluation(tracking, served, evaluation)
    return evaluation


def _held_out(
    data: TrainingData, frame: RankingFrame, truth: pa.Table | None, odds: LogOdds
) -> tuple[RankingFrame, Ordered]:
    """The held-out impressions, and the rows to be ordered with their gains."""
    shown = split_by_subject(frame).test
    if truth is None:
        return shown, with_claims(shown, odds.seen(shown))
    if "amount_fen" in truth.column_names:
        return shown, all_pairs(data, shown, truth)
    return shown, with_truth(shown, truth)


def golden_rows(matrix: FeatureMatrix, ranker: Ranker, seed: int = 0) -> GoldenRows:
    """Rows in which each column is drawn on its own: like the data, and no one's facts."""
    rng = np.random.default_rng(seed)
    drawn: npt.NDArray[np.intp] = rng.integers(len(matrix), size=(_GOLDEN_ROWS, len(matrix.names)))
    values = matrix.values[drawn, np.arange(len(matrix.names))]
    return GoldenRows(values, ranker.score(FeatureMatrix(matrix.names, values)))


def _log(
    audience: Audience,
    tracking: Path,
    ranker: BoostedRanker,
    booster: lgb.Booster,
    frame: RankingFrame,
    manifest: Mapping[str, Any],
    metrics: Mapping[str, float],
    golden: GoldenRows,
) -> tuple[str, str, str]:
    """One run: parameters, metrics, manifest, plot and the native booster; returns the run's, model's URI and id."""
    tracking.mkdir(parents=True, exist_ok=True)
    api = registry.client(tracking)
    mlflow = registry.quiet_mlflow()
    from mlflow.models import ModelSignature  # noqa: PLC0415
    from mlflow.types.schema import Schema, TensorSpec  # noqa: PLC0415

    name = EXPERIMENT.format(audience=audience)
    artifacts = (tracking.resolve() / registry.ARTIFACTS / audience).as_uri()
    experiment = api.get_experiment_by_name(name)
    if experiment and experiment.artifact_location != artifacts:
        # The folder was moved: an experiment writes for good to where it was made, so here begins another one.
        name = f"{name} in {tracking.resolve()}"
        experiment = api.get_experiment_by_name(name)
    experiment_id = experiment.experiment_id if experiment else api.create_experiment(name, artifacts)
    # The fluent calls below know no folder of their own: tell them, whatever the environment says.
    mlflow.set_tracking_uri(registry.tracking_uri(tracking))
    mlflow.set_registry_uri(registry.tracking_uri(tracking))
    width = len(frame.coding.names)
    signature = ModelSignature(
        inputs=Schema([TensorSpec(np.dtype(np.float32), (-1, width), "features")]),
        outputs=Schema([TensorSpec(np.dtype(np.float64), (-1,), "scores")]),
    )
    kept = {
        "coding": frame.coding.to_json(),
        "golden": golden.to_json(),
        "feature_service": FEATURE_SERVICE[audience],
        "data": manifest["content"],
        "gives_probability": ranker.gives_probability,
    }
    with mlflow.start_run(experiment_id=experiment_id) as run, tempfile.TemporaryDirectory() as folder:
        beside = Path(folder) / "ranker.json"
        beside.write_text(json.dumps(kept, ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8")
        mlflow.log_params(ranker.settings.parameters())
        mlflow.log_metrics(dict(metrics))
        mlflow.log_dict(dict(manifest), "manifest.json")
        mlflow.log_figure(plots.importance(booster), "importance.png")
        logged = mlflow.lightgbm.log_model(
            booster,
            name="ranker",
            signature=signature,
            # Given: MLflow would take nine seconds to infer them.
            pip_requirements=[f"lightgbm=={release('lightgbm')}", f"numpy=={release('numpy')}"],
            extra_files=[str(beside)],
        )
    return run.info.run_id, logged.model_uri, logged.model_id


def _log_evaluation(tracking: Path, served: ServedRanker, evaluation: Evaluation) -> None:
    api = registry.client(tracking)
    found = api.get_model_version(served.registered_name, str(served.version))
    if not found.run_id:
        return
    place = Path(unquote(urlsplit(api.get_run(found.run_id).info.artifact_uri).path))
    for name, one in evaluation.judgements.items():
        api.log_metric(found.run_id, f"ndcg5.{name.replace(' ', '-')}", one.ndcg.mean)
    if not place.is_relative_to(tracking.resolve()):
        return  # The folder was moved after this run: its old place is no longer ours to write to.
    api.log_dict(found.run_id, evaluation.to_json(), "evaluation.json")
    api.log_figure(found.run_id, plots.comparison(evaluation), "comparison.png")


def _champion(audience: Audience, tracking: Path, served: ServedRanker) -> ServedRanker | None:
    """The version that serves, unless it is the one to be judged, is missing or can no longer be loaded."""
    try:
        champion = registry.load_champion(audience, tracking)
    except (ModelMissing, ModelInvalid):
        return None
    return None if champion.version == served.version else champion


def _label(served: ServedRanker) -> str:
    return f"version {served.version}"
