"""Many faults at once are judged as one at a time."""

import random
from datetime import date

from catalogue.variants import judged
from domain.decision import Verdict
from domain.evaluate import evaluate
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not, clauses
from domain.rules import parse

DAY = date(2026, 11, 24)
TEXTS = [f"{name} {test}" for name in "abc" for test in (">= 1", "== 2", "< 3")]


def rule(draw: random.Random, deep: int = 3) -> Expression:
    kind = draw.choice(["clause", "not", "all", "any", "at_least"]) if deep else "clause"
    if kind == "clause":
        return parse(draw.choice(TEXTS))
    if kind == "not":
        return Not(rule(draw, deep - 1))
    items = tuple(rule(draw, deep - 1) for _ in range(draw.randint(1, 4)))
    if kind == "at_least":
        return AtLeast(draw.randint(1, len(items)), items)
    return All(items) if kind == "all" else AnyOf(items)


def replaced(expression: Expression, clause: Clause, by: Expression) -> Expression:
    match expression:
        case Clause():
            return by if expression == clause else expression
        case Not(item=item):
            return Not(replaced(item, clause, by))
        case All(items=items):
            return All(tuple(replaced(item, clause, by) for item in items))
        case AnyOf(items=items):
            return AnyOf(tuple(replaced(item, clause, by) for item in items))
        case AtLeast(count=count, items=items):
            return AtLeast(count, tuple(replaced(item, clause, by) for item in items))


def test_each_variant_is_judged_as_if_it_stood_alone() -> None:
    draw = random.Random(4)
    for _ in range(300):
        made = rule(draw)
        faults = [(one, by) for one in dict.fromkeys(clauses(made)) for by in (All(()), AnyOf(()), rule(draw, 1))]
        facts = {name: draw.choice([None, 0, 1, 2, 3]) for name in "abc"}
        alone = [Verdict.of(evaluate(replaced(made, one, by), facts, {}, DAY)) for one, by in faults]
        assert judged(made, faults, facts, {}, DAY) == alone


def test_a_rule_of_thousands_of_clauses_is_tried_in_one_walk_a_case() -> None:
    made = parse({"any": [f"a == {number}" for number in range(3000)]})
    faults = [(clause, All(())) for clause in clauses(made)]
    assert judged(made, faults, {"a": 5000}, {}, DAY) == [Verdict.ELIGIBLE] * 3000
