"""A rule as a form has it: groups of groups, rows and lines of text; the same tree as lists and mappings (plain).

The plain tree is what YAML holds: `{"all": [...]}`, `{"any": [...]}`, `{"not": ...}`, `{"at_least": {"count", "of"}}`,
a clause's text. Unlike an expression, a form can be unfinished: a group without parts, a row without a fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.console.rules.rows import Row, clause_text, row_of
from domain.errors import ClauseSyntax, RuleNotShown
from domain.grammar import parse_clause

JOINS = ("all", "any", "not", "at_least")
Path = tuple[int, ...]
"""The way from the root, by places in groups."""


@dataclass(frozen=True)
class Line:
    """A clause as text: one that no row can say, or that cannot be read."""

    text: str = ""


@dataclass(frozen=True)
class Group:
    """`count` is of `at_least` alone, and 1 elsewhere; `not` has one part."""

    join: str
    items: tuple[Part, ...] = ()
    count: int = 1


Part = Group | Row | Line


def form_of(plain: Any) -> Part:
    """The form of a plain tree. Raises RuleNotShown for what is no such tree."""
    if isinstance(plain, str):
        return part_of(plain)
    match plain:
        case {"all": list(items), **rest} if not rest:
            return Group("all", tuple(map(form_of, items)))
        case {"any": list(items), **rest} if not rest:
            return Group("any", tuple(map(form_of, items)))
        case {"not": item, **rest} if not rest:
            return Group("not", () if item == "" else (form_of(item),))
        case {"at_least": {"count": count, "of": list(items), **more}, **rest} if not rest and not more:
            if isinstance(count, int) and 0 <= count <= 10_000:
                return Group("at_least", tuple(map(form_of, items)), count)
    raise RuleNotShown


def part_of(text: str) -> Row | Line:
    """A clause as a row where one says it, else as a line."""
    try:
        row = row_of(parse_clause(text))
    except ClauseSyntax:
        return Row() if not text.strip() else Line(text)
    return row or Line(text.strip())


def plain_of(part: Part) -> Any:
    """The plain tree of a form."""
    match part:
        case Row():
            return clause_text(part)
        case Line(text=text):
            return text.strip()
        case Group(join="not", items=items):
            return {"not": plain_of(items[0]) if items else ""}
        case Group(join="at_least", items=items, count=count):
            return {"at_least": {"count": count, "of": [plain_of(item) for item in items]}}
        case Group(join=join, items=items):
            return {join: [plain_of(item) for item in items]}


def walk(part: Part, path: Path = ()) -> Iterator[tuple[Path, Part]]:
    """All parts with their paths, each before what is in it."""
    yield path, part
    if isinstance(part, Group):
        for place, item in enumerate(part.items):
            yield from walk(item, (*path, place))
