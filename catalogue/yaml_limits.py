"""This file knows what a YAML file may ask of its reader: a bounded length, nesting and size once aliases are followed.

The library's own composer recurses in C and ends the process where a file nests too deep, and a few aliases of
aliases stand for more nodes than a machine holds. Both are seen here, in the flat stream of events, before any node
is made.
"""

from __future__ import annotations

from typing import Any

import yaml

# libyaml reads the whole catalogue ten times as fast as the pure Python reader, which not every platform needs.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_CHARACTERS = 1_000_000
"""The largest file of the catalogue, the vocabulary, has about 30,000."""
MAX_DEPTH = 100
"""Rules may nest 30 deep, which is 60 collections."""
MAX_NODES = 200_000


def compose(text: str) -> yaml.Node | None:
    """The root node of a YAML text; None when it is empty. Raises yaml.YAMLError, where it can with a mark."""
    if len(text) > MAX_CHARACTERS:
        raise yaml.YAMLError(f"it has {len(text):,} characters, more than {MAX_CHARACTERS:,}")
    _check_size(text)
    root: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    return root


def _check_size(text: str) -> None:
    opened: list[tuple[str | None, int]] = []
    sizes: dict[str, int] = {}
    nodes = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, nodes))
            nodes += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            if anchor is not None:
                sizes[anchor] = nodes - before
        elif isinstance(event, yaml.AliasEvent):
            if any(event.anchor == anchor for anchor, _ in opened):
                raise _refused(event, f"'*{event.anchor}' stands inside what it refers to")
            nodes += sizes.get(str(event.anchor), 1)  # one that was never named is the composer's to report
        elif isinstance(event, yaml.ScalarEvent):
            nodes += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1
        if len(opened) > MAX_DEPTH:
            raise _refused(event, f"it nests more than {MAX_DEPTH} deep")
        if nodes > MAX_NODES:
            raise _refused(event, f"it has more than {MAX_NODES:,} parts")


def _refused(event: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
