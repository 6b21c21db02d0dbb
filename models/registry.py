"""Which version of a ranker serves: versions and aliases in MLflow, checked loading, promotion and rollback.

Tracking database (SQLite) and artefacts both lie under one folder, `tracking`. The aliases are `champion` (serves),
`challenger` (trained last), `previous` (served before). Nothing here writes to `tracking` unless it is asked to train,
evaluate, promote or roll back.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import warnings
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import lightgbm as lgb

from domain.errors import GateFailed, ModelInvalid, ModelMissing
from domain.facts import Audience
from models.baselines import PUBLISHED_ORDER
from models.coding import Coding
from models.evaluation import Evaluation
from models.gate import Gate
from models.serving import GoldenRows, ServedRanker

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
REGISTERED: Mapping[Audience, str] = {audience: f"duixian-{audience}-ranker" for audience in Audience}
DATABASE = "mlflow.db"
ARTIFACTS = "artifacts"
BASELINES = frozenset({"popularity", PUBLISHED_ORDER})
BOOSTER_FILE, RANKER_FILE = "model.lgb", "extra_files/ranker.json"
"""Where MLflow puts the native booster, and our coding and golden rows, in a model's folder."""
UNTIL_THEN = "until then the published order holds (yearly amount descending, then policy id)."
_EVALUATION, _CHAMPION_THEN = "evaluation", "evaluated_against"
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
_SHA = {BOOSTER_FILE: "booster_sha256", RANKER_FILE: "ranker_sha256"}


@dataclass(frozen=True)
class Promotion:
    """`version` serves from now on; `previous` served before, None if none did."""

    audience: Audience
    version: int
    previous: int | None
    reviewer: str


def tracking_uri(tracking: Path) -> str:
    return f"sqlite:///{tracking.resolve() / DATABASE}"


def quiet_mlflow() -> ModuleType:
    """MLflow, without telemetry and without its notes on what it is doing."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # a machine without git is no matter for a warning
    # MLflow's own tables; nobody who trains can mend that.
    warnings.filterwarnings("ignore", "The ``noload`` loader strategy is deprecated", DeprecationWarning)
    import mlflow  # noqa: PLC0415  # three seconds that only those who train or load a model pay

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return mlflow


def client(tracking: Path) -> MlflowClient:
    """MLflow's client on this folder alone, whatever the environment says."""
    made: MlflowClient = quiet_mlflow().MlflowClient(tracking_uri(tracking), tracking_uri(tracking))
    return made


def load_champion(audience: Audience, tracking: Path, threads: int = 1) -> ServedRanker:
    """The version that serves. Raises ModelMissing without one, ModelInvalid if it is damaged or does not fit."""
    return load(audience, tracking, CHAMPION, threads)


def load(audience: Audience, tracking: Path, version: str | int, threads: int = 1) -> ServedRanker:
    """A version by alias or number, its files checked against their hashes and its golden rows scored again."""
    found = _find(audience, tracking, version)
    folder = _folder(audience, tracking, found)
    parts = {name: _read(folder / name, found, tag) for name, tag in _SHA.items()}
    try:
        kept = json.loads(parts[RANKER_FILE])
        golden = GoldenRows.from_json(kept["golden"])
        booster = lgb.Booster(model_str=parts[BOOSTER_FILE].decode())
    except (lgb.basic.LightGBMError, ValueError, KeyError, TypeError) as error:
        raise _damaged(found, repr(error)) from error
    served = ServedRanker(
        audience,
        found.name,
        int(found.version),
        Coding.from_json(kept["coding"]),
        booster,
        bool(kept["gives_probability"]),
        threads,
    )
    if served.coding.audience is not audience:
        raise _damaged(found, f"it ranks for a {served.coding.audience}, not for a {audience}")
    served.check(golden)
    return served


def folder_of(audience: Audience, tracking: Path, version: str | int) -> Path:
    """Where a version's files lie; raises ModelMissing."""
    return _folder(audience, tracking, _find(audience, tracking, version))


def version_of(audience: Audience, tracking: Path, alias: str) -> int | None:
    """The version behind an alias, None without one; cheap enough to poll for a new champion."""
    try:
        return int(_find(audience, tracking, alias).version)
    except ModelMissing:
        return None


def register(tracking: Path, audience: Audience, run_id: str, model_uri: str, model_id: str) -> int:
    """Make a logged model the next version of its audience, with the hashes of its files, as the challenger."""
    registry, name = client(tracking), REGISTERED[audience]
    try:
        registry.get_registered_model(name)
    except quiet_mlflow().MlflowException:
        registry.create_registered_model(name, description=f"Orders what a {audience} is entitled to.")
    made = registry.create_model_version(name, source=model_uri, run_id=run_id, model_id=model_id)
    folder = _folder(audience, tracking, made)
    for file, tag in _SHA.items():
        registry.set_model_version_tag(name, made.version, tag, _sha256((folder / file).read_bytes()))
    registry.set_registered_model_alias(name, CHALLENGER, made.version)
    return int(made.version)


def keep_evaluation(tracking: Path, audience: Audience, version: int, evaluation: Evaluation) -> None:
    """Keep how a version was judged, and against which champion: promotion rests on it."""
    registry, name = client(tracking), REGISTERED[audience]
    champion = version_of(audience, tracking, CHAMPION)
    registry.set_model_version_tag(name, str(version), _EVALUATION, json.dumps(evaluation.to_json()))
    registry.set_model_version_tag(name, str(version), _CHAMPION_THEN, str(champion))


def promote(
    audience: Audience,
    tracking: Path,
    version: str | int,
    *,
    reviewer: str,
    now: datetime,
    gate: Gate | None = None,
) -> Promotion:
    """Let a version serve, by alias or number, if its evaluation passes the gate; GateFailed says what it misses."""
    found = _find(audience, tracking, version)
    number, champion = int(found.version), version_of(audience, tracking, CHAMPION)
    if number == champion:
        return Promotion(audience, number, version_of(audience, tracking, PREVIOUS), reviewer)
    # A champion that cannot serve is no bar: it is what has to be replaced.
    bar = champion if champion is not None and _loads(audience, tracking) else None
    findings = _findings(found, bar, gate or Gate())
    if findings:
        raise GateFailed(found.name, number, findings)
    registry = client(tracking)
    registry.set_model_version_tag(found.name, found.version, "reviewer", reviewer)
    registry.set_model_version_tag(found.name, found.version, "promoted_at", now.isoformat())
    # `previous` first: a crash between the two leaves the old champion serving and nothing lost.
    if champion is not None:
        registry.set_registered_model_alias(found.name, PREVIOUS, str(champion))
    registry.set_registered_model_alias(found.name, CHAMPION, found.version)
    if version_of(audience, tracking, CHALLENGER) == number:
        registry.delete_registered_model_alias(found.name, CHALLENGER)
    return Promotion(audience, number, champion, reviewer)


def rollback(audience: Audience, tracking: Path, *, reviewer: str, now: datetime) -> Promotion:
    """Let the previous version serve again; the two change places, so that a second rollback undoes the first."""
    champion, previous = _find(audience, tracking, CHAMPION), _find(audience, tracking, PREVIOUS)
    registry = client(tracking)
    registry.set_model_version_tag(previous.name, previous.version, "reviewer", reviewer)
    registry.set_model_version_tag(previous.name, previous.version, "rolled_back_to_at", now.isoformat())
    registry.set_registered_model_alias(champion.name, CHAMPION, previous.version)
    registry.set_registered_model_alias(champion.name, PREVIOUS, champion.version)
    return Promotion(audience, int(previous.version), int(champion.version), reviewer)


def _findings(found: ModelVersion, champion: int | None, gate: Gate) -> list[str]:
    kept = found.tags.get(_EVALUATION)
    if kept is None:
        return ["it was not evaluated yet ('duixian evaluate' does it)"]
    if champion is not None and found.tags.get(_CHAMPION_THEN) != str(champion):
        return [f"it was not evaluated against version {champion}, which serves now ('duixian evaluate' does it)"]
    evaluation = Evaluation.from_json(json.loads(kept))
    found_short = gate.findings(evaluation, BASELINES)
    if champion is not None and not set(evaluation.differences) - BASELINES:
        found_short.append(f"it was judged against the baselines only, not against version {champion}, which serves")
    return found_short


def _loads(audience: Audience, tracking: Path) -> bool:
    try:
        load_champion(audience, tracking)
    except ModelInvalid:
        return False
    return True


def _find(audience: Audience, tracking: Path, version: str | int) -> ModelVersion:
    name, wanted = REGISTERED[audience], str(version)
    what = f"version {wanted}" if wanted.isdigit() else wanted
    missing = ModelMissing(
        f"There is no {what} of {name} in {tracking}.",
        next_step=f"Run 'duixian train', 'duixian evaluate' and 'duixian promote'; {UNTIL_THEN}",
        model=name,
        version=wanted,
        tracking=str(tracking),
    )
    # MLflow would make an empty database where it finds none.
    if not (tracking / DATABASE).exists():
        raise missing
    failure = quiet_mlflow().MlflowException
    try:
        _probe(tracking / DATABASE)
        registry = client(tracking)
        if wanted.isdigit():
            return registry.get_model_version(name, wanted)
        return registry.get_model_version_by_alias(name, wanted)
    except (failure, sqlite3.DatabaseError) as error:
        if getattr(error, "error_code", None) in _ABSENT:
            raise missing from error
        raise ModelInvalid(
            f"The model registry in {tracking} cannot be read: {error}",
            next_step=f"Restore {tracking / DATABASE} or move it away and train again; {UNTIL_THEN}",
            tracking=str(tracking),
        ) from error


def _probe(database: Path) -> None:
    """Raise sqlite3.DatabaseError for a file that is none: MLflow would tell it by a stack of its own."""
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _folder(audience: Audience, tracking: Path, found: ModelVersion) -> Path:
    """Where a version's files lie now: MLflow keeps absolute places, which a move or a container's mount changes."""
    location = client(tracking).get_model_version_download_uri(found.name, found.version)
    if location.startswith("models:/"):
        location = client(tracking).get_logged_model(location.removeprefix("models:/")).artifact_location
    recorded = unquote(urlsplit(location).path)
    root = f"/{ARTIFACTS}/{audience}/"
    return tracking / root.strip("/") / recorded.rpartition(root)[2] if root in recorded else Path(recorded)


def _read(path: Path, found: ModelVersion, tag: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged(found, f"{path} cannot be read ({error.strerror})") from error
    if _sha256(content) != found.tags.get(tag):
        raise _damaged(found, f"{path} is not the file that was registered")
    return content


def _damaged(found: ModelVersion, detail: str) -> ModelInvalid:
    return ModelInvalid(
        f"Version {found.version} of {found.name} cannot be served: {detail}.",
        next_step=f"Run 'duixian rollback', or train and promote a new version; {UNTIL_THEN}",
        model=found.name,
        version=found.version,
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
