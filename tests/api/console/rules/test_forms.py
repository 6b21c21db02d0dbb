from typing import Any

import pytest
from hypothesis import given

from api.console.rules.acts import act
from api.console.rules.fields import fields_of, form_from, name_of, path_of
from api.console.rules.form import Group, Line, Part, form_of, plain_of, walk
from api.console.rules.rows import Operand, Row, clause_text, number_text, row_of
from domain.errors import FormActInvalid, RuleNotShown
from domain.grammar import parse_clause
from domain.rules import parse
from tests.api.console.rules.written import clauses, rules

AGE, VETERAN = "age_years >= 60", "veteran"


@given(rules)
def test_any_rule_of_the_grammar_comes_back_from_the_form_as_it_was(rule: Any) -> None:
    form = form_of(rule)
    assert plain_of(form) == rule
    sent = form_from(list(fields_of(form)))
    assert sent == form
    assert parse(plain_of(sent)) == parse(rule)


@given(clauses())
def test_a_row_that_forgot_how_it_was_written_still_says_the_same(clause: str) -> None:
    read = parse_clause(clause)
    row = row_of(read)
    if row is not None:
        again = parse_clause(clause_text(Row(row.fact, row.measure, row.operator, row.operands)))
        assert (again.left, again.test) == (read.left, read.test)


@given(rules)
def test_every_part_of_a_form_has_a_name_of_its_own(rule: Any) -> None:
    paths = [path for path, _ in walk(form_of(rule))]
    assert len({name_of(path) for path in paths}) == len(paths)
    assert [path_of(name_of(path)) for path in paths] == paths


@pytest.mark.parametrize(
    ("clause", "row"),
    [
        ("veteran", Row("veteran", "", "true")),
        ("veteran == false", Row("veteran", "", "false")),
        ("age_years >= param.elder_age", Row("age_years", "", ">=", (Operand("param", "elder_age"),))),
        ("years_since(birth_date) >= 60", Row("birth_date", "years_since", ">=", (Operand("number", "60"),))),
        ("a between 0.5 and param.b", Row("a", "", "between", (Operand("number", "0.5"), Operand("param", "b")))),
        ('kind in [a, "R&D"]', Row("kind", "", "in", (Operand("word", "a"), Operand("word", "R&D")))),
        ("d == fact.e", Row("d", "", "==", (Operand("fact", "e"),))),
        ("registered_on <= as_of", Row("registered_on", "", "<=", (Operand("today"),))),
        ("area within shanghai.xuhui", Row("area", "", "within", (Operand("word", "shanghai.xuhui"),))),
    ],
)  # fmt: skip
def test_clauses_of_every_day_are_rows(clause: str, row: Row) -> None:
    assert form_of(clause) == Row(row.fact, row.measure, row.operator, row.operands, clause)
    assert clause_text(row) == clause


@pytest.mark.parametrize("clause", ["a + b >= 3", "percent(a, b) > 5", "a > 0.3 * b", "a != true", "a in [true]"])
def test_what_no_row_says_stays_a_line_of_text(clause: str) -> None:
    assert form_of(clause) == Line(clause)


def test_what_cannot_be_read_stays_a_line_and_nothing_is_an_empty_row() -> None:
    assert form_of({"all": ["age >=", ""]}) == Group("all", (Line("age >="), Row()))
    assert plain_of(form_of({"all": ["age >=", ""]})) == {"all": ["age >=", ""]}


def test_an_edited_row_is_written_anew_and_an_unfinished_one_as_far_as_it_goes() -> None:
    row = form_of("age_years>=60")
    assert isinstance(row, Row)
    assert clause_text(row) == "age_years>=60"
    edited = Row("age_years", "", ">", row.operands, row.written)
    assert clause_text(edited) == "age_years > 60"
    assert clause_text(Row("age_years", "", ">=", (Operand("number", ""),))) == "age_years >="
    assert clause_text(Row("age_years")) == "age_years =="
    assert clause_text(Row()) == ""


@pytest.mark.parametrize(
    ("typed", "number"),
    [("１０，０００", "10000"), ("1,234,567.5", "1234567.5"), (" 60 ", "60"), ("1,2", "1,2"), ("六十", "六十")],
)
def test_numbers_are_read_as_people_type_them(typed: str, number: str) -> None:
    assert number_text(typed) == number


@pytest.mark.parametrize(
    "other",
    [None, 3, ["a"], {}, {"all": "a"}, {"all": ["a"], "any": ["b"]}, {"some": ["a"]}, {"at_least": {"of": ["a"]}}],
)
def test_what_is_no_rule_is_not_shown_as_one(other: Any) -> None:
    with pytest.raises(RuleNotShown):
        form_of(other)


def done(rule: Any, name: str, *path: int) -> Any:
    return plain_of(act(form_of(rule), name, path))


def test_parts_are_added_where_they_are_asked_for() -> None:
    assert done({"all": [AGE]}, "add_row") == {"all": [AGE, ""]}
    assert done({"all": [AGE]}, "add_group") == {"all": [AGE, {"any": [""]}]}
    assert done({"any": [AGE]}, "add_group") == {"any": [AGE, {"all": [""]}]}
    assert done(AGE, "add_row") == {"all": [AGE, ""]}, "a lone clause becomes a group"
    assert done({"not": AGE}, "add_row") == {"not": {"any": [AGE, ""]}}
    assert done({"not": {"any": [AGE, VETERAN]}}, "add_row") == {"not": {"any": [AGE, VETERAN, ""]}}


def test_parts_are_moved_removed_wrapped_and_unwrapped() -> None:
    rule = {"all": [AGE, {"any": [VETERAN, "b"]}, "c"]}
    assert done(rule, "down", 0) == {"all": [{"any": [VETERAN, "b"]}, AGE, "c"]}
    assert done(rule, "up", 0) == rule
    assert done(rule, "down", 2) == rule
    assert done(rule, "up", 1, 1) == {"all": [AGE, {"any": ["b", VETERAN]}, "c"]}
    assert done(rule, "remove", 1, 0) == {"all": [AGE, {"any": ["b"]}, "c"]}
    assert done(rule, "wrap", 0) == {"all": [{"any": [AGE]}, {"any": [VETERAN, "b"]}, "c"]}
    assert done({"all": [{"any": [AGE]}, "c"]}, "unwrap", 0) == {"all": [AGE, "c"]}
    assert done({"all": [{"all": [AGE, "b"]}, "c"]}, "unwrap", 0) == {"all": [AGE, "b", "c"]}
    assert done(rule, "unwrap", 1) == rule, "it would say something else"
    assert done({"at_least": {"count": 2, "of": [AGE, "b"]}}, "remove", 0) == {"at_least": {"count": 1, "of": ["b"]}}
    assert done(rule, "remove") == ""


def test_a_row_turns_into_text_and_back() -> None:
    line: Part = act(form_of({"all": [AGE]}), "to_line", (0,))
    assert line == Group("all", (Line(AGE),))
    assert act(line, "to_row", (0,)) == form_of({"all": [AGE]})
    assert act(Group("all", (Line("a + b > 3"),)), "to_row", (0,)) == Group("all", (Line("a + b > 3"),))


@pytest.mark.parametrize(("name", "path"), [("burn", ()), ("remove", (7,)), ("up", (0, 0)), ("add_row", (3,))])
def test_an_act_that_does_not_fit_is_refused(name: str, path: tuple[int, ...]) -> None:
    with pytest.raises(FormActInvalid):
        act(form_of({"all": [AGE]}), name, path)


def test_several_parts_that_become_not_are_none_of_them() -> None:
    form = form_from([("r:is", "not"), ("r.0:is", "line"), ("r.0:text", "a"), ("r.1:is", "line"), ("r.1:text", "b")])
    assert form is not None
    assert plain_of(form) == {"not": {"any": ["a", "b"]}}


def test_a_group_that_becomes_at_least_counts_to_two_at_first() -> None:
    form = form_from(
        [("r:is", "at_least"), *((f"r.{n}:{k}", v) for n in (0, 1, 2) for k, v in (("is", "line"), ("text", "a")))]
    )
    assert form == Group("at_least", (Line("a"),) * 3, 2)  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        [("r:is", "nonsense")],
        [("r:is", "row"), ("r:op", "; drop")],
        [("r:is", "row"), ("r:kind", "number")],
        [("r:is", "row"), ("r:kind", "code"), ("r:value", "1")],
        [("r" + ".0" * depth + ":is", "all") for depth in range(40)],
    ],
)
def test_fields_that_were_not_made_here_are_refused(fields: list[tuple[str, str]]) -> None:
    with pytest.raises(FormActInvalid):
        form_from(fields)


def test_other_fields_are_passed_over_and_places_need_not_be_without_gaps() -> None:
    fields = [
        ("text", "x"),
        ("r:is", "all"),
        ("r.7:is", "line"),
        ("r.7:text", "b"),
        ("r.2:is", "line"),
        ("r.2:text", "a"),
    ]
    assert form_from(fields) == Group("all", (Line("a"), Line("b")))  # fmt: skip
    assert form_from([("text", "x")]) is None
