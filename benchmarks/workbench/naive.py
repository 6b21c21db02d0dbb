"""The same figures by plainer means, before any time is taken: whole columns without the matcher, and row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogue.loader import Catalogue
from domain.amount import benefit_amount_fen, yearly_fen
from domain.evaluate import evaluate
from domain.expression import Expression, clauses
from domain.facts import Audience, Value
from domain.policy import Policy
from domain.terms import fact_names
from features.rules import truth_of
from features.terms import Setting
from workbench.basis import facts_read
from workbench.impact import Counts, Impact


class FiguresDiffer(AssertionError):
    """The workbench and a plainer way give other figures: one of the two is wrong, and no time was taken."""


class Plain:
    """Verdicts and figures by features.rules and domain.evaluate, over a table with the facts and without codes."""

    def __init__(self, words: Catalogue, table: pa.Table, as_of: date) -> None:
        self.words, self.table, self.as_of = words, table, as_of
        self.law = words.parameters_at(as_of)
        self._setting = Setting(words.vocabulary.of(Audience.CITIZEN), self.law, as_of)

    def counts(self, rule: Expression) -> Counts:
        """Eligible, unknown and ineligible, column by column."""
        truth = self._truth(rule)
        eligible = pc.sum(truth).as_py() or 0
        return Counts(eligible, truth.null_count, len(truth) - eligible - truth.null_count)

    def check(self, draft: Policy, served: Policy | None, found: Impact) -> None:
        """Raise FiguresDiffer unless all counts over everybody are those that whole columns give."""
        after = self._truth(draft.eligibility)
        held = pa.array(np.zeros(len(after), np.bool_)) if served is None else self._truth(served.eligibility)
        surely, before = (pc.fill_null(one, False) for one in (after, held))
        wanted = {
            "after": self.counts(draft.eligibility),
            "before": None if served is None else self.counts(served.eligibility),
            "gain": pc.sum(pc.and_not(surely, before)).as_py() or 0,
            "lose": pc.sum(pc.and_not(before, surely)).as_py() or 0,
            "becomes_unknown": pc.sum(pc.and_(after.is_null(), held.is_valid())).as_py() or 0,
        }
        _same(draft, wanted, {name: getattr(found, name) for name in wanted})

    def check_rows(self, draft: Policy, served: Policy | None, found: Impact) -> None:
        """Raise FiguresDiffer unless counts and cost are those of one subject after the other."""
        names = list(dict.fromkeys((*facts_read(draft), *(facts_read(served) if served else ()))))
        sides = [one for one in (served, draft) if one is not None]
        eligible, cost, unknown = [0, 0], [0, 0], [0, 0]
        gain = 0
        for row in self.table.select(names).to_pylist():
            answers = [evaluate(one.eligibility, row, self.law, self.as_of) for one in sides]
            gain += answers[-1] is True and (served is None or answers[0] is not True)
            for i, (side, answer) in enumerate(zip(sides, answers, strict=True), 2 - len(sides)):
                amount = self._yearly(side, row) if answer is True else 0
                eligible[i] += answer is True
                cost[i] += amount or 0
                unknown[i] += amount is None
        wanted = {
            "before": eligible[0], "after": eligible[1], "gain": gain, "cost_before": cost[0], "cost_after": cost[1],
            "amount_unknown": unknown[1],
        }  # fmt: skip
        told = {
            "before": found.before.eligible if found.before else 0,
            "after": found.after.eligible,
            "gain": found.gain,
            "cost_before": found.cost_before_fen_year or 0,
            "cost_after": found.cost_after_fen_year,
            "amount_unknown": found.amount_unknown,
        }
        _same(draft, wanted, told)

    def _yearly(self, policy: Policy, row: dict[str, Value]) -> int | None:
        amount = benefit_amount_fen(policy.benefit, row, self.law, self.as_of)
        return None if amount is None else yearly_fen(policy.benefit, amount)

    def _truth(self, rule: Expression) -> pa.Array:
        names = fact_names(*(term for clause in clauses(rule) for term in (clause.left, *clause.operands())))
        columns = {name: self.table[name].combine_chunks() for name in names}
        return truth_of(rule, columns, self._setting)


def columns_of(words: Catalogue, as_of: date) -> Sequence[str]:
    """All facts that the citizens' policies read."""
    named = (name for policy in words.in_force(Audience.CITIZEN, as_of) for name in facts_read(policy))
    return list(dict.fromkeys(named))


def _same(draft: Policy, wanted: Mapping[str, object], found: Mapping[str, object]) -> None:
    if wanted != found:
        raise FiguresDiffer(f"{draft.id}: {found}, and plainly {wanted}")
