"""Where in a policy's text a finding stands: from a path to a line and a column, and from a rule to its paths."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from catalogue.lint.findings import Path
from catalogue.yaml_limits import compose
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not


def clauses_with_paths(expression: Expression, path: Path = ("eligibility",)) -> Iterator[tuple[Clause, Path]]:
    """All clauses of a rule with their places in the policy's file."""
    match expression:
        case Clause():
            yield expression, path
        case Not(item=item):
            yield from clauses_with_paths(item, (*path, "not"))
        case All(items=items) | AnyOf(items=items) | AtLeast(items=items):
            below: Path = ("at_least", "of") if isinstance(expression, AtLeast) else (_KEY[type(expression)],)
            for index, item in enumerate(items):
                yield from clauses_with_paths(item, (*path, *below, index))


_KEY: dict[type[Expression], str] = {All: "all", AnyOf: "any"}


def position(source: str, path: Path) -> tuple[int, int]:
    """Line and column, from 1, of the part of `source` at `path`, or of the last part of the path that is there.

    Line 1, column 1 where the text cannot be read.
    """
    try:
        node = compose(source)
    except yaml.YAMLError:
        return 1, 1
    if node is None:
        return 1, 1
    for step in path:
        below = _below(node, step)
        if below is None:
            break
        node = below
    return node.start_mark.line + 1, node.start_mark.column + 1


def _below(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode):
        return node.value[step] if isinstance(step, int) and step < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None
