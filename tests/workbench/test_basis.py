"""What an impact rests on: another text, threshold, meaning or population is another basis, and nothing else is."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalogue.loader import Catalogue
from domain.derivation import Derivation, FromRule, FromTerm, Linked
from domain.facts import DERIVED_REGISTER, Audience, FactDefinition, Label, Link, Vocabulary
from domain.grammar import parse_term
from domain.rules import parse
from tests.matcher.rules import DAY, FACTS, NAME, PARAMETERS, policy
from tests.workbench.living import VOCABULARY, words_with
from workbench.basis import basis_of, derived_parameters, facts_behind

SERVED = replace(policy(1, "b1"), source="id: served")
DRAFT = replace(policy(1, {"all": ["i1 >= param.p", "old"]}), version=2, source="id: draft")


def derived(name: str, rests_on: object) -> FactDefinition:
    """Another subject's fact, a term where it is a text, or else a rule over a citizen's own facts."""
    how: Derivation
    match rests_on:
        case Linked():
            how = rests_on
        case str():
            how = FromTerm(rests_on, parse_term(rests_on))
        case _:
            how = FromRule(parse(rests_on))
    return replace(FACTS["b1"], name=name, register=DERIVED_REGISTER, derivation=how)


def words(old: object = None, parameters: dict[str, Decimal] = PARAMETERS, **more: FactDefinition) -> Catalogue:
    facts = {**VOCABULARY.of(Audience.CITIZEN), "old": derived("old", old or {"all": ["i2 >= param.q"]}), **more}
    firms = {"boss_old": replace(derived("boss_old", Linked("boss", "old")), audience=Audience.ENTERPRISE)}
    vocabulary = Vocabulary(
        {Audience.CITIZEN: facts, Audience.ENTERPRISE: firms},
        VOCABULARY.registers,
        VOCABULARY.units,
        links={"boss": Link("boss", Audience.ENTERPRISE, Audience.CITIZEN, NAME)},
    )
    return replace(words_with(parameters), vocabulary=vocabulary)


BASIS = basis_of(DRAFT, SERVED, words(), "snapshot", DAY)


@pytest.mark.parametrize(
    ("other", "parts"),
    [
        (basis_of(replace(DRAFT, source="id: other"), SERVED, words(), "snapshot", DAY), {"text_digest"}),
        (basis_of(DRAFT, replace(SERVED, version=7), words(), "snapshot", DAY), {"served_version"}),
        (basis_of(DRAFT, SERVED, words(), "another", DAY), {"snapshot_id"}),
        (basis_of(DRAFT, SERVED, words(), "snapshot", DAY + timedelta(days=1)), {"as_of"}),
        (
            basis_of(DRAFT, SERVED, words(parameters={**PARAMETERS, "p": Decimal(9)}), "snapshot", DAY),
            {"parameters_digest"},
        ),
        (
            # A threshold of a fact that the draft only reads worked out.
            basis_of(DRAFT, SERVED, words(parameters={**PARAMETERS, "q": Decimal(9)}), "snapshot", DAY),
            {"parameters_digest"},
        ),
        (basis_of(DRAFT, SERVED, words(old={"all": ["i2 > param.q"]}), "snapshot", DAY), {"vocabulary_digest"}),
        (basis_of(DRAFT, SERVED, words(parameters={**PARAMETERS, "rate": Decimal(9)}), "snapshot", DAY), set()),
        (basis_of(DRAFT, SERVED, words(unread=derived("unread", "i1 + 1")), "snapshot", DAY), set()),
    ],
)
def test_a_basis_is_another_where_the_figures_can_be(other, parts):
    assert {name for name in BASIS.__slots__ if getattr(other, name) != getattr(BASIS, name)} == parts


def test_the_words_of_what_serves_are_part_of_it():
    draft, served = replace(policy(1, "b1"), version=2), policy(1, "i1 >= param.p")
    other = words(parameters={**PARAMETERS, "p": Decimal(9)})
    ours = basis_of(draft, served, words(), "snapshot", DAY)
    assert basis_of(draft, served, words(), "snapshot", DAY, served_words=other) != ours
    assert basis_of(draft, served, words(), "snapshot", DAY, served_words=words()) == ours


def test_a_version_that_is_not_in_force_serves_nobody():
    ended = replace(SERVED, effective_to=date(2020, 1, 1))
    assert basis_of(DRAFT, ended, words(), "snapshot", DAY) == basis_of(DRAFT, None, words(), "snapshot", DAY)


def test_what_stands_behind_linked_facts_is_found_at_the_other_end():
    firm = replace(policy(2, "boss_old"), audience=Audience.ENTERPRISE)
    read = facts_behind(firm, words().vocabulary)
    assert set(read) == {(Audience.ENTERPRISE, "boss_old"), (Audience.CITIZEN, "old"), (Audience.CITIZEN, "i2")}
    assert derived_parameters(firm, words().vocabulary) == {Audience.CITIZEN: {"q"}}
    assert derived_parameters(policy(1, "i1 >= param.p"), words().vocabulary) == {}


def test_labels_are_no_part_of_a_meaning():
    facts = {**VOCABULARY.of(Audience.CITIZEN), "old": replace(derived("old", {"all": ["i2 >= param.q"]}))}
    renamed = {name: replace(fact, label=Label("另一名", "another name")) for name, fact in facts.items()}
    other = replace(words(), vocabulary=replace(words().vocabulary, facts={Audience.CITIZEN: renamed}))
    assert basis_of(DRAFT, SERVED, other, "snapshot", DAY) == BASIS
