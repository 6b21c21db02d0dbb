"""What lies ahead in sentences for people, in Chinese and English, from the vocabulary's labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from domain.decision import Verdict
from domain.expression import Clause, Compare
from domain.facts import Audience, FactDefinition, FactType, Value, Vocabulary
from domain.policy import Policy
from domain.terms import PERIODS, Call
from matcher.outlook.forecast import Cause, Flip, Forecast
from matcher.outlook.near_miss import NearMiss
from matcher.outlook.questions import Question
from matcher.reasons.requirements import OPPOSITE

_ROUNDED = 1e-9  # Chances are sums of shares.
_NAMED = 3  # More titles than this make nobody read on.


class OutlookSentences:
    """For subjects of one audience, in one language ("zh" or "en")."""

    def __init__(self, vocabulary: Vocabulary, audience: Audience, language: str) -> None:
        self.vocabulary = vocabulary
        self.facts: Mapping[str, FactDefinition] = vocabulary.of(audience)
        self.audience = audience
        self.language = language
        self._words = _EN if language == "en" else _ZH

    def forecast(self, one: Forecast) -> str:
        """What turns, when and why or, where nothing does, until when that is known."""
        title = one.policy.title.text(self.language)
        if one.flip is not None:
            return self._flip(one.flip, title)
        kind = "steady" if one.parameter is None else "law ends"
        return self._words[kind].format(
            title=title, verdict=self._words[one.verdict], until=self._day(one.until), parameter=one.parameter
        )

    def fixed(self, one: Forecast) -> str | None:
        """What was taken as it is though time changes it; None where there is no such fact."""
        if not one.fixed:
            return None
        return self._words["fixed"].format(facts=self._listed(self._label(name) for name in one.fixed))

    def near_miss(self, one: NearMiss) -> str:
        """What is missing and how much of it, and whether time alone will bring it."""
        said = self._words["near"].format(title=one.policy.title.text(self.language), lacking=self._lacking(one))
        if one.then is Verdict.UNKNOWN:
            said += self._words["then open"]
        if one.on is not None:
            said += self._words["by itself"].format(on=self._day(one.on))
        return said + self._words["stop"]

    def question(self, one: Question) -> str:
        """Why the fact is asked for."""
        label = self._label(one.fact)
        if one.gain_fen:
            paying = [stake.policy for stake in one.stakes if stake.most_fen]
            return self._words[f"gain {self.audience}"].format(
                label=label, yuan=_yuan(one.gain_fen), titles=self._titles(paying)
            )
        surely, perhaps = (
            [stake.policy for stake in one.stakes if stake.chance > least] for least in (1.0 - _ROUNDED, 0.0)
        )
        kind = "settles" if surely else "may settle" if perhaps else "part"
        concerned = surely or perhaps or [stake.policy for stake in one.stakes]
        return self._words[kind].format(label=label, titles=self._titles(concerned))

    def _flip(self, flip: Flip, title: str) -> str:
        # A policy's own first or last day turns it by no clause.
        facts = self._subjects(flip.clauses) if flip.clauses else ""
        because = self._words[flip.cause].format(facts=facts)
        return self._words["flip"].format(
            title=title, on=self._day(flip.on), because=because,
            before=self._words[flip.before], after=self._words[flip.after],
        )  # fmt: skip

    def _lacking(self, one: NearMiss) -> str:
        label = self._quantity(one.clause)
        if one.distance is not None:
            return self._far(one, one.distance, label)
        fact = self.facts[one.clause.facts()[0]]
        if fact.type is FactType.BOOLEAN and len(one.words) == 1 and not one.others:
            return self._words["must be" if one.words[0] is True else "must not be"].format(label=label)
        words = self._listed((self._word(value, fact) for value in one.words), self._words["or"])
        return self._words["none of" if one.others else "one of"].format(label=label, words=words)

    def _far(self, one: NearMiss, distance: float, label: str) -> str:
        """How far a quantity lies from its threshold; nobody is told to be a degree of disability short."""
        if distance == 0:
            symbol = one.clause.test.operator if isinstance(one.clause.test, Compare) else ""
            kind = symbol if one.wanted else OPPOSITE.get(symbol, "")
            if kind in ("<", ">") and isinstance(one.value, int | float):
                return self._words[kind].format(label=label, value=self._amount(one.value, one))
            return self._words["exactly"].format(label=label)
        if one.unit == "level":
            return self._words["level"].format(label=label)
        kinds = ("early", "late") if isinstance(one.value, date) else ("short", "beyond")
        return self._words[kinds[distance < 0]].format(label=label, distance=self._amount(abs(distance), one))

    def _quantity(self, clause: Clause) -> str:
        label = self._subjects([clause])
        period = PERIODS.get(clause.left.function) if isinstance(clause.left, Call) else None
        return label if period is None or len(clause.facts()) != 1 else self._words[period.ends].format(label=label)

    def _amount(self, distance: float, one: NearMiss) -> str:
        number = f"{distance:,.2f}".removesuffix(".00")
        number = number if one.unit.startswith("cny") or "." not in number else number.rstrip("0")
        counted = isinstance(one.clause.left, Call) or isinstance(one.value, date)
        if counted and one.unit in ("years", "months", "days"):
            unit = self._words[f"span {one.unit}"]
        else:
            unit = self.vocabulary.units[one.unit].text(self.language) if one.unit in self.vocabulary.units else ""
        if self.language == "zh" or not unit or unit == "%":
            return number + unit
        return f"{number} {unit.removesuffix('s') if distance == 1 and unit in _COUNTED else unit}"

    def _word(self, value: Value, fact: FactDefinition) -> str:
        if isinstance(value, date):
            return self._day(value)
        if isinstance(value, bool):
            return self._words["yes" if value else "no"]
        label = fact.categories.get(value) if isinstance(value, str) else None
        return label.text(self.language) if label else f"{value:g}" if isinstance(value, float) else str(value)

    def _subjects(self, some: Iterable[Clause]) -> str:
        """What clauses are about: their facts by label, each once."""
        return self._listed(dict.fromkeys(self._label(name) for clause in some for name in clause.facts()))

    def _label(self, name: str) -> str:
        return self.facts[name].label.text(self.language)

    def _titles(self, policies: Iterable[Policy]) -> str:
        titles = [self._words["title"].format(title=policy.title.text(self.language)) for policy in policies]
        shown = self._listed(titles[:_NAMED])
        return shown + (self._words["and more"].format(count=len(titles)) if len(titles) > _NAMED else "")

    def _listed(self, shown: Iterable[str], last: str | None = None) -> str:
        *rest, end = shown
        return self._words["comma"].join(rest) + (last or self._words["and"]) + end if rest else end

    def _day(self, day: date) -> str:
        if self.language == "en":
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}".removesuffix(".00")


_COUNTED = frozenset({"years", "months", "days", "persons", "times", "points", "hours"})
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ZH = {
    Verdict.ELIGIBLE: "符合",
    Verdict.INELIGIBLE: "不符合",
    Verdict.UNKNOWN: "待确认",
    "flip": "{on}起，“{title}”由“{before}”变为“{after}”：{because}",
    Cause.TIME: "届时变化的是{facts}",
    Cause.PARAMETER: "涉及{facts}的标准届时调整",
    Cause.BEGINS: "政策自该日施行",
    Cause.ENDS: "政策前一日到期",
    "steady": "“{title}”：{verdict}，若情况不变，到{until}都是如此",
    "law ends": "“{title}”：{verdict}，只能预计到{until}，此后的标准（{parameter}）尚未公布",
    "fixed": "{facts}按现有登记计算，未随时间推算",
    "near": "“{title}”只有一项条件不符合：{lacking}",
    "then open": "；满足后仍有情况待确认",
    "by itself": "；无需办理，{on}自然满足",
    "stop": "。",
    "short": "{label}低于要求{distance}",
    "beyond": "{label}超出要求{distance}",
    "early": "{label}比要求早{distance}",
    "late": "{label}比要求晚{distance}",
    "level": "{label}不在要求的范围内",
    "<": "{label}须低于{value}",
    ">": "{label}须高于{value}",
    "exactly": "{label}恰为规定的限值，尚不符合",
    "must be": "“{label}”须为“是”",
    "must not be": "“{label}”须为“否”",
    "one of": "{label}须为{words}",
    "none of": "{label}须不是{words}",
    "gain citizen": "问“{label}”这一项，是因为它可能让您每年多得{yuan}元（{titles}）。",
    "gain enterprise": "问“{label}”这一项，是因为它可能让贵企业每年多得{yuan}元（{titles}）。",
    "settles": "问“{label}”这一项，是因为由它就能确定是否符合{titles}。",
    "may settle": "问“{label}”这一项，是因为它的答案可能就足以确定是否符合{titles}。",
    "part": "问“{label}”这一项，是因为{titles}要看它，也要看其他未知情况。",
    "title": "“{title}”",
    "and more": "等{count}项",
    "comma": "、",
    "and": "和",
    "or": "或",
    "yes": "是",
    "no": "否",
    "since": "距{label}的时间",
    "until": "到{label}的时间",
    "between": "{label}与规定日期之间的时间",
    "span years": "年",
    "span months": "个月",
    "span days": "天",
}
_EN = {
    Verdict.ELIGIBLE: "eligible",
    Verdict.INELIGIBLE: "not eligible",
    Verdict.UNKNOWN: "to be confirmed",
    "flip": "From {on}, “{title}” turns from {before} to {after}: {because}",
    Cause.TIME: "what changes by then is {facts}",
    Cause.PARAMETER: "the threshold for {facts} changes",
    Cause.BEGINS: "the policy begins on that day",
    Cause.ENDS: "the policy ended on the day before",
    "steady": "“{title}”: {verdict}, and so until {until} if nothing else changes",
    "law ends": "“{title}”: {verdict}; known until {until} only: what applies then ({parameter}) is not published yet",
    "fixed": "{facts}: taken as registered and not carried through time",
    "near": "Only one condition of “{title}” is not met: {lacking}",
    "then open": "; then something is still to be confirmed",
    "by itself": "; it comes about by itself on {on}",
    "stop": ".",
    "short": "{label}, {distance} below what is required",
    "beyond": "{label}, {distance} above what is allowed",
    "early": "{label}, {distance} too early",
    "late": "{label}, {distance} too late",
    "level": "{label}, outside the range required",
    "<": "{label} must be below {value}",
    ">": "{label} must be above {value}",
    "exactly": "{label}, exactly at the limit, which does not suffice",
    "must be": "“{label}” must apply",
    "must not be": "“{label}” must not apply",
    "one of": "{label} must be {words}",
    "none of": "{label} must not be {words}",
    "gain citizen": "We ask for “{label}” because it may bring you up to {yuan} yuan more a year ({titles}).",
    "gain enterprise": "We ask for “{label}” because it may bring your firm up to {yuan} yuan more a year ({titles}).",
    "settles": "We ask for “{label}” because it alone decides about {titles}.",
    "may settle": "We ask for “{label}” because its answer may be enough to decide about {titles}.",
    "part": "We ask for “{label}” because eligibility for {titles} depends on it, and on other unknown facts.",
    "title": "“{title}”",
    "and more": " and others, {count} in all",
    "comma": ", ",
    "and": " and ",
    "or": " or ",
    "yes": "yes",
    "no": "no",
    "since": "Time since “{label}”",
    "until": "Time until “{label}”",
    "between": "Time between “{label}” and the date in the rule",
    "span years": "years",
    "span months": "months",
    "span days": "days",
}
