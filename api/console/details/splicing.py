"""A policy's text with one node put in, exchanged or taken out; all that stands around it stays as it is.

`where` leads to the node from the root. What is put in is YAML on one line, good within brackets or not.
"""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from api.console.details.shapes import Where, is_null
from api.console.rules.splice import line_end, line_start, span
from api.console.rules.writing import word
from catalogue.yaml_limits import compose
from domain.errors import DetailNotWritten

_AFTER = {
    "districts": ("level",),
    "budget": ("benefit",),
    "unencoded": ("delivery", "budget", "benefit"),
    "materials": ("unencoded", "delivery", "budget", "benefit"),
}
"""Where a field goes that was not there: behind the first of these that is."""


def root_of(text: str) -> yaml.MappingNode:
    """Raises DetailNotWritten for a text that is no mapping."""
    try:
        root = compose(text)
    except yaml.YAMLError:
        raise DetailNotWritten from None
    if not isinstance(root, yaml.MappingNode):
        raise DetailNotWritten
    return root


def put(text: str, where: Where, written: str) -> str:
    """`text` with `written` at `where`, whose parent must be there. Raises DetailNotWritten."""
    parent = _at(text, where[:-1])
    pair = _child(parent, where[-1])
    if pair is None:
        return _added(text, parent, where, written)
    key, node = pair
    start, end = span(text, node)
    if key is not None and (start == end or _is_block(node)):
        # From the colon on: what stood on lines of its own now stands beside its name.
        start, written = _behind(text, key), f" {written}"
        end = max(start, end)
    return text[:start] + written + text[end:]


def append(text: str, where: Where, item: str) -> str:
    """`text` with `item` at the end of the list at `where`, which is made where there is none."""
    if _found(text, where) is None or is_null(_at(text, where)):
        text = put(text, where, "[]")
    node = _at(text, where)
    if not isinstance(node, yaml.SequenceNode):
        raise DetailNotWritten
    if _is_block(node):
        end = line_end(text, span(text, node.value[-1])[1])
        return f"{text[:end]}\n{' ' * node.start_mark.column}- {item}{text[end:]}"
    if node.value or len(where) > 1:
        end = span(text, node.value[-1])[1] if node.value else node.start_mark.index + 1
        braced = item if item.startswith(("{", "'")) else f"{{{item}}}"
        return f"{text[:end]}{', ' if node.value else ''}{braced}{text[end:]}"
    key, _ = _pair(text, where)
    start, (_, end) = _behind(text, key), span(text, node)
    return f"{text[:start]}\n  - {item}{text[end:]}"


def take(text: str, where: Where) -> str:
    """`text` without what is at `where`. Raises DetailNotWritten."""
    parent = _at(text, where[:-1])
    if isinstance(parent, yaml.SequenceNode):
        nodes = [(item, item) for item in parent.value]
        at = int(where[-1]) if where[-1].isdecimal() else len(nodes)
    elif isinstance(parent, yaml.MappingNode):
        nodes = list(parent.value)
        at = next((n for n, (key, _) in enumerate(nodes) if key.value == where[-1]), len(nodes))
    else:
        raise DetailNotWritten
    if at >= len(nodes):
        raise DetailNotWritten
    if len(nodes) == 1 and where[:-1]:
        return put(text, where[:-1], "[]" if isinstance(parent, yaml.SequenceNode) else "{}")
    key, node = nodes[at]
    if not _is_block(parent):
        if at:
            start, end = span(text, nodes[at - 1][1])[1], span(text, node)[1]
        else:
            start, end = key.start_mark.index, nodes[1][0].start_mark.index
        return text[:start] + text[end:]
    start = line_start(text, key.start_mark.index)
    before = text[start : key.start_mark.index].strip()
    if before == "-" and isinstance(parent, yaml.MappingNode):
        return put(text, where, "null")  # the first of an item's names stands beside its dash
    if before not in ("", "-"):
        raise DetailNotWritten
    return text[:start] + text[min(line_end(text, span(text, node)[1]) + 1, len(text)) :]


def confirm(before: str, after: str, touched: Iterable[Where]) -> None:
    """Raises DetailNotWritten where anything but what lies at or below `touched` now says something else."""
    places = set(touched)
    if before != after and _flat(before, places) != _flat(after, places):
        raise DetailNotWritten


def _added(text: str, parent: yaml.Node, where: Where, written: str) -> str:
    if not isinstance(parent, yaml.MappingNode):
        raise DetailNotWritten
    pair = f"{word(where[-1])}: {written}"
    if not _is_block(parent):
        end = span(text, parent.value[-1][1])[1] if parent.value else parent.start_mark.index + 1
        return f"{text[:end]}{', ' if parent.value else ''}{pair}{text[end:]}"
    names = [key.value for key, _ in parent.value]
    behind = next((name for name in _AFTER.get(where[0], ()) if len(where) == 1 and name in names), names[-1])
    _, last = parent.value[names.index(behind)]
    end = line_end(text, span(text, last)[1])
    return f"{text[:end]}\n{' ' * parent.start_mark.column}{pair}{text[end:]}"


def _behind(text: str, key: yaml.Node) -> int:
    """Behind the colon after a name, which may be missing within brackets."""
    colon = text.find(":", key.end_mark.index)
    if colon < 0:
        raise DetailNotWritten
    return colon + 1


def _found(text: str, where: Where) -> yaml.Node | None:
    node: yaml.Node = root_of(text)
    for step in where:
        pair = _child(node, step)
        if pair is None:
            return None
        node = pair[1]
    return node


def _at(text: str, where: Where) -> yaml.Node:
    node = _found(text, where)
    if node is None:
        raise DetailNotWritten
    return node


def _pair(text: str, where: Where) -> tuple[yaml.Node, yaml.Node]:
    pair = _child(_at(text, where[:-1]), where[-1])
    if pair is None or pair[0] is None:
        raise DetailNotWritten
    return pair[0], pair[1]


def _child(node: yaml.Node, step: str) -> tuple[yaml.Node | None, yaml.Node] | None:
    """The named value of a mapping with its name, or the item at a place of a list."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and step.isdecimal() and int(step) < len(node.value):
        return None, node.value[int(step)]
    return None


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style and bool(node.value)


def _flat(text: str, without: set[Where]) -> dict[Where, tuple[str, str]]:
    found: dict[Where, tuple[str, str]] = {}

    def walk(node: yaml.Node, where: Where) -> None:
        if where in without:
            return
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                walk(value, (*where, str(key.value)))
        elif isinstance(node, yaml.SequenceNode):
            for at, item in enumerate(node.value):
                walk(item, (*where, str(at)))
        else:
            found[where] = (node.tag, str(node.value))

    walk(root_of(text), ())
    return found
