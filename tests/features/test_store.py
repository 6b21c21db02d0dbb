"""The traps of the feature store, each with the test that falls into it when the guard is gone."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import DataDamaged, FeaturesMissing, ProfileInvalid, UnknownFact, UnknownSubject
from domain.facts import Audience, Vocabulary
from domain.profile import FactStatus
from features import wide
from features.registers import import_extract
from features.store import FeatureStoreHandle

ENTERPRISE = Audience.ENTERPRISE
LAW = {
    "small_low_profit_income_cny_year": Decimal(3_000_000),
    "small_low_profit_employees_persons": Decimal(300),
    "small_low_profit_assets_cny": Decimal(50_000_000),
}
MARKET = """\
register: market
audience: enterprise
subject_id: {column: id}
as_of: {column: day}
facts: {registered_on: {column: since}, registered_district: {column: district}, branches_count: {column: branches}}
"""
TAX = """\
register: tax
audience: enterprise
subject_id: {column: id}
as_of: {column: day}
facts:
  taxable_income_cny_year: {column: income}
  total_assets_cny: {column: assets}
  restricted_industry: {column: restricted}
"""
EMPLOYMENT = """\
register: employment
audience: enterprise
subject_id: {column: id}
as_of: {column: day}
facts: {employees_count: {column: n}}
"""


class City:
    """A home with a few enterprises, which grows by imports."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        self.home, self.vocabulary, self.count = folder, vocabulary, 0
        self.store = FeatureStoreHandle.open(folder, vocabulary)

    def add(self, mapping: str, rows: list[dict[str, Any]]) -> None:
        self.count += 1
        extract, text = self.home / f"x{self.count}.parquet", self.home / f"m{self.count}.yaml"
        pq.write_table(pa.Table.from_pylist(rows), extract)
        text.write_text(mapping, encoding="utf-8")
        import_extract(extract, text, self.vocabulary, self.home)

    def build(self, as_of: date, created_at: datetime | None = None, overlay: pa.Table | None = None) -> Path:
        return wide.build(self.home, self.vocabulary, ENTERPRISE, as_of, overlay, parameters=LAW, created_at=created_at)


def market(subject_id: str, day: str, **more: Any) -> dict[str, Any]:
    return {"id": subject_id, "day": day, "since": "1969-07-20", "district": "xuhui", "branches": 1, **more}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary) -> City:
    """Three enterprises known on two days; loading Feast and applying its definitions takes seconds, so once."""
    city = City(tmp_path_factory.mktemp("city"), vocabulary)
    city.add(MARKET, [market(one, "2026-01-01") for one in ("E1", "E2", "E3")])
    city.add(TAX, [{"id": "E1", "day": "2026-01-01", "income": 3e6, "assets": 5e7, "restricted": False}])
    city.add(EMPLOYMENT, [{"id": "E1", "day": "2026-01-01", "n": 300}])
    city.build(date(2026, 2, 1), datetime(2026, 2, 1, tzinfo=UTC))
    city.add(MARKET, [market("E1", "2026-05-01", district="pudong"), market("E2", "2026-05-01", branches=None)])
    path = city.build(date(2026, 6, 1), datetime(2026, 6, 1, tzinfo=UTC))
    assert city.store.apply(vocabulary) is True
    assert city.store.materialize(ENTERPRISE, path) == 3
    return city


def moments(*rows: tuple[str, datetime]) -> pa.Table:
    return pa.table(
        {
            "subject_id": [row[0] for row in rows],
            "event_timestamp": pa.array([row[1] for row in rows], pa.timestamp("us", "UTC")),
            "claimed": list(range(len(rows))),
        }
    )


MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
JULY = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_an_online_profile_equals_the_wide_tables_row_in_value_type_source_and_date(city: City) -> None:
    path = wide.latest(city.home, ENTERPRISE)
    expected = {one.subject_id: one for one in wide.profiles(wide.read(path), city.vocabulary, ENTERPRISE)}
    found = city.store.profiles(ENTERPRISE, ["E3", "E1", "E9", "E2"])
    assert list(found) == ["E3", "E1", "E2"]
    for name, profile in found.items():
        assert profile == expected[name]
        for fact, value in expected[name].values().items():
            assert type(profile.value(fact)) is type(value), fact
    assert found["E1"].value("registered_on") == date(1969, 7, 20)
    assert type(found["E1"].value("registered_on")) is date
    assert type(found["E1"].value("branches_count")) is int
    assert found["E2"].facts["branches_count"].value is None
    assert found["E2"].facts["branches_count"].status is FactStatus.UNKNOWN
    assert found["E1"].value("restricted_industry") is False
    assert found["E1"].value("small_low_profit") is True


def test_an_unknown_subject_is_an_error_and_no_empty_profile(city: City) -> None:
    with pytest.raises(UnknownSubject, match="E9"):
        city.store.profile(ENTERPRISE, "E9")
    with pytest.raises(UnknownSubject, match="E9"):
        city.store.features(ENTERPRISE, ["E1", "E9"], ["branches_count"])


def test_online_features_come_in_the_order_asked_for(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["total_assets_cny", "branches_count", "employees_count", "months_since_registered"]
    plain = city.store.features(ENTERPRISE, ["E2", "E1"], names)
    assert plain.column_names == names
    assert plain["employees_count"].to_pylist() == [None, 300]
    # Feast's answer has another order in another process; reverse it here.
    online = FeatureStoreHandle._online

    def reversed_online(self: FeatureStoreHandle, audience: Audience, ids: list[str]) -> Any:
        answer = online(self, audience, ids).to_dict()
        return SimpleNamespace(to_dict=lambda: dict(reversed(answer.items())))

    monkeypatch.setattr(FeatureStoreHandle, "_online", reversed_online)
    assert city.store.features(ENTERPRISE, ["E2", "E1"], names).equals(plain)


def test_training_features_come_in_the_order_asked_for_after_the_rows_own_columns(city: City) -> None:
    names = ["total_assets_cny", "registered_district", "branches_count"]
    frame = city.store.training_frame(ENTERPRISE, moments(("E1", JULY), ("E2", MARCH)), names)
    assert frame.column_names == ["subject_id", "event_timestamp", "claimed", *names]
    everything = city.store.training_frame(ENTERPRISE, moments(("E1", JULY)))
    assert everything.column_names[3:] == list(city.vocabulary.of(ENTERPRISE))
    assert everything["registered_on"].to_pylist() == [date(1969, 7, 20)]
    assert everything.schema.field("branches_count").type == pa.int64()


def test_five_impressions_of_one_moment_stay_five(city: City) -> None:
    rows = moments(("E2", JULY), *[("E1", JULY)] * 5, ("E3", MARCH))
    frame = city.store.training_frame(ENTERPRISE, rows, ["registered_district"])
    assert frame.select(rows.column_names).equals(rows)
    assert frame["registered_district"].to_pylist() == ["xuhui", *["pudong"] * 5, "xuhui"]


def test_a_join_that_loses_rows_is_refused(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = city.store._feast.get_historical_features

    def lossy(**given: Any) -> Any:
        table = whole(**given).to_arrow()
        return SimpleNamespace(to_arrow=lambda: table.slice(1))

    monkeypatch.setattr(city.store._feast, "get_historical_features", lossy)
    with pytest.raises(DataDamaged, match="2 rows went in, 1 came out"):
        city.store.training_frame(ENTERPRISE, moments(("E1", JULY), ("E2", JULY)))


def test_training_reads_what_was_known_at_each_moment(city: City) -> None:
    rows = moments(("E1", MARCH), ("E1", JULY), ("E1", datetime(2026, 1, 15, tzinfo=UTC)))
    frame = city.store.training_frame(ENTERPRISE, rows, ["registered_district"])
    assert frame["registered_district"].to_pylist() == ["xuhui", "pudong", None]
    with pytest.raises(FeaturesMissing, match="known at its moment"):
        city.store.training_frame(ENTERPRISE, moments(("E1", datetime(2025, 1, 1, tzinfo=UTC))))


def test_a_backfill_does_not_leak_into_moments_before_it_was_made(city: City) -> None:
    # Built later for 15 February, from an import of then that arrived late: nobody knew it in March.
    city.add(MARKET, [market("E1", "2026-02-10", district="chongming")])
    city.build(date(2026, 2, 15), created_at=JULY - timedelta(days=1))
    frame = city.store.training_frame(ENTERPRISE, moments(("E1", MARCH)), ["registered_district"])
    assert frame["registered_district"].to_pylist() == ["xuhui"]


def test_snapshots_of_another_vocabulary_do_not_break_a_training_read(city: City) -> None:
    folder = city.home / "wide" / "enterprise"
    other = folder / "ffffff0123456789.parquet"
    pq.write_table(wide.read(wide.latest(city.home, ENTERPRISE)).drop_columns(["industry"]), other)
    try:
        frame = city.store.training_frame(ENTERPRISE, moments(("E1", JULY)), ["registered_district", "industry"])
    finally:
        other.unlink()
    assert frame["registered_district"].to_pylist() == ["pudong"]


def test_a_write_of_one_feature_leaves_the_subjects_others_as_they_are(city: City) -> None:
    feast = city.store._feast
    view = feast.get_feature_view("enterprise_profile")
    before = city.store.profile(ENTERPRISE, "E3")
    key = _protos("EntityKey")(join_keys=["subject_id"], entity_values=[_protos("Value")(string_val="E3")])
    change = {"branches_count": _protos("Value")(int64_val=5)}
    feast._get_provider().online_write_batch(feast.config, view, [(key, change, JULY, None)], None)
    after = city.store.profile(ENTERPRISE, "E3")
    assert {name for name in after.facts if after.facts[name] != before.facts[name]} == {"branches_count"}
    assert after.value("branches_count") == 5


def _protos(name: str) -> Any:
    return getattr(import_module(f"feast.protos.feast.types.{name}_pb2"), name)


def test_a_column_that_is_also_a_fact_is_refused(city: City) -> None:
    with pytest.raises(ProfileInvalid, match="also a fact"):
        city.store.training_frame(
            ENTERPRISE, moments(("E1", JULY)).rename_columns(["subject_id", "event_timestamp", "industry"])
        )
    with pytest.raises(UnknownFact, match="branches_count"):
        city.store.features(ENTERPRISE, ["E1"], ["branch_count"])


def test_a_life_event_changes_the_online_profile_with_what_follows_and_a_new_snapshot_settles_it(city: City) -> None:
    event = date(2026, 6, 3)
    before = city.store.profile(ENTERPRISE, "E1")
    with pytest.raises(ProfileInvalid):
        city.store.push(ENTERPRISE, "E1", {"employees_count": "many"}, event)
    with pytest.raises(UnknownSubject):
        city.store.push(ENTERPRISE, "E9", {"employees_count": 1}, event)
    assert city.store.profile(ENTERPRISE, "E1") == before

    # The same event laid over at reading, pushed, or both, gives the same profile.
    laid = [SimpleNamespace(changes={"employees_count": 301}, as_of=event)]
    over = city.store.profile(ENTERPRISE, "E1", overlay=laid)
    pushed = city.store.push(ENTERPRISE, "E1", {"employees_count": 301}, event)
    assert over == pushed == city.store.profile(ENTERPRISE, "E1") == city.store.profile(ENTERPRISE, "E1", overlay=laid)
    count, small = pushed.facts["employees_count"], pushed.facts["small_low_profit"]
    assert (count.value, count.source, count.as_of) == (301, "life_event", event)
    assert (small.value, small.as_of) == (False, date(2026, 1, 1))
    assert pushed.facts["total_assets_cny"] == before.facts["total_assets_cny"]
    assert city.store.profile(ENTERPRISE, "E2").value("employees_count") is None

    # An event older than the register's row changes nothing.
    old = city.store.push(ENTERPRISE, "E1", {"registered_district": "xuhui"}, date(2026, 4, 1))
    assert old.value("registered_district") == "pudong"

    # The next snapshot does not know of the event: the subject's row is written again though its facts are as before.
    city.add(MARKET, [market("E2", "2026-06-02", branches=7)])
    path = city.build(date(2026, 6, 5), datetime(2026, 6, 5, tzinfo=UTC))
    seen: list[tuple[int, int | None]] = []
    city.store.materialize(ENTERPRISE, path, lambda done, total: seen.append((done, total)))
    assert city.store.profile(ENTERPRISE, "E1").value("employees_count") == 300
    assert city.store.profile(ENTERPRISE, "E2").value("branches_count") == 7
    assert seen
    assert seen[-1][0] == seen[-1][1]


def test_loading_again_writes_nothing_and_a_new_snapshot_only_what_changed(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    city = City(tmp_path, vocabulary)
    with pytest.raises(FeaturesMissing, match="has no definitions"):
        city.store.profile(ENTERPRISE, "E1")
    city.store.apply(vocabulary)
    assert city.store.apply(vocabulary) is False
    city.add(MARKET, [market(f"E{i}", "2026-01-01") for i in range(50)])
    day = date(2026, 2, 1)
    first = city.build(day)
    assert city.store.materialize(ENTERPRISE, first) == 50
    assert city.store.materialize(ENTERPRISE, first) == 0
    city.add(MARKET, [market("E7", "2026-01-05", branches=9), market("E99", "2026-01-05")])
    second = city.build(day)
    assert city.store.materialize(ENTERPRISE, second) == 2
    assert city.store.profile(ENTERPRISE, "E7").value("branches_count") == 9

    # Back to the first table, where E99 is not: it is gone again. (What was written last is what is compared with.)
    assert city.store.materialize(ENTERPRISE, first) == 2
    with pytest.raises(UnknownSubject):
        city.store.profile(ENTERPRISE, "E99")

    # A load that was killed half-way is made again as a whole.
    def killed(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        city.store.materialize(ENTERPRISE, second, killed)
    assert city.store.materialize(ENTERPRISE, second) == 51


def test_threads_may_share_the_handle(city: City) -> None:
    ids = ["E1", "E2", "E3"] * 20
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda one: city.store.profile(ENTERPRISE, one), ids)
    assert [one.subject_id for one in found] == ids


def test_definitions_are_applied_from_code_and_name_each_thing_once(city: City) -> None:
    feast = city.store._feast
    assert sorted(view.name for view in feast.list_feature_views()) == ["citizen_profile", "enterprise_profile"]
    assert {one.name for one in feast.list_entities()} >= {"citizen", "enterprise"}
    city.store.add_service("enterprise_ranking_v7", ENTERPRISE, ["total_assets_cny", "branches_count"])
    services = {one.name for one in feast.list_feature_services()}
    assert services == {
        *(f"{audience}_{purpose}" for audience in Audience for purpose in ("matching", "ranking")),
        "enterprise_ranking_v7",
    }
    # `feast apply` would import these modules a second time under another name; nobody runs it.
    twice = [
        name for name in sys.modules if name.split(".")[-1] in {"views", "sources", "entities"} and "features" in name
    ]
    assert sorted(twice) == ["features.entities", "features.sources", "features.views"]


def test_importing_the_store_does_not_import_feast() -> None:
    script = "import sys, features.store; sys.exit('feast' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, env={**os.environ}).returncode == 0
