"""This file knows what can be told of a policy's text that is still being written: who it is for, and under what name.

A draft is saved however unfinished it is. What identifies it is read for itself, before the text can be read whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from catalogue.yaml_positions import Page, optional
from domain.facts import Label

__all__ = ["Outline", "outline", "place_of", "with_version"]


@dataclass(frozen=True)
class Outline:
    """What could be read; None for each that could not. `agency_id`: the agency's Chinese name."""

    policy_id: str | None = None
    version: int | None = None
    agency_id: str | None = None
    title: Label | None = None


def outline(text: str) -> Outline:
    """Never raises: of a text that is no YAML nothing is told."""
    fields = _fields(Page("", text))
    agency = _words(fields.get("agency"))
    title = _words(fields.get("title"))
    zh, en = title.get("zh"), title.get("en")
    return Outline(
        policy_id=_word(fields.get("id")),
        version=_whole(fields.get("version")),
        agency_id=agency.get("zh"),
        title=Label(zh or en or "", en or zh or "") if zh or en else None,
    )


def with_version(text: str, version: int) -> str:
    """The text with another `version`, all else untouched. Raises ValueError where it has none."""
    node = _fields(Page("", text)).get("version")
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("the text has no version")
    return f"{text[: node.start_mark.index]}{version}{text[node.end_mark.index :]}"


def place_of(text: str, name: str) -> tuple[int, int]:
    """Line and column, from 1, of a field's value; of the beginning where there is none."""
    node = _fields(Page("", text)).get(name)
    return (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)


def _fields(page: Page) -> dict[str, yaml.Node]:
    if not isinstance(page.root, yaml.MappingNode):
        return {}
    return {name: node for name, (_, node) in page.mapping(page.root, "the policy").items()}


def _words(node: yaml.Node | None) -> dict[str, str]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    entries = Page("", "{}").mapping(node, "a label")
    return {name: word for name in ("zh", "en") if (word := _word(entries[name][1] if name in entries else None))}


def _word(node: yaml.Node | None) -> str | None:
    page = Page("", "{}")
    if node is None or optional({"": node}, "") is None:
        return None
    word = page.word(node, "")
    return None if page.problems else word


def _whole(node: yaml.Node | None) -> int | None:
    page = Page("", "{}")
    if node is None:
        return None
    number = page.whole(node, "")
    return None if page.problems else number
