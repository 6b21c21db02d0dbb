"""The mappings of the city's registers against the vocabulary."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from world.extracts import MAPPINGS, load_registers

VOCABULARY: dict[str, Any] = yaml.safe_load((MAPPINGS.parents[1] / "catalogue" / "vocabulary.yaml").read_text("utf-8"))
FILES = sorted(MAPPINGS.glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    mapping: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return mapping


@pytest.mark.parametrize("audience", ["citizen", "enterprise"])
def test_every_fact_that_is_not_derived_comes_from_its_register_exactly_once(audience: str) -> None:
    mapped = Counter(
        (mapping["register"], fact)
        for mapping in map(read, FILES)
        if mapping["audience"] == audience
        for fact in mapping["facts"]
    )
    wanted = {(raw["register"], name) for name, raw in VOCABULARY[audience].items() if raw["register"] != "derived"}
    assert set(mapped) == wanted
    assert max(mapped.values()) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_codes_and_absent_values_are_words_of_the_vocabulary(path: Path) -> None:
    mapping = read(path)
    assert path.stem == mapping["register"]
    facts = VOCABULARY[mapping["audience"]]
    for name, field in mapping["facts"].items():
        raw = facts[name]
        words = {**raw.get("categories", {}), **raw.get("also", {})}
        if raw["type"] == "boolean":
            assert set(field["codes"].values()) == {True, False}, name
        elif raw["type"] in ("category", "region"):
            absent = mapping.get("absent", {}).get(name)
            assert set(field["codes"].values()) | {absent} == set(words) | {absent}, name
        elif raw["type"] == "date":
            assert "format" in field, name
    for name, value in mapping.get("absent", {}).items():
        assert name in mapping["facts"]
        raw = facts[name]
        words = {**raw.get("categories", {}), **raw.get("also", {})}
        if raw["type"] == "boolean":
            assert isinstance(value, bool), name
        elif raw["type"] == "category":
            assert value in words, name
        else:
            assert raw["min"] <= value <= raw["max"], name
    assert ("absent" in mapping) == mapping.get("complete_list", False)


def test_columns_of_a_register_have_names_of_their_own() -> None:
    for register in load_registers().values():
        columns = [
            register.subject_column,
            register.date_column,
            *(field.column for field in register.fields.values()),
            *register.links.values(),
        ]
        assert len(set(columns)) == len(columns), register.name
