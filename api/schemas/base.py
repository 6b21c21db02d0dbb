"""What the shapes share: bilingual labels, text that can be stored, a fact's value in JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain import facts

Value = bool | int | float | str | None
"""A fact's value in JSON: dates as YYYY-MM-DD, null for unknown."""


def _storable(text: str) -> str:
    # PostgreSQL keeps no NUL, and UTF-8 no half of a surrogate pair; JSON can carry both.
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("must be text without NUL and without half surrogate pairs")
    return text


Text = Annotated[str, AfterValidator(_storable)]


class Request(BaseModel):
    """A body from outside: an unknown field is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Label(Answer):
    """A text for people, in Chinese and English."""

    zh: str = Field(examples=["老年综合津贴"])
    en: str = Field(examples=["Comprehensive allowance for the elderly"])

    @classmethod
    def of(cls, label: facts.Label) -> Label:
        return cls(zh=label.zh, en=label.en)


def value_of(value: facts.Value) -> Value:
    return value.isoformat() if isinstance(value, date) else value


def example(value: dict[str, Any]) -> dict[str, Any]:
    """The schema's extra part that shows one whole example."""
    return {"examples": [value]}
