"""What stands on each day if only time passes: the facts that count time, the parameters in force, the policies.

Facts as registered stay. A derived fact that counts time or rests on dated parameters is worked out anew on each day
where all its sources are known; where one is unknown it stays as given, since nobody knows when it will change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache, reduce

import pyarrow as pa
import pyarrow.compute as pc

from catalogue.loader import Catalogue
from domain.derivation import Derivation, FromRule, FromTerm, Linked, OfHousehold, parameter_sources
from domain.derived import in_order, own_value
from domain.errors import ParameterExpired
from domain.expression import Clause, clauses
from domain.facts import Audience, FactDefinition, Value
from domain.policy import Policy
from domain.terms import FactRef, ParameterRef, Term, fact_names, moves_with_time, parts
from features.derived import own_column
from features.terms import Setting

ONE_DAY = timedelta(days=1)


class Timeline:
    """One audience's catalogue over time; holds nothing about subjects, so that many can share it."""

    def __init__(self, catalogue: Catalogue, audience: Audience) -> None:
        self.catalogue = catalogue
        self.audience = audience
        self.vocabulary = catalogue.vocabulary
        self.facts = catalogue.vocabulary.of(audience)
        self.policies = catalogue.policies_of(audience)
        self.parameters = lru_cache(maxsize=64)(catalogue.parameters_at)
        self.moving: dict[str, tuple[Clause | Term, ...]] = {}
        """The derived facts that time can change, each after those it rests on, with the terms and clauses it is."""
        self.fixed: set[str] = set()
        """Derived facts that time changes too, but that a subject's own facts do not tell: others' ages and counts."""
        for fact in in_order(self.facts):
            derivation, leaves = fact.derivation, _leaves(fact.derivation)
            counts = any(map(self.moves, leaves)) or bool(derivation and parameter_sources(derivation))
            match derivation:
                case FromTerm() | FromRule() if counts:
                    self.moving[fact.name] = leaves
                case Linked(link=link, fact=name):
                    counts = _counts_time(self.vocabulary.of(self.vocabulary.links[link].to), name)
                case FromTerm() | FromRule():
                    counts = any(name in self.fixed for leaf in leaves for name in _facts_of(leaf))
            if counts and fact.name not in self.moving:
                self.fixed.add(fact.name)

    def moves(self, leaf: Clause | Term) -> bool:
        """Whether time alone can change what a clause or a term comes to, its parameters staying as they are."""
        return any(moves_with_time(part) for part in self.through(leaf))

    def through(self, leaf: Clause | Term) -> Iterator[Term]:
        """All terms of a clause or term, and those of the moving derived facts that it reads."""
        for part in leaf.parts() if isinstance(leaf, Clause) else parts(leaf):
            yield part
            if isinstance(part, FactRef) and part.name in self.moving:
                for below in self.moving[part.name]:
                    yield from self.through(below)

    def registered(self, leaf: Clause | Term) -> frozenset[str]:
        """The facts on which a clause rests in the end: derived ones that move are replaced by their sources."""
        names = {part.name for part in self.through(leaf) if isinstance(part, FactRef)}
        return frozenset(names - self.moving.keys())

    def named(self, policy: Policy) -> frozenset[str]:
        """The parameters that the rule needs, those of derived facts among them."""
        return frozenset(
            part.name
            for clause in clauses(policy.eligibility)
            for part in self.through(clause)
            if isinstance(part, ParameterRef)
        )

    def steps(self, policy: Policy) -> set[date]:
        """The days on which the policy begins, has ended, or a parameter of its rule changes."""
        days = {policy.effective_from, *_day_after(policy.effective_to)}
        for name in self.named(policy):
            for dated in self.catalogue.parameters[name].values:
                days |= {dated.from_, *_day_after(dated.to)}
        return days

    def missing(self, policy: Policy, day: date) -> str | None:
        """A parameter that the rule needs on `day` and that has no value then; None where the policy can be judged."""
        if not policy.in_force(day):
            return None
        return min(self.named(policy) - self.parameters(day).keys(), default=None)

    def require(self, policy: Policy, day: date) -> None:
        """Raise ParameterExpired where the policy cannot be judged on `day`."""
        missing = self.missing(policy, day)
        if missing is not None:
            raise ParameterExpired(missing, day)

    def values(self, given: Mapping[str, Value], day: date) -> dict[str, Value]:
        """One subject's facts on `day`."""
        values = dict(given)
        for name in self.moving:
            if self.is_known(name, given):
                values[name] = own_value(self.facts[name], values, self.parameters(day), day)
        return values

    def sources(self, name: str) -> frozenset[str]:
        """The registered facts on which a moving derived fact rests in the end."""
        return frozenset().union(*(self.registered(leaf) for leaf in self.moving[name]))

    def is_known(self, name: str, given: Mapping[str, Value]) -> bool:
        """Whether a moving derived fact can be worked out anew from what is known of a subject."""
        return all(given.get(source) is not None for source in self.sources(name))

    def columns(self, table: pa.Table, day: date) -> pa.Table:
        """`values` of a table of subjects, which has the columns that `needed` names."""
        setting = Setting(self.facts, self.parameters(day), day)
        for name in self.moving:
            if name in table.column_names:
                known = reduce(pc.and_, [table[source].is_valid() for source in self.sources(name)])
                read = {one: table[one] for leaf in self.moving[name] for one in _facts_of(leaf)}
                anew = own_column(self.facts[name], read, setting)
                place = table.schema.get_field_index(name)
                table = table.set_column(place, table.schema.field(name), pc.if_else(known, anew, table[name]))
        return table

    def needed(self, policies: Iterable[Policy]) -> list[str]:
        """The facts that the rules read, with those that the derived ones among them are worked out from."""
        names = {
            part.name
            for policy in policies
            for clause in clauses(policy.eligibility)
            for part in self.through(clause)
            if isinstance(part, FactRef)
        }
        return [name for name in self.facts if name in names]


def _leaves(derivation: Derivation | None) -> tuple[Clause | Term, ...]:
    match derivation:
        case FromTerm(term=term):
            return (term,)
        case FromRule(rule=rule):
            return tuple(clauses(rule))
        case OfHousehold(rule=rule) if rule is not None:
            return tuple(clauses(rule))
    return ()


def _facts_of(leaf: Clause | Term) -> tuple[str, ...]:
    return leaf.facts() if isinstance(leaf, Clause) else fact_names(leaf)


def _counts_time(facts: Mapping[str, FactDefinition], name: str) -> bool:
    """Whether a fact, or one that it is derived from, is a period up to the day."""
    leaves = _leaves(facts[name].derivation)
    within = [part for leaf in leaves for part in (leaf.parts() if isinstance(leaf, Clause) else parts(leaf))]
    return any(
        moves_with_time(part) or (isinstance(part, FactRef) and _counts_time(facts, part.name)) for part in within
    )


def _day_after(day: date | None) -> list[date]:
    return [] if day is None or day == date.max else [day + ONE_DAY]
