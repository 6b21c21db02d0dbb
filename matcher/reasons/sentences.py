"""Reasons worded for people, in Chinese and English, from the vocabulary's labels."""

from __future__ import annotations

from collections import Counter
from datetime import date

from domain.decision import Decision, Evidence, Outcome, Reason
from domain.facts import FactDefinition, Value, Vocabulary
from domain.terms import FactRef
from matcher.reasons.wording import Facts, Wording, is_age, period_of


class Sentences:
    """Reasons worded in one language ("zh" or "en"); `facts` are the definitions of the policy's audience."""

    def __init__(self, vocabulary: Vocabulary, language: str) -> None:
        self.vocabulary = vocabulary
        self.language = language
        self._wording = Wording(vocabulary, language)
        self._phrases = self._wording.phrases

    def of(self, decision: Decision, facts: Facts) -> list[str]:
        """One sentence a decisive reason, in the rule's order, each said once, of a ladder's steps the telling one."""
        decisive = [reason for reason in decision.reasons if reason.decisive]
        telling = [one for one in decisive if not any(_says_more(other, one) for other in decisive)]
        missing = Counter(one.requirement.facts for one in telling if one.outcome is Outcome.MISSING)
        return list(dict.fromkeys(self._told(one, facts, missing[one.requirement.facts]) for one in telling))

    def _told(self, reason: Reason, facts: Facts, times_missing: int) -> str:
        if reason.outcome is Outcome.MISSING and times_missing > 1 and len(reason.requirement.facts) == 1:
            # A rule with a threshold for each industry would ask for the same fact in ten ways.
            label = facts[reason.fact].label.text(self.language)
            return self._phrases["missing"].format(requirement=label, some_of="")
        return self.sentence(reason, facts)

    def sentence(self, reason: Reason, facts: Facts) -> str:
        """What is asked, what is known, and whether it fits."""
        some_of = ""
        if reason.requirement.some_of is not None:
            count, of = reason.requirement.some_of
            some_of = self._phrases["some of"].format(count=count, of=of)
        requirement = self.requirement(reason, facts)
        unknown = [one.fact for one in reason.evidence if one.value is None]
        if reason.outcome is not Outcome.MISSING:
            return self._phrases[reason.outcome.value].format(
                requirement=requirement, some_of=some_of, known=self._known(reason, facts)
            )
        if not unknown:
            known = self._known(reason, facts)
            return self._phrases["unclear"].format(requirement=requirement, some_of=some_of, known=known)
        if len(reason.evidence) == 1:
            return self._phrases["missing"].format(requirement=requirement, some_of=some_of)
        labels = self._wording.listed([facts[name].label.text(self.language) for name in unknown])
        return self._phrases["partly"].format(requirement=requirement, some_of=some_of, facts=labels)

    def requirement(self, reason: Reason, facts: Facts) -> str:
        """What must be, without what is."""
        return self._wording.requirement(reason, facts)

    def shown(self, value: Value, fact: FactDefinition) -> str:
        """A value as people read it: with its unit, its category's label; empty when unknown."""
        return self._wording.value(value, fact)

    def _known(self, reason: Reason, facts: Facts) -> str:
        """What the registers say of it, with source and date."""
        asked = reason.requirement
        period = period_of(asked)
        if period is not None and len(reason.evidence) == 1:
            return self._date_known(reason, facts)
        if len(reason.evidence) == 1 and isinstance(asked.clause.left, FactRef):
            [one] = reason.evidence
            value = self.shown(one.value, facts[one.fact])
            return self._phrases["on record"].format(value=value, **self._origin(one))
        evidence = self._phrases["between evidence"].join(
            self._phrases["evidence"].format(
                label=facts[one.fact].label.text(self.language),
                value=self.shown(one.value, facts[one.fact]),
                **self._origin(one),
            )
            for one in reason.evidence
        )
        if isinstance(asked.clause.left, FactRef) or reason.value is None:
            return self._phrases["compared"].format(evidence=evidence)
        value = self._wording.worked_out(reason.value, asked)
        return self._phrases["worked out"].format(value=value, evidence=evidence)

    def _date_known(self, reason: Reason, facts: Facts) -> str:
        """The day that a period is counted from or to, and how long it is."""
        [one] = reason.evidence
        asked = reason.requirement
        period = period_of(asked)
        assert period is not None, "only a period has a day known"
        assert isinstance(one.value, date), "only a date begins or ends a period"
        age = is_age(asked, facts)
        kind = "out of range" if reason.value is None else "age known" if age else f"{period.ends} known"
        return self._phrases[kind].format(
            label=facts[one.fact].label.text(self.language),
            event=self._wording.event(FactRef(one.fact), asked, facts),
            day=self._wording.day(one.value),
            value="" if reason.value is None else self._wording.duration(reason.value, period.unit, age=age),
            **self._origin(one),
        )

    def _origin(self, one: Evidence) -> dict[str, str]:
        source = self.vocabulary.registers.get(one.source or "")
        return {
            "source": source.text(self.language) if source else self._phrases["event"],
            "as_of": self._wording.day(one.as_of) if one.as_of else self._phrases["undated"],
        }


def _says_more(other: Reason, one: Reason) -> bool:
    """Whether `one` follows from `other`: who has 120 months has 12, and who lacks 12 months lacks 120."""
    here, there = one.requirement, other.requirement
    if one.outcome is Outcome.MISSING or one.outcome is not other.outcome:
        return False
    if (here.clause.left, here.operator) != (there.clause.left, there.operator):
        return False
    low, high = one.threshold, other.threshold
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return False
    higher_says_more = here.operator in (">", ">=") if one.outcome is Outcome.MET else here.operator in ("<", "<=")
    return here.operator in ("<", "<=", ">", ">=") and (high > low if higher_says_more else high < low)
