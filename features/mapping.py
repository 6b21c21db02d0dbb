"""This file knows about mappings: which column of a register's extract is which fact, in which codes and units.

A mapping is a YAML file that a city writes once per register. Its facts must belong to its register, since a fact's
source and date are those of the register it came from; the one exception are derived facts (`age_years` from a
register that has no birth dates), which fill the gap where their sources are unknown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from catalogue.yaml_limits import compose
from domain.errors import DuixianError, MappingInvalid, Problem
from domain.facts import NUMERIC, Audience, FactDefinition, FactType, Value, Vocabulary
from features.units import Conversion, conversion, known_for

BASE_REGISTER = {Audience.CITIZEN: "population", Audience.ENTERPRISE: "market"}
"""The register that says who exists: those absent from a complete list are absent relative to it."""

_TOP = ("register", "audience", "subject_id", "as_of", "unknown", "facts", "links", "complete_list", "absent", "csv")
_FACT = ("column", "codes", "format", "unit", "unknown")
_LINK_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class FactColumn:
    """One column of the extract that carries one fact."""

    fact: FactDefinition
    column: str
    codes: Mapping[str, Value] | None
    format: str | None
    conversion: Conversion
    unknown: frozenset[str]


@dataclass(frozen=True)
class RegisterMapping:
    """A whole mapping, checked against the vocabulary.

    `subject_column` is None when `row_prefix` numbers the rows instead, which only serves extracts without a key.
    Either `as_of_column` (with `as_of_format`) or `as_of` is given.
    """

    register: str
    audience: Audience
    subject_column: str | None
    row_prefix: str | None
    as_of_column: str | None
    as_of_format: str | None
    as_of: date | None
    unknown: frozenset[str]
    facts: tuple[FactColumn, ...]
    links: Mapping[str, str]
    complete_list: bool
    absent: Mapping[str, Value]
    encoding: str
    delimiter: str
    digest: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the extract that this mapping reads, once each."""
        wanted = [self.subject_column, self.as_of_column, *(f.column for f in self.facts), *self.links.values()]
        return tuple(dict.fromkeys(name for name in wanted if name is not None))


def load_mapping(path: Path, vocabulary: Vocabulary) -> RegisterMapping:
    """Read and check a mapping, or raise MappingInvalid with all its problems, each with its line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingInvalid(
            f"The mapping {path} cannot be read ({error}).", next_step="Give the path of a UTF-8 YAML file."
        ) from error
    try:
        root = compose(text)
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist, an endless number
        raise MappingInvalid(
            f"The mapping {path} is no valid YAML: {error}",
            next_step="Mend the line named; world/mappings/ has examples.",
        ) from error
    reader = _Reader(path, vocabulary, _lines(root))
    reader.refuse_doubled(root)
    mapping = reader.read(data, text) if isinstance(data, dict) else None
    if mapping is None and not reader.problems:
        reader.add((), "This is no mapping.", "Start with 'register:' and 'audience:'; see world/mappings/.")
    if reader.problems or mapping is None:
        raise MappingInvalid(
            "The mapping has {} problem(s):\n{}\n".format(
                len(reader.problems), "\n".join(str(problem) for problem in reader.problems)
            ),
            next_step="Mend these lines and import again; nothing was imported.",
            problems=[str(problem) for problem in reader.problems],
        )
    return mapping


@dataclass
class _Reader:
    """Reads one mapping and collects what is wrong with it."""

    path: Path
    vocabulary: Vocabulary
    lines: Mapping[tuple[str, ...], tuple[int, int]]
    problems: list[Problem] = field(default_factory=list)

    def add(self, where: tuple[str, ...], message: str, next_step: str) -> None:
        while where and where not in self.lines:
            where = where[:-1]
        line, column = self.lines.get(where, (1, 1))
        self.problems.append(Problem(str(self.path), line, column, message, next_step))

    def refuse_doubled(self, node: yaml.Node | None) -> None:
        """Report names given twice: the loader would take the last one without a word."""
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self.refuse_doubled(item)
        if not isinstance(node, yaml.MappingNode):
            return
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    message = f"{key.value!r} is given twice."
                    place = key.start_mark.line + 1, key.start_mark.column + 1
                    self.problems.append(Problem(str(self.path), *place, message, "Keep one of them."))
                seen.add(key.value)
            self.refuse_doubled(value)

    def read(self, data: dict[str, Any], text: str) -> RegisterMapping | None:
        self._only(data, _TOP, ())
        audience = self._audience(data.get("audience"))
        register = str(data.get("register"))
        if audience is None or not self._register(register, audience):
            return None
        unknown = _texts(data.get("unknown"))
        subject, prefix = self._subject(data.get("subject_id"))
        as_of_column, as_of_format, as_of = self._as_of(data.get("as_of"))
        facts = self._facts(data.get("facts"), register, audience, unknown)
        complete = data.get("complete_list", False)
        if not isinstance(complete, bool):
            self.add(("complete_list",), "complete_list is neither true nor false.", "Write true or false.")
        csv = self._mapping(data.get("csv"), ("csv",))
        self._only(csv, ("encoding", "delimiter"), ("csv",))
        delimiter = str(csv.get("delimiter", ","))
        if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
            step = "Write one sign, such as ',', ';', '|' or \"\\t\"."
            self.add(("csv", "delimiter"), f"{delimiter!r} cannot part columns.", step)
        return RegisterMapping(
            register=register,
            audience=audience,
            subject_column=subject,
            row_prefix=prefix,
            as_of_column=as_of_column,
            as_of_format=as_of_format,
            as_of=as_of,
            unknown=unknown,
            facts=facts,
            links=self._links(data.get("links")),
            complete_list=complete is True,
            absent=self._absent(data.get("absent"), audience, register, complete is True),
            encoding=str(csv.get("encoding", "utf-8")),
            delimiter=delimiter,
            digest=_digest(text, facts),
        )

    def _audience(self, given: object) -> Audience | None:
        if given in set(Audience):
            return Audience(str(given))
        self.add(("audience",), f"There is no audience {given!r}.", "Write 'citizen' or 'enterprise'.")
        return None

    def _register(self, name: str, audience: Audience) -> bool:
        known = self.vocabulary.registers_of(audience)
        if name in known:
            return True
        near = get_close_matches(name, known, n=1)
        step = f"Did you mean {near[0]!r}?" if near else f"The registers of a {audience} are {', '.join(known)}."
        self.add(("register",), f"The vocabulary has no register {name!r} of a {audience}.", step)
        return False

    def _subject(self, given: object) -> tuple[str | None, str | None]:
        body = self._mapping(given, ("subject_id",))
        self._only(body, ("column", "row_prefix"), ("subject_id",))
        column, prefix = body.get("column"), body.get("row_prefix")
        if isinstance(column, str) == isinstance(prefix, str):
            self.add(
                ("subject_id",),
                "It is not said which column holds the subject's id.",
                "Write 'subject_id: {column: NAME}', or {row_prefix: TEXT} for an extract without a key.",
            )
        return (column if isinstance(column, str) else None, prefix if isinstance(prefix, str) else None)

    def _as_of(self, given: object) -> tuple[str | None, str | None, date | None]:
        if type(given) is date:
            return None, None, given
        if isinstance(given, dict) and isinstance(given.get("column"), str):
            self._only(given, ("column", "format"), ("as_of",))
            return given["column"], self._format(given.get("format"), ("as_of",)), None
        step = "Write 'as_of: 2026-11-01' or 'as_of: {column: NAME, format: \"%Y%m%d\"}'."
        self.add(("as_of",), "It is not said from which date the extract is.", step)
        return None, None, None

    def _format(self, given: object, where: tuple[str, ...]) -> str | None:
        if given is None or (isinstance(given, str) and all(part in given for part in ("%Y", "%m", "%d"))):
            return given
        self.add(where, f"{given!r} is no format of a date.", 'Name year, month and day, as in "%Y%m%d".')
        return None

    def _facts(
        self, given: object, register: str, audience: Audience, unknown: frozenset[str]
    ) -> tuple[FactColumn, ...]:
        body = self._mapping(given, ("facts",))
        found = []
        for name, column in body.items():
            where = ("facts", str(name))
            try:
                fact = self.vocabulary.fact(audience, str(name))
            except DuixianError as error:
                self.add(where, error.message, error.next_step)
                continue
            if not fact.derived and fact.register != register:
                self.add(
                    where,
                    f"{name!r} belongs to the register {fact.register!r}, not to {register!r}.",
                    f"Import the extract once more with a mapping of its own for {fact.register!r}.",
                )
            found.append(self._fact(fact, column, where, unknown))
        return tuple(found)

    def _fact(self, fact: FactDefinition, given: object, where: tuple[str, ...], unknown: frozenset[str]) -> FactColumn:
        body = {"column": given} if isinstance(given, str) else self._mapping(given, where)
        self._only(body, _FACT, where)
        column = body.get("column")
        if not isinstance(column, str):
            quote = " Put the name into quotes: YAML takes on, off, yes and no for true and false."
            step = f"Write '{fact.name}: {{column: NAME}}'.{quote if isinstance(column, bool) else ''}"
            self.add(where, f"The column of {fact.name!r} is not named.", step)
        return FactColumn(
            fact=fact,
            column=str(column),
            codes=self._codes(fact, body.get("codes"), (*where, "codes")),
            format=self._date_format(fact, body.get("format"), (*where, "format")),
            conversion=self._unit(fact, body.get("unit"), (*where, "unit")),
            unknown=unknown | _texts(body.get("unknown")),
        )

    def _date_format(self, fact: FactDefinition, given: object, where: tuple[str, ...]) -> str | None:
        if given is not None and fact.type is not FactType.DATE:
            self.add(where, f"{fact.name!r} is no date, so it has no format.", "Leave 'format' out.")
            return None
        return self._format(given, where)

    def _unit(self, fact: FactDefinition, given: object, where: tuple[str, ...]) -> Conversion:
        if given is None:
            return Conversion(1, 1)
        found = conversion(str(given), fact.unit) if fact.type in NUMERIC else None
        if found is None:
            known = known_for(fact.unit) if fact.type in NUMERIC else ()
            near = get_close_matches(str(given), known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known) or 'none, leave it out'}."
            self.add(where, f"Unit {given!r} cannot become {fact.unit!r} of {fact.name!r}.", hint)
            return Conversion(1, 1)
        return found

    def _codes(self, fact: FactDefinition, given: object, where: tuple[str, ...]) -> Mapping[str, Value] | None:
        if given is None:
            return None
        codes: dict[str, Value] = {}
        for code, value in self._mapping(given, where).items():
            try:
                fact.check(value)
            except DuixianError as error:
                self.add((*where, _text(code)), f"Code {code!r}: {error.message}", error.next_step)
            codes[_text(code)] = value
        return codes

    def _links(self, given: object) -> Mapping[str, str]:
        links: dict[str, str] = {}
        for name, body in self._mapping(given, ("links",)).items():
            column = body.get("column") if isinstance(body, dict) else body
            if not isinstance(column, str) or not _LINK_NAME.fullmatch(str(name)):
                self.add(("links", str(name)), f"Link {name!r} names no column.", "Write 'NAME: {column: COLUMN}'.")
                continue
            links[str(name)] = column
        return links

    def _absent(self, given: object, audience: Audience, register: str, complete: bool) -> Mapping[str, Value]:
        body = self._mapping(given, ("absent",))
        if body and not complete:
            self.add(
                ("absent",),
                "'absent' says what holds for those who are not in the list, but the list is not complete.",
                "Add 'complete_list: true' if it is; otherwise leave 'absent' out: not listed means unknown.",
            )
        if complete and register == BASE_REGISTER[audience]:
            self.add(
                ("complete_list",), f"{register!r} is the list that others are compared with.", "Leave this line out."
            )
        for name, value in body.items():
            where = ("absent", str(name))
            try:
                fact = self.vocabulary.fact(audience, str(name))
                fact.check(value)
            except DuixianError as error:
                self.add(where, error.message, error.next_step)
                continue
            if fact.register != register:
                self.add(where, f"{name!r} belongs to {fact.register!r}.", f"Name facts of {register!r} only.")
        return {str(name): value for name, value in body.items()}

    def _mapping(self, given: object, where: tuple[str, ...]) -> dict[Any, Any]:
        if given is None:
            return {}
        if isinstance(given, dict):
            return given
        self.add(where, f"'{where[-1]}' must be a set of 'name: value' pairs.", "See world/mappings/ for examples.")
        return {}

    def _only(self, given: Mapping[Any, Any], known: tuple[str, ...], where: tuple[str, ...]) -> None:
        for key in given:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                step = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}."
                self.add((*where, str(key)), f"There is nothing called {key!r} here.", step)


def _text(code: object) -> str:
    """Write a code as the extract would: YAML reads a bare 1 as a number and a bare true as a boolean."""
    return str(code).lower() if isinstance(code, bool) else str(code)


def _texts(given: object) -> frozenset[str]:
    values = given if isinstance(given, list) else [] if given is None else [given]
    return frozenset("" if value is None else _text(value) for value in values)


def _digest(text: str, facts: tuple[FactColumn, ...]) -> str:
    """Cover the mapping and what the vocabulary says of its facts: with other bounds, other rows are accepted."""
    known = [column.fact for column in facts]
    meaning = [(fact.name, fact.type, fact.unit, [*fact.categories], fact.minimum, fact.maximum) for fact in known]
    return hashlib.sha256(f"{text}\n{meaning}".encode()).hexdigest()


def _lines(node: yaml.Node | None, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], tuple[int, int]]:
    """Where each key of the file stands, line and column counted from 1."""
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            found[inner] = (key.start_mark.line + 1, key.start_mark.column + 1)
            found |= _lines(value, inner)
    return found
