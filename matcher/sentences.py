"""Reasons worded for people, in Chinese and English, from the vocabulary's labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from domain.decision import Decision, Outcome, Reason
from domain.facts import FactDefinition, FactType, Value, Vocabulary


class Sentences:
    """Reasons worded for people in one language ("zh" or "en"), from the vocabulary's labels."""

    def __init__(self, vocabulary: Vocabulary, language: str) -> None:
        self.vocabulary = vocabulary
        self.language = language
        self._words = _EN if language == "en" else _ZH

    def of(self, decision: Decision, facts: Mapping[str, FactDefinition]) -> list[str]:
        """One sentence a decisive reason, in the rule's order, each said once, of a ladder's steps the telling one."""
        decisive = [reason for reason in decision.reasons if reason.decisive]
        telling = [one for one in decisive if not any(_says_more(other, one) for other in decisive)]
        missing = Counter(reason.fact for reason in telling if reason.outcome is Outcome.MISSING)
        said = (self._told(reason, facts[reason.fact], missing[reason.fact]) for reason in telling)
        return list(dict.fromkeys(said))

    def _told(self, reason: Reason, fact: FactDefinition, times_missing: int) -> str:
        if reason.outcome is Outcome.MISSING and times_missing > 1:
            # A rule with a threshold for each industry would ask for the same fact in ten ways.
            return self._words["missing"].format(requirement=fact.label.text(self.language))
        return self.sentence(reason, fact)

    def sentence(self, reason: Reason, fact: FactDefinition) -> str:
        requirement = self.requirement(reason, fact)
        if reason.outcome is Outcome.MISSING:
            return self._words["missing"].format(requirement=requirement)
        source = self.vocabulary.registers.get(reason.source or "")
        return self._words[reason.outcome.value].format(
            requirement=requirement,
            value=self.shown(reason.value, fact),
            source=source.text(self.language) if source else self._words["event"],
            as_of=self._day(reason.as_of) if reason.as_of else self._words["undated"],
        )

    def requirement(self, reason: Reason, fact: FactDefinition) -> str:
        """What the fact must be, without what it is."""
        label = fact.label.text(self.language)
        if fact.type is FactType.BOOLEAN:
            return self._words["is" if reason.threshold is True else "is not"].format(label=label)
        bounds = reason.threshold if isinstance(reason.threshold, tuple) else (reason.threshold,)
        shown = [self.shown(bound, fact) for bound in bounds]
        if "between" in reason.operator:
            if self.language == "en" and fact.type is not FactType.DATE:
                shown[0] = _number(bounds[0])  # the unit is said once: from 50 to 74 years
            return self._words[reason.operator].format(label=label, low=shown[0], high=shown[1])
        return self._words[reason.operator].format(label=label, bound=self._listed(shown))

    def shown(self, value: Value, fact: FactDefinition) -> str:
        """A value as people read it: with its unit, its category's label; empty when unknown."""
        if isinstance(value, bool):
            return self._words["true" if value else "false"]
        if isinstance(value, str):
            label = fact.categories.get(value)
            return label.text(self.language) if label else value
        if isinstance(value, int | float):
            unit = self.vocabulary.units[fact.unit].text(self.language)
            if self.language == "en" and value == 1 and fact.unit in _COUNTED:
                unit = unit.removesuffix("s")
            gap = " " if self.language == "en" and unit and unit != "%" else ""
            return _number(value) + gap + unit
        return self._day(value) if value else ""

    def _day(self, day: date) -> str:
        if self.language == "en":
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"

    def _listed(self, shown: list[str]) -> str:
        if len(shown) == 1:
            return shown[0]
        return self._words["comma"].join(shown[:-1]) + self._words["or"] + shown[-1]


def _says_more(other: Reason, one: Reason) -> bool:
    """Whether `one` follows from `other`: who has 120 months has 12, and who lacks 12 months lacks 120."""
    if (one.fact, one.operator, one.outcome) != (other.fact, other.operator, other.outcome):
        return False
    here, there = one.threshold, other.threshold
    if not isinstance(here, int | float) or not isinstance(there, int | float) or one.outcome is Outcome.MISSING:
        return False
    higher_says_more = one.operator in (">", ">=") if one.outcome is Outcome.MET else one.operator in ("<", "<=")
    return one.operator in ("<", "<=", ">", ">=") and (there > here if higher_says_more else there < here)


def _number(value: Value) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


_COUNTED = frozenset({"years", "months", "days", "persons", "times", "points", "hours"})
"""Units of the vocabulary whose English plural ends in s."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


_ZH = {
    "met": "符合：{requirement}，登记为{value}（{source}，{as_of}）",
    "unmet": "不符合：{requirement}，登记为{value}（{source}，{as_of}）",
    "missing": "待确认：{requirement}，登记信息中没有这一项",
    "event": "办事与申报信息",
    "undated": "日期不详",
    "is": "“{label}”须为“是”",
    "is not": "“{label}”须为“否”",
    "<": "{label}须低于{bound}",
    "<=": "{label}须不超过{bound}",
    ">": "{label}须高于{bound}",
    ">=": "{label}须不低于{bound}",
    "==": "{label}须为{bound}",
    "!=": "{label}须不为{bound}",
    "in": "{label}须为{bound}",
    "not in": "{label}须不为{bound}",
    "between": "{label}须在{low}至{high}之间",
    "not between": "{label}须不在{low}至{high}之间",
    "or": "或",
    "comma": "、",
    "true": "是",
    "false": "否",
}

_EN = {
    "met": "Met: {requirement}; on record: {value} ({source}, {as_of}).",
    "unmet": "Not met: {requirement}; on record: {value} ({source}, {as_of}).",
    "missing": "To be confirmed: {requirement}; the registers do not say.",
    "event": "reported life event",
    "undated": "date unknown",
    "is": "“{label}” must apply",
    "is not": "“{label}” must not apply",
    "<": "{label} must be below {bound}",
    "<=": "{label} must be at most {bound}",
    ">": "{label} must be above {bound}",
    ">=": "{label} must be at least {bound}",
    "==": "{label} must be {bound}",
    "!=": "{label} must not be {bound}",
    "in": "{label} must be {bound}",
    "not in": "{label} must not be {bound}",
    "between": "{label} must be from {low} to {high}",
    "not between": "{label} must not be from {low} to {high}",
    "or": " or ",
    "comma": ", ",
    "true": "yes",
    "false": "no",
}
