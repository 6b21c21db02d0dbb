"""The workbench's benchmark measures what it says: changed drafts, new thresholds, and a check that sees a slip."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from benchmarks.figures import Figure, write_results
from benchmarks.workbench.edits import drafts, rules
from benchmarks.workbench.naive import FiguresDiffer, Plain
from domain.benefit import Benefit, FixedAmount
from domain.expression import clauses
from domain.terms import Constant
from tests.matcher.rules import DAY, policy
from tests.workbench.living import Living, people, words_with
from workbench.measuring import Side, measure

POLICIES = [
    policy(1, {"all": ["i1 >= 2", "b1"]}),
    policy(2, "n1 < param.p"),
    policy(3, {"any": ["b1", {"not": "c1 == x"}]}),
]
WORDS = words_with(policies=POLICIES)


def test_drafts_lose_their_last_condition_or_are_new():
    (draft, served), *rest = drafts(WORDS, DAY)
    assert served is POLICIES[0]
    assert (draft.version, [clause.text for clause in clauses(draft.eligibility)]) == (2, ["i1 >= 2"])
    assert rest == [(POLICIES[1], None), (POLICIES[2], None)]
    assert list(drafts(WORDS, date(1999, 1, 1))) == []  # none is in force


def test_rules_ask_for_thresholds_that_no_policy_has_and_each_turn_for_others():
    def thresholds(turn: int) -> list[object]:
        found = [clause.operands()[0] for rule in rules(WORDS, DAY, turn) for clause in clauses(rule)]
        return [one.value for one in found if isinstance(one, Constant) and not isinstance(one.value, bool)]

    assert thresholds(0) == [Decimal("2.726"), Decimal("2.8273")]
    assert set(thresholds(0)).isdisjoint(thresholds(1))


@pytest.mark.parametrize("slip", [{"gain": 1}, {"becomes_unknown": 1}, {"lose": -1}])
def test_a_figure_that_is_off_by_one_stops_the_benchmark(slip):
    living = Living(people(1, 200))
    plain = Plain(WORDS, living.table, DAY)
    for draft, served in drafts(WORDS, DAY):
        found = measure(Side(served, WORDS) if served else None, Side(draft, WORDS), living, DAY)
        plain.check(draft, served, found)
        plain.check_rows(draft, served, found)
        off = replace(found, **{name: getattr(found, name) + by for name, by in slip.items()})
        with pytest.raises(FiguresDiffer, match=draft.id):
            plain.check(draft, served, off)


def test_a_cost_that_is_off_by_a_fen_stops_the_benchmark():
    living = Living(people(2, 100))
    paid = replace(POLICIES[0], benefit=Benefit(FixedAmount(Decimal("33.33"))))
    found = measure(None, Side(paid, WORDS), living, DAY)
    plain = Plain(WORDS, living.table, DAY)
    plain.check_rows(paid, None, found)
    with pytest.raises(FiguresDiffer, match="cost_after"):
        plain.check_rows(paid, None, replace(found, cost_after_fen_year=found.cost_after_fen_year + 1))


def test_results_without_peers_have_no_columns_of_theirs(tmp_path):
    figures = [Figure("work", "≤ 1 s", "2 ms", passed=True), Figure("more", "", "3 ms")]
    write_results(tmp_path, {"date": "2026-11-24"}, figures, name="workbench", title="The workbench's numbers")
    text = (tmp_path / "workbench.md").read_text(encoding="utf-8")
    assert "| work | bar | measured |  |\n" in text
    assert "| work | ≤ 1 s | 2 ms | pass |\n" in text
    assert "unknown facts" not in text
    assert (tmp_path / "workbench.json").exists()
