"""The eligibility language: `all`, `any` and `not` over readable clauses.

A rule is a tree. A branch is a mapping with one key (`all`, `any`: a list; `not`: one node); a leaf is a clause:

    clause   = fact                                        a boolean fact that must be true
             | fact CMP operand                            CMP: < <= > >= == !=
             | fact ["not"] "in" "[" literal {"," literal} "]"
             | fact "between" operand "and" operand        both ends included
    operand  = literal | "param." name
    literal  = number | date (YYYY-MM-DD) | "true" | "false" | word

There is no other syntax and nothing is ever evaluated as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.errors import ClauseSyntax

Literal = bool | int | Decimal | str | date
MAX_DEPTH = 32  # Real rules nest 4 deep; the limit keeps a hostile file from exhausting the stack.
MAX_DIGITS = 15  # Numbers are compared as doubles, which tell no more digits apart.
_TOKEN = re.compile(
    r"\s*(?:(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}\b)|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)"
    r"|(?P<compare><=|>=|==|!=|<|>)|(?P<mark>[\[\],]))"
)


@dataclass(frozen=True)
class ParameterRef:
    """A dated parameter, by name."""

    name: str


Operand = Literal | ParameterRef


@dataclass(frozen=True)
class Compare:
    operator: str
    operand: Operand


@dataclass(frozen=True)
class OneOf:
    values: tuple[Literal, ...]
    negated: bool = False


@dataclass(frozen=True)
class Between:
    low: Operand
    high: Operand


Test = Compare | OneOf | Between


@dataclass(frozen=True)
class Clause:
    """One leaf: a test on one fact; `text` is how the officer wrote it."""

    text: str
    fact: str
    test: Test

    def operands(self) -> tuple[Operand, ...]:
        match self.test:
            case Compare(operand=operand):
                return (operand,)
            case OneOf(values=values):
                return values
            case Between(low=low, high=high):
                return (low, high)


@dataclass(frozen=True)
class All:
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class AnyOf:
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Not:
    item: Expression


Expression = All | AnyOf | Not | Clause


def clauses(expression: Expression) -> Iterator[Clause]:
    """All leaves, in the order they are written."""
    match expression:
        case Clause():
            yield expression
        case Not(item=item):
            yield from clauses(item)
        case All(items=items) | AnyOf(items=items):
            for item in items:
                yield from clauses(item)


def parse(node: object, path: tuple[str | int, ...] = ()) -> Expression:
    """Read a rule as YAML or JSON gives it; raises ClauseSyntax with the path to the node at fault."""
    if len(path) > 2 * MAX_DEPTH:
        raise ClauseSyntax("...", 1, f"a rule nested at most {MAX_DEPTH} deep", path=path)
    if isinstance(node, str):
        return parse_clause(node, path)
    if not isinstance(node, dict) or len(node) != 1:
        raise ClauseSyntax(str(node), 1, "a clause, or a mapping with one of 'all', 'any', 'not'", path=path)
    [(key, below)] = node.items()
    if key == "not":
        return Not(parse(below, (*path, "not")))
    if key not in ("all", "any"):
        raise ClauseSyntax(str(key), 1, "'all', 'any' or 'not'", path=path)
    if not isinstance(below, list) or not below:
        raise ClauseSyntax(str(below), 1, f"a list of at least one node under {key!r}", path=(*path, key))
    items = tuple(parse(item, (*path, key, index)) for index, item in enumerate(below))
    return All(items) if key == "all" else AnyOf(items)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int


def _tokens(text: str, path: tuple[str | int, ...]) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise ClauseSyntax(text, start + 1, "a fact, an operator, a number, a date or a word", path=path)
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1))
        position = match.end()
    found.append(_Token("end", "", end + 1))
    return found


def parse_clause(text: str, path: tuple[str | int, ...] = ()) -> Clause:
    """Read one clause; raises ClauseSyntax with the exact column."""
    return _ClauseReader(text, path).clause()


class _ClauseReader:
    """Recursive descent over one clause's tokens."""

    def __init__(self, text: str, path: tuple[str | int, ...]) -> None:
        self.text = text
        self.path = path
        self.tokens = _tokens(text, path)
        self.index = 0

    def clause(self) -> Clause:
        fact = self._take("word", "the name of a fact")
        if "." in fact.text:
            raise self._error(fact, "the name of a fact, without a dot")
        test = self._test()
        if self._next.kind != "end":
            raise self._error(self._next, "the end of the clause; join clauses with 'all' or 'any'")
        return Clause(self.text.strip(), fact.text, test)

    def _test(self) -> Test:
        token = self._next
        if token.kind == "end":
            return Compare("==", True)
        if token.kind == "compare":
            self.index += 1
            return Compare(token.text, self._operand())
        if token.text == "between":
            self.index += 1
            low = self._operand()
            self._take_word("and")
            return Between(low, self._operand())
        negated = token.text == "not"
        if negated:
            self.index += 1
        self._take_word("in", "a comparison, 'in', 'not in' or 'between'")
        return OneOf(self._list(), negated)

    def _list(self) -> tuple[Literal, ...]:
        self._take_mark("[")
        values = [self._literal()]
        while self._next.text == ",":
            self.index += 1
            values.append(self._literal())
        self._take_mark("]")
        return tuple(values)

    def _operand(self) -> Operand:
        if self._next.kind == "word" and self._next.text.startswith("param."):
            token = self._take("word", "a parameter")
            name = token.text.removeprefix("param.")
            if not name.isidentifier():
                raise self._error(token, "param.NAME with one name")
            return ParameterRef(name)
        return self._literal()

    def _literal(self) -> Literal:
        token = self._next
        self.index += 1
        match token.kind:
            case "number" if sum(sign.isdigit() for sign in token.text) > MAX_DIGITS:
                raise self._error(token, f"a number of at most {MAX_DIGITS} digits")
            case "number":
                return Decimal(token.text) if "." in token.text else int(token.text)
            case "date":
                try:
                    return date.fromisoformat(token.text)
                except ValueError:
                    raise self._error(token, "a date that exists") from None
            case "word" if "." not in token.text:
                return {"true": True, "false": False}.get(token.text, token.text)
        raise self._error(token, "a number, a date, true, false, a word or param.NAME")

    @property
    def _next(self) -> _Token:
        return self.tokens[min(self.index, len(self.tokens) - 1)]

    def _take(self, kind: str, expected: str) -> _Token:
        token = self._next
        if token.kind != kind:
            raise self._error(token, expected)
        self.index += 1
        return token

    def _take_word(self, word: str, expected: str | None = None) -> None:
        if self._next.text != word:
            raise self._error(self._next, expected or f"'{word}'")
        self.index += 1

    def _take_mark(self, mark: str) -> None:
        if self._next.text != mark:
            raise self._error(self._next, f"'{mark}'")
        self.index += 1

    def _error(self, token: _Token, expected: str) -> ClauseSyntax:
        return ClauseSyntax(self.text, token.column, expected, path=self.path)
