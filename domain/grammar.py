"""How a clause is written. There is no other syntax, and nothing is ever evaluated as code.

    clause   = term                                        a boolean fact that must be true
             | term CMP term                               CMP: < <= > >= == !=
             | term ["not"] "in" "[" literal {"," literal} "]"
             | term ["not"] "within" region                a place: one of the regions, or in one
             | term "between" term "and" term              both ends included
    region   = place | "[" place {"," place} "]"          place: shanghai, shanghai.xuhui, shanghai.xuhui.tianping
    term     = product {("+" | "-") product}
    product  = factor {("*" | "/") factor}
    factor   = ["-"] number | date | fact | "fact." name | "param." name | "as_of"
             | function "(" term {"," term} ")" | "(" term ")"
    literal  = ["-"] number | date (YYYY-MM-DD) | "true" | "false" | word | '"' any text '"'

After == and != a lone word is a literal; `fact.name` says there that a fact is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from domain.errors import ClauseSyntax
from domain.expression import Between, Clause, Compare, OneOf, Test, Within
from domain.slips import number_slip
from domain.terms import ARITY, Arithmetic, AsOf, Call, Constant, FactRef, Literal, ParameterRef, Term, fact_names

_Item = TypeVar("_Item")
MAX_DEPTH = 32  # Real rules nest 4 deep; the limit keeps a hostile file from exhausting the stack.
MAX_DIGITS = 15  # Numbers are compared as doubles, which tell no more digits apart.
MAX_CLAUSE_LENGTH = 2_000
WORDS_OF_THE_GRAMMAR = frozenset(
    {"all", "any", "not", "at_least", "in", "within", "between", "and", "true", "false", "param", "fact", "as_of"}
) | frozenset(ARITY)
"""A fact of such a name could not be written in a rule."""
_TOKEN = re.compile(
    r"\s*(?:(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}\b)|(?P<number>[0-9]+(?:\.[0-9]+)?(?![\w.]))"
    r'|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<text>"[^"\n]*")|(?P<compare><=|>=|==|!=|<|>)|(?P<mark>[\[\],()+\-*/]))'
)


def parse_clause(text: str, path: tuple[str | int, ...] = ()) -> Clause:
    """Read one clause; raises ClauseSyntax with the exact column."""
    if len(text) > MAX_CLAUSE_LENGTH:
        raise ClauseSyntax(text[:40] + " ...", 1, f"a clause of at most {MAX_CLAUSE_LENGTH} characters", path=path)
    return _ClauseReader(text, path).clause()


def parse_term(text: str, path: tuple[str | int, ...] = ()) -> Term:
    """Read a quantity that stands alone; raises ClauseSyntax with the exact column."""
    if len(text) > MAX_CLAUSE_LENGTH:
        raise ClauseSyntax(text[:40] + " ...", 1, f"a term of at most {MAX_CLAUSE_LENGTH} characters", path=path)
    return _ClauseReader(text, path).lone_term()


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
            # A unit that is no word stands behind a number that has been read, or the two are one.
            number = found[-1].column - 1 if found and found[-1].kind == "number" else start
            expected = number_slip(text, number) or "a fact, an operator, a number, a date or a word"
            raise ClauseSyntax(text, start + 1, expected, path=path)
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1))
        position = match.end()
    found.append(_Token("end", "", end + 1))
    return found


class _ClauseReader:
    """Recursive descent over one clause's tokens."""

    def __init__(self, text: str, path: tuple[str | int, ...]) -> None:
        self.text = text
        self.path = path
        self.tokens = _tokens(text, path)
        self.index = 0
        self.depth = 0

    def clause(self) -> Clause:
        left = self._term()
        if not fact_names(left):
            raise self._error(self.tokens[0], "the name of a fact")
        test = self._test()
        if self._next.kind != "end":
            raise self._error(self._next, "the end of the clause; join clauses with 'all' or 'any'")
        return Clause(self.text.strip(), left, test)

    def lone_term(self) -> Term:
        term = self._term()
        if not fact_names(term):
            raise self._error(self.tokens[0], "the name of a fact")
        if self._next.kind != "end":
            raise self._error(self._next, "an operation, or the end of the term")
        return term

    def _test(self) -> Test:
        token = self._next
        if token.kind == "end":
            return Compare("==", Constant(True))
        if token.kind == "compare":
            self.index += 1
            return Compare(token.text, self._right(token.text))
        if token.text == "between":
            self.index += 1
            low = self._term()
            self._take_text("and")
            return Between(low, self._term())
        negated = token.text == "not"
        if negated:
            self.index += 1
        if self._next.text == "within":
            self.index += 1
            return Within(self._regions(), negated)
        self._take_text("in", "a comparison, 'in', 'not in', 'within' or 'between'")
        return OneOf(self._list(self._literal), negated)

    def _right(self, symbol: str) -> Term:
        token, after = self._next, self.tokens[min(self.index + 1, len(self.tokens) - 1)]
        lone = token.kind in ("word", "text") and after.kind == "end"
        if lone and (token.kind == "text" or token.text in ("true", "false")):
            return Constant(self._literal())
        if lone and symbol in ("==", "!=") and "." not in token.text and token.text != "as_of":
            return Constant(self._literal())
        return self._term()

    def _term(self) -> Term:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/"), self._factor))

    def _chain(self, symbols: tuple[str, str], below: Callable[[], Term]) -> Term:
        term = below()
        links = 0
        while self._next.kind == "mark" and self._next.text in symbols:
            links += 1
            if links > MAX_DEPTH:
                raise self._error(self._next, f"at most {MAX_DEPTH} operations in a row")
            symbol = self._next.text
            self.index += 1
            term = Arithmetic(symbol, term, below())
        return term

    def _factor(self) -> Term:
        token = self._next
        if token.kind in ("number", "date") or (token.text == "-" and self._after.kind == "number"):
            return Constant(self._literal())
        self.index += 1
        if token.text == "(":
            return self._nested(lambda: self._closed(self._term))
        if token.kind != "word":
            raise self._error(token, "a fact, a number, a date or param.NAME")
        if token.text == "as_of":
            return AsOf()
        if self._next.text == "(":
            self.index += 1
            return self._nested(lambda: self._call(token))
        kind, dot, name = token.text.partition(".")
        if not dot and kind not in WORDS_OF_THE_GRAMMAR:
            return FactRef(kind)
        if dot and name.isidentifier() and kind in ("param", "fact"):
            return ParameterRef(name) if kind == "param" else FactRef(name)
        raise self._error(token, "the name of a fact, or param.NAME with one name")

    def _call(self, name: _Token) -> Term:
        if name.text not in ARITY:
            raise self._error(name, f"one of the functions {', '.join(ARITY)}")
        arguments = [self._term()]
        while self._next.text == ",":
            self.index += 1
            arguments.append(self._term())
        if len(arguments) != ARITY[name.text]:
            raise self._error(name, f"{ARITY[name.text]} argument(s) for {name.text}")
        self._take_text(")")
        return Call(name.text, tuple(arguments))

    def _closed(self, read: Callable[[], Term]) -> Term:
        term = read()
        self._take_text(")")
        return term

    def _nested(self, read: Callable[[], Term]) -> Term:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._error(self._next, f"brackets nested at most {MAX_DEPTH} deep")
        term = read()
        self.depth -= 1
        return term

    def _regions(self) -> tuple[str, ...]:
        return self._list(self._region) if self._next.text == "[" else (self._region(),)

    def _region(self) -> str:
        token = self._next
        if token.kind != "word" or token.text.endswith(".") or ".." in token.text:
            raise self._error(token, "a region, such as shanghai.xuhui")
        self.index += 1
        return token.text

    def _list(self, read: Callable[[], _Item]) -> tuple[_Item, ...]:
        self._take_text("[")
        values = [read()]
        while self._next.text == ",":
            self.index += 1
            values.append(read())
        self._take_text("]")
        return tuple(values)

    def _literal(self) -> Literal:
        sign = -1 if self._next.text == "-" else 1
        self.index += self._next.text == "-"
        token = self._next
        self.index += 1
        match token.kind:
            case "number" if sum(sign.isdigit() for sign in token.text) > MAX_DIGITS:
                raise self._error(token, f"a number of at most {MAX_DIGITS} digits")
            case "number":
                return sign * (Decimal(token.text) if "." in token.text else int(token.text))
            case "date" if sign == 1:
                try:
                    return date.fromisoformat(token.text)
                except ValueError:
                    raise self._error(token, "a date that exists") from None
            case "text" if sign == 1:
                return token.text[1:-1]
            case "word" if sign == 1 and "." not in token.text:
                return {"true": True, "false": False}.get(token.text, token.text)
        raise self._error(token, "a number, a date, true, false or a word")

    @property
    def _next(self) -> _Token:
        return self.tokens[min(self.index, len(self.tokens) - 1)]

    @property
    def _after(self) -> _Token:
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    def _take_text(self, text: str, expected: str | None = None) -> None:
        if self._next.text != text:
            raise self._error(self._next, expected or f"'{text}'")
        self.index += 1

    def _error(self, token: _Token, expected: str) -> ClauseSyntax:
        before = self.tokens[max(self.tokens.index(token) - 1, 0)]
        if before.kind == "number":
            expected = number_slip(self.text, before.column - 1) or expected
        return ClauseSyntax(self.text, token.column, expected, path=self.path)
