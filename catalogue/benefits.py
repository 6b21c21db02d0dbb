"""This file knows about a policy's benefit as it stands in a file: its form, and the units its amounts must have."""

from __future__ import annotations

from collections.abc import Mapping, Set
from difflib import get_close_matches

import yaml

from catalogue.rules import ParameterUse
from catalogue.yaml_positions import Page, optional
from domain.errors import UnknownFact, UnknownParameter
from domain.facts import NUMERIC, Audience, Vocabulary
from domain.policy import Benefit, Brackets, FixedAmount, NoMoney, Operand, Period, PerUnit, Share, Step
from domain.terms import ParameterRef

_FORMS = ("none", "amount", "brackets", "share", "per_unit")
_AMOUNT_UNIT = {Period.ONCE: "cny", Period.MONTH: "cny_per_month", Period.YEAR: "cny_per_year"}
# A single payment may be a share of a stock (a balance) or of one year's flow.
_SHARED_UNITS = {
    Period.ONCE: frozenset({"cny", "cny_per_year"}),
    Period.MONTH: frozenset({"cny_per_month"}),
    Period.YEAR: frozenset({"cny_per_year"}),
}
_COUNTS = frozenset({"persons", "count", "times", "points", "hours", "months", "days", "years", "m2"})


class BenefitReader:
    """Reads one policy's `benefit`; `uses` collects where it names parameters."""

    def __init__(self, page: Page, vocabulary: Vocabulary, audience: Audience, units: Mapping[str, str]) -> None:
        self.page = page
        self.vocabulary = vocabulary
        self.audience = audience
        self.units = units
        self.uses: list[ParameterUse] = []

    def read(self, node: yaml.Node) -> Benefit:
        fields = self.page.fields(node, "benefit", (), ("period", *_FORMS))
        forms = [name for name in _FORMS if name in fields]
        if len(forms) != 1:
            self.page.report(
                node,
                f"The benefit has {len(forms)} of the forms {', '.join(_FORMS)}.",
                "Give exactly one; 'none: true' where no money moves.",
            )
            return Benefit(NoMoney())
        form, period_node = forms[0], optional(fields, "period")
        if form == "none":
            if self.page.value(fields["none"], "none") is not True:
                self.page.report(fields["none"], "'none' is true or absent.", "Write 'none: true'.")
            if period_node is not None:
                self.page.report(period_node, "A benefit without money has no period.", "Remove 'period'.")
            return Benefit(NoMoney())
        if period_node is None:
            self.page.report(node, "A benefit in money needs its period.", "Add 'period: once', 'month' or 'year'.")
            return Benefit(NoMoney())
        period = self.page.choice(period_node, "period", Period)
        below = fields[form]
        match form:
            case "amount":
                return Benefit(FixedAmount(self._amount(below, period)), period)
            case "brackets":
                return Benefit(self._brackets(below, period), period)
            case "share":
                return Benefit(self._share(below, period), period)
            case _:
                return Benefit(self._per_unit(below, period), period)

    def _brackets(self, node: yaml.Node, period: Period) -> Brackets:
        fields = self.page.fields(node, "brackets", ("fact", "steps"))
        fact = self._fact(fields)
        steps: list[Step] = []
        for item in self.page.items(fields["steps"], "steps") if "steps" in fields else []:
            step = self.page.fields(item, "a step", ("from", "amount"))
            if len(step) < 2:
                continue
            start = self.page.number(step["from"], "from")
            if steps and start <= steps[-1].from_:
                self.page.report(step["from"], f"The step from {start} does not ascend.", "Order steps by 'from'.")
            steps.append(Step(start, self._amount(step["amount"], period)))
        if "steps" in fields and not steps:
            self.page.report(fields["steps"], "Brackets need at least one step.", "Write {from: 0, amount: ...}.")
        return Brackets(fact, tuple(steps))

    def _share(self, node: yaml.Node, period: Period) -> Share:
        fields = self.page.fields(node, "share", ("fact", "percent"), ("cap",))
        fact = self._fact(fields, _SHARED_UNITS[period], f"a share paid '{period}'")
        percent = self._operand(fields["percent"], "percent", "percent") if "percent" in fields else 0
        return Share(fact, percent, self._cap(fields, period))

    def _per_unit(self, node: yaml.Node, period: Period) -> PerUnit:
        fields = self.page.fields(node, "per_unit", ("fact", "amount"), ("cap",))
        fact = self._fact(fields, _COUNTS, "an amount for each")
        amount = self._amount(fields["amount"], period) if "amount" in fields else 0
        return PerUnit(fact, amount, self._cap(fields, period))

    def _cap(self, fields: Mapping[str, yaml.Node], period: Period) -> Operand | None:
        node = optional(fields, "cap")
        return None if node is None else self._amount(node, period)

    def _amount(self, node: yaml.Node, period: Period) -> Operand:
        return self._operand(node, "amount", _AMOUNT_UNIT[period])

    def _fact(self, fields: Mapping[str, yaml.Node], units: Set[str] = frozenset(), use: str = "") -> str:
        if "fact" not in fields:
            return "?"
        node = fields["fact"]
        name = self.page.word(node, "fact")
        try:
            fact = self.vocabulary.fact(self.audience, name)
        except UnknownFact as error:
            self.page.report(node, error.message, error.next_step)
            return name
        if fact.type not in NUMERIC:
            self.page.report(node, f"An amount cannot rest on {name!r} ({fact.type}).", "Use a number.")
        elif units and fact.unit not in units:
            self.page.report(
                node,
                f"{use.capitalize()} cannot rest on {name!r}, which is in {fact.unit}.",
                f"Use a fact in: {', '.join(sorted(units))}.",
            )
        return name

    def _operand(self, node: yaml.Node, what: str, unit: str) -> Operand:
        """A number, or `param.NAME` whose unit must be `unit`."""
        value = self.page.value(node, what)
        if isinstance(value, str) and value.startswith("param."):
            name = value.removeprefix("param.")
            if name not in self.units:
                near = get_close_matches(name, self.units, n=1)
                error = UnknownParameter(name, did_you_mean=near[0] if near else None)
                self.page.report(node, error.message, error.next_step)
            else:
                self.uses.append(ParameterUse(name, node))
                if self.units[name] != unit:
                    self.page.report(
                        node,
                        f"Parameter {name!r} is in {self.units[name]}, but here {unit} is paid.",
                        f"Use a parameter in {unit}, or mend the period.",
                    )
            return ParameterRef(name)
        number = self.page.number(node, what)
        if number < 0:
            self.page.report(node, f"{what.capitalize()} cannot be negative.", "Write zero or more.")
        return number
