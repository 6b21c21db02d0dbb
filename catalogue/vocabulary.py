"""This file knows about vocabulary.yaml: the facts, registers and units in which rules are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from catalogue.yaml_positions import Page, did_you_mean, optional
from domain.errors import CatalogueInvalid
from domain.facts import CLOSED, DERIVED_REGISTER, NUMERIC, Audience, FactDefinition, FactType, Label, Vocabulary
from domain.grammar import WORDS_OF_THE_GRAMMAR

VOCABULARY_FILE = "vocabulary.yaml"
NAME = re.compile(r"[a-z][a-z0-9_]*")
_REQUIRED = ("type", "unit", "zh", "en", "register", "fresh_days")
_OPTIONAL = ("categories", "also", "from", "min", "max")


def load_vocabulary(root: Path) -> Vocabulary:
    """Read `root`/vocabulary.yaml; raises CatalogueInvalid with all its problems."""
    return _read(Page.at(root / VOCABULARY_FILE))


def load_vocabulary_text(text: str, name: str) -> Vocabulary:
    """Read a vocabulary from its text, as a database keeps it; `name` stands in errors. Raises CatalogueInvalid."""
    return _read(Page(name, text))


def _read(page: Page) -> Vocabulary:
    vocabulary = _VocabularyReader(page).read() if page.root is not None else None
    if page.problems or vocabulary is None:
        raise CatalogueInvalid(page.problems)
    return vocabulary


class _VocabularyReader:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.registers: Mapping[str, Label] = {}
        self.units: Mapping[str, Label] = {}

    def read(self) -> Vocabulary:
        assert self.page.root is not None
        fields = self.page.fields(self.page.root, "the vocabulary", ("units", "registers", *Audience), ("districts",))
        self.units = self._labels(fields, "units", may_be_empty=True)
        self.registers = self._labels(fields, "registers")
        facts = {
            audience: self._facts(fields[audience], audience) if audience in fields else {} for audience in Audience
        }
        return Vocabulary(facts, self.registers, self.units, self.page.text)

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
        sources: list[tuple[yaml.Node, str]] = []
        for name, (key, value) in self.page.mapping(node, f"the {audience} facts").items():
            if not NAME.fullmatch(name) or name in WORDS_OF_THE_GRAMMAR:
                self.page.report(
                    key, f"{name!r} cannot be the name of a fact.", "Use lower_case words that no rule needs."
                )
            facts[name] = self._fact(name, audience, value, sources)
        for source_node, source in sources:
            # household_id and its like are links between subjects, not facts.
            if source not in facts and not source.endswith("_id"):
                self.page.report(source_node, f"There is no fact {source!r}.", did_you_mean(source, facts))
        return facts

    def _fact(
        self, name: str, audience: Audience, node: yaml.Node, sources: list[tuple[yaml.Node, str]]
    ) -> FactDefinition:
        page, what = self.page, f"fact {name!r}"
        fields = page.fields(node, what, _REQUIRED, _OPTIONAL)
        kind = page.choice(fields["type"], "type", FactType) if "type" in fields else FactType.BOOLEAN
        unit = self._known(fields, "unit", self.units)
        register = self._known(fields, "register", self.registers)
        categories = self._categories(fields)
        if (kind in CLOSED) is not bool(categories):
            fault = f"{what} is {kind}: categories go with 'category' and 'region'."
            page.report(node, fault, "Add or remove 'categories'.")
        derived_from = []
        if (from_node := optional(fields, "from")) is not None:
            for item in page.items(from_node, "'from'"):
                derived_from.append(page.word(item, "a source fact"))
                sources.append((item, derived_from[-1]))
        if (register == DERIVED_REGISTER) is not bool(derived_from):
            page.report(node, f"{what}: 'from' goes with register 'derived'.", "Name the facts it is worked out from.")
        bounds = {
            bound: float(page.number(fields[bound], bound))
            for bound in ("min", "max")
            if optional(fields, bound) is not None
        }
        if bounds and kind not in NUMERIC:
            page.report(node, f"{what} is {kind}, which has no 'min' or 'max'.", "Remove them.")
        return FactDefinition(
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
            derived_from=tuple(derived_from),
        )

    def _known(self, fields: Mapping[str, yaml.Node], field: str, known: Mapping[str, Label]) -> str:
        if field not in fields:
            return "?"
        word = self.page.word(fields[field], field)
        if word != "?" and word not in known:
            self.page.report(fields[field], f"There is no {field} {word!r}.", did_you_mean(word, known))
        return word

    def _categories(self, fields: Mapping[str, yaml.Node]) -> dict[str, Label]:
        """`categories` may be an anchor shared by several facts; `also` adds this fact's own words."""
        found: dict[str, Label] = {}
        for field in ("categories", "also"):
            if (node := optional(fields, field)) is not None:
                for word, (_, label) in self.page.mapping(node, field).items():
                    found[word] = self.page.label(label, f"category {word!r}")
        return found
