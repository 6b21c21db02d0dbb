"""A form as the fields that a browser sends: `r` is the root, `r.0` its first part, `r.0:fact` a field of that part.

A part's fields: `is` (a group's join, `row` or `line`); of groups `count`; of rows `fact`, `measure`, `op`, then `kind`
and `value` once an operand, `word` once a word or place of a list; `written`. Of lines `text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from api.console.rules.form import JOINS, Group, Line, Part, Path
from api.console.rules.rows import LISTS, OPERATORS, Operand, Row, number_text
from domain.errors import FormActInvalid
from domain.grammar import MAX_DEPTH
from domain.rules import MAX_NODES

ROOT = "r"
_NAME = re.compile(r"r((?:\.[0-9]{1,5})*):([a-z]+)")
_KINDS = ("number", "date", "word", "param", "fact", "today")
_Values = Mapping[str, list[str]]


def name_of(path: Path) -> str:
    return ".".join((ROOT, *map(str, path)))


def path_of(name: str) -> Path:
    """Raises FormActInvalid for what is no part's name."""
    match = re.fullmatch(r"r((?:\.[0-9]{1,5})*)", name)
    if match is None or name.count(".") > MAX_DEPTH:
        raise FormActInvalid("find")
    return tuple(map(int, match[1].split(".")[1:]))


def fields_of(part: Part, path: Path = ()) -> Iterator[tuple[str, str]]:
    """The fields of a form, as its page holds them."""
    name = name_of(path)
    match part:
        case Group(join=join, items=items, count=count):
            yield f"{name}:is", join
            if join == "at_least":
                yield f"{name}:count", str(count)
            for place, item in enumerate(items):
                yield from fields_of(item, (*path, place))
        case Line(text=text):
            yield from ((f"{name}:is", "line"), (f"{name}:text", text))
        case Row():
            yield from ((f"{name}:is", "row"), (f"{name}:fact", part.fact), (f"{name}:measure", part.measure))
            yield from ((f"{name}:op", part.operator), (f"{name}:written", part.written))
            words = part.operator in LISTS and all(operand.kind == "word" for operand in part.operands)
            for operand in part.operands:
                if words:
                    yield f"{name}:word", operand.text
                else:
                    yield from ((f"{name}:kind", operand.kind), (f"{name}:value", operand.text))


def form_from(items: Iterable[tuple[str, str]]) -> Part | None:
    """The form that these fields hold, others passed over; None where there is none. Raises FormActInvalid."""
    by_path: dict[Path, dict[str, list[str]]] = {}
    for name, value in items:
        match = _NAME.fullmatch(name)
        if match is not None:
            path = tuple(map(int, match[1].split(".")[1:]))
            by_path.setdefault(path, {}).setdefault(match[2], []).append(value)
    if () not in by_path:
        return None
    if len(by_path) > MAX_NODES or any(len(path) > MAX_DEPTH for path in by_path):
        raise FormActInvalid("read")
    below: dict[Path, list[Path]] = {}
    for path in sorted(by_path):
        if path:
            below.setdefault(path[:-1], []).append(path)
    return _part((), by_path, below)


def _part(path: Path, by_path: Mapping[Path, _Values], below: Mapping[Path, list[Path]]) -> Part:
    values = by_path[path]
    kind = _last(values, "is")
    if kind in JOINS:
        items = tuple(_part(one, by_path, below) for one in below.get(path, ()))
        if kind == "not" and len(items) > 1:
            # What was several parts and is now `not` is none of them.
            items = (Group("any", items),)
        return Group(kind, items, _count(_last(values, "count"), len(items)) if kind == "at_least" else 1)
    if kind == "line":
        return Line(_last(values, "text"))
    if kind != "row":
        raise FormActInvalid("read")
    operator = _last(values, "op")
    if operator not in ("", *OPERATORS):
        raise FormActInvalid("read")
    return Row(_last(values, "fact"), _last(values, "measure"), operator, _operands(values), _last(values, "written"))


def _count(typed: str, parts: int) -> int:
    """How many of `parts` count; of a group that has just become `at_least`, two."""
    return int(typed) if re.fullmatch(r"[0-9]{1,4}", typed) else max(1, min(2, parts))


def _operands(values: _Values) -> tuple[Operand, ...]:
    kinds, texts = values.get("kind", []), values.get("value", [])
    if len(kinds) != len(texts) or any(kind not in _KINDS for kind in kinds):
        raise FormActInvalid("read")
    pairs = zip(kinds, texts, strict=True)
    operands = [Operand(kind, number_text(text) if kind == "number" else text) for kind, text in pairs]
    return (*operands, *(Operand("word", word) for word in values.get("word", [])))


def _last(values: _Values, name: str) -> str:
    return values.get(name, [""])[-1]
