"""The delivery ladder explained: what mode a policy's facts would carry, and why.

From the top: `auto` grants without being asked, so that everything must be known for sure from registers; `one_click`
asks for one confirmation, which can stand for what no register tells; `assisted` asks to complete a form; `inform` only
tells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalogue.labels import DELIVERY_LABELS
from domain.amount import benefit_facts
from domain.derivation import fact_sources
from domain.expression import clauses
from domain.facts import FactDefinition, Label, Vocabulary
from domain.policy import DeliveryMode, Policy

if TYPE_CHECKING:
    from catalogue.lint.findings import FactStatistics

LADDER = (DeliveryMode.INFORM, DeliveryMode.ASSISTED, DeliveryMode.ONE_CLICK, DeliveryMode.AUTO)
"""From the lowest to the highest."""
_NUMBERS = dict(enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 2))


@dataclass(frozen=True)
class LadderSettings:
    """How well facts must be held. Shares are from 0 to 1.

    `least_known`: of whom a fact is unknown gets nothing from an automatic grant and is told nothing either; beyond one
    in twenty, people who rely on "you need not apply" would be passed over too often.
    `least_fresh`: who is paid on a value that is out of date may have to pay back; beyond one in twenty, that costs
    more trust than a confirmation does.
    `least_to_confirm`: one click confirms what is filled in; where half of it would be blank, that is a form.
    `never_stale_days`: a fact that may be so old (birth, past service) does not change.
    """

    least_known: float = 0.95
    least_fresh: float = 0.95
    least_to_confirm: float = 0.5
    never_stale_days: int = 3650


@dataclass(frozen=True)
class Ladder:
    """`mode`: as the policy says; `allowed`: the highest its facts carry; `reasons`: the upshot, then each case."""

    mode: DeliveryMode
    allowed: DeliveryMode
    reasons: tuple[Label, ...]

    @property
    def too_high(self) -> bool:
        """Whether the policy promises more than its facts carry."""
        return LADDER.index(self.mode) > LADDER.index(self.allowed)


def ladder(
    policy: Policy,
    vocabulary: Vocabulary,
    statistics: Mapping[str, FactStatistics] | None = None,
    settings: LadderSettings = LadderSettings(),
) -> Ladder:
    """What mode the policy could have. Without `statistics`, how well its facts are known and kept is left open."""
    known_as = vocabulary.of(policy.audience)
    facts = [known_as[name] for name in ladder_facts(policy)]
    held = statistics or {}
    to_fill_in = [*_blank(facts, held, settings)]
    to_confirm = [*_not_encoded(policy), *_papers(policy), *_declared(facts, known_as), *_weak(facts, held, settings)]
    obstacles = [*to_fill_in, *to_confirm]
    allowed = DeliveryMode.ONE_CLICK if to_confirm else DeliveryMode.AUTO
    if to_fill_in:
        allowed = DeliveryMode.ASSISTED
    if obstacles:
        reasons = [_at_most(allowed, obstacles), *(detail for one in obstacles for detail in one.details)]
    else:
        reasons = [_carried(facts, settings, measured=statistics is not None)]
    return Ladder(policy.delivery_mode, allowed, (*reasons, *_as_set(policy.delivery_mode, allowed)))


def ladder_facts(policy: Policy) -> tuple[str, ...]:
    """All facts that the rule and the amount read, each once."""
    read = [name for clause in clauses(policy.eligibility) for name in clause.facts()]
    return tuple(dict.fromkeys([*read, *benefit_facts(policy.benefit)]))


@dataclass(frozen=True)
class _Obstacle:
    """What stands in the way of a higher mode: in short, and a sentence for each case of it."""

    short: Label
    details: tuple[Label, ...]


def _not_encoded(policy: Policy) -> Iterator[_Obstacle]:
    if policy.unencoded:
        count = len(policy.unencoded)
        yield _Obstacle(
            Label(f"有{count}项条件没有写成条款", f"{_counted(count, 'condition')} in no clause"),
            tuple(Label(f"没有写成条款的条件：{one.zh}", f"In no clause: {one.en}") for one in policy.unencoded),
        )


def _declared(facts: Sequence[FactDefinition], known_as: Mapping[str, FactDefinition]) -> Iterator[_Obstacle]:
    declared = [fact for fact in facts if _rests_on_declaration(fact, known_as)]
    if declared:
        yield _Obstacle(
            Label(f"有{len(declared)}项事实由本人申报", f"{_counted(len(declared), 'fact')} declared by the subject"),
            tuple(
                Label(f"“{fact.label.zh}”由本人申报，须经其确认。", f"{fact.label.en!r} is what the subject declared.")
                for fact in declared
            ),
        )


def _rests_on_declaration(fact: FactDefinition, known_as: Mapping[str, FactDefinition]) -> bool:
    """Whether a fact, or one that it is derived from, is the subject's own word."""
    sources = fact_sources(fact.derivation) if fact.derivation is not None else ()
    return fact.reported or any(_rests_on_declaration(known_as[name], known_as) for name in sources)


def _weak(
    facts: Sequence[FactDefinition], statistics: Mapping[str, FactStatistics], settings: LadderSettings
) -> Iterator[_Obstacle]:
    """Facts that are unknown or out of date too often to act on them unasked."""
    held = [(fact, statistics[fact.name]) for fact in facts if fact.name in statistics]
    unknown = [(fact, one.known) for fact, one in held if settings.least_to_confirm <= one.known < settings.least_known]
    stale = [(fact, one.fresh) for fact, one in held if one.fresh < settings.least_fresh]
    if unknown:
        least = _percent(settings.least_known)
        yield _Obstacle(
            Label(f"有{len(unknown)}项事实未知过多", f"{_counted(len(unknown), 'fact')} unknown too often"),
            tuple(
                Label(
                    f"“{fact.label.zh}”只有{_percent(share)}的对象已知，免申即享要求不低于{least}。",
                    f"{fact.label.en!r} is known of {_percent(share)} only; automatic delivery asks for {least}.",
                )
                for fact, share in unknown
            ),
        )
    if stale:
        least = _percent(settings.least_fresh)
        yield _Obstacle(
            Label(f"有{len(stale)}项事实不够新", f"{_counted(len(stale), 'fact')} out of date too often"),
            tuple(
                Label(
                    f"“{fact.label.zh}”只有{_percent(share)}在{fact.fresh_days}天内更新，免申即享要求不低于{least}。",
                    f"{fact.label.en!r} is fresher than {fact.fresh_days} days for {_percent(share)} only; automatic"
                    f" delivery asks for {least}.",
                )
                for fact, share in stale
            ),
        )


def _papers(policy: Policy) -> Iterator[_Obstacle]:
    papers = [one.label for one in policy.materials if one.replaced_by is None]
    if papers:
        yield _Obstacle(
            Label(
                f"有{len(papers)}份材料尚无电子证照可替代", f"{_counted(len(papers), 'paper')} still to be handed in"
            ),
            tuple(
                Label(f"“{one.zh}”没有可替代的电子证照。", f"No electronic certificate replaces: {one.en}.")
                for one in papers
            ),
        )


def _blank(
    facts: Sequence[FactDefinition], statistics: Mapping[str, FactStatistics], settings: LadderSettings
) -> Iterator[_Obstacle]:
    """Facts that most people would have to fill in themselves."""
    blank = [
        (fact, statistics[fact.name].known)
        for fact in facts
        if fact.name in statistics and statistics[fact.name].known < settings.least_to_confirm
    ]
    if blank:
        yield _Obstacle(
            Label(f"有{len(blank)}项事实多数对象未知", f"{_counted(len(blank), 'fact')} unknown of most"),
            tuple(
                Label(
                    f"“{fact.label.zh}”只有{_percent(share)}的对象已知，其余须自行填写。",
                    f"{fact.label.en!r} is known of {_percent(share)} only; all others have to fill it in.",
                )
                for fact, share in blank
            ),
        )


def _at_most(allowed: DeliveryMode, obstacles: Sequence[_Obstacle]) -> Label:
    mode = DELIVERY_LABELS[allowed]
    return Label(
        f"最高{mode.zh}：{'，'.join(one.short.zh for one in obstacles)}。",
        f"{mode.en} at most, because {_and([one.short.en for one in obstacles])}.",
    )


def _carried(facts: Sequence[FactDefinition], settings: LadderSettings, *, measured: bool) -> Label:
    """Why nothing stands in the way of `auto`."""
    zh = f"免申即享：规则用到的{len(facts)}项事实均来自权威登记"
    en = f"Automatic, because {_facts_are(len(facts))} authoritative"
    days = sorted({fact.fresh_days for fact in facts if fact.fresh_days < settings.never_stale_days})
    if not days:
        return Label(f"{zh}，且不会过时。", f"{en} and never out of date.")
    span, each_zh, each_en = str(days[-1]), "均", ""
    if len(days) > 1:
        span, each_zh, each_en = f"{days[0]}–{days[-1]}", "分别", " each"
    if measured:
        return Label(f"{zh}，且{each_zh}在{span}天内更新。", f"{en} and{each_en} fresher than {span} days.")
    return Label(
        f"{zh}；是否{each_zh}在{span}天内更新，须看人群统计。",
        f"{en}; whether they are{each_en} fresher than {span} days, the population's statistics will tell.",
    )


def _and(several: Sequence[str]) -> str:
    return " and ".join([", ".join(several[:-1]), several[-1]] if len(several) > 1 else several)


def _as_set(mode: DeliveryMode, allowed: DeliveryMode) -> Iterator[Label]:
    """What the policy says, where it says something else."""
    named = DELIVERY_LABELS[mode]
    if LADDER.index(mode) > LADDER.index(allowed):
        yield Label(
            f"政策目前设为{named.zh}，高于条件所能支持的。",
            f"It is set to {named.en.lower()!r}, which is more than that.",
        )
    elif mode is not allowed:
        yield Label(f"政策目前设为{named.zh}，可以提高。", f"It is set to {named.en.lower()!r}, and could be raised.")


def _facts_are(count: int) -> str:
    few = {1: "the one fact is", 2: "both facts are"}
    return few.get(count) or f"all {_NUMBERS.get(count, str(count))} facts are"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun} is" if count == 1 else f"{count} {noun}s are"


def _percent(share: float) -> str:
    """Rounded down, so that a share below a threshold never reads as the threshold."""
    return f"{math.floor(share * 1000) / 10:g}%"
