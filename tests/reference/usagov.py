"""The federal benefits of GSA's usagov-benefits-eligibility (CC0), said in the language of this project's rules.

The data is read where it lies: `content/criteria.csv` (the questions, with type and words), `content/benefits/*.md`
(front matter: each benefit's `eligibility`, a list of conditions that must all hold, each with its acceptable values)
and `locales/en` (the texts behind the keys). An answer that is missing is unknown.

A date's acceptable value is encoded: `>65years` is 65 completed years and more (the texts say "at least 65", and a
birthday counts), `<18years` fewer than 18, `<01-01-1978` (month-day-year) before that day.

A few conditions say more in their text than in their encoding. There the text rules, since it is what people read and
answer: READINGS has these by hand, with what the encoding leaves out.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from domain.facts import Audience, FactDefinition, FactType, Label, Vocabulary
from domain.policy import Benefit, DeliveryMode, Document, Kind, Level, NoMoney, Period, Policy, Verification
from domain.rules import parse

REGISTER = "answers"
HEADING = ""  # the type of a row of criteria.csv that opens a group of questions and is none itself
TYPES = {
    "boolean": FactType.BOOLEAN,
    "date": FactType.DATE,
    "radio": FactType.CATEGORY,
    "select": FactType.CATEGORY,
}
FREE_TEXT = "location"  # a postcode in any form; the vocabulary has no such facts, and no benefit reads it

ASKED_IN_PASSING = {
    "full_time_school_student": "You are a full-time student in an elementary or secondary school.",
    "attends_va_approved_school": "You attend a school that the VA has approved.",
    "half_support_from_deceased": "The person who died paid at least half of your support.",
}
"""What some texts ask though criteria.csv has no question for it: facts that nobody answered are unknown."""

_BORN = "years_since(applicant_date_of_birth)"
_UNDER_18_OR_PUPIL = {"any": [f"{_BORN} < 18", {"all": [f"{_BORN} < 19", "full_time_school_student"]}]}
_UNDER_18_OR_STUDENT = {"any": [f"{_BORN} < 18", {"all": [f"{_BORN} < 23", "attends_va_approved_school"]}]}
_18_TO_64 = f"{_BORN} between 18 and 64"
READINGS: Mapping[tuple[str, str], Any] = {
    # "Under 18 (under 19 if a full-time student ...)": the encoding has the 18 only.
    ("ssa-disability-insurance-child", "applicant_date_of_birth"): _UNDER_18_OR_PUPIL,
    ("ssa-retirement-benefits-child", "applicant_date_of_birth"): _UNDER_18_OR_PUPIL,
    ("ssa-survivor-benefits-child", "applicant_date_of_birth"): _UNDER_18_OR_PUPIL,
    # The same with 23 and a VA-approved school.
    ("va-dependency-and-indemnity-compensation-child", "applicant_date_of_birth"): _UNDER_18_OR_STUDENT,
    ("va-health-care-program-for-surviving-child", "applicant_date_of_birth"): _UNDER_18_OR_STUDENT,
    ("va-survivor-pension-child", "applicant_date_of_birth"): _UNDER_18_OR_STUDENT,
    # "18 to 64 years old": the encoding, below 64, shuts out those who are 64.
    ("ssa-supplemental-security-income_adult", "applicant_date_of_birth"): _18_TO_64,
    ("ssa-ticket-to-work", "applicant_date_of_birth"): _18_TO_64,
    # "At least 62 and dependent on the deceased for at least half": the encoding has the 62 only.
    ("ssa-survivor-benefits-parents", "applicant_date_of_birth"): {
        "all": [f"{_BORN} >= 62", "half_support_from_deceased"]
    },
    # "If divorced, your marriage lasted at least 10 years": the encoding asks it of widows as well.
    ("ssa-survivor-benefits-spouse", "applicant_marriage_length"): {
        "any": ["applicant_marital_status != divorced", "applicant_marriage_length"]
    },
    # The encoding accepts "unmarried", a word that the question does not offer; its own is "not married".
    ("va-health-care-program-for-dependent", "applicant_marital_status"): (
        'applicant_marital_status in ["not married", widowed]'
    ),
}


@dataclass(frozen=True)
class Criterion:
    """One question; `words` are the answers it offers, in English, and empty unless it is a choice."""

    key: str
    type: str
    text: str
    words: tuple[str, ...]

    @property
    def fact(self) -> str:
        return fact_name(self.key)


@dataclass(frozen=True)
class Condition:
    """One line of a benefit's eligibility: `accepted` values as they stand, `encoded` and `rule` as our trees."""

    criterion: Criterion
    accepted: tuple[bool | str, ...]
    text: str
    encoded: Any
    rule: Any


@dataclass(frozen=True)
class FederalBenefit:
    id: str
    title: str
    conditions: tuple[Condition, ...]


def fact_name(key: str) -> str:
    """A criterion's key as the name of a fact, in which a hyphen would be a minus."""
    return key.replace("-", "_")


def read_criteria(folder: Path) -> dict[str, Criterion]:
    """The questions by key, headings left out."""
    texts = _texts(folder / "locales" / "en" / "criteria.json")
    with (folder / "content" / "criteria.csv").open(encoding="utf-8", newline="") as rows:
        found = [
            Criterion(
                row["criteriaKey"],
                row["type"],
                texts[row["criteria.criteriaKey.label"]],
                tuple(texts[key] for key in row["values"].split(";") if key)
                if row["type"] in ("radio", "select")
                else (),
            )
            for row in csv.DictReader(rows)
            if row["type"] != HEADING
        ]
    criteria = {criterion.key: criterion for criterion in found}
    if len({criterion.fact for criterion in found} | ASKED_IN_PASSING.keys()) != len(found) + len(ASKED_IN_PASSING):
        raise ValueError("Two criteria would become one fact.")
    return criteria


def read_benefits(folder: Path, criteria: Mapping[str, Criterion]) -> list[FederalBenefit]:
    """All benefits in the order of their files; raises ValueError where a condition cannot be said."""
    return [_benefit(folder, page, criteria) for page in sorted((folder / "content" / "benefits").glob("*.md"))]


def vocabulary(criteria: Mapping[str, Criterion]) -> Vocabulary:
    """The questions, and what is asked in passing, as facts about a citizen."""
    facts = [
        _fact(one.fact, TYPES[one.type], one.text, one.words) for one in criteria.values() if one.type != FREE_TEXT
    ] + [_fact(name, FactType.BOOLEAN, text, ()) for name, text in ASKED_IN_PASSING.items()]
    return Vocabulary(
        {Audience.CITIZEN: {fact.name: fact for fact in facts}, Audience.ENTERPRISE: {}},
        {REGISTER: Label("答复", "Answers")},
        {"none": Label("", "")},
    )


def policy(benefit: FederalBenefit) -> Policy:
    """The benefit as a policy whose rule is `all` of its conditions, one item each."""
    title = Label(benefit.title, benefit.title)
    since = date(2022, 1, 1)
    return Policy(
        id=benefit.id, version=1, audience=Audience.CITIZEN, domain="social_assistance", kind=Kind.SERVICE,
        level=Level.NATIONAL, title=title, summary=title, agency=title, document=Document(benefit.title),
        verification=Verification.TEXT_READ, true_on=since, effective_from=since, effective_to=None,
        eligibility=parse({"all": [condition.rule for condition in benefit.conditions]}),
        benefit=Benefit(NoMoney(), Period.ONCE), delivery_mode=DeliveryMode.INFORM,
    )  # fmt: skip


def _benefit(folder: Path, page: Path, criteria: Mapping[str, Criterion]) -> FederalBenefit:
    texts = _texts(folder / "locales" / "en" / "benefits" / f"{page.stem}.json")
    front = next(iter(yaml.safe_load_all(page.read_text(encoding="utf-8"))))
    conditions = tuple(_condition(page.stem, line, texts, criteria) for line in front["eligibility"])
    return FederalBenefit(page.stem, texts[front["title"]], conditions)


def _condition(
    benefit: str, line: Mapping[str, Any], texts: Mapping[str, str], criteria: Mapping[str, Criterion]
) -> Condition:
    if not {"criteriaKey", "acceptableValues"} <= line.keys() <= {"criteriaKey", "acceptableValues", "label"}:
        raise ValueError(f"{benefit}: a condition with the fields {sorted(line)} is not understood.")
    criterion = criteria[line["criteriaKey"]]
    accepted = tuple(texts.get(value, value) if isinstance(value, str) else value for value in line["acceptableValues"])
    encoded = _encoded(criterion, accepted)
    return Condition(
        criterion,
        accepted,
        texts[line["label"]] if "label" in line else criterion.text,
        encoded,
        READINGS.get((benefit, criterion.key), encoded),
    )


def _encoded(criterion: Criterion, accepted: tuple[bool | str, ...]) -> Any:
    """The acceptable values as a clause, or as several that must all hold where they bound a date."""
    if criterion.type == "date":
        bounds = [_bound(criterion.fact, str(value)) for value in accepted]
        return bounds[0] if len(bounds) == 1 else {"all": bounds}
    if criterion.type == FREE_TEXT:
        raise ValueError(f"A rule on {criterion.key} cannot be said: places are not free text.")
    words = [f'"{value}"' if isinstance(value, str) else str(value).lower() for value in accepted]
    return f"{criterion.fact} in [{', '.join(words)}]"


def _bound(fact: str, encoded: str) -> str:
    if match := re.fullmatch(r"([<>])(\d+)(years|months|days)", encoded):
        symbol, count, unit = match.groups()
        return f"{unit}_since({fact}) {'>=' if symbol == '>' else '<'} {count}"
    if match := re.fullmatch(r"([<>])(\d\d)-(\d\d)-(\d{4})", encoded):
        symbol, month, day, year = match.groups()
        return f"{fact} {symbol} {date(int(year), int(month), int(day))}"
    raise ValueError(f"{fact}: the date encoding {encoded!r} is not understood.")


def _fact(name: str, kind: FactType, text: str, words: tuple[str, ...]) -> FactDefinition:
    return FactDefinition(
        name,
        Audience.CITIZEN,
        kind,
        "none",
        Label(text, text),
        REGISTER,
        365,
        {word: Label(word, word) for word in words},
    )


def _texts(page: Path) -> dict[str, str]:
    texts: dict[str, str] = json.loads(page.read_text(encoding="utf-8"))
    return texts
