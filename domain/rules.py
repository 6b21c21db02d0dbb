"""A rule as YAML or JSON gives it: `all`, `any`, `not` and `at_least` over readable clauses.

A rule is a tree. A branch is a mapping with one key (`all`, `any`: a list; `not`: one node; `at_least`: a `count` and
the list it counts `of`); a leaf is a clause, written as domain/grammar.py says.
"""

from __future__ import annotations

from domain.errors import ClauseSyntax
from domain.expression import All, AnyOf, AtLeast, Expression, Not
from domain.grammar import MAX_DEPTH, parse_clause

MAX_COUNTED = 100  # Real rules count some few; the work of counting rises with the square.
MAX_NODES = 10_000  # Real rules have some dozen; the limit keeps one rule from taking all memory.
_BRANCHES = "'all', 'any', 'not' or 'at_least'"


def parse(node: object, path: tuple[str | int, ...] = ()) -> Expression:
    """Read a rule as YAML or JSON gives it; raises ClauseSyntax with the path to the node at fault."""
    return _TreeReader().read(node, path, 0)


class _TreeReader:
    def __init__(self) -> None:
        self.nodes = 0

    def read(self, node: object, path: tuple[str | int, ...], depth: int) -> Expression:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise ClauseSyntax("...", 1, f"a rule nested at most {MAX_DEPTH} deep", path=path)
        if self.nodes > MAX_NODES:
            raise ClauseSyntax("...", 1, f"a rule of at most {MAX_NODES} parts", path=path)
        if isinstance(node, str):
            return parse_clause(node, path)
        if not isinstance(node, dict) or len(node) != 1:
            keys = ", ".join(map(repr, node)) if isinstance(node, dict) else ""
            fault = f"A branch has the keys {keys}." if keys else f"{_named(node)} stands where a clause should."
            raise ClauseSyntax(str(node), 1, f"a clause, or a mapping with one of {_BRANCHES}", path=path, fault=fault)
        [(key, below)] = node.items()
        match key:
            case "not":
                return Not(self.read(below, (*path, "not"), depth + 1))
            case "all":
                return All(self._items(below, (*path, key), depth))
            case "any":
                return AnyOf(self._items(below, (*path, key), depth))
            case "at_least":
                return self._at_least(below, (*path, key), depth)
        raise ClauseSyntax(str(key), 1, _BRANCHES, path=path, fault=f"{key!r} is no branch of a rule.")

    def _items(self, below: object, path: tuple[str | int, ...], depth: int) -> tuple[Expression, ...]:
        if not isinstance(below, list) or not below:
            fault = f"{_named(below)} stands under {path[-1]!r}."
            raise ClauseSyntax(str(below), 1, "a list of one or more clauses or branches", path=path, fault=fault)
        return tuple(self.read(item, (*path, index), depth + 1) for index, item in enumerate(below))

    def _at_least(self, below: object, path: tuple[str | int, ...], depth: int) -> AtLeast:
        if not isinstance(below, dict) or set(below) != {"count", "of"}:
            keys = ", ".join(map(repr, below)) if isinstance(below, dict) else ""
            fault = f"'at_least' has {keys}." if keys else f"{_named(below)} stands under 'at_least'."
            raise ClauseSyntax(str(below), 1, "'count' and 'of', as in {count: 2, of: [...]}", path=path, fault=fault)
        items = self._items(below["of"], (*path, "of"), depth)
        if len(items) > MAX_COUNTED:
            raise ClauseSyntax("...", 1, f"a list of at most {MAX_COUNTED} nodes under 'at_least'", path=path)
        count = below["count"]
        if not isinstance(count, int) or isinstance(count, bool):
            fault = f"The count of 'at_least' is {_named(count, capital=False)}, not a whole number."
            raise ClauseSyntax(str(count), 1, f"a number such as {len(items)}, without quotes", path=path, fault=fault)
        if not 1 <= count <= len(items):
            of = "one condition" if len(items) == 1 else f"{len(items)} conditions"
            fault = f"'at_least' counts to {count}, but lists {of}."
            most = "1" if len(items) == 1 else f"a count from 1 to {len(items)}"
            raise ClauseSyntax(str(count), 1, most, path=path, fault=fault)
        return AtLeast(count, items)


def _named(value: object, *, capital: bool = True) -> str:
    """What stands in a file, so that its writer knows it again."""
    match value:
        case None:
            words = "nothing"
        case bool():
            words = f"'{str(value).lower()}'"
        case str():
            words = f"the text {value!r}"
        case []:
            words = "an empty list"
        case list():
            words = "a list"
        case dict():
            words = "a mapping" if value else "an empty mapping"
        case _:
            words = str(value)
    return words[0].upper() + words[1:] if capital else words
