"""What of a policy the form of its details can say, by field: leaves, groups of them, lists, rows.

A text may say less (a field that is not there yet is empty) but not more: what has no shape is shown as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import yaml

Where = tuple[str, ...]
"""The way from a policy's root: names of fields, and places in lists as digits."""
NULL = "tag:yaml.org,2002:null"


class Kind(StrEnum):
    """How a leaf is written: as text, in quotes if need be, or as the number, date, amount or word that it is."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    AMOUNT = "amount"
    WORD = "word"


class Empty(StrEnum):
    """How a leaf is written that was emptied: as an empty text, as null, or not at all."""

    TEXT = "text"
    NULL = "null"
    GONE = "gone"


@dataclass(frozen=True)
class Leaf:
    kind: Kind = Kind.TEXT
    empty: Empty = Empty.TEXT


@dataclass(frozen=True)
class Group:
    """`optional`: it is taken out as a whole once all in it is empty."""

    fields: Mapping[str, Shape]
    optional: bool = False


@dataclass(frozen=True)
class Rows:
    """Any words, each with a leaf."""

    leaf: Leaf


@dataclass(frozen=True)
class Items:
    """A list; `new` is what an added item looks like, on one line."""

    item: Shape
    new: str


Shape = Leaf | Group | Rows | Items

_TEXT, _WORD = Leaf(), Leaf(Kind.WORD, Empty.NULL)
_DAY, _NULL_DAY = Leaf(Kind.DAY, Empty.NULL), Leaf(Kind.DAY, Empty.NULL)
_NULL_TEXT = Leaf(empty=Empty.NULL)
_LABEL = Group({"zh": _TEXT, "en": _TEXT})
_AMOUNT, _LIMIT = Leaf(Kind.AMOUNT, Empty.NULL), Leaf(Kind.AMOUNT, Empty.GONE)
_NUMBER, _NUMBER_OR_NONE = Leaf(Kind.NUMBER, Empty.NULL), Leaf(Kind.NUMBER, Empty.GONE)
_RESTS: Mapping[str, Shape] = {"fact": _NULL_TEXT, "of": _NULL_TEXT}
_BOUNDS: Mapping[str, Shape] = {"floor": _LIMIT, "cap": _LIMIT}
_STEP = Group({"from": _NUMBER, "amount": _AMOUNT})

MONEY: Mapping[str, Shape] = {
    "amount": _AMOUNT,
    "per_unit": Group({**_RESTS, "amount": _AMOUNT, **_BOUNDS}),
    "share": Group({**_RESTS, "percent": _AMOUNT, **_BOUNDS}),
    "table": Group({"fact": _NULL_TEXT, "amounts": Rows(_LIMIT), "otherwise": _LIMIT}),
    "brackets": Group({**_RESTS, "steps": Items(_STEP, "{from: null, amount: null}")}),
}
"""The forms of a benefit in money."""
ORDERS: Mapping[str, Shape] = {
    "need": Group({"of": _NULL_TEXT, "first": _WORD, "closes_on": _DAY}),
    "lottery": Group({"seed_from": _LABEL, "closes_on": _DAY}),
}
_BUDGET: Mapping[str, Shape] = {
    "cap_cny": _NUMBER_OR_NONE,
    "places": _NUMBER_OR_NONE,
    "period": Leaf(Kind.WORD, Empty.GONE),
    "year": _NUMBER_OR_NONE,
    "waiting_list": Leaf(Kind.WORD, Empty.GONE),
}
SECTIONS: Mapping[str, Shape] = {
    "title": _LABEL,
    "summary": _LABEL,
    "agency": _LABEL,
    "document": Group(
        {
            "title": _TEXT,
            "number": _NULL_TEXT,
            "issued_on": _NULL_DAY,
            "url": _NULL_TEXT,
            "consultation": Leaf(Kind.WORD, Empty.GONE),
        }
    ),
    "verification": _WORD,
    "true_on": _DAY,
    "effective": Group({"from": _DAY, "to": _NULL_DAY}),
    "kind": _WORD,
    "level": _WORD,
    "districts": Items(_TEXT, "''"),
    "delivery": _WORD,
    "benefit": Group(
        {
            "none": Leaf(Kind.WORD, Empty.GONE),
            **MONEY,
            "period": _WORD,
            "rounding": Group({"to": _WORD, "mode": _WORD}, optional=True),
        }
    ),
    "budget": Group({**_BUDGET, "order": Leaf(Kind.WORD, Empty.GONE)}),
    "unencoded": Items(_LABEL, "{zh: '', en: ''}"),
    "materials": Items(
        Group({"label": _LABEL, "replaced_by": Group(_LABEL.fields, optional=True)}), "label: {zh: '', en: ''}"
    ),
}
OPTIONAL = ("districts", "budget", "unencoded", "materials")
_ORDERED = Group({**_BUDGET, "order": Group(ORDERS)})


def shape_of(name: str, node: yaml.Node | None) -> Shape:
    """The shape of a policy's field; that of a budget depends on its order."""
    if name == "budget" and isinstance(node, yaml.MappingNode):
        ordered = (isinstance(value, yaml.MappingNode) for key, value in node.value if key.value == "order")
        if any(ordered):
            return _ORDERED
    return SECTIONS[name]


def below(shape: Shape, where: Where) -> Shape | None:
    """What lies at `where` below a shape; None where nothing can."""
    for step in where:
        match shape:
            case Group(fields=fields) if step in fields:
                shape = fields[step]
            case Items(item=item) if step.isascii() and step.isdecimal() and len(step) < 5:
                shape = item
            case Rows(leaf=leaf):
                shape = leaf
            case _:
                return None
    return shape


def is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == NULL


def leaves(shape: Shape, node: yaml.Node, where: Where = ()) -> dict[Where, yaml.ScalarNode] | None:
    """Each leaf that is there; None where the node says more than the shape can."""
    found: dict[Where, yaml.ScalarNode] = {}
    return found if _collect(shape, node, where, found, set()) else None


def _collect(shape: Shape, node: yaml.Node, where: Where, found: dict[Where, yaml.ScalarNode], seen: set[int]) -> bool:
    if id(node) in seen:  # an alias: what is changed here would change there
        return False
    seen.add(id(node))
    match shape, node:
        case Leaf(), yaml.ScalarNode() as leaf:
            found[where] = leaf
            return True
        case (Group(), yaml.ScalarNode()) | (Items(), yaml.ScalarNode()):
            return is_null(node)
        case Items(item=item), yaml.SequenceNode(value=items):
            return all(_collect(item, one, (*where, str(at)), found, seen) for at, one in enumerate(items))
        case ((Group() | Rows()), yaml.MappingNode(value=pairs)):
            names = [key.value for key, _ in pairs if isinstance(key, yaml.ScalarNode)]
            if len(set(names)) < len(pairs) or any("/" in name for name in names):
                return False
            parts = [(name, value, below(shape, (name,))) for name, (_, value) in zip(names, pairs, strict=True)]
            return all(
                one is not None and _collect(one, value, (*where, name), found, seen) for name, value, one in parts
            )
    return False
