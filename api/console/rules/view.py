"""A form as its page draws it: each part with its names, choices, hints and what there is to say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from api.console.reading import ParameterShown, parameter_shown
from api.console.rules.acts import may_unwrap
from api.console.rules.fields import name_of
from api.console.rules.fitting import dimension_of, kinds_for, operators_for, sort_of, unit_of
from api.console.rules.form import Group, Line, Part, Path
from api.console.rules.rows import LISTS, MEASURES, Operand, Row, clause_text
from catalogue.loader import Catalogue
from domain.facts import Audience, FactDefinition, FactType, Label

MOST_PILLS = 12
"""Up to so many words are shown all at once; of more, those chosen, and a search."""


@dataclass(frozen=True)
class Remark:
    """Something to say of one part; `kind`: error, warning or note."""

    kind: str
    text: str


@dataclass(frozen=True)
class OperandView:
    """`label`: of a parameter, fact or word, what it is called; `hint`: of a parameter, its value on the day."""

    kind: str
    text: str
    label: Label | None = None
    parameter: ParameterShown | None = None


@dataclass(frozen=True)
class PartView:
    """`number` is how the page calls the part: 2.1 is the first part of the second of the root."""

    part: Part
    name: str
    number: str
    first: bool
    last: bool
    remarks: Sequence[Remark]
    unwraps: bool = False
    items: Sequence[PartView] = ()
    fact: FactDefinition | None = None
    sort: str = ""
    unit: Label | None = None
    dimension: str = ""
    operators: Sequence[str] = ()
    kinds: Sequence[str] = ()
    measures: Sequence[str] = ()
    operands: Sequence[OperandView] = ()
    words: Mapping[str, Label] = field(default_factory=dict)
    clause: str = ""

    @property
    def is_group(self) -> bool:
        return isinstance(self.part, Group)

    @property
    def is_line(self) -> bool:
        return isinstance(self.part, Line)

    @property
    def pills(self) -> bool:
        return 0 < len(self.words) <= MOST_PILLS

    @property
    def slug(self) -> str:
        """The name as an id: dots are no good in selectors."""
        return self.name.replace(".", "-")

    def everything(self) -> list[PartView]:
        return [self, *(below for item in self.items for below in item.everything())]


@dataclass(frozen=True)
class Viewer:
    """What a form is drawn with: the words that serve, for whom, on which day; `remarks` by path."""

    words: Catalogue
    audience: Audience
    day: date
    remarks: Mapping[Path, Sequence[Remark]]

    def view(self, part: Part) -> PartView:
        return self._view(part, (), None, 1)

    def _view(self, part: Part, path: Path, above: Group | None, siblings: int) -> PartView:
        name, place = name_of(path), path[-1] if path else 0
        number = ".".join(str(step + 1) for step in path)
        remarks = self.remarks.get(path, ())
        first, last = place == 0, place == siblings - 1
        match part:
            case Group(items=items):
                below = [self._view(item, (*path, at), part, len(items)) for at, item in enumerate(items)]
                unwraps = may_unwrap(part, above)
                return PartView(part, name, number, first, last, remarks, unwraps, below)
            case Line():
                return PartView(part, name, number, first, last, remarks)
            case Row():
                return self._row(part, PartView(part, name, number, first, last, remarks))

    def _row(self, row: Row, drawn: PartView) -> PartView:
        fact = self.words.vocabulary.of(self.audience).get(row.fact)
        base = (drawn.part, drawn.name, drawn.number, drawn.first, drawn.last, drawn.remarks)
        if fact is None:
            return PartView(*base, clause=clause_text(row))
        sort, unit = sort_of(fact, row.measure), unit_of(fact, row.measure)
        labels = self.words.vocabulary.units
        return PartView(
            *base,
            fact=fact,
            sort=sort,
            unit=labels.get(unit, Label("", "")),
            dimension=dimension_of(unit),
            operators=operators_for(sort, row.operator),
            kinds=kinds_for(sort, row.operator),
            measures=("", *MEASURES) if fact.type is FactType.DATE else (),
            operands=[self._operand(one) for one in row.operands],
            words=fact.categories if row.operator in LISTS or sort == "category" else {},
            clause=clause_text(row),
        )

    def _operand(self, operand: Operand) -> OperandView:
        label: Label | None = None
        shown: ParameterShown | None = None
        known = self.words.vocabulary.of(self.audience)
        if operand.kind == "param" and operand.text in self.words.parameters:
            shown = parameter_shown(self.words.parameters[operand.text], self.day)
            label = shown.parameter.label
        elif operand.kind == "fact" and operand.text in known:
            label = known[operand.text].label
        return OperandView(operand.kind, operand.text, label, shown)
