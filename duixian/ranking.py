"""Rankers put to work: what they learn from, which one serves, and following a promotion without a restart."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from domain.errors import DataDamaged, GateFailed, ModelInvalid, ModelMissing
from domain.facts import Audience
from duixian.matching import Matched
from duixian.progress import ProgressBar
from duixian.runtime import Runtime
from duixian.settings import Settings
from models import registry, training
from models.boosted import BoostingSettings
from models.columns import FEATURES
from models.dataset import TrainingData, moments
from models.evaluation import Evaluation
from models.serving import ServedRanker
from models.training import TrainedVersion
from world.behaviour import pair_truth, simulate_impressions, true_relevance
from world.traits import read_traits

_log = logging.getLogger(__name__)

FOLLOW_EVERY_S = 10.0  # A promotion is served within half a minute; asking costs two milliseconds.
DEMO_REVIEWER = "demo"
LEAST_SLATES = 20_000  # Fewer leave a small city's first model too close to the baselines to be told from them.


def champion(settings: Settings, audience: Audience) -> ServedRanker | None:
    """The model that serves; None where none was promoted or it cannot be loaded: the published order holds then."""
    try:
        return registry.load_champion(audience, settings.tracking, settings.threads)
    except ModelMissing:
        return None
    except ModelInvalid as error:
        _log.warning("%s", error)
        return None


class Champions:
    """The served models of both audiences, followed in a thread of its own, off every request's path."""

    def __init__(self, settings: Settings, every_s: float = FOLLOW_EVERY_S) -> None:
        self._settings = settings
        self._every_s = every_s
        self._served: Mapping[Audience, ServedRanker | None] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="champions", daemon=True)

    def __enter__(self) -> Champions:
        self.refresh()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def of(self, audience: Audience) -> ServedRanker | None:
        return self._served.get(audience)

    def refresh(self) -> None:
        """Load what the aliases name now. A version that cannot be loaded leaves the last good one serving."""
        served: dict[Audience, ServedRanker | None] = {}
        for audience in Audience:
            held = self._served.get(audience)
            wanted = registry.version_of(audience, self._settings.tracking, registry.CHAMPION)
            if held is not None and held.version == wanted:
                served[audience] = held
            else:
                served[audience] = champion(self._settings, audience) or held
        self._served = served

    def _follow(self) -> None:
        while not self._stop.wait(self._every_s):
            with suppress(ModelInvalid):  # the registry is away: what serves goes on serving
                self.refresh()


@dataclass(frozen=True)
class Log:
    """Where an installation keeps its impressions, and, for a synthetic city, their truth, kept apart."""

    home: Path

    def impressions(self, audience: Audience) -> Path:
        return self.home / "impressions" / f"{audience}.parquet"

    def truth(self, audience: Audience) -> Path:
        return self.home / "truth" / f"{audience}.parquet"


def training_data(runtime: Runtime, audience: Audience) -> TrainingData:
    """The logged impressions with each subject's facts as they were known when the slate was shown."""
    path = Log(runtime.home).impressions(audience)
    if not path.exists():
        raise ModelMissing(
            f"There are no impressions of {audience}s in {path}.",
            next_step="Run 'duixian demo' for a synthetic city's, or put the logged impressions there.",
        )
    try:
        impressions = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise DataDamaged(path, str(error)) from error
    subjects = runtime.store.training_frame(audience, moments(impressions), FEATURES[audience])
    return TrainingData(audience, impressions, subjects, runtime.catalogue.policies_of(audience))


def train(runtime: Runtime, audience: Audience, now: datetime, bar: ProgressBar) -> TrainedVersion:
    """Fit a new challenger on what was logged."""
    # A registry that cannot be read is told before the work, not after it.
    registry.version_of(audience, runtime.settings.tracking, registry.CHAMPION)
    data = training_data(runtime, audience)
    settings = BoostingSettings(threads=runtime.settings.threads)
    with bar(f"Training the {audience} ranker") as report:
        made = training.train(data, runtime.settings.tracking, now=now, settings=settings, progress=report)
    # Each version's features, in its order, as a service of the feature store that its name leads to.
    runtime.store.add_service(f"{audience}_ranking_v{made.version}", audience, FEATURES[audience])
    return made


def evaluate(
    runtime: Runtime, audience: Audience, version: str | int, against: training.Against, truth: Path | None
) -> Evaluation:
    """Judge a version on held-out subjects; by a synthetic city's truth where it is given, else by observed claims."""
    data = training_data(runtime, audience)
    known = None
    if truth is not None:
        try:
            known = pq.read_table(truth)
        except (pa.ArrowException, OSError) as error:
            raise DataDamaged(truth, str(error)) from error
    return training.evaluate(data, runtime.settings.tracking, version, against=against, truth=known)


def train_first(runtime: Runtime, matched: Matched, city: Path, seed: int, now: datetime, bar: ProgressBar) -> str:
    """Give a synthetic city's audience its first champion; says what it did. With a champion there is nothing to do."""
    audience, tracking = matched.program.audience, runtime.settings.tracking
    if not Log(runtime.home).impressions(audience).exists():
        simulate(runtime.home, matched, city, seed, now)
    if serving := champion(runtime.settings, audience):
        return f"{serving.name} serves already"
    made = train(runtime, audience, now, bar)
    judged = evaluate(runtime, audience, made.version, "baseline", Log(runtime.home).truth(audience))
    mine = judged.judgements[judged.model].ndcg.mean
    others = ", ".join(f"{name} {one.ndcg.mean:.3f}" for name, one in judged.judgements.items() if name != judged.model)
    measured = f"{made.registered_name} v{made.version}: nDCG@5 by {judged.gain} {mine:.3f} ({others})"
    try:
        registry.promote(audience, tracking, made.version, reviewer=DEMO_REVIEWER, now=now)
    except GateFailed:
        return f"{measured}; the gate refused it, so the published order holds"
    return measured


def simulate(home: Path, matched: Matched, city: Path, seed: int, now: datetime) -> None:
    """Let the behaviour model answer random slates, more a subject in a small city; log and truth are kept apart."""
    audience = matched.program.audience
    traits = read_traits(city, audience)
    amounts = matched.amounts()
    policies, eligible = matched.program.policies, matched.verdicts.all_true()
    rng = np.random.default_rng([seed, list(Audience).index(audience)])
    slates = -(-LEAST_SLATES // max(matched.table.num_rows, 1))
    impressions, _ = simulate_impressions(
        matched.table, eligible, amounts, policies, traits, rng, shown_at=now, slates=slates
    )
    pairs = pair_truth(matched.table, eligible, policies, true_relevance(matched.table, policies, amounts, traits))
    policy, subject = np.nonzero(eligible)
    fen = amounts[policy, subject]
    pairs = pairs.append_column("amount_fen", pa.array(fen, mask=fen < 0))
    log = Log(home)
    # The impressions last: where they are, their truth is, too.
    for path, table in ((log.truth(audience), pairs), (log.impressions(audience), impressions)):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        pq.write_table(table, draft, compression="zstd")
        draft.rename(path)
