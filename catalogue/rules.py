"""This file knows about eligibility as it stands in a file: where each clause is, and what is wrong with it.

The grammar is the domain's own (`domain.rules.parse`); here each of its complaints gets its line and column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from catalogue.yaml_positions import Page
from domain.errors import ClauseSyntax, UnknownParameter
from domain.expression import Expression
from domain.facts import Audience, Vocabulary
from domain.grammar import MAX_DEPTH, parse_clause
from domain.rules import parse
from domain.terms import ParameterRef
from domain.typecheck import clause_errors

Path = tuple[str | int, ...]
_DEEPEST = MAX_DEPTH - 2  # below the grammar's own limit, so that it never meets it
_BRANCHES = ("all", "any", "not", "at_least", "of")
_PLACEHOLDER = "unreadable"  # stands for a part already reported, so that the rest is read too


@dataclass(frozen=True)
class ParameterUse:
    """Where a parameter is named: a node, and how many characters into its text."""

    name: str
    node: yaml.Node
    offset: int = 0


def read_rule(
    page: Page, node: yaml.Node, vocabulary: Vocabulary, audience: Audience, units: Mapping[str, str] | None
) -> tuple[Expression, list[ParameterUse]]:
    """The rule at `node` and the parameters it names; `units` maps each known parameter to its unit.

    Without `units`, parameters are not looked at: the vocabulary is read before them.
    """
    nodes: dict[Path, yaml.Node] = {}
    plain = _plain(page, node, (), nodes, set())
    uses: list[ParameterUse] = []
    for path, leaf in nodes.items():
        if isinstance(leaf, yaml.ScalarNode):
            _check_clause(page, leaf, path, vocabulary, audience, units, uses)
    while True:
        try:
            return parse(plain), uses
        except ClauseSyntax as error:
            place = nodes.get(error.path, node)
            page.report(place, error.message, error.next_step, offset=error.column - 1)
            readable = _replaced(plain, error.path)
            assert readable != plain, "a part that stays unreadable would be read for ever"
            plain = readable


def _plain(page: Page, node: yaml.Node, path: Path, nodes: dict[Path, yaml.Node], seen: set[int]) -> Any:
    """The rule as lists, mappings and clause texts; `nodes` gets each part's node by its path."""
    nodes[path] = node
    if id(node) in seen:
        page.report(node, "A rule may not refer to another part of itself by '*'.", "Write the part out.")
        return _replaced(None, (), path[-1] if path else "")
    seen.add(id(node))
    too_deep = sum(part == "not" or isinstance(part, int) for part in path) >= _DEEPEST
    if isinstance(node, yaml.SequenceNode) and not too_deep:
        return [_plain(page, item, (*path, index), nodes, seen) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode) and not too_deep:
        return {
            key: _plain(page, value, (*path, key), nodes, seen) if key in _BRANCHES else _count(key, value)
            for key, (_, value) in page.mapping(node, "a rule").items()
        }
    if isinstance(node, yaml.ScalarNode):
        return node.value
    page.report(node, f"The rule is nested more than {_DEEPEST} deep.", "Split it, or write it flatter.")
    return _replaced(None, (), path[-1] if path else "")


def _count(key: str, node: yaml.Node) -> Any:
    """The count of an `at_least`; what is no whole number is left as it stands, for the grammar to refuse."""
    text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
    return (int(text) if text.isdecimal() and len(text) < 10 else text) if key == "count" else None


def _replaced(plain: Any, path: Path, above: str | int = "") -> Any:
    """`plain` with the part at `path` made readable: a list below `all`, `any` and `of`, a clause elsewhere."""
    if not path:
        if above == "at_least":
            return {"count": 1, "of": [_PLACEHOLDER]}
        return [_PLACEHOLDER] if above in ("all", "any", "of") else _PLACEHOLDER
    key, *rest = path
    if isinstance(plain, list):
        return [_replaced(item, tuple(rest), key) if index == key else item for index, item in enumerate(plain)]
    return {name: _replaced(item, tuple(rest), key) if name == key else item for name, item in plain.items()}


def _check_clause(
    page: Page,
    node: yaml.ScalarNode,
    path: Path,
    vocabulary: Vocabulary,
    audience: Audience,
    units: Mapping[str, str] | None,
    uses: list[ParameterUse],
) -> None:
    try:
        clause = parse_clause(node.value, path)
    except ClauseSyntax:
        return  # read_rule reports it when it parses the whole
    for error in clause_errors(clause, vocabulary, audience, units or {}):
        if units is None and isinstance(error, UnknownParameter):
            continue
        name = error.data.get("parameter")
        offset = node.value.find(f"param.{name}") if name else 0
        page.report(node, error.message, error.next_step, offset=max(offset, 0))
    for part in clause.parts():
        if isinstance(part, ParameterRef) and part.name in (units or {}):
            offset = node.value.find(f"param.{part.name}")
            uses.append(ParameterUse(part.name, node, max(offset, 0)))
