"""A case added to a policy's text, or taken out of it, from a form; all else in the text stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from api.console.pages import Form
from api.console.rules.rows import number_text
from api.console.rules.splice import list_with, list_without
from api.console.rules.writing import word
from domain.decision import Verdict
from domain.errors import FormActInvalid
from domain.expression import Expression, clauses
from domain.facts import NUMERIC, FactDefinition, FactType, Label

ACTS = ("add_case", "remove_case")
_AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,2})?")


@dataclass(frozen=True)
class Question:
    """A fact that a case can say: asked as yes or no, a number, a date, a choice among `words`, or a text."""

    fact: FactDefinition
    sort: str
    words: Mapping[str, Label]


def questions(rule: Expression | None, more: Iterable[str], known: Mapping[str, FactDefinition]) -> list[Question]:
    """The facts that the rule reads, and `more` (those of its benefit and of other cases), each once."""
    read = [name for clause in clauses(rule) for name in clause.facts()] if rule is not None else []
    return [_question(known[name]) for name in dict.fromkeys([*read, *more]) if name in known]


def with_act(text: str, form: Form, known: Mapping[str, FactDefinition]) -> str:
    """`text` after the act on its cases that the form asks for. Raises FormActInvalid, RuleNotShown."""
    if form.get("act") == "remove_case":
        place = form.whole("place")
        return list_without(text, "cases", -1 if place is None else place)
    return list_with(text, "cases", "{" + ", ".join(_fields(form, known)) + "}")


def _question(fact: FactDefinition) -> Question:
    sort = "number" if fact.type in NUMERIC else fact.type.value
    return Question(fact, "choice" if fact.categories else sort, fact.categories)


def _fields(form: Form, known: Mapping[str, FactDefinition]) -> Iterator[str]:
    name, verdict = " ".join(form.get("case:name").split()), form.get("case:verdict")
    if not name or verdict not in list(Verdict):
        raise FormActInvalid("add_case")
    yield f"name: {word(name)}"
    values = [(fact, form.get(f"case.fact:{fact}").strip()) for fact in known]
    yield f"facts: {{{', '.join(f'{fact}: {_value(known[fact], value)}' for fact, value in values if value)}}}"
    yield f"verdict: {verdict}"
    typed = form.get("case:amount").strip()
    amount = number_text(typed)
    if verdict == Verdict.ELIGIBLE and form.get("case:money"):
        yield f"amount_cny: {amount if _AMOUNT.fullmatch(amount) else word(typed) if typed else 'null'}"


def _value(fact: FactDefinition, typed: str) -> str:
    """What was typed as YAML; what does not fit its fact is written down all the same, and told as a problem there."""
    if fact.type is FactType.BOOLEAN and typed in ("true", "false"):
        return typed
    if fact.type in NUMERIC and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", number_text(typed)):
        return number_text(typed)
    if fact.type is FactType.DATE:
        try:
            return date.fromisoformat(typed).isoformat()
        except ValueError:
            pass
    return word(typed)
