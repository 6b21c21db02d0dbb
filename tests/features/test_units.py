import pytest

from features.units import conversion, known_for


@pytest.mark.parametrize(
    ("source", "target", "value", "expected"),
    [
        ("fen", "cny_per_month", 12_345, 123.45),
        ("wan_yuan", "cny", 3, 30_000),
        ("yuan_per_year", "cny_per_month", 24_000, 2_000),
        ("wan_yuan_per_month", "cny_per_year", 1, 120_000),
        ("share", "percent", 0.25, 25),
        ("years", "months", 3, 36),
        ("wan", "persons", 2, 20_000),
        ("mu", "m2", 3, 2_000),
    ],
)
def test_a_registers_unit_becomes_the_vocabularys(source: str, target: str, value: float, expected: float) -> None:
    found = conversion(source, target)
    assert found is not None
    assert value * found.times / found.over == pytest.approx(expected)


@pytest.mark.parametrize(("source", "target"), [("fen", "persons"), ("yuan_per_month", "cny"), ("hours", "months")])
def test_units_of_another_kind_are_refused(source: str, target: str) -> None:
    assert conversion(source, target) is None


def test_every_unit_of_the_vocabulary_has_units_that_a_mapping_may_name() -> None:
    for unit in ("none", "years", "months", "days", "persons", "count", "percent", "m2", "cny", "cny_per_month"):
        assert all(conversion(source, unit) is not None for source in known_for(unit))
