"""What the console says, in Chinese and English: texts by dotted names, with named gaps.

A language's files are `zh.json`, `zh.publishing.json` and so on; what they say is put together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from api.language import LANGUAGES, Language

_FOLDER = Path(__file__).resolve().parent


def _flat(part: object, name: str = "") -> dict[str, str]:
    if isinstance(part, dict):
        return {
            full: text
            for key, below in part.items()
            for full, text in _flat(below, f"{name}.{key}" if name else key).items()
        }
    assert isinstance(part, str), f"{name} is no text"
    return {name: part}


def _texts(language: Language) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(_FOLDER.glob(f"{language}*.json")):
        more = _flat(json.loads(file.read_text(encoding="utf-8")))
        assert not found.keys() & more.keys(), f"{file.name} says again {sorted(found.keys() & more.keys())}"
        found |= more
    return found


TEXTS: Mapping[Language, Mapping[str, str]] = {language: _texts(language) for language in LANGUAGES.values()}


class Texts:
    """The texts of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = TEXTS[language]

    def __call__(self, name: str, /, **gaps: object) -> str:
        """The text of that name, gaps filled; KeyError for one that is not there, which is a bug."""
        text = self._texts[name]
        return text.format(**gaps) if gaps else text

    def get(self, name: str) -> str | None:
        return self._texts.get(name)

    def below(self, name: str) -> dict[str, str]:
        """All texts below a name, such as those that the script needs."""
        start = f"{name}."
        return {key.removeprefix(start): text for key, text in self._texts.items() if key.startswith(start)}
