"""The grammar: what it reads, and where exactly it says no."""

from datetime import date
from decimal import Decimal

import pytest

from domain.errors import ClauseSyntax
from domain.expression import MAX_DEPTH, All, Between, Compare, Not, OneOf, ParameterRef, clauses, parse, parse_clause


@pytest.mark.parametrize(
    ("text", "fact", "test"),
    [
        ("renting", "renting", Compare("==", True)),
        ("age_years >= 65", "age_years", Compare(">=", 65)),
        ("rent_cny_month<1500.50", "rent_cny_month", Compare("<", Decimal("1500.50"))),
        ("growth_percent > -3", "growth_percent", Compare(">", -3)),
        ("registered_on >= 2020-01-01", "registered_on", Compare(">=", date(2020, 1, 1))),
        ("age_years < param.elder_age", "age_years", Compare("<", ParameterRef("elder_age"))),
        ("sex == female", "sex", Compare("==", "female")),
        ("veteran != true", "veteran", Compare("!=", True)),
        ("district in [xuhui, pudong]", "district", OneOf(("xuhui", "pudong"))),
        ("district not in [xuhui]", "district", OneOf(("xuhui",), negated=True)),
        ("age_years between 50 and param.top", "age_years", Between(50, ParameterRef("top"))),
    ],
)
def test_a_clause_reads_as_it_is_written(text, fact, test):
    clause = parse_clause(text)
    assert (clause.fact, clause.test) == (fact, test)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("65 <= age_years", 1),
        ("age_years >> 65", 12),
        ("age_years >=", 13),
        ("age_years >= 65 and renting", 17),
        ("age_years >= 65years", 14),
        ("registered_on >= 2023-02-30", 18),
        ("district in xuhui", 13),
        ("district in [xuhui", 19),
        ("district in []", 14),
        ("age_years between 1 or 2", 21),
        ("not renting", 5),
        ("param.x > 1", 1),
        ("age_years == param.", 14),
        ("__import__('os')", 11),
        ("age_years >= 65; drop", 16),
        ("age_years >= ６５", 14),
        ("age_years >= 1" + "0" * 15, 14),
        ("age_years >= " + "9" * 5000, 14),
        ("age_years >= 0." + "1" * 400, 14),
    ],
)
def test_a_bad_clause_is_refused_at_its_exact_column(text, column):
    with pytest.raises(ClauseSyntax) as caught:
        parse_clause(text)
    assert caught.value.column == column


def test_a_tree_keeps_its_shape_and_its_order():
    rule = parse({"all": ["a", {"any": ["b", {"not": "c"}]}]})
    assert isinstance(rule, All)
    assert [clause.fact for clause in clauses(rule)] == ["a", "b", "c"]
    assert isinstance(parse({"not": "c"}), Not)


@pytest.mark.parametrize(
    ("node", "path"),
    [
        ({"some": ["a"]}, ()),
        ({"all": []}, ("all",)),
        ({"all": ["a"], "any": ["b"]}, ()),
        ({"all": ["a", {"any": ["b", 7]}]}, ("all", 1, "any", 1)),
        (None, ()),
    ],
)
def test_a_bad_tree_is_refused_with_the_path_to_the_node(node, path):
    with pytest.raises(ClauseSyntax) as caught:
        parse(node)
    assert caught.value.path == path


def test_nesting_beyond_the_limit_is_an_error_and_not_a_crash():
    node: object = "renting"
    for _ in range(2 * MAX_DEPTH):
        node = {"not": node}
    with pytest.raises(ClauseSyntax, match="cannot be read"):
        parse({"not": {"not": node}})
