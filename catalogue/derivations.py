"""This file knows about `derive`: how the vocabulary says what a fact follows from, and what is wrong with it there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import yaml

from catalogue.rules import read_rule
from catalogue.yaml_positions import Page, did_you_mean
from domain.derivation import Aggregate, Derivation, FromRule, FromTerm, Linked, OfHousehold
from domain.errors import ClauseSyntax, DuixianError, TypeMismatch, UnknownParameter
from domain.expression import All, Clause, Compare
from domain.facts import NUMERIC, Audience, FactDefinition, FactType, Vocabulary
from domain.grammar import parse_term
from domain.terms import PERCENT, Arithmetic, Call, Constant, FactRef, Term
from domain.typecheck import clause_errors

_PERSONS = "persons"
_FORMS = ("household", "linked")
_UNREADABLE = FromRule(All(()))  # stands for what was reported


@dataclass(frozen=True)
class DerivationReader:
    """Reads the derivations of one vocabulary; `vocabulary` has every fact, whether its derivation is read or not.

    `parameter_units` is None where the parameters are not known yet: they are then not looked at.
    """

    page: Page
    vocabulary: Vocabulary
    parameter_units: Mapping[str, str] | None

    def read(self, node: yaml.Node, fact: FactDefinition) -> Derivation:
        """What `fact` follows from. Faults are reported on the page, and something harmless is returned."""
        if isinstance(node, yaml.MappingNode) and any(str(key.value) in _FORMS for key, _ in node.value):
            fields = self.page.fields(node, "'derive'", (), _FORMS)
            if len(fields) != 1:
                self.page.report(node, "'derive' says two things at once.", "Keep either 'household' or 'linked'.")
            elif "household" in fields:
                return self._household(fields["household"], fact)
            elif "linked" in fields:
                return self._linked(fields["linked"], fact)
            return _UNREADABLE
        if fact.type is FactType.BOOLEAN:
            return FromRule(read_rule(self.page, node, self.vocabulary, fact.audience, self.parameter_units)[0])
        return self._term(node, fact)

    def _term(self, node: yaml.Node, fact: FactDefinition) -> Derivation:
        if fact.type not in NUMERIC | {FactType.DATE}:
            fault = f"The {fact.type} {fact.name!r} cannot be worked out: its words are not computed."
            self.page.report(node, fault, "Take it from a register, or by 'linked' from another subject.")
            return _UNREADABLE
        text = self.page.word(node, "'derive'")
        try:
            term = parse_term(text)
        except ClauseSyntax as error:
            self.page.report(node, error.message, error.next_step, offset=error.column - 1)
            return _UNREADABLE
        for found in self._term_errors(fact, text, term):
            self.page.report(node, found.message, found.next_step)
        return FromTerm(text, term)

    def _term_errors(self, fact: FactDefinition, text: str, term: Term) -> Iterator[DuixianError]:
        """A definition is checked as the equality that it states."""
        stated = Clause(f"{fact.name} == {text}", FactRef(fact.name), Compare("==", term))
        for error in clause_errors(stated, self.vocabulary, fact.audience, self.parameter_units or {}):
            if self.parameter_units is not None or not isinstance(error, UnknownParameter):
                yield error
        facts = self.vocabulary.of(fact.audience)
        if fact.type is FactType.INTEGER and not _is_whole(term, facts):
            yield TypeMismatch(
                f"{text!r} need not be a whole number, but {fact.name!r} is an integer.",
                next_step="Declare the fact as a number, or compare it where it is used.",
                fact=fact.name,
            )

    def _household(self, node: yaml.Node, fact: FactDefinition) -> Derivation:
        page = self.page
        if fact.audience is not Audience.CITIZEN:
            page.report(node, "Only citizens live in households.", "Use 'linked' to reach another subject.")
            return _UNREADABLE
        if isinstance(node, yaml.ScalarNode):
            if node.value != Aggregate.SIZE:
                page.report(node, f"A household has no {node.value!r}.", "Write 'size', or {count: RULE}.")
            self._counts(node, fact, counts=True)
            return OfHousehold(Aggregate.SIZE)
        asked = [str(one) for one in Aggregate if one is not Aggregate.SIZE]
        fields = page.fields(node, "'household'", (), asked)
        if len(fields) != 1:
            page.report(node, "'household' asks one thing.", f"Write one of {', '.join(asked)} with a rule, or 'size'.")
            return _UNREADABLE
        [(word, below)] = fields.items()
        self._counts(node, fact, counts=word == Aggregate.COUNT)
        rule, _ = read_rule(page, below, self.vocabulary, fact.audience, self.parameter_units)
        return OfHousehold(Aggregate(word), rule)

    def _counts(self, node: yaml.Node, fact: FactDefinition, *, counts: bool) -> None:
        kind, unit = (FactType.INTEGER, _PERSONS) if counts else (FactType.BOOLEAN, "none")
        if (fact.type, fact.unit) != (kind, unit):
            fault = f"The fact {fact.name!r} is {fact.type} ({fact.unit}), but this comes to {kind} ({unit})."
            self.page.report(node, fault, "Mend the fact's type and unit, or what is asked of the household.")

    def _linked(self, node: yaml.Node, fact: FactDefinition) -> Derivation:
        page = self.page
        fields = page.fields(node, "'linked'", ("through", "fact"))
        if len(fields) != 2:
            return _UNREADABLE
        through, name = page.word(fields["through"], "through"), page.word(fields["fact"], "fact")
        link = self.vocabulary.links.get(through)
        if link is None or link.of is not fact.audience:
            known = [one.name for one in self.vocabulary.links.values() if one.of is fact.audience]
            step = did_you_mean(through, known) if known else "Declare it under 'links'."
            page.report(fields["through"], f"There is no link {through!r} of {fact.audience}s.", step)
            return _UNREADABLE
        there = self.vocabulary.of(link.to)
        other = there.get(name)
        if other is None:
            page.report(fields["fact"], f"There is no fact {name!r} of {link.to}s.", did_you_mean(name, there))
        elif (other.type, other.unit) != (
            fact.type,
            fact.unit,
        ) or not fact.categories.keys() >= other.categories.keys():
            page.report(
                node,
                f"The fact {fact.name!r} is {fact.type} ({fact.unit}), the {link.to}'s {name!r} is {other.type}"
                f" ({other.unit}){', with other words' if other.categories else ''}.",
                "Declare both alike.",
            )
        return Linked(through, name)


def _is_whole(term: Term, facts: Mapping[str, FactDefinition]) -> bool:
    """Whether a term can come to nothing but whole numbers."""
    match term:
        case FactRef(name=name):
            return name not in facts or facts[name].type is FactType.INTEGER
        case Constant(value=value):
            return not isinstance(value, Decimal)
        case Arithmetic(operator=symbol, left=left, right=right):
            return symbol != "/" and _is_whole(left, facts) and _is_whole(right, facts)
        case Call(function=function):
            return function != PERCENT
        case _:
            return False
