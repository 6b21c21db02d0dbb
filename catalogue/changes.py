"""One change between two versions, in a sentence: something is new, gone, or other than it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.facts import Label


@dataclass(frozen=True)
class Change:
    """`part`: the field of the policy's file; `before` None: it is new, `after` None: it is gone."""

    part: str
    before: Label | None
    after: Label | None
    sentence: Label


def changed(part: str, name: Label, before: Label | None, after: Label | None) -> Iterator[Change]:
    """The change of a field called `name`, as in 标题 and The title; none where both read the same."""
    if before == after:
        return
    if before is None:
        assert after is not None
        sentence = Label(f"{name.zh}：新增“{after.zh}”。", f"{name.en} is new: “{after.en}”.")
    elif after is None:
        sentence = Label(f"{name.zh}：删去“{before.zh}”。", f"{name.en} is gone; it was “{before.en}”.")
    else:
        sentence = Label(
            f"{name.zh}由“{before.zh}”改为“{after.zh}”。", f"{name.en} changes from “{before.en}” to “{after.en}”."
        )
    yield Change(part, before, after, sentence)


def listed(part: str, name: Label, before: Mapping[str, Label], after: Mapping[str, Label]) -> Iterator[Change]:
    """The items of a list that are gone, other than they were, or new; `name` is what one of them is called."""
    for key in before:
        yield from changed(part, name, before[key], after.get(key))
    for key in after:
        if key not in before:
            yield from changed(part, name, None, after[key])
