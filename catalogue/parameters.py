"""This file knows about parameters/*.yaml: thresholds and amounts of law as dated data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import yaml

from catalogue.documents import read_document
from catalogue.vocabulary import NAME
from catalogue.yaml_positions import Page, did_you_mean, optional
from domain.errors import CatalogueInvalid
from domain.facts import Label, Vocabulary
from domain.policy import DatedValue, Document, Parameter, Verification

_FIELDS = ("label", "unit", "document", "verification", "values")


def read_parameters(page: Page, vocabulary: Vocabulary, known: Mapping[str, str]) -> dict[str, Parameter]:
    """The parameters of one file; `known` maps each name of the files read before to its file."""
    if page.root is None:
        return {}
    found: dict[str, Parameter] = {}
    for name, (key, node) in page.mapping(page.root, "the parameters file").items():
        if not NAME.fullmatch(name):
            page.report(key, f"{name!r} cannot be the name of a parameter.", "Use lower_case words.")
        if name in known:
            page.report(key, f"Parameter {name!r} is also in {known[name]}.", "Keep one of them.")
        found[name] = _parameter(page, name, node, vocabulary)
    return found


def load_parameter_text(text: str, name: str, vocabulary: Vocabulary) -> Parameter:
    """Read one parameter from its text, as `parameter_text` wrote it and a database keeps it; `name` stands in errors.

    Raises CatalogueInvalid.
    """
    page = Page(name, text)
    found = read_parameters(page, vocabulary, {})
    if page.problems:
        raise CatalogueInvalid(page.problems)
    [parameter] = found.values()
    return parameter


def parameter_text(parameter: Parameter) -> str:
    """The parameter as a file of its own; equal parameters have equal texts.

    What a file says of several parameters at once (an anchor, a comment) is written out, or left out.
    """
    document = parameter.document
    fields = {
        "label": {"zh": parameter.label.zh, "en": parameter.label.en},
        "unit": parameter.unit,
        "document": {
            "title": document.title,
            "number": document.number,
            "issued_on": document.issued_on,
            "url": document.url,
            # Left out where it is false, so that what is stored of parameters in force keeps its text.
            **({"consultation": True} if document.consultation else {}),
        },
        "verification": parameter.verification.value,
        "values": [{"from": one.from_, "to": one.to, "value": one.value} for one in parameter.values],
    }
    text: str = yaml.dump({parameter.name: fields}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDE)
    return text


class _Dumper(yaml.SafeDumper):
    """Writes numbers as they are read, digit by digit."""

    def ignore_aliases(self, _: Any) -> bool:
        return True

    def number(self, value: Decimal) -> yaml.Node:
        text = f"{value:f}"
        return self.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_Dumper.add_representer(Decimal, _Dumper.number)
_WIDE = 10_000
"""Characters a line: a title is never folded."""


def _parameter(page: Page, name: str, node: yaml.Node, vocabulary: Vocabulary) -> Parameter:
    fields = page.fields(node, f"parameter {name!r}", _FIELDS)
    unit = page.word(fields["unit"], "unit") if "unit" in fields else "?"
    if unit != "?" and unit not in vocabulary.units:
        page.report(fields["unit"], f"There is no unit {unit!r}.", did_you_mean(unit, vocabulary.units))
    return Parameter(
        name=name,
        unit=unit,
        label=page.label(fields["label"], "label") if "label" in fields else Label("?", "?"),
        document=read_document(page, fields["document"]) if "document" in fields else Document("?"),
        verification=page.choice(fields["verification"], "verification", Verification)
        if "verification" in fields
        else Verification.ILLUSTRATIVE,
        values=_values(page, fields["values"]) if "values" in fields else (),
    )


def _values(page: Page, node: yaml.Node) -> tuple[DatedValue, ...]:
    """Values in order of time; they may leave gaps, never overlap, and only the last may be open."""
    values: list[DatedValue] = []
    items = page.items(node, "values")
    if not items:
        page.report(node, "A parameter needs at least one value.", "Write {from: YYYY-MM-DD, to: null, value: 0}.")
    for item in items:
        fields = page.fields(item, "a value", ("from", "value"), ("to",))
        if "from" not in fields or "value" not in fields:
            continue
        to_node = optional(fields, "to")
        dated = DatedValue(
            from_=page.day(fields["from"], "from"),
            to=page.day(to_node, "to") if to_node else None,
            value=page.number(fields["value"], "value"),
        )
        if dated.to is not None and dated.to < dated.from_:
            page.report(item, f"The value ends on {dated.to}, before it begins.", "Swap or mend the dates.")
        if values and (values[-1].to is None or values[-1].to >= dated.from_):
            page.report(
                item,
                f"The value from {dated.from_} overlaps the one from {values[-1].from_}.",
                "End the earlier value on the day before.",
            )
        values.append(dated)
    return tuple(values)


def first_uncovered_day(parameter: Parameter, start: date, end: date | None) -> date | None:
    """The first day from `start` to `end` (None: for ever) on which `parameter` has no value; None if there is none."""
    day = start
    for dated in parameter.values:
        if dated.covers(day):
            if dated.to is None or (end is not None and dated.to >= end):
                return None
            day = dated.to + timedelta(days=1)
    return day
