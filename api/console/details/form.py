"""A policy's details as fields of a form, and the text with those fields in it that were changed.

Fields are named by where they stand: `d:benefit/share/percent`; `k:` before an amount's name says whether it is a
number or a parameter. What changes the shape of a part are choices: `x:benefit` (its form), `x:benefit/share` (whether
it rests on a fact or on a quantity worked out), `x:budget` (whether there is one), `x:budget/order`; `w:districts`
holds the districts chosen.
"""

from __future__ import annotations

from collections.abc import Iterable

from api.console.details.choices import chosen
from api.console.details.reading import Details
from api.console.details.shapes import OPTIONAL, Empty, Group, Items, Kind, Leaf, Shape, Where
from api.console.details.splicing import append, confirm, put, take
from api.console.details.values import PARAM, amount_typed, written_as
from api.console.rules.rows import number_text
from api.console.rules.writing import word
from domain.errors import DetailNotWritten, FormActInvalid


def changed(text: str, items: Iterable[tuple[str, str]]) -> str:
    """`text` with the posted fields in it. Raises FormActInvalid, DetailNotWritten."""
    fields: dict[str, list[str]] = {}
    for name, value in items:
        if name[:2] in ("d:", "k:", "x:", "w:"):
            fields.setdefault(name, []).append(value)
    before = Details(text)
    written: dict[Where, str] = {}
    for name, values in fields.items():
        if name.startswith("d:"):
            where = tuple(name[2:].split("/"))
            new = _typed(before, where, values[-1], fields.get(f"k:{name[2:]}", [""])[-1])
            if new is not None:
                written[where] = new
    after = text
    for where, new in written.items():
        after = _put(after, where, new, before.shape(where))
    after = _emptied(after, written)
    confirm(text, after, written.keys())
    if written and any(Details(after).get(*where) != new for where, new in written.items()):
        raise DetailNotWritten
    return chosen(after, before, fields)


def acted(text: str, name: str, path: str) -> str:
    """`text` with an item more (`add`, `path` is a list) or less (`remove`).

    Raises FormActInvalid, DetailNotWritten.
    """
    where = tuple(path.split("/"))
    details = Details(text)
    list_ = where if name == "add" else where[:-1]
    shape = details.shape(list_) if list_ else None
    if name not in ("add", "remove") or not isinstance(shape, Items):
        raise FormActInvalid("find")
    if name == "add":
        after = append(text, where, shape.new)
    elif not details.has(*where):
        raise FormActInvalid("find")
    elif len(list_) == 1 and details.count(*list_) == 1 and list_[0] in OPTIONAL:
        after = take(text, list_)
    else:
        after = take(text, where)
    confirm(text, after, [list_])
    return after


def _typed(details: Details, where: Where, typed: str, kind: str) -> str | None:
    """What was typed as the text is to have it; None where that is what it has."""
    shape, old = details.shape(where), details.get(*where)
    if not isinstance(shape, Leaf):
        raise FormActInvalid("read")
    if len(where) > 1 and where[0] in OPTIONAL and not details.has(where[0]):
        raise FormActInvalid("find")
    if old == (f"{PARAM}{typed}" if kind == "param" else typed):
        return None
    new = typed
    if shape.kind is Kind.AMOUNT:
        new = amount_typed(typed, kind)
    elif shape.kind is Kind.NUMBER:
        new = number_text(typed)
    elif "\n" in old and "\n" not in typed and typed == old.replace("\n", ""):
        return None  # a field of one line cannot hold line ends
    return None if new == old else new


def _put(text: str, where: Where, new: str, shape: Shape) -> str:
    assert isinstance(shape, Leaf)
    if not new and shape.empty is Empty.GONE:
        return take(text, where)
    value = "null" if not new and shape.empty is Empty.NULL else written_as(shape.kind, new)
    details = Details(text)
    held = max(n for n in range(len(where)) if not n or details.has(*where[:n]))
    if where not in details.values and any(step.isdecimal() for step in where[held:]):
        raise FormActInvalid("find")  # an item that was meant is no longer there
    for step in reversed(where[held + 1 :]):
        value = f"{{{word(step)}: {value}}}"
    return put(text, where[: held + 1], value)


def _emptied(text: str, written: Iterable[Where]) -> str:
    """`text` without the groups in which nothing is left."""
    for where in dict.fromkeys(one[:-1] for one in written if len(one) > 1):
        details = Details(text)
        shape = details.shape(where)
        if not isinstance(shape, Group) or not shape.optional or not details.has(*where):
            continue
        if not any(details.get(*where, name) for name in shape.fields):
            text = take(text, where)
    return text
