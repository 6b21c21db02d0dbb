"""How the findings on a rule are worded: what is so, why, and what could be done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from catalogue.lint.findings import Finding, Path, Severity
from catalogue.lint.reading import Reading
from catalogue.lint.values import Numbers
from catalogue.lint.wording import joined, name_of, quoted, ranged, with_values
from domain.expression import AtLeast, Clause, Expression, Not
from domain.facts import Label

Parts = Sequence[tuple[Expression, bool]]


@dataclass(frozen=True)
class Outcome:
    """What a finding means for the rule as a whole, as the end of its message."""

    zh: str = ""
    en: str = ""


NOT_ALL = Outcome()
NOBODY = Outcome("因此没有任何对象符合条件。", " So nobody can qualify.")
EVERYBODY = Outcome("因此所有对象都符合条件。", " So everybody qualifies.")


class Remarks:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def never_holds(self, clause: Clause, path: Path, outcome: Outcome) -> Finding:
        named, values, why = quoted(clause), self._values([clause]), self._range(clause)
        return self.reading.finding(
            "clause-never-holds",
            Severity.ERROR if outcome is NOBODY else Severity.WARNING,
            clause,
            path,
            Label(
                f"{named.zh}永远不成立{values.zh}：{why.zh}。{outcome.zh}",
                f"{named.en} can never hold{values.en}: {why.en}.{outcome.en}",
            ),
            Label("请改正界限或取值，或删去这一条款。", "Mend the bound or the value, or remove the clause."),
        )

    def always_holds(self, clause: Clause, path: Path, outcome: Outcome) -> Finding:
        named, values, why = quoted(clause), self._values([clause]), self._range(clause)
        return self.reading.finding(
            "clause-always-holds",
            Severity.ERROR if outcome is NOBODY else Severity.WARNING,
            clause,
            path,
            Label(
                f"{named.zh}只要已知就必然成立{values.zh}：{why.zh}。{outcome.zh}",
                f"{named.en} always holds where it is known{values.en}: {why.en}.{outcome.en}",
            ),
            Label("请删去这一条款，或改正界限或取值。", "Remove the clause, or mend the bound or the value."),
        )

    def contradiction(self, core: Parts, about: Expression, path: Path, outcome: Outcome) -> Finding:
        stated = [one if true else Not(one) for one, true in core]
        named, values = joined(stated), self._values(stated)
        sure = outcome is NOBODY or not self.reading.rests_on_values(core)
        return self.reading.finding(
            "contradiction",
            Severity.ERROR if sure else Severity.WARNING,
            about,
            path,
            Label(
                f"{named.zh}不可能同时成立{values.zh}。{outcome.zh}",
                f"{named.en} can never hold together{values.en}.{outcome.en}",
            ),
            Label(
                "请改正其中一条；若满足其一即可，请改用 any 连接。",
                "Mend one of them; if one is enough, join them by 'any'.",
            ),
        )

    def covered(self, core: Parts, about: Expression, path: Path, outcome: Outcome) -> Finding:
        stated = [Not(one) if true else one for one, true in core]
        named, values = joined(stated, "、", "or"), self._values(stated)
        return self.reading.finding(
            "branches-cover-all",
            Severity.ERROR if outcome is NOBODY else Severity.WARNING,
            about,
            path,
            Label(
                f"{named.zh}中必有一项成立{values.zh}，这组选择不起作用。{outcome.zh}",
                f"One of {named.en} always holds{values.en}, so that this choice decides nothing.{outcome.en}",
            ),
            Label("请删去这组选择，或改正其中的界限。", "Remove the choice, or mend one of its bounds."),
        )

    def always_reached(self, node: AtLeast, least: int, path: Path, outcome: Outcome) -> Finding:
        total = len(node.items)
        return self.reading.finding(
            "count-always-reached",
            Severity.ERROR if outcome is NOBODY else Severity.WARNING,
            None,
            (*path, "at_least", "count"),
            Label(
                f"{total}项条件中必然至少有{least}项成立，“至少{node.count}项”不起作用。{outcome.zh}",
                f"{least} of the {total} conditions always hold at least, so that 'at least {node.count}' decides"
                f" nothing.{outcome.en}",
            ),
            Label("请提高 count，或改正条件。", "Raise the count, or mend the conditions."),
        )

    def never_reached(self, node: AtLeast, most: int, path: Path, outcome: Outcome) -> Finding:
        total = len(node.items)
        mend = Label(f"请把 count 降到{most}以内，或改正条件。", f"Lower the count to {most}, or mend the conditions.")
        none = Label("请改正这些条件。", "Mend the conditions.")
        return self.reading.finding(
            "count-never-reached",
            Severity.ERROR,
            None,
            (*path, "at_least", "count"),
            Label(
                f"{total}项条件中最多只能同时成立{most}项，达不到要求的{node.count}项。{outcome.zh}",
                f"Of the {total} conditions at most {most} can hold together, but {node.count} are asked for."
                f"{outcome.en}",
            ),
            mend if most else none,
        )

    def counts_anyway(self, item: Expression, others: Parts, path: Path) -> Finding:
        """A clause within `at_least` that holds whenever what else is asked does."""
        asked, failed = _split(others)
        stated = [*asked, *map(Not, failed)]
        named, values, other = quoted(item), self._values([item, *stated]), joined(stated)
        return self.reading.finding(
            "counted-anyway",
            Severity.NOTE if self.reading.rests_on_values([*others, (item, False)]) else Severity.WARNING,
            item,
            path,
            Label(
                f"{named.zh}总会计入{values.zh}：规则同时要求{other.zh}，此时它必然成立。",
                f"{named.en} is always counted{values.en}: the rule also asks for {other.en}, and then it holds.",
            ),
            Label("请删去它并把 count 减1，或改正界限。", "Remove it and lower the count by one, or mend its bound."),
        )

    def adds_nothing(self, item: Expression, others: Parts, path: Path) -> Finding:
        """An item of `all`: wherever it fails, something else that is asked fails too, or another branch is met."""
        asked, failed = _split(others)
        named, values = quoted(item), self._values([item, *asked, *failed])
        if failed:
            other = joined(failed, "或", "or")
            message = Label(
                f"{named.zh}在这里不起作用{values.zh}：它不成立时，另一分支{other.zh}已经成立。",
                f"{named.en} decides nothing here{values.en}: where it fails, the other branch {other.en} is met.",
            )
            proposal = Label(
                "可以删去：它只会让这一事实未知的对象得不到结论。",
                "It can go: all it does is leave those undecided of whom it is unknown.",
            )
        else:
            other = joined(asked)
            message = Label(
                f"{named.zh}是多余的{values.zh}：只要{other.zh}成立，它就成立。",
                f"{named.en} adds nothing{values.en}: it holds wherever {other.en} {_do(asked)}.",
            )
            proposal = Label(
                "请删去；若本意更严，请改正界限。", "Remove it, or mend its bound if more was meant to be asked."
            )
        soft = bool(failed) or self.reading.rests_on_values([*others, (item, False)])
        severity = Severity.NOTE if soft else Severity.WARNING
        return self.reading.finding("redundant-clause", severity, item, path, message, proposal)

    def adds_nobody(self, item: Expression, others: Parts, path: Path) -> Finding:
        """An item of `any`: whoever meets it meets another branch, or fails what is asked elsewhere."""
        asked, failed = _split(others)
        named, values = quoted(item), self._values([item, *asked, *failed])
        if failed:
            other, given = joined(failed, "或", "or"), joined(asked)
            given_zh = f"又符合{given.zh}" if asked else ""
            given_en = f" and {given.en}" if asked else ""
            message = Label(
                f"分支{named.zh}不会多出任何对象{values.zh}：符合它{given_zh}的，都已符合{other.zh}。",
                f"The branch {named.en} admits nobody more{values.en}: whoever meets it{given_en} meets {other.en}"
                " already.",
            )
            proposal = Label("请删去这一分支，或收紧另一分支。", "Remove this branch, or narrow the other.")
        else:
            other = joined(asked)
            message = Label(
                f"分支{named.zh}永远走不到{values.zh}：规则同时要求{other.zh}。",
                f"The branch {named.en} can never be met{values.en}: the rule also asks for {other.en}.",
            )
            proposal = Label("请删去这一分支，或改正其中一条。", "Remove this branch, or mend one of the two.")
        soft = self.reading.rests_on_values([*others, (item, True)])
        severity = Severity.NOTE if soft else Severity.WARNING
        return self.reading.finding("unreachable-branch", severity, item, path, message, proposal)

    def _values(self, expressions: Sequence[Expression]) -> Label:
        return with_values(expressions, self.reading.parameters)

    def _range(self, clause: Clause) -> Label:
        """What the vocabulary says that the quantity can be."""
        values = self.reading.search.reader.values(clause.left)
        name = name_of(clause.left, self.reading.facts)
        if isinstance(values, Numbers) and len(values.intervals) == 1:
            [interval] = values.intervals
            if math.isfinite(interval.low) or math.isfinite(interval.high):
                span = ranged(clause.left, interval, self.reading.vocabulary, self.reading.facts)
                return Label(f"{name.zh}只能是{span.zh}", f"{name.en} can only be {span.en}")
        return Label(f"{name.zh}可取的值使然", f"{name.en} has no values for anything else")


def _split(others: Parts) -> tuple[list[Expression], list[Expression]]:
    """What is asked beside it, and what else would do."""
    return [one for one, true in others if true], [one for one, true in others if not true]


def _do(several: Sequence[object]) -> str:
    return "does" if len(several) == 1 else "do"
