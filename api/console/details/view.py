"""A policy's details as their page draws them: values with labels and choices, and what there is to say of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import yaml

from api.console.details.reading import Details
from api.console.details.shapes import SECTIONS, Where
from api.console.details.values import PARAM, is_day
from api.console.labels import name_of
from api.console.reading import parameter_shown
from api.console.rules.fitting import dimension_of
from api.console.rules.splice import span
from api.console.rules.view import OperandView, Remark
from catalogue.loader import Catalogue
from domain.benefit import Period
from domain.facts import Audience, Label
from domain.policy import DeliveryMode, Kind, Level, Verification

_MOST_ROWS = 40
"""A table by a fact of more words is shown with the rows it has."""
_PAID_IN: Mapping[str, str] = {"once": "cny", "month": "cny_per_month", "year": "cny_per_year"}
_WORDS = {"verification": Verification, "kind": Kind, "level": Level, "delivery": DeliveryMode, "period": Period}


@dataclass(frozen=True)
class DetailRemark(Remark):
    """A remark on one field of the form, by its name without `d:`."""

    field: str


@dataclass(frozen=True)
class DetailsView:
    """`remarks` by field; `carries`: the highest delivery mode that the facts carry, None where that cannot be told."""

    details: Details
    text: str
    words: Catalogue
    audience: Audience
    day: date
    remarks: Mapping[str, Sequence[DetailRemark]]
    carries: Label | None = None

    @property
    def sections(self) -> list[str]:
        return list(SECTIONS)

    def shown(self, name: str) -> bool:
        return name in self.details.shown

    def get(self, where: str) -> str:
        return self.details.get(*where.split("/"))

    def has(self, where: str) -> bool:
        return self.details.has(*where.split("/"))

    def count(self, where: str) -> int:
        return self.details.count(*where.split("/"))

    def listed(self, where: str) -> list[str]:
        return [self.get(f"{where}/{at}") for at in range(self.count(where))]

    def written(self, name: str) -> str:
        """How a field that no form can show is written."""
        node = self.details.nodes[name]
        start, end = span(self.text, node)
        return self.text[start - node.start_mark.column : end] if self._in_lines(node) else self.text[start:end]

    def _in_lines(self, node: yaml.Node) -> bool:
        return isinstance(node, yaml.CollectionNode) and not node.flow_style

    def choices(self, name: str, chosen: str) -> list[tuple[str, Label]]:
        """Words that a field can have; one that it has and cannot have stays."""
        offered = [(str(word), name_of(word)) for word in _WORDS[name]]
        return offered if chosen in dict(offered) else [(chosen, Label(chosen or "—", chosen or "—")), *offered]

    def kept(self, options: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
        """The options, and what was chosen if it is none of them."""
        return options if chosen in dict(options) else [(chosen, chosen or "—"), *options]

    def spans(self, t: Callable[[Label], str], yearly: str) -> list[tuple[str, str]]:
        """What a budget can be for; it is for a year where nothing is said."""
        chosen = self.get("budget/period")
        offered = [(str(period), t(name_of(period))) for period in Period if chosen or period is not Period.YEAR]
        return self.kept(offered if chosen else [("", yearly), *offered], chosen)

    def is_day(self, value: str) -> bool:
        return is_day(value)

    def operand(self, where: str) -> OperandView:
        """An amount: a number, or a parameter with its value on the day."""
        value = self.get(where)
        if not value.startswith(PARAM):
            return OperandView("number", value)
        name = value.removeprefix(PARAM)
        if name not in self.words.parameters:
            return OperandView("param", name)
        shown = parameter_shown(self.words.parameters[name], self.day)
        return OperandView("param", name, shown.parameter.label, shown)

    @property
    def unit(self) -> str:
        """The unit that amounts are in: by how often it is paid."""
        return _PAID_IN.get(self.get("benefit/period"), "cny")

    def dimension(self, unit: str) -> str:
        return dimension_of(unit)

    def unit_label(self, unit: str) -> Label:
        return self.words.vocabulary.units.get(unit, Label("", ""))

    def fact_label(self, name: str) -> Label:
        fact = self.words.vocabulary.of(self.audience).get(name)
        return fact.label if fact is not None else Label(name, name)

    def rows(self) -> list[tuple[str, Label]]:
        """The words of a table: all that its fact knows, or else those it has."""
        fact = self.words.vocabulary.of(self.audience).get(self.get("benefit/table/fact"))
        known = fact.categories if fact is not None else {}
        has = [where[3] for where in self.details.values if where[:3] == ("benefit", "table", "amounts")]
        offered = list(known) if len(known) <= _MOST_ROWS else []
        words = [word for word in dict.fromkeys([*offered, *has]) if "/" not in word]
        return [(word, known.get(word, Label(word, word))) for word in words]

    def districts(self) -> list[tuple[str, Label]]:
        known = self.words.vocabulary.fact(self.audience, "registered_district").categories
        words = dict.fromkeys([*(word for word in known if word != "outside"), *self.listed("districts")])
        return [(word, known.get(word, Label(word, word))) for word in words]


def place_of(details: Details, line: int, column: int) -> Where | None:
    """What a problem at this place, counted from 1, is about: a leaf, or else a field; None for none of these."""
    place = (line - 1, column - 1)
    for where, leaf in details.leaves.items():
        start, end = leaf.start_mark, leaf.end_mark
        if (start.line, start.column) == place or (start.line, start.column) <= place < (end.line, end.column):
            return where
    starts = (((node.start_mark.line, node.start_mark.column), name) for name, node in details.nodes.items())
    _, field = max((one for one in starts if one[0] <= place), default=(place, ""))
    return (field,) if field in SECTIONS else None
