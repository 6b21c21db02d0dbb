"""What can be done to a form: add, remove and move parts, put them in groups and take them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from api.console.rules.form import Group, Line, Part, Path, part_of
from api.console.rules.rows import Row, clause_text
from domain.errors import FormActInvalid


def act(form: Part, name: str, path: Path) -> Part:
    """`form` after the act `name` on the part at `path`. Raises FormActInvalid where there is no such part or act.

    A form that is one clause becomes a group as soon as something is added to it.
    """
    if name in ("add_row", "add_group") and not isinstance(_at(form, path), Group):
        form = _changed(form, path, lambda part: Group("all", (part,)))
    match name:
        case "add_row":
            return _changed(form, path, lambda part: _added(part, Row()))
        case "add_group":
            return _changed(form, path, lambda part: _added(part, Group(_other(part), (Row(),))))
        case "remove":
            return _removed(form, path)
        case "up" | "down":
            return _moved(form, path, -1 if name == "up" else 1)
        case "wrap":
            return _changed(form, path, lambda part: Group("any", (part,)))
        case "unwrap":
            return _unwrapped(form, path)
        case "to_line":
            return _changed(form, path, lambda part: Line(clause_text(part)) if isinstance(part, Row) else part)
        case "to_row":
            return _changed(form, path, lambda part: part_of(part.text) if isinstance(part, Line) else part)
    raise FormActInvalid(name)


def _within(count: int, group: Group) -> int:
    return max(1, min(count, len(group.items)))


def _at(form: Part, path: Path) -> Part:
    for place in path:
        if not isinstance(form, Group) or not 0 <= place < len(form.items):
            raise FormActInvalid("find")
        form = form.items[place]
    return form


def _changed(form: Part, path: Path, change: Callable[[Part], Part]) -> Part:
    if not path:
        return change(form)
    place, *rest = path
    if not isinstance(form, Group) or not 0 <= place < len(form.items):
        raise FormActInvalid("find")
    items = list(form.items)
    items[place] = _changed(items[place], tuple(rest), change)
    return replace(form, items=tuple(items))


def _added(part: Part, new: Part) -> Part:
    assert isinstance(part, Group)
    if part.join == "not" and part.items:
        # A `not` has one part: what is added is none of several.
        return Group("not", (Group("any", (*_alternatives(part.items[0]), new)),))
    return replace(part, items=(*part.items, new))


def _other(part: Part) -> str:
    """How a group within `part` is joined at first: otherwise than what is around it."""
    return "all" if isinstance(part, Group) and part.join == "any" else "any"


def _alternatives(part: Part) -> tuple[Part, ...]:
    return part.items if isinstance(part, Group) and part.join == "any" else (part,)


def _removed(form: Part, path: Path) -> Part:
    if not path:
        return Row()
    *above, place = path

    def without(part: Part) -> Part:
        assert isinstance(part, Group)
        left = replace(part, items=part.items[:place] + part.items[place + 1 :])
        return replace(left, count=_within(part.count, left))

    _at(form, path)
    return _changed(form, tuple(above), without)


def _moved(form: Part, path: Path, step: int) -> Part:
    if not path:
        return form
    *above, place = path

    def swapped(part: Part) -> Part:
        assert isinstance(part, Group)
        other = place + step
        if not 0 <= other < len(part.items):
            return part
        items = list(part.items)
        items[place], items[other] = items[other], items[place]
        return replace(part, items=tuple(items))

    _at(form, path)
    return _changed(form, tuple(above), swapped)


def may_unwrap(group: Group, above: Group | None) -> bool:
    """Whether the parts of a group can stand in its place: one part alone, or several joined as those around them."""
    return len(group.items) == 1 or (above is not None and above.join == group.join and group.join in ("all", "any"))


def _unwrapped(form: Part, path: Path) -> Part:
    group, above = _at(form, path), _at(form, path[:-1]) if path else None
    assert above is None or isinstance(above, Group)
    if not isinstance(group, Group) or not may_unwrap(group, above):
        return form
    if len(group.items) == 1:
        return _changed(form, path, lambda _: group.items[0])
    *rest, place = path

    def opened(part: Part) -> Part:
        assert isinstance(part, Group)
        return replace(part, items=part.items[:place] + group.items + part.items[place + 1 :])

    return _changed(form, tuple(rest), opened)
