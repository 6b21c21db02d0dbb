"""Values as they are typed, and as YAML has them."""

from __future__ import annotations

import re
from datetime import date

from api.console.details.shapes import Kind
from api.console.rules.rows import number_text
from api.console.rules.writing import word

PARAM = "param."
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
_PARAMETER = re.compile(r"[a-z0-9_]*")


def written_as(kind: Kind, value: str) -> str:
    """A value as YAML on one line; what is no number, day or amount is written as a text, and told as a problem."""
    match kind:
        case Kind.NUMBER | Kind.AMOUNT:
            plain = _NUMBER.fullmatch(value) is not None
        case Kind.DAY:
            plain = is_day(value)
        case _:
            plain = kind is Kind.WORD and value in ("true", "false")
    return value if plain else word(value)


def is_day(value: str) -> bool:
    """Whether this is a day as YAML and a browser write it."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def amount_typed(typed: str, kind: str) -> str:
    """A number or a parameter; what belongs to the one is not taken over when the other was chosen."""
    name = typed.removeprefix(PARAM)
    if kind == "param":
        return f"{PARAM}{name if _PARAMETER.fullmatch(name) and not name.isdecimal() else ''}"
    if kind == "number" and re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return ""
    return number_text(typed)
