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
            raise ClauseSyntax(
                str(node), 1, "a clause, or a mapping with one of 'all', 'any', 'not', 'at_least'", path=path
            )
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
        raise ClauseSyntax(str(key), 1, "'all', 'any', 'not' or 'at_least'", path=path)

    def _items(self, below: object, path: tuple[str | int, ...], depth: int) -> tuple[Expression, ...]:
        if not isinstance(below, list) or not below:
            raise ClauseSyntax(str(below), 1, f"a list of at least one node under {path[-1]!r}", path=path)
        return tuple(self.read(item, (*path, index), depth + 1) for index, item in enumerate(below))

    def _at_least(self, below: object, path: tuple[str | int, ...], depth: int) -> AtLeast:
        if not isinstance(below, dict) or set(below) != {"count", "of"}:
            raise ClauseSyntax(str(below), 1, "{count: 2, of: [...]} under 'at_least'", path=path)
        items = self._items(below["of"], (*path, "of"), depth)
        if len(items) > MAX_COUNTED:
            raise ClauseSyntax("...", 1, f"a list of at most {MAX_COUNTED} nodes under 'at_least'", path=path)
        count = below["count"]
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= len(items):
            raise ClauseSyntax(str(count), 1, f"a count from 1 to {len(items)}, the length of its list", path=path)
        return AtLeast(count, items)
