"""What the benefits' data and texts say, worked out in plain Python: the judge of what the converter made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from tests.reference.usagov import Condition, Criterion

TODAY = date(2026, 11, 24)
Answers = Mapping[str, Any]


def _age(person: Answers) -> int:
    """Completed years on TODAY."""
    born: date = person["applicant_date_of_birth"]
    return TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))


def _under_18_or_pupil(person: Answers) -> bool:
    return _age(person) < (19 if person["full_time_school_student"] else 18)


def _under_18_or_student(person: Answers) -> bool:
    return _age(person) < (23 if person["attends_va_approved_school"] else 18)


def _18_to_64(person: Answers) -> bool:
    return _age(person) in range(18, 65)


TEXTS: Mapping[str, Callable[[Answers], bool]] = {
    "ssa-disability-insurance-child": _under_18_or_pupil,
    "ssa-retirement-benefits-child": _under_18_or_pupil,
    "ssa-survivor-benefits-child": _under_18_or_pupil,
    "va-dependency-and-indemnity-compensation-child": _under_18_or_student,
    "va-health-care-program-for-surviving-child": _under_18_or_student,
    "va-survivor-pension-child": _under_18_or_student,
    "ssa-supplemental-security-income_adult": _18_to_64,
    "ssa-ticket-to-work": _18_to_64,
    "ssa-survivor-benefits-parents": lambda person: person["half_support_from_deceased"] and _age(person) >= 62,
    "ssa-survivor-benefits-spouse": lambda person: (
        person["applicant_marriage_length"] if person["applicant_marital_status"] == "divorced" else True
    ),
    "va-health-care-program-for-dependent": lambda person: (
        person["applicant_marital_status"] in {"not married", "widowed"}
    ),
}
"""What the texts say that are read by hand, in Python, for answers that are all given."""


def possible_answers(criterion: Criterion) -> tuple[bool | str | date, ...]:
    match criterion.type:
        case "boolean":
            return (True, False)
        case "date":
            return tuple(_days_that_matter())
    return criterion.words


def _days_that_matter() -> list[date]:
    """The days around each limit that a benefit sets, as of TODAY, up to TODAY."""
    limits = [TODAY.replace(year=TODAY.year - years) for years in (2, 18, 19, 23, 50, 60, 62, 64, 65)]
    limits += [date(1978, 1, 1), date(2020, 1, 20)]
    return [limit + timedelta(days=step) for limit in limits for step in (-400, -1, 0, 1)] + [TODAY]


def accepts(condition: Condition, answer: bool | str | date | None) -> bool | None:
    """Whether the acceptable values name the answer, worked out without the language."""
    if answer is None:
        return None
    if not isinstance(answer, date):
        return answer in condition.accepted
    return all(_in_bound(answer, str(bound)) for bound in condition.accepted)


def _in_bound(day: date, bound: str) -> bool:
    if years := re.fullmatch(r"[<>](\d+)years", bound):
        age = _age({"applicant_date_of_birth": day})
        return age >= int(years[1]) if bound[0] == ">" else age < int(years[1])
    month, of_month, year = map(int, bound[1:].split("-"))
    limit = date(year, month, of_month)
    return day > limit if bound[0] == ">" else day < limit
