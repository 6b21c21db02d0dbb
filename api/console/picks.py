"""What the editor's pickers offer: an audience's facts and the parameters, by label in both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.console.reading import parameter_shown, quantity_label
from api.console.rules.fitting import dimension_of
from api.language import Language
from catalogue.loader import Catalogue
from domain.facts import Audience, FactDefinition, Label


def picks(words: Catalogue, audience: Audience, day: date, language: Language) -> dict[str, Any]:
    """As the page's script reads them: `[name, shown, beside, searched, what it compares with]` each.

    Word lists that several facts share (regions, districts) are sent once.
    """
    vocabulary = words.vocabulary
    lists: list[list[list[str]]] = []
    seen: dict[tuple[str, ...], int] = {}
    facts, places = [], {}
    for fact in vocabulary.of(audience).values():
        register = vocabulary.registers[fact.register].text(language)
        facts.append(
            [
                fact.name,
                fact.label.text(language),
                f"{register} · {fact.name}",
                _searched(fact.name, fact.label),
                _fits(fact),
            ]
        )
        if fact.categories:
            key = tuple(fact.categories)
            if key not in seen:
                seen[key] = len(lists)
                lists.append(
                    [
                        [word, label.text(language), word, _searched(word, label), ""]
                        for word, label in fact.categories.items()
                    ]
                )
            places[fact.name] = seen[key]
    parameters = []
    for parameter in words.parameters.values():
        value = parameter_shown(parameter, day).value
        now = quantity_label(value, parameter.unit, vocabulary).text(language) if value is not None else "—"
        label = parameter.label
        beside = f"{now} · {parameter.name}"
        parameters.append(
            [
                parameter.name,
                label.text(language),
                beside,
                _searched(parameter.name, label),
                dimension_of(parameter.unit),
            ]
        )
    return {"fact": facts, "param": parameters, "lists": lists, "words": places}


def _searched(name: str, label: Label) -> str:
    return f"{label.zh} {label.en} {name} {name.replace('_', ' ')}".casefold()


def _fits(fact: FactDefinition) -> str:
    return f"{fact.type.value} {dimension_of(fact.unit)}"
