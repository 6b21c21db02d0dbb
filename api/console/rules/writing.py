"""A plain rule as YAML, in block style or on one line, with quotes only where a clause needs them."""

from __future__ import annotations

from typing import Any

import yaml

from catalogue.yaml_limits import LOADER

_STRING = "tag:yaml.org,2002:str"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def block(plain: Any, column: int) -> str:
    """The rule as lines; the first stands at `column` already, the others are indented to it."""
    match plain:
        case str():
            return scalar(plain)
        case {"not": str(item)}:
            return f"not: {scalar(item)}"
        case {"not": item}:
            return f"not:\n{' ' * (column + 2)}{block(item, column + 2)}"
        case {"at_least": {"count": count, "of": items}}:
            return f"at_least:\n{' ' * (column + 2)}count: {count}\n{' ' * (column + 2)}of:{_items(items, column + 4)}"
    [(join, items)] = plain.items()
    return f"{join}:{_items(items, column + 2)}"


def flow(plain: Any) -> str:
    """The rule on one line."""
    match plain:
        case str():
            return scalar(plain, inline=True)
        case {"not": item}:
            return f"{{not: {flow(item)}}}"
        case {"at_least": {"count": count, "of": items}}:
            return f"{{at_least: {{count: {count}, of: {flow_list(items)}}}}}"
    [(join, items)] = plain.items()
    return f"{{{join}: {flow_list(items)}}}"


def flow_list(items: list[Any]) -> str:
    return f"[{', '.join(map(flow, items))}]"


def _items(items: list[Any], column: int) -> str:
    if not items:
        return " []"
    return "".join(f"\n{' ' * column}- {block(item, column + 2)}" for item in items)


def scalar(text: str, *, inline: bool = False) -> str:
    """A clause as YAML; `inline`: within brackets, where commas part."""
    shapes = ("[{}]", "{{k: {}}}") if inline else ("- {}", "k: {}")
    if text and all(_reads_as(shape.format(text), text) for shape in shapes):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def word(text: str) -> str:
    """A text that YAML reads as a text, and not as a number, a date or true; on one line, within brackets or not."""
    written = scalar(text, inline=True)
    node = yaml.compose(written, Loader=LOADER)
    if isinstance(node, yaml.ScalarNode) and node.tag == _STRING:
        return written
    return "'" + text.replace("'", "''") + "'"


def _reads_as(written: str, text: str) -> bool:
    """Whether both readers of YAML there are find `text` in what is written; they differ over `{k: why?}`."""
    return all(_read_by(loader, written, text) for loader in (LOADER, yaml.SafeLoader))


def _read_by(loader: Any, written: str, text: str) -> bool:
    try:
        node = yaml.compose(written, Loader=loader)
    except yaml.YAMLError:
        return False
    if not isinstance(node, yaml.CollectionNode) or len(node.value) != 1:
        return False
    [value] = node.value
    value = value[1] if isinstance(value, tuple) else value
    return isinstance(value, yaml.ScalarNode) and value.value == text and not value.style


def _escaped(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    if sign.isprintable():
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
