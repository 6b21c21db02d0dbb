import json
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import world.city
from domain.errors import CityMissing
from world.city import CityInvalid, digest_of, generate, spans
from world.traits import TRAITS, read_traits

AS_OF = date(2026, 11, 24)


def column(city: Path, register: str, name: str) -> list[str | None]:
    values: list[str | None] = pq.read_table(city / "extracts" / register, columns=[name])[name].to_pylist()
    return values


def test_same_arguments_give_the_same_bytes(small_city: Path, tmp_path: Path) -> None:
    again = generate(4_000, 600, 11, AS_OF, tmp_path / "again")
    assert digest_of(again) == digest_of(small_city)
    assert (again / "manifest.json").read_text() == (small_city / "manifest.json").read_text()


@pytest.mark.parametrize(
    "other", [(4_000, 600, 12, AS_OF), (4_001, 600, 11, AS_OF), (4_000, 600, 11, date(2026, 11, 25))]
)
def test_other_arguments_give_another_city(small_city: Path, tmp_path: Path, other: tuple[int, int, int, date]) -> None:
    assert digest_of(generate(*other, tmp_path / "other")) != digest_of(small_city)


def test_a_second_run_leaves_the_city_as_it_is(small_city: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in small_city.rglob("*")}
    seen: list[tuple[int, int]] = []
    generate(4_000, 600, 11, AS_OF, small_city, lambda done, total: seen.append((done, total)))
    assert {path: path.stat().st_mtime_ns for path in small_city.rglob("*")} == before
    assert seen == [(4_600, 4_600)]


def test_chunks_cover_the_city_once_and_bound_the_memory() -> None:
    parts = list(spans(250_001, 31, chunk=100_000))
    assert sum(part.citizens for part in parts) == 250_001
    assert sum(part.enterprises for part in parts) == 31
    assert max(part.citizens for part in parts) <= 100_000
    assert [part.first_citizen for part in parts[1:]] == [part.first_citizen + part.citizens for part in parts[:-1]]


def test_a_city_of_several_chunks_has_ids_and_links_that_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.city, "CHUNK_CITIZENS", 500)
    monkeypatch.setattr(world.city.spans, "__defaults__", (500,))
    progress: list[tuple[int, int]] = []
    city = generate(1_700, 240, 3, AS_OF, tmp_path / "city", lambda done, total: progress.append((done, total)))
    assert len(list((city / "extracts" / "population").glob("*.parquet"))) == 4
    assert progress[-1] == (1_940, 1_940)
    assert len(set(column(city, "population", "rybh"))) == 1_700
    people, firms = set(column(city, "population", "rybh")), set(column(city, "market", "tyshxydm"))
    assert set(column(city, "market", "fddbr")) <= people
    assert set(column(city, "social_insurance", "dwbh")) - {None} <= firms
    assert set(column(city, "population", "jtid")) <= {f"H{person[1:]}" for person in people if person}


def test_a_part_of_the_rows_of_each_large_register_is_dirty(small_city: Path) -> None:
    population = pq.read_table(small_city / "extracts" / "population")
    twice = population.num_rows - pc.count_distinct(population["rybh"]).as_py()
    impossible = pc.sum(pc.equal(population["csrq"], "20230230")).as_py()
    unseen = sum(pc.sum(pc.equal(population[name], "??")).as_py() for name in ("xb", "bshj", "hjq", "jzq", "jzz"))
    assert 1 <= twice + impossible + unseen <= 4_000 * 0.005


def test_manifest_counts_the_rows(small_city: Path) -> None:
    manifest = json.loads((small_city / "manifest.json").read_text())
    for register, rows in manifest["rows"].items():
        assert pq.read_table(small_city / "extracts" / register).num_rows == rows
    assert manifest["digest"] == digest_of(small_city)


@pytest.mark.parametrize("sizes", [(-1, 3), (3, -1), (0, 0)])
def test_impossible_sizes_are_refused_and_nothing_is_written(tmp_path: Path, sizes: tuple[int, int]) -> None:
    with pytest.raises(CityInvalid, match="zero and more"):
        generate(*sizes, 1, AS_OF, tmp_path / "city")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sizes", [(1, 0), (0, 2), (1, 5), (3, 1)])
def test_the_smallest_cities_can_be_made(tmp_path: Path, sizes: tuple[int, int]) -> None:
    city = generate(*sizes, 1, AS_OF, tmp_path / "city")
    assert len(column(city, "population", "rybh")) == sizes[0]
    assert len(column(city, "market", "tyshxydm")) == sizes[1]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CityInvalid, match="holds no city"):
        generate(10, 1, 1, AS_OF, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_run_that_breaks_leaves_the_old_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = generate(50, 5, 1, AS_OF, tmp_path / "city")
    before = digest_of(city)

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(world.city, "write", full_disk)
    with pytest.raises(OSError, match="no space"):
        generate(60, 5, 1, AS_OF, city)
    assert digest_of(city) == before


def test_traits_of_everybody_are_kept_apart_from_the_extracts(small_city: Path, tmp_path: Path) -> None:
    for audience, subjects in (("citizen", 4_000), ("enterprise", 600)):
        traits = read_traits(small_city, audience)
        assert traits.num_rows == subjects
        assert traits.column_names == ["subject_id", *TRAITS]
        comfort = traits["digital_comfort"].to_numpy()
        assert 0 < comfort.min() < comfort.max() < 1
    with pytest.raises(CityMissing, match="no traits"):
        read_traits(tmp_path, "citizen")
