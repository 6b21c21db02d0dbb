"""A policy's text with another rule: only what differs is written anew, so that all else stays as its author wrote it.

Comments and the way lines are broken stay outside the rule always, and within it wherever clauses were not touched.
What is written is read again; where the careful way does not say what it should, the rule is written as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from api.console.rules.writing import block, flow, flow_list, scalar
from catalogue.yaml_limits import compose
from domain.errors import RuleNotShown
from domain.grammar import MAX_DEPTH

FIELD = "eligibility"


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str


def plain_rule(text: str) -> Any:
    """The rule in a policy's text, as lists, mappings and clauses. Raises RuleNotShown where none can be shown."""
    return _plain(_rule_nodes(text)[1])


def rule_node(text: str) -> yaml.Node:
    """The node of the rule. Raises RuleNotShown where there is none."""
    return _rule_nodes(text)[1]


def spliced(text: str, rule: Any) -> str:
    """`text` with `rule` in place of its own. Raises RuleNotShown where it has no place for one."""
    key, node = _rule_nodes(text)
    try:
        careful = _applied(text, list(_edits(text, _Place(key), node, _plain(node), rule)))
        if plain_rule(careful) == rule:
            return careful
    except (RuleNotShown, _Cannot):
        pass
    written = _applied(text, [_whole(text, _Place(key), node, rule)])
    if plain_rule(written) != rule:
        raise RuleNotShown
    return written


def list_with(text: str, name: str, item: str) -> str:
    """`text` with `item`, written on one line, at the end of the list called `name`. Raises RuleNotShown."""
    key, node = _field(text, name)
    if not isinstance(node, yaml.SequenceNode):
        raise RuleNotShown
    if node.value and not node.flow_style:
        end = line_end(text, span(text, node.value[-1])[1])
        return f"{text[:end]}\n{' ' * node.start_mark.column}- {item}{text[end:]}"
    if node.value:
        end = span(text, node.value[-1])[1]
        return f"{text[:end]}, {item}{text[end:]}"
    start = text.index(":", key.end_mark.index) + 1
    return f"{text[:start]}\n  - {item}{text[span(text, node)[1] :]}"


def list_without(text: str, name: str, place: int) -> str:
    """`text` without the item at `place` of the list called `name`. Raises RuleNotShown where that cannot be."""
    key, node = _field(text, name)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not 0 <= place < len(node.value):
        raise RuleNotShown
    if len(node.value) == 1:
        return _applied(text, [_whole(text, _Place(key), node, [])])
    try:
        return _applied(text, [_removed(text, node, range(place, place + 1))])
    except _Cannot:
        raise RuleNotShown from None


def _rule_nodes(text: str) -> tuple[yaml.Node, yaml.Node]:
    return _field(text, FIELD)


def _field(text: str, name: str) -> tuple[yaml.Node, yaml.Node]:
    try:
        root = compose(text)
    except yaml.YAMLError:
        raise RuleNotShown from None
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if isinstance(key, yaml.ScalarNode) and key.value == name:
                return key, value
    raise RuleNotShown


def _plain(node: yaml.Node, depth: int = 0) -> Any:
    if depth > 2 * MAX_DEPTH + 2:
        raise RuleNotShown
    match node:
        case yaml.ScalarNode(value=value):
            return str(value).strip()
        case yaml.SequenceNode(value=items):
            return [_plain(item, depth + 1) for item in items]
        case yaml.MappingNode(value=pairs):
            found = {}
            for key, value in pairs:
                if not isinstance(key, yaml.ScalarNode) or key.value in found:
                    raise RuleNotShown
                below = _plain(value, depth + 1)
                found[key.value] = int(below) if key.value == "count" and _is_count(below) else below
            return found
    raise RuleNotShown


def _is_count(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 5


class _Cannot(Exception):
    """The careful way does not reach this far."""


@dataclass(frozen=True)
class _Place:
    """Where a node hangs: below a mapping's `key`, or (None) as an item of a list."""

    key: yaml.Node | None = None


def _edits(text: str, place: _Place, node: yaml.Node, old: Any, new: Any) -> Iterator[_Edit]:
    if old == new:
        return
    match old, new, node:
        case str(), str(), yaml.ScalarNode(style=style) if style not in ("|", ">"):
            yield _Edit(*span(text, node), scalar(new, inline=_in_brackets(text, node)))
        case list(), list(), yaml.SequenceNode():
            yield from _list_edits(text, place, node, old, new)
        case dict(), dict(), yaml.MappingNode() if old.keys() == new.keys():
            for key, value in node.value:
                yield from _edits(text, _Place(key), value, old[key.value], new[key.value])
        case int(), int(), yaml.ScalarNode():
            yield _Edit(*span(text, node), str(new))
        case _:
            yield _whole(text, place, node, new)


def _list_edits(text: str, place: _Place, node: yaml.SequenceNode, old: list[Any], new: list[Any]) -> Iterator[_Edit]:
    same = min(len(old), len(new))
    before = next((n for n in range(same) if old[n] != new[n]), same)
    after = next((n for n in range(same - before) if old[-1 - n] != new[-1 - n]), same - before)
    gone, come = range(before, len(old) - after), new[before : len(new) - after]
    if len(gone) == len(come):
        for place_, item in zip(gone, come, strict=True):
            yield from _edits(text, _Place(), node.value[place_], old[place_], item)
    elif node.flow_style or _in_brackets(text, node) or not new or not old:
        yield _whole(text, place, node, new)
    elif not gone:
        yield _inserted(text, node, before, come)
    elif not come:
        yield _removed(text, node, gone)
    else:
        yield _whole(text, place, node, new)


def _inserted(text: str, node: yaml.SequenceNode, at: int, items: list[Any]) -> _Edit:
    column = node.start_mark.column
    lines = "".join(f"{' ' * column}- {block(item, column + 2)}\n" for item in items)
    if at == 0:
        start = line_start(text, node.start_mark.index)
        if text[start : node.start_mark.index].strip():
            raise _Cannot
        return _Edit(start, start, lines)
    end = line_end(text, span(text, node.value[at - 1])[1])
    return _Edit(end, end, f"\n{lines[:-1]}")


def _removed(text: str, node: yaml.SequenceNode, gone: range) -> _Edit:
    first = node.value[gone.start]
    start = line_start(text, first.start_mark.index)
    if text[start : first.start_mark.index].strip() != "-":
        raise _Cannot
    end = line_end(text, span(text, node.value[gone.stop - 1])[1])
    return _Edit(start, min(end + 1, len(text)), "")


def _whole(text: str, place: _Place, node: yaml.Node, new: Any) -> _Edit:
    """The node written anew in its place."""
    start, end = span(text, node)
    if _in_brackets(text, node) or (getattr(node, "flow_style", False) and not isinstance(new, str)):
        return _Edit(start, end, flow_list(new) if isinstance(new, list) else flow(new))
    if place.key is None:
        return _Edit(start, end, block(new, node.start_mark.column))
    # Below a key: from the colon on, since what stood beside it may now need lines of its own.
    start = text.index(":", place.key.end_mark.index) + 1
    column = place.key.start_mark.column + 2
    if isinstance(new, str):
        return _Edit(start, end, f" {scalar(new)}")
    if isinstance(new, list):
        lines = "".join(f"\n{' ' * column}- {block(item, column + 2)}" for item in new)
        return _Edit(start, end, lines or " []")
    return _Edit(start, end, f"\n{' ' * column}{block(new, column)}")


def span(text: str, node: yaml.Node) -> tuple[int, int]:
    """From where to where a node is written, without what follows it."""
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return start, span(text, last[1] if isinstance(last, tuple) else last)[1]
    # A text in lines of its own (| and >) ends where the next part begins.
    return start, start + len(text[start:end].rstrip())


def _in_brackets(text: str, node: yaml.Node) -> bool:
    """Whether a node stands within brackets: seen by what is around it."""
    start, end = span(text, node)
    before, behind = text[:start].rstrip(), text[end:].lstrip()
    return before[-1:] in ("[", "{", ",") or (behind[:1] in ("]", "}", ",") and behind[:1] != "")


def line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _applied(text: str, edits: list[_Edit]) -> str:
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text
