"""This file knows about vocabulary.yaml: the facts, registers, units and links in which rules are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import yaml

from catalogue.derivations import DerivationReader
from catalogue.yaml_positions import Page, did_you_mean, optional
from domain.derivation import HOUSEHOLD_ID, sources
from domain.derived import circle
from domain.errors import CatalogueInvalid
from domain.facts import (
    CLOSED,
    DERIVED_REGISTER,
    NUMERIC,
    Audience,
    FactDefinition,
    FactType,
    Label,
    Link,
    Vocabulary,
)
from domain.grammar import WORDS_OF_THE_GRAMMAR

VOCABULARY_FILE = "vocabulary.yaml"
NAME = re.compile(r"[a-z][a-z0-9_]*")
_REQUIRED = ("type", "unit", "zh", "en", "register", "fresh_days")
_OPTIONAL = ("categories", "also", "derive", "min", "max", "sensitive", "lasting", "reported")
_SHARED = ("districts", "areas")
"""Word lists that facts refer to by anchor."""


def load_vocabulary(root: Path) -> Vocabulary:
    """Read `root`/vocabulary.yaml; raises CatalogueInvalid with all its problems but those of parameters."""
    return VocabularyReader(Page.at(root / VOCABULARY_FILE)).read()


def load_vocabulary_text(text: str, name: str) -> Vocabulary:
    """Read a vocabulary from its text, as a database keeps it; `name` stands in errors. Raises CatalogueInvalid."""
    return VocabularyReader(Page(name, text)).read()


class VocabularyReader:
    """Reads a vocabulary, and checks afterwards what its derived facts say of parameters, which are read after it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.registers: Mapping[str, Label] = {}
        self.units: Mapping[str, Label] = {}
        self._derived: list[tuple[FactDefinition, yaml.Node]] = []
        self._vocabulary: Vocabulary | None = None

    def read(self) -> Vocabulary:
        """The vocabulary; raises CatalogueInvalid."""
        if self.page.root is not None:
            self._vocabulary = self._with_derivations(self._words(self.page.root))
        if self.page.problems or self._vocabulary is None:
            raise CatalogueInvalid(self.page.problems)
        return self._vocabulary

    def check_parameters(self, units: Mapping[str, str]) -> None:
        """Report on the page what is wrong with the parameters that derived facts name; `units` are theirs."""
        assert self._vocabulary is not None
        reader = DerivationReader(self.page, self._vocabulary, units)
        for fact, node in self._derived:
            reader.read(node, fact)

    def _words(self, root: yaml.Node) -> Vocabulary:
        """All but the derivations, which may name any fact."""
        fields = self.page.fields(root, "the vocabulary", ("units", "registers", *Audience), (*_SHARED, "links"))
        self.units = self._labels(fields, "units", may_be_empty=True)
        self.registers = self._labels(fields, "registers")
        links = self._links(fields["links"]) if "links" in fields else {}
        facts = {
            audience: self._facts(fields[audience], audience) if audience in fields else {} for audience in Audience
        }
        return Vocabulary(facts, self.registers, self.units, self.page.text, links)

    def _with_derivations(self, words: Vocabulary) -> Vocabulary:
        reader = DerivationReader(self.page, words, None)
        facts = {audience: dict(words.of(audience)) for audience in Audience}
        for fact, node in self._derived:
            derivation = reader.read(node, fact)
            facts[fact.audience][fact.name] = replace(fact, derivation=derivation, derived_from=sources(derivation))
        nodes = {(fact.audience, fact.name): node for fact, node in self._derived}
        for audience, known in facts.items():
            if names := circle(known):
                fault = f"These facts rest on each other: {' -> '.join(names)}."
                self.page.report(nodes[audience, names[0]], fault, "Derive one of them from a register's fact.")
        return replace(words, facts=facts)

    def _links(self, node: yaml.Node) -> dict[str, Link]:
        """Links lead from enterprises to citizens: tables are built in this order, citizens first."""
        links: dict[str, Link] = {}
        for name, (key, value) in self.page.mapping(node, "the links").items():
            fields = self.page.fields(value, f"link {name!r}", ("of", "to", "zh", "en"))
            if len(fields) < 4:
                continue
            of, to = (self.page.choice(fields[end], end, Audience) for end in ("of", "to"))
            if (of, to) != (Audience.ENTERPRISE, Audience.CITIZEN):
                fault = f"Link {name!r} leads from {of}s to {to}s."
                self.page.report(value, fault, "Link enterprises to citizens.")
            if not NAME.fullmatch(name) or f"{name}_id" == HOUSEHOLD_ID:
                self.page.report(key, f"{name!r} cannot be the name of a link.", "Use lower_case words.")
            zh, en = (self.page.word(fields[language], language) for language in ("zh", "en"))
            links[name] = Link(name, of, to, Label(zh, en))
        return links

    def _labels(self, fields: Mapping[str, yaml.Node], name: str, *, may_be_empty: bool = False) -> dict[str, Label]:
        if name not in fields:
            return {}
        return {
            key: self._unit_label(value) if may_be_empty else self.page.label(value, f"{name[:-1]} {key!r}")
            for key, (_, value) in self.page.mapping(fields[name], name).items()
        }

    def _unit_label(self, node: yaml.Node) -> Label:
        """A unit's label may be empty: a count of things has no word of its own."""
        fields = self.page.fields(node, "a unit", ("zh", "en"))
        texts = {language: self.page.value(fields[language], "a unit's label") for language in fields}
        return Label(str(texts.get("zh", "")), str(texts.get("en", "")))

    def _facts(self, node: yaml.Node, audience: Audience) -> dict[str, FactDefinition]:
        facts: dict[str, FactDefinition] = {}
        for name, (key, value) in self.page.mapping(node, f"the {audience} facts").items():
            if not NAME.fullmatch(name) or name in WORDS_OF_THE_GRAMMAR:
                self.page.report(
                    key, f"{name!r} cannot be the name of a fact.", "Use lower_case words that no rule needs."
                )
            facts[name] = self._fact(name, audience, value)
        return facts

    def _fact(self, name: str, audience: Audience, node: yaml.Node) -> FactDefinition:
        page, what = self.page, f"fact {name!r}"
        fields = page.fields(node, what, _REQUIRED, _OPTIONAL)
        kind = page.choice(fields["type"], "type", FactType) if "type" in fields else FactType.BOOLEAN
        unit = self._known(fields, "unit", self.units)
        register = self._known(fields, "register", self.registers)
        categories = self._categories(fields, kind)
        if (kind in CLOSED) is not bool(categories):
            fault = f"{what} is {kind}: categories go with 'category' and 'region'."
            page.report(node, fault, "Add or remove 'categories'.")
        derive = optional(fields, "derive")
        if (register == DERIVED_REGISTER) is (derive is None):
            page.report(node, f"{what}: 'derive' goes with register 'derived'.", "Say what it follows from.")
        bounds = {
            bound: float(page.number(fields[bound], bound))
            for bound in ("min", "max")
            if optional(fields, bound) is not None
        }
        if bounds and kind not in NUMERIC:
            page.report(node, f"{what} is {kind}, which has no 'min' or 'max'.", "Remove them.")
        fact = FactDefinition(
            name=name,
            audience=audience,
            type=kind,
            unit=unit,
            label=Label(*(page.word(fields[k], k) if k in fields else "?" for k in ("zh", "en"))),
            register=register,
            fresh_days=page.whole(fields["fresh_days"], "fresh_days") if "fresh_days" in fields else 0,
            categories=categories,
            minimum=bounds.get("min"),
            maximum=bounds.get("max"),
            sensitive=self._marked(fields, "sensitive"),
            lasting=self._marked(fields, "lasting"),
            reported=self._marked(fields, "reported"),
        )
        if derive is not None:
            self._derived.append((fact, derive))
        return fact

    def _marked(self, fields: Mapping[str, yaml.Node], mark: str) -> bool:
        node = optional(fields, mark)
        if node is None:
            return False
        marked = self.page.value(node, mark)
        if not isinstance(marked, bool | None):
            self.page.report(
                node, f"'{mark}' is {marked!r}, which is not true or false.", "Write true, or leave it out."
            )
        return marked is True

    def _known(self, fields: Mapping[str, yaml.Node], field: str, known: Mapping[str, Label]) -> str:
        if field not in fields:
            return "?"
        word = self.page.word(fields[field], field)
        if word != "?" and word not in known:
            self.page.report(fields[field], f"There is no {field} {word!r}.", did_you_mean(word, known))
        return word

    def _categories(self, fields: Mapping[str, yaml.Node], kind: FactType) -> dict[str, Label]:
        """`categories` may be an anchor shared by several facts; `also` adds this fact's own words."""
        found: dict[str, Label] = {}
        for field in ("categories", "also"):
            if (node := optional(fields, field)) is not None:
                for word, (key, label) in self.page.mapping(node, field).items():
                    found[word] = self.page.label(label, f"category {word!r}")
                    if kind is FactType.REGION:
                        self._check_region(key, word, found)
        return found

    def _check_region(self, key: yaml.Node, word: str, before: Mapping[str, Label]) -> None:
        """A region is written with all that it lies in, and stands below that."""
        around, _, own = word.rpartition(".")
        if not NAME.fullmatch(own):
            step = "Write it as in shanghai.xuhui.tianping, in lower_case words."
            self.page.report(key, f"{word!r} cannot be the name of a region.", step)
        elif around and around not in before:
            fault = f"The region {word!r} lies in {around!r}, which is not listed above it."
            self.page.report(key, fault, f"Add {around!r} before it.")
