"""This file knows about a policy's benefit as it stands in a file: its form, and the units its amounts must have."""

from __future__ import annotations

from collections.abc import Mapping, Set
from decimal import Decimal
from difflib import get_close_matches

import yaml

from catalogue.rules import ParameterUse
from catalogue.yaml_positions import Page, optional
from domain.benefit import (
    AmountForm,
    Benefit,
    Brackets,
    Coin,
    FixedAmount,
    NoMoney,
    Operand,
    Period,
    PerUnit,
    Rounding,
    RoundingMode,
    Share,
    Step,
    Table,
)
from domain.errors import ClauseSyntax, UnknownFact, UnknownParameter
from domain.facts import NUMERIC, Audience, FactDefinition, FactType, Vocabulary
from domain.grammar import parse_term
from domain.terms import FactRef, ParameterRef, Term, parts
from domain.typecheck import amount_errors

_FORMS = ("none", "amount", "table", "brackets", "share", "per_unit")
_AMOUNT_UNIT = {Period.ONCE: "cny", Period.MONTH: "cny_per_month", Period.YEAR: "cny_per_year"}
# A single payment may be a share of a stock (a balance) or of one year's flow.
_SHARED_UNITS = {
    Period.ONCE: frozenset({"cny", "cny_per_year"}),
    Period.MONTH: frozenset({"cny_per_month"}),
    Period.YEAR: frozenset({"cny_per_year"}),
}
_NOTHING = FactRef("unreadable")  # stands for a quantity already reported, so that the rest is read too
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
        fields = self.page.fields(node, "benefit", (), ("period", "rounding", *_FORMS))
        forms = [name for name in _FORMS if name in fields]
        if len(forms) != 1:
            self.page.report(
                node,
                f"The benefit has {len(forms)} of the forms {', '.join(_FORMS)}.",
                "Give exactly one; 'none: true' where no money moves.",
            )
            return Benefit(NoMoney())
        form, period_node, rounding_node = forms[0], optional(fields, "period"), optional(fields, "rounding")
        if form == "none":
            if self.page.value(fields["none"], "none") is not True:
                self.page.report(fields["none"], "'none' is true or absent.", "Write 'none: true'.")
            for name, given in (("period", period_node), ("rounding", rounding_node)):
                if given is not None:
                    self.page.report(given, f"A benefit without money has no {name}.", f"Remove '{name}'.")
            return Benefit(NoMoney())
        if period_node is None:
            self.page.report(node, "A benefit in money needs its period.", "Add 'period: once', 'month' or 'year'.")
            return Benefit(NoMoney())
        period = self.page.choice(period_node, "period", Period)
        return Benefit(self._form(form, fields[form], period), period, self._rounding(rounding_node))

    def _form(self, form: str, node: yaml.Node, period: Period) -> AmountForm:
        match form:
            case "amount":
                return FixedAmount(self._amount(node, period))
            case "table":
                return self._table(node, period)
            case "brackets":
                return self._brackets(node, period)
            case "share":
                return self._share(node, period)
            case _:
                return self._per_unit(node, period)

    def _rounding(self, node: yaml.Node | None) -> Rounding:
        if node is None:
            return Rounding()
        fields = self.page.fields(node, "rounding", ("to", "mode"))
        if len(fields) < 2:
            return Rounding()
        to = self.page.choice(fields["to"], "rounding to", Coin)
        return Rounding(to, self.page.choice(fields["mode"], "rounding mode", RoundingMode))

    def _table(self, node: yaml.Node, period: Period) -> Table:
        fields = self.page.fields(node, "table", ("fact", "amounts"), ("otherwise",))
        fact = self._named_fact(fields["fact"]) if "fact" in fields else None
        rows = self.page.mapping(fields["amounts"], "amounts") if "amounts" in fields else {}
        amounts = {word: self._amount(value, period) for word, (_, value) in rows.items()}
        otherwise = optional(fields, "otherwise")
        if fact is not None and fact.type is not FactType.CATEGORY:
            message = f"A table cannot rest on {fact.name!r} ({fact.type})."
            self.page.report(fields["fact"], message, "Use a fact with categories.")
        elif fact is not None and "amounts" in fields:
            for word, (key, _) in rows.items():
                if word not in fact.categories:
                    self.page.report(
                        key, f"{fact.name!r} has no category {word!r}.", f"Use: {', '.join(fact.categories)}."
                    )
            missing = [word for word in fact.categories if word not in rows]
            if missing and otherwise is None:
                message = f"The table says nothing of: {', '.join(missing)}."
                self.page.report(fields["amounts"], message, "Give their amounts, or 'otherwise'.")
        return Table(fact.name if fact else "?", amounts, self._amount(otherwise, period) if otherwise else None)

    def _brackets(self, node: yaml.Node, period: Period) -> Brackets:
        fields = self.page.fields(node, "brackets", ("steps",), ("fact", "of"))
        quantity = self._quantity(node, fields)
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
        return Brackets(quantity, tuple(steps))

    def _share(self, node: yaml.Node, period: Period) -> Share:
        fields = self.page.fields(node, "share", ("percent",), ("fact", "of", "cap", "floor"))
        quantity = self._quantity(node, fields, _SHARED_UNITS[period], f"a share paid '{period}'")
        percent = self._operand(fields["percent"], "percent", "percent") if "percent" in fields else 0
        return Share(quantity, percent, *self._limits(fields, period))

    def _per_unit(self, node: yaml.Node, period: Period) -> PerUnit:
        fields = self.page.fields(node, "per_unit", ("amount",), ("fact", "of", "cap", "floor"))
        quantity = self._quantity(node, fields, _COUNTS, "an amount for each")
        amount = self._amount(fields["amount"], period) if "amount" in fields else 0
        return PerUnit(quantity, amount, *self._limits(fields, period))

    def _limits(self, fields: Mapping[str, yaml.Node], period: Period) -> tuple[Operand | None, Operand | None]:
        """The cap and the floor."""
        nodes = [optional(fields, name) for name in ("cap", "floor")]
        cap, floor = (None if node is None else self._amount(node, period) for node in nodes)
        if nodes[1] is not None and isinstance(cap, int | Decimal) and isinstance(floor, int | Decimal) and floor > cap:
            self.page.report(nodes[1], f"The floor {floor} lies above the cap {cap}.", "Swap or mend them.")
        return cap, floor

    def _amount(self, node: yaml.Node, period: Period) -> Operand:
        return self._operand(node, "amount", _AMOUNT_UNIT[period])

    def _quantity(
        self, node: yaml.Node, fields: Mapping[str, yaml.Node], units: Set[str] = frozenset(), use: str = ""
    ) -> Term:
        """`fact`, the name of one, or `of`, a term over facts; in one of `units` if there are any."""
        given = [name for name in ("fact", "of") if name in fields]
        if len(given) != 1:
            self.page.report(node, "The amount must rest on one quantity.", "Give 'fact: NAME', or 'of: TERM'.")
            return _NOTHING
        if given == ["of"]:
            return self._term(fields["of"], units, use)
        fact = self._named_fact(fields["fact"])
        if fact is None:
            return _NOTHING
        if fact.type not in NUMERIC:
            message = f"An amount cannot rest on {fact.name!r} ({fact.type})."
            self.page.report(fields["fact"], message, "Use a number.")
        elif units and fact.unit not in units:
            self.page.report(
                fields["fact"],
                f"{use.capitalize()} cannot rest on {fact.name!r}, which is in {fact.unit}.",
                f"Use a fact in: {', '.join(sorted(units))}.",
            )
        return FactRef(fact.name)

    def _term(self, node: yaml.Node, units: Set[str], use: str) -> Term:
        text = self.page.word(node, "of")
        try:
            term = parse_term(text)
        except ClauseSyntax as error:
            self.page.report(node, error.message, error.next_step, offset=error.column - 1)
            return _NOTHING
        for fault in amount_errors(term, self.vocabulary, self.audience, self.units, units, use):
            self.page.report(node, fault.message, fault.next_step)
        for part in parts(term):
            if isinstance(part, ParameterRef) and part.name in self.units:
                self.uses.append(ParameterUse(part.name, node, max(text.find(f"param.{part.name}"), 0)))
        return term

    def _named_fact(self, node: yaml.Node) -> FactDefinition | None:
        try:
            return self.vocabulary.fact(self.audience, self.page.word(node, "fact"))
        except UnknownFact as error:
            self.page.report(node, error.message, error.next_step)
            return None

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
