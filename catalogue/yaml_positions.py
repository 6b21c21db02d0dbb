"""This file knows about YAML with positions: it reads a file's nodes and says exactly where each fault lies.

Every reader reports what is wrong and returns a placeholder of the right type, so that reading goes on and one run
finds all problems. Whoever builds an object from a page must drop it when the page has problems.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import yaml

from catalogue.yaml_limits import compose
from domain.errors import Problem
from domain.facts import Label, Value

_TAG = "tag:yaml.org,2002:"
# No more digits than a double tells apart: an amount of 10**15 yuan still fits into a column of fen.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
Choice = TypeVar("Choice", bound=StrEnum)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A next step for a word that is not among `known`: the nearest one, or all of a short list."""
    near = get_close_matches(word, sorted(known), n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Use one of: {', '.join(known)}." if len(known) <= 24 else "Look it up in catalogue/vocabulary.yaml."


class Page:
    """One YAML file: its text, its root node (None when it cannot be read at all) and the problems found in it."""

    def __init__(self, file: str, text: str | None) -> None:
        """`text` None: it could not be had, and the reason is reported by whoever tried."""
        self.file = file
        self.text = text or ""
        self.problems: list[Problem] = []
        self.root: yaml.Node | None = None
        if text is not None:
            self._compose()

    @classmethod
    def at(cls, path: Path) -> Page:
        """The file at `path`, named from where we stand if it lies below."""
        file = str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
        try:
            if path.exists() and not (path.is_file() or path.is_dir()):
                raise OSError(errno.EINVAL, "It is a pipe or a device")  # whoever opens a pipe may wait for ever
            return cls(file, path.read_text(encoding="utf-8"))
        except OSError as error:
            page = cls(file, None)
            reason = error.strerror or str(error)
            page._report(0, 0, f"The file cannot be read: {reason}.", "Check its path and rights.")
        except UnicodeDecodeError:
            page = cls(file, None)
            page._report(0, 0, "The file is not UTF-8 text.", "Save it as UTF-8.")
        return page

    def _compose(self) -> None:
        try:
            self.root = compose(self.text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            self._report(line, column, f"This is not YAML: {error.problem}.", "Mend the line, or quote the text.")
        except yaml.YAMLError as error:
            self._report(0, 0, f"This is not YAML: {error}.", "Remove what YAML does not allow, or split a large file.")
        else:
            if self.root is None:
                self._report(0, 0, "The file is empty.", "Write its contents, or delete it.")

    def report(self, node: yaml.Node, message: str, next_step: str, *, offset: int = 0) -> None:
        """Note a problem at `node`; `offset` counts characters into its text, where that is on one line."""
        start, end = node.start_mark, node.end_mark
        if offset and start.line == end.line and isinstance(node, yaml.ScalarNode):
            offset += 1 if node.style in ("'", '"') else 0
        else:
            offset = 0
        self._report(start.line, start.column + offset, message, next_step)

    def _report(self, line: int, column: int, message: str, next_step: str) -> None:
        # Names of fields keep their case; an article at the start is the start of a sentence.
        if message.startswith(("the ", "a ")):
            message = message[0].upper() + message[1:]
        self.problems.append(Problem(self.file, line + 1, column + 1, message, next_step))

    def mapping(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """The entries of a mapping as name -> (key node, value node), doubled names reported."""
        if not isinstance(node, yaml.MappingNode):
            self.report(node, f"{what} must be a mapping.", "Write 'name: value' lines below it.")
            return {}
        entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.report(key, f"A name in {what} must be plain text.", "Write 'name: value'.")
            elif key.value in entries:
                first = entries[key.value][0].start_mark.line + 1
                self.report(key, f"{key.value!r} is given twice in {what}, first in line {first}.", "Keep one of them.")
            else:
                entries[key.value] = (key, value)
        return entries

    def fields(
        self, node: yaml.Node, what: str, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, yaml.Node]:
        """The values of a mapping with fixed names; unknown, missing and doubled names are reported."""
        entries = self.mapping(node, what)
        allowed = [*required, *optional]
        for name, (key, _) in entries.items():
            if name not in allowed:
                self.report(key, f"{what} has no field {name!r}.", did_you_mean(name, allowed))
        missing = [name for name in required if name not in entries]
        if missing and isinstance(node, yaml.MappingNode):
            names = ", ".join(repr(name) for name in missing)
            self.report(node, f"{what} lacks {names}.", "Add what is missing.")
        return {name: value for name, (_, value) in entries.items() if name in allowed}

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        """The nodes of a list."""
        if not isinstance(node, yaml.SequenceNode):
            self.report(node, f"{what} must be a list.", "Write one '- item' a line, or [a, b].")
            return []
        return list(node.value)

    def value(self, node: yaml.Node, what: str) -> Value | Decimal:
        """Any scalar: text, bool, int, Decimal, date or None. YAML's yes/no, octal and 1:30 forms are refused."""
        if not isinstance(node, yaml.ScalarNode):
            self.report(node, f"{what} must be one value.", "Write text, a number, a date, true or false.")
            return None
        text, tag = node.value, node.tag.removeprefix(_TAG)
        match tag:
            case "null":
                return None
            case "bool" if text in ("true", "false"):
                return bool(text == "true")
            case "int" if _INTEGER.fullmatch(text):
                return int(text)
            case "float" if _NUMBER.fullmatch(text):
                return Decimal(text)
            case "timestamp":
                try:
                    return date.fromisoformat(text)
                except ValueError:
                    pass
            case "str":
                return str(text)
        self.report(
            node,
            f"{what} is {text!r}, which can be read in more than one way or does not exist.",
            "Write a number of at most 15 digits, a date YYYY-MM-DD, true or false, or put text in quotes.",
        )
        return None

    def word(self, node: yaml.Node, what: str) -> str:
        value = self.value(node, what)
        if isinstance(value, str) and value.strip():
            return value.strip()
        return self._wrong(node, what, "text", "Write it, in quotes if it looks like a number or date.", "?")

    def whole(self, node: yaml.Node, what: str) -> int:
        value = self.value(node, what)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return self._wrong(node, what, "a whole number", "Write digits only.", 0)

    def number(self, node: yaml.Node, what: str) -> Decimal:
        value = self.value(node, what)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return Decimal(value)
        return self._wrong(node, what, "a number", "Write digits, without a unit or thousands mark.", Decimal(0))

    def day(self, node: yaml.Node, what: str) -> date:
        value = self.value(node, what)
        if isinstance(value, date):
            return value
        return self._wrong(node, what, "a date", "Write YYYY-MM-DD, without quotes.", date.min)

    def choice(self, node: yaml.Node, what: str, words: type[Choice]) -> Choice:
        value = self.word(node, what)
        if value in list(words):
            return words(value)
        if value != "?":
            self.report(node, f"{what} cannot be {value!r}.", did_you_mean(value, [str(w) for w in words]))
        return next(iter(words))

    def label(self, node: yaml.Node, what: str) -> Label:
        fields = self.fields(node, what, ("zh", "en"))
        texts = {language: self.word(fields[language], f"{what} ({language})") for language in fields}
        return Label(texts.get("zh", "?"), texts.get("en", "?"))

    def _wrong(self, node: yaml.Node, what: str, wanted: str, next_step: str, placeholder: Placeholder) -> Placeholder:
        # A value that could not be read at all has its own report already.
        if not (self.problems and self._is_last_reported(node)):
            self.report(node, f"{what} must be {wanted}.", next_step)
        return placeholder

    def _is_last_reported(self, node: yaml.Node) -> bool:
        last = self.problems[-1]
        return (last.line, last.column) == (node.start_mark.line + 1, node.start_mark.column + 1)


Placeholder = TypeVar("Placeholder", str, int, Decimal, date)


def optional(fields: Mapping[str, yaml.Node], name: str) -> yaml.Node | None:
    """The node of an optional field; None where it is absent or written as null."""
    node = fields.get(name)
    return None if node is None or node.tag == f"{_TAG}null" else node
