"""What an impact rests on, told by digests: the draft, the words and parameters behind it, the population."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

from catalogue.loader import Catalogue, parameter_names
from domain.amount import benefit_facts
from domain.derivation import Linked, fact_sources, parameter_sources
from domain.expression import clauses
from domain.facts import Audience, FactDefinition, Vocabulary
from domain.policy import Policy
from workbench.impact import Basis

Name = tuple[Audience, str]


def basis_of(
    draft: Policy,
    served: Policy | None,
    words: Catalogue,
    snapshot_id: str,
    as_of: date,
    *,
    served_words: Catalogue | None = None,
) -> Basis:
    """The basis that an impact of `draft` would have now; where an earlier impact's is the same, so are its figures.

    `words`: those that the draft is read with; `served_words` those that `served` is, where they are others; a
    version that is not in force on `as_of` serves nobody. Raises UnknownFact where a policy reads a fact that its words
    lack.
    """
    if served and not served.in_force(as_of):
        served = None
    sides = [(draft, words), *([(served, served_words or words)] if served else [])]
    facts = [facts_behind(policy, own.vocabulary) for policy, own in sides]
    named = [
        {*parameter_names(policy), *(name for fact in read.values() for name in _parameters(fact))}
        for (policy, _), read in zip(sides, facts, strict=True)
    ]
    return Basis(
        text_digest=hashlib.sha256(draft.source.encode()).hexdigest(),
        served_version=None if served is None else served.version,
        parameters_digest=_digest(
            [(name, own.parameters[name].values) for name in sorted(names)]
            for (_, own), names in zip(sides, named, strict=True)
        ),
        vocabulary_digest=_digest([(name, _meaning(fact)) for name, fact in sorted(read.items())] for read in facts),
        snapshot_id=snapshot_id,
        as_of=as_of,
    )


def facts_read(policy: Policy) -> tuple[str, ...]:
    """The facts that a policy's rule and amount read, each once."""
    in_rule = (name for clause in clauses(policy.eligibility) for name in clause.facts())
    return tuple(dict.fromkeys((*in_rule, *benefit_facts(policy.benefit))))


def facts_behind(policy: Policy, vocabulary: Vocabulary) -> Mapping[Name, FactDefinition]:
    """The facts that a policy reads and all that these are derived from, also of linked subjects."""
    found: dict[Name, FactDefinition] = {}
    waiting: list[Name] = [(policy.audience, name) for name in facts_read(policy)]
    while waiting:
        audience, name = waiting.pop()
        if (audience, name) in found:
            continue
        fact = found[audience, name] = vocabulary.fact(audience, name)
        match fact.derivation:
            case None:
                pass
            case Linked(link=link, fact=there):
                waiting.append((vocabulary.links[link].to, there))
            case derivation:
                waiting += [(audience, source) for source in fact_sources(derivation)]
    return found


def derived_parameters(policy: Policy, vocabulary: Vocabulary) -> Mapping[Audience, frozenset[str]]:
    """The parameters by which the derived facts that a policy rests on were worked out, by whose facts they are."""
    found: dict[Audience, frozenset[str]] = {}
    for (audience, _), fact in facts_behind(policy, vocabulary).items():
        if named := frozenset(_parameters(fact)):
            found[audience] = found.get(audience, frozenset()) | named
    return found


def _parameters(fact: FactDefinition) -> tuple[str, ...]:
    return () if fact.derivation is None else parameter_sources(fact.derivation)


def _meaning(fact: FactDefinition) -> tuple[object, ...]:
    return (fact.type, fact.unit, fact.minimum, fact.maximum, tuple(fact.categories), repr(fact.derivation))


def _digest(parts: Iterable[object]) -> str:
    return hashlib.sha256("\n".join(repr(part) for part in parts).encode()).hexdigest()
