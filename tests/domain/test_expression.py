"""The grammar: what it reads, and where exactly it says no."""

from datetime import date
from decimal import Decimal

import pytest

from domain.errors import ClauseSyntax
from domain.expression import All, AtLeast, Between, Compare, Not, OneOf, Within, clauses
from domain.grammar import MAX_DEPTH, parse_clause
from domain.rules import MAX_NODES, parse
from domain.terms import Arithmetic, AsOf, Call, Constant, FactRef, ParameterRef


@pytest.mark.parametrize(
    ("text", "fact", "test"),
    [
        ("renting", "renting", Compare("==", Constant(True))),
        ("age_years >= 65", "age_years", Compare(">=", Constant(65))),
        ("rent_cny_month<1500.50", "rent_cny_month", Compare("<", Constant(Decimal("1500.50")))),
        ("growth_percent > -3", "growth_percent", Compare(">", Constant(-3))),
        ("registered_on >= 2020-01-01", "registered_on", Compare(">=", Constant(date(2020, 1, 1)))),
        ("age_years < param.elder_age", "age_years", Compare("<", ParameterRef("elder_age"))),
        ("sex == female", "sex", Compare("==", Constant("female"))),
        ("veteran != true", "veteran", Compare("!=", Constant(True))),
        ("district in [xuhui, pudong]", "district", OneOf(("xuhui", "pudong"))),
        ("district not in [xuhui]", "district", OneOf(("xuhui",), negated=True)),
        ("age_years between 50 and param.top", "age_years", Between(Constant(50), ParameterRef("top"))),
        ('trade == "R&D services"', "trade", Compare("==", Constant("R&D services"))),
        ('trade in ["a, b", c]', "trade", OneOf(("a, b", "c"))),
        ("expires_on >= as_of", "expires_on", Compare(">=", AsOf())),
        ("income > limit", "income", Compare(">", FactRef("limit"))),
        ("registered == fact.residence", "registered", Compare("==", FactRef("residence"))),
        ("place within shanghai.xuhui", "place", Within(("shanghai.xuhui",))),
        ("place not within [shanghai, jiangsu]", "place", Within(("shanghai", "jiangsu"), negated=True)),
    ],
)
def test_a_clause_reads_as_it_is_written(text, fact, test):
    clause = parse_clause(text)
    assert (clause.fact, clause.test) == (fact, test)


A, B, C = FactRef("a"), FactRef("b"), FactRef("c")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a + b * c > 1", Arithmetic("+", A, Arithmetic("*", B, C))),
        ("(a + b) * c > 1", Arithmetic("*", Arithmetic("+", A, B), C)),
        ("a - b - c > 1", Arithmetic("-", Arithmetic("-", A, B), C)),
        ("a / -2 > 1", Arithmetic("/", A, Constant(-2))),
        ("a-1 > 1", Arithmetic("-", A, Constant(1))),
        ("months_since(a) > 1", Call("months_since", (A,))),
        ("percent(a, b + c) > 1", Call("percent", (A, Arithmetic("+", B, C)))),
        ("years_between(a, 2020-01-01) > 1", Call("years_between", (A, Constant(date(2020, 1, 1))))),
    ],
)
def test_a_quantity_is_worked_out_in_the_usual_order(text, left):
    assert parse_clause(text).left == left


def test_a_clause_names_all_its_facts_once():
    assert parse_clause("a + b between fact.c and a * 2").facts() == ("a", "b", "c")


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a + > 1", 5),
        ("(a > 1", 4),
        ("months_since() > 1", 14),
        ("months_since(a, b) > 1", 1),
        ("weeks_since(a) > 1", 1),
        ("a + in > 1", 5),
        ("place within [1]", 15),
        ("place within shanghai..xuhui", 14),
        ("a == -x", 6),
        ("(" * 40 + "a" + ")" * 40 + " > 1", 34),
        ("a" + " + a" * 40 + " > 1", 131),
        ("a == " + "b" * 2000, 1),
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
        ("not renting", 1),
        ("param.x > 1", 1),
        ("age_years == param.", 14),
        ("__import__('os')", 12),
        ("age_years >= 65; drop", 16),
        ("age_years >= ６５", 14),
        ("age_years >= 1" + "0" * 15, 14),
        ("age_years >= " + "9" * 1900, 14),
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


@pytest.mark.parametrize(
    "below",
    [
        ["a"],
        {"count": 2, "of": ["a"] * 101},
        {"count": 1},
        {"count": 3, "of": ["a", "b"]},
        {"count": 0, "of": ["a"]},
        {"count": True, "of": ["a"]},
    ],
)
def test_at_least_needs_a_count_and_as_many_items(below):
    with pytest.raises(ClauseSyntax):
        parse({"at_least": below})


def test_at_least_reads_as_it_is_written():
    rule = parse({"at_least": {"count": 2, "of": ["a", "b", "c"]}})
    assert isinstance(rule, AtLeast)
    assert (rule.count, len(rule.items)) == (2, 3)


def test_a_rule_of_too_many_parts_is_an_error_and_not_a_crash():
    with pytest.raises(ClauseSyntax, match="cannot be read"):
        parse({"all": ["a"] * (MAX_NODES + 1)})


def test_nesting_beyond_the_limit_is_an_error_and_not_a_crash():
    node: object = "renting"
    for _ in range(2 * MAX_DEPTH):
        node = {"not": node}
    with pytest.raises(ClauseSyntax, match="cannot be read"):
        parse({"not": {"not": node}})


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("age_years >= 65 years", 17, "the number alone, 65: units are not written"),
        ("age_years >= 65years", 14, "the number alone, 65"),
        ("age_years >= 65岁", 14, "the number alone, 65"),
        ("age_years >= 65 周岁", 17, "the number alone, 65"),
        ("rent_cny_month between 500 yuan and 900 yuan", 28, "the number alone, 500"),
        ("rent_cny_month in [500 yuan]", 24, "the number alone, 500"),
        ("rd_intensity_percent > 0.5%", 27, "the number alone, 0.5"),
        ("revenue_cny_year >= 5,000,000", 22, "the number without commas: 5000000"),
        ("revenue_cny_year >= 1.5亿", 21, "the number in digits: 150000000"),
        ("revenue_cny_year >= 5 万元", 23, "the number in digits: 50000"),
        ("age_years >= 65 day_count", 17, "the end of the clause"),
        ("age_years >= 65 and renting", 17, "the end of the clause"),
    ],
)
def test_numbers_as_people_write_them_are_refused_with_what_to_write(text, column, expected):
    with pytest.raises(ClauseSyntax) as caught:
        parse_clause(text)
    assert caught.value.column == column
    assert expected in caught.value.next_step


@pytest.mark.parametrize(
    ("node", "fault", "expected"),
    [
        ({"at_least": {"count": "2", "of": ["a", "b"]}}, "is the text '2', not a whole number", "without quotes"),
        ({"at_least": {"count": True, "of": ["a", "b"]}}, "is 'true', not a whole number", "such as 2"),
        ({"at_least": {"count": 1.5, "of": ["a", "b"]}}, "is 1.5, not a whole number", "such as 2"),
        ({"at_least": {"count": 3, "of": ["a", "b"]}}, "counts to 3, but lists 2 conditions", "from 1 to 2"),
        ({"at_least": {"count": 0, "of": ["a"]}}, "counts to 0, but lists one condition", "Expected 1."),
        ({"at_least": {"counts": 1, "of": ["a"]}}, "'at_least' has 'counts', 'of'", "'count' and 'of'"),
        ({"at_least": ["a", "b"]}, "A list stands under 'at_least'", "'count' and 'of'"),
        ({"any": None}, "Nothing stands under 'any'", "a list of one or more"),
        ({"any": []}, "An empty list stands under 'any'", "a list of one or more"),
        ({"anny": ["a"]}, "'anny' is no branch", "'all', 'any', 'not' or 'at_least'"),
        ({"all": ["a"], "any": ["b"]}, "A branch has the keys 'all', 'any'", "a mapping with one of"),
        ({}, "An empty mapping stands where a clause should", "a clause, or a mapping"),
        ({"not": 7}, "7 stands where a clause should", "a clause, or a mapping"),
    ],
)
def test_a_bad_branch_is_told_by_what_is_wrong_with_it(node, fault, expected):
    with pytest.raises(ClauseSyntax) as caught:
        parse(node)
    assert fault in caught.value.message
    assert expected in caught.value.next_step
