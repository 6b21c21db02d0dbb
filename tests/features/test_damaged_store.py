"""A feature store whose files were cut short or written over says so, and can be built again."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from domain.errors import DataDamaged, FeaturesMissing
from domain.facts import Audience, Vocabulary
from features.store import FeatureStoreHandle
from tests.features.test_store import MARKET, City, market

ENTERPRISE = Audience.ENTERPRISE
Damage = Callable[[str, bytes], FeatureStoreHandle]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary) -> City:
    city = City(tmp_path_factory.mktemp("city"), vocabulary)
    city.store.apply(vocabulary)
    city.add(MARKET, [market("E1", "2026-01-01"), market("E2", "2026-01-01")])
    city.store.materialize(ENTERPRISE, city.build(date(2026, 2, 1)))
    return city


@pytest.fixture
def damage(city: City, tmp_path: Path) -> Damage:
    """Writes over a file of a copy of the store and opens it, as a process that starts then."""

    def write(name: str, content: bytes) -> FeatureStoreHandle:
        home = tmp_path / "copy"
        shutil.copytree(city.home, home)
        (home / "feast" / name).write_bytes(content)
        if name == "online.db":
            for journal in (home / "feast").glob("online.db-*"):
                journal.unlink()
        return FeatureStoreHandle.open(home, city.vocabulary)

    return write


@pytest.mark.parametrize(
    ("name", "content"),
    [("registry.db", b"\xff" * 50), ("registry.db", b""), ("online.db", b"garbage!" * 512), ("online.db", b"")],
)
def test_a_file_that_cannot_be_read_is_told_with_its_mend(damage: Damage, name: str, content: bytes) -> None:
    with pytest.raises(FeaturesMissing, match=r"Remove .*feast and run 'duixian features build'"):
        damage(name, content).profile(ENTERPRISE, "E1")


def test_a_state_that_cannot_be_read_is_named_and_the_next_load_writes_everything(city: City, damage: Damage) -> None:
    store = damage("online-enterprise.json", b'{"snap')
    event = SimpleNamespace(changes={"branches_count": 2}, as_of=date(2026, 2, 1))
    with pytest.raises(DataDamaged, match=r"online-enterprise\.json"):
        store.profile(ENTERPRISE, "E1", overlay=[event])
    assert store.materialize(ENTERPRISE, city.build(date(2026, 2, 1))) == 2
    assert store.profile(ENTERPRISE, "E1", overlay=[event]).value("branches_count") == 2


def test_definitions_are_applied_again_when_it_is_not_known_which_hold(city: City, damage: Damage) -> None:
    assert damage("applied.json", b"{").apply(city.vocabulary) is True
