"""The texts that a database keeps of parameters and vocabulary: from each the same thing is made again."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.loader import (
    Catalogue,
    load_catalogue,
    load_parameter_text,
    load_vocabulary_text,
    parameter_text,
)
from domain.errors import CatalogueInvalid
from domain.facts import Label, Vocabulary
from domain.policy import DatedValue, Document, Parameter, Verification

LIKE_OTHER_YAML = ("2026-01-01", "12", "true", "null", "~", "a: b", "# a", "- a", "*a", "é", "五", "1:30", "0x1")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_a_parameter_s_own_text_makes_it_again(catalogue: Catalogue) -> None:
    for name, parameter in catalogue.parameters.items():
        text = parameter_text(parameter)
        assert load_parameter_text(text, name, catalogue.vocabulary) == parameter


@given(
    st.sampled_from(LIKE_OTHER_YAML) | st.text(min_size=1, max_size=12).map(str.strip).filter(str.isprintable),
    st.decimals(-(10**9), 10**9, places=12) | st.integers(-(10**14), 10**14).map(Decimal),
)
def test_a_parameter_is_read_back_whatever_stands_in_it(word: str, value: Decimal) -> None:
    word = word or "?"
    vocabulary = Vocabulary({}, {}, {"cny": Label("元", "yuan")})
    parameter = Parameter(
        "odd",
        "cny",
        Label(word, word),
        Document(word, word, date(2020, 1, 1), word),
        Verification.RECALLED,
        (DatedValue(date(2020, 1, 1), date(2020, 12, 31), value), DatedValue(date(2021, 1, 1), None, value)),
    )
    assert load_parameter_text(parameter_text(parameter), "odd", vocabulary) == parameter


def test_a_vocabulary_s_own_text_makes_it_again(catalogue: Catalogue) -> None:
    assert load_vocabulary_text(catalogue.vocabulary.source, "words") == catalogue.vocabulary


def test_a_text_that_cannot_be_read_is_told_by_its_name(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueInvalid, match="words, as loaded:1:"):
        load_vocabulary_text("units: 5\n", "words, as loaded")
    with pytest.raises(CatalogueInvalid, match="age version 3:1:"):
        load_parameter_text("age: {unit: years}\n", "age version 3", catalogue.vocabulary)
