"""This file knows about a policy's budget as it stands in a file: cap, places, period, and who goes first."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from catalogue.rules import ParameterUse
from catalogue.yaml_positions import Page, did_you_mean, optional
from domain.benefit import Period
from domain.budget import Budget, FirstCome, Lottery, NeedOrder, Rationing
from domain.errors import ClauseSyntax
from domain.facts import Audience, Vocabulary
from domain.grammar import parse_term
from domain.terms import Constant, ParameterRef, parts
from domain.typecheck import amount_errors

_ORDERS = ("first_come", "need", "lottery")
_FIRST_YEAR, _LAST_YEAR = 1949, 2200
_MOST_PLACES = 2**31 - 1


class BudgetReader:
    """Reads the `budget` of one policy; `uses` collects the parameters that the order of need names."""

    def __init__(self, page: Page, vocabulary: Vocabulary, audience: Audience, units: Mapping[str, str]) -> None:
        self.page = page
        self.vocabulary = vocabulary
        self.audience = audience
        self.units = units
        self.uses: list[ParameterUse] = []

    def read(self, node: yaml.Node) -> Budget | None:
        """The budget; None where it limits nothing, which is reported."""
        page = self.page
        names = ("cap_cny", "places", "period", "year", "order", "waiting_list")
        fields = page.fields(node, "budget", (), names)
        cap, places, period, year, order, waiting = (optional(fields, name) for name in names)
        if cap is None and places is None:
            page.report(node, "The budget limits nothing.", "Give 'cap_cny', 'places', or both.")
            return None
        return Budget(
            cap_fen=None if cap is None else self._cap(cap),
            places=None if places is None else self._whole(places, "places", 1, _MOST_PLACES),
            period=Period.YEAR if period is None else page.choice(period, "period", Period),
            year=None if year is None else self._whole(year, "year", _FIRST_YEAR, _LAST_YEAR),
            rationing=FirstCome() if order is None else self._order(order),
            waiting_list=True if waiting is None else self._yes(waiting),
        )

    def _cap(self, node: yaml.Node) -> int:
        fen = self.page.number(node, "cap_cny") * 100
        if fen <= 0 or fen != int(fen):
            self.page.report(node, "A cap is a positive amount in whole fen.", "Mend it.")
        return int(fen)

    def _whole(self, node: yaml.Node, what: str, least: int, most: int) -> int:
        number = self.page.whole(node, what)
        if not least <= number <= most:
            self.page.report(node, f"{what!r} is {number}, not between {least} and {most}.", "Mend it.")
        return number

    def _yes(self, node: yaml.Node) -> bool:
        value = self.page.value(node, "waiting_list")
        if not isinstance(value, bool):
            self.page.report(node, "'waiting_list' is true or false.", "Write one of them.")
        return bool(value)

    def _order(self, node: yaml.Node) -> Rationing:
        if isinstance(node, yaml.ScalarNode):
            word = self.page.word(node, "order")
            if word != "first_come":
                self.page.report(
                    node, f"There is no order {word!r} without further fields.", did_you_mean(word, _ORDERS)
                )
            return FirstCome()
        given = self.page.mapping(node, "order")
        if len(given) != 1 or not given.keys() <= {"need", "lottery"}:
            self.page.report(
                node,
                "An order is 'first_come', 'need: {...}' or 'lottery: {...}'.",
                "Give one of them; catalogue/README.md shows how.",
            )
            return FirstCome()
        ((name, (_, value)),) = given.items()
        return self._lottery(value) if name == "lottery" else self._need(value)

    def _lottery(self, node: yaml.Node) -> Rationing:
        fields = self.page.fields(node, "lottery", ("seed_from", "closes_on"))
        if len(fields) < 2:
            return FirstCome()
        label = self.page.label(fields["seed_from"], "seed_from")
        return Lottery(label, self.page.day(fields["closes_on"], "closes_on"))

    def _need(self, node: yaml.Node) -> Rationing:
        fields = self.page.fields(node, "need", ("of", "first", "closes_on"))
        if len(fields) < 3:
            return FirstCome()
        text = self.page.word(fields["of"], "of")
        first = self.page.word(fields["first"], "first")
        if first not in ("smallest", "largest"):
            self.page.report(fields["first"], f"'first' is {first!r}.", "Write 'smallest' or 'largest'.")
        try:
            term = parse_term(text)
        except ClauseSyntax as error:
            self.page.report(fields["of"], error.message, error.next_step, offset=error.column - 1)
            term = Constant(0)
        else:
            for fault in amount_errors(term, self.vocabulary, self.audience, self.units, frozenset(), "the need"):
                self.page.report(fields["of"], fault.message, fault.next_step)
        for part in parts(term):
            if isinstance(part, ParameterRef) and part.name in self.units:
                self.uses.append(ParameterUse(part.name, fields["of"], max(text.find(f"param.{part.name}"), 0)))
        return NeedOrder(term, first == "smallest", self.page.day(fields["closes_on"], "closes_on"))
