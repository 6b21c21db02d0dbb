"""A policy's amount and budget in words for officers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from catalogue.clause_words import ClauseWords, chinese_number, day_words, written
from catalogue.labels import PERIOD_LABELS
from domain.benefit import (
    AmountForm,
    Benefit,
    Brackets,
    Coin,
    FixedAmount,
    NoMoney,
    Operand,
    Period,
    PerUnit,
    Rounding,
    RoundingMode,
    Share,
    Table,
)
from domain.budget import Budget, FirstCome, Lottery, NeedOrder
from domain.facts import Label
from domain.terms import FactRef, ParameterRef, Term

_ROUNDED = {
    RoundingMode.HALF_UP: Label("四舍五入到", "rounded to the nearest"),
    RoundingMode.UP: Label("向上取整到", "rounded up to a whole"),
    RoundingMode.DOWN: Label("向下取整到", "rounded down to a whole"),
}
_COIN = {Coin.FEN: Label("分", "fen"), Coin.YUAN: Label("元", "yuan")}


def benefit_words(benefit: Benefit, words: ClauseWords) -> Label:
    """What is given, without the rows of a table or the steps of a ladder."""
    given = _given(benefit.form, words)
    if benefit.period is None:
        return given
    limits = [*_limits(benefit.form, words), *_rounding(benefit.rounding)]
    per = PERIOD_LABELS[benefit.period]
    return Label(
        "，".join([f"{per.zh}{given.zh}", *(one.zh for one in limits)]),
        ", ".join([f"{given.en} {per.en}", *(one.en for one in limits)]),
    )


def _given(form: AmountForm, words: ClauseWords) -> Label:
    match form:
        case NoMoney():
            return Label("不涉及金额", "no money moves")
        case FixedAmount(amount=amount):
            return yuan(amount, words)
        case Table(fact=fact):
            label = words.facts[fact].label
            return Label(f"按{label.zh}查表", f"by a table of {label.en!r}")
        case Brackets(quantity=quantity):
            name = quantity_words(quantity, words)
            return Label(f"按{name.zh}分档", f"by steps of {name.en!r}")
        case Share(quantity=quantity, percent=percent):
            name, share = quantity_words(quantity, words), _number(percent, words)
            return Label(f"按{name.zh}的{share.zh}%", f"{share.en}% of {name.en!r}")
        case PerUnit(quantity=quantity, amount=amount):
            name, each = quantity_words(quantity, words), yuan(amount, words)
            return Label(f"按{name.zh}每一单位{each.zh}", f"{each.en} for each of {name.en!r}")


@dataclass(frozen=True)
class Row:
    """A row of a table or a step of a ladder: what it is called, and what it gives."""

    name: Label
    amount: Label


def rows_of(benefit: Benefit, words: ClauseWords) -> dict[str, Row]:
    """The rows or steps of a benefit, each by the word or the number that it stands for."""
    match benefit.form:
        case Table(fact=fact, amounts=amounts, otherwise=otherwise):
            labels = words.facts[fact].categories
            rows = {word: Row(labels.get(word, Label(word, word)), yuan(one, words)) for word, one in amounts.items()}
            rest = Label("其他", "otherwise")
            return rows if otherwise is None else {**rows, "": Row(rest, yuan(otherwise, words))}
        case Brackets(quantity=quantity, steps=steps):
            unit = words.facts[quantity.name].unit if isinstance(quantity, FactRef) else "none"
            starts = [(step, words.quantity(step.from_, unit)) for step in steps]
            return {
                str(step.from_.normalize()): Row(Label(f"{at.zh}起", f"from {at.en}"), yuan(step.amount, words))
                for step, at in starts
            }
    return {}


def quantity_words(term: Term, words: ClauseWords) -> Label:
    """A fact's label, or the term as it is written."""
    if isinstance(term, FactRef):
        return words.facts[term.name].label
    text = written(term)
    return Label(f"「{text}」", f"'{text}'")


def budget_words(budget: Budget, words: ClauseWords) -> Label:
    """Caps, places and how they are given out."""
    parts = [*_caps(budget), _order(budget, words)]
    parts.append(
        Label("设候补名单", "with a waiting list") if budget.waiting_list else Label("不设候补", "no waiting list")
    )
    return Label("，".join(one.zh for one in parts), ", ".join(one.en for one in parts))


def _caps(budget: Budget) -> Iterator[Label]:
    each = Label("总共", "in all") if budget.period is Period.ONCE else PERIOD_LABELS[budget.period]
    only = Label("", "") if budget.year is None else Label(f"{budget.year}年", f" in {budget.year}")
    if budget.cap_fen is not None:
        cap = Decimal(budget.cap_fen) / 100
        yield Label(
            f"{only.zh}{each.zh}不超过{chinese_number(cap)}元", f"at most {_plain(cap)} yuan {each.en}{only.en}"
        )
    if budget.places is not None:
        yield Label(f"{only.zh}{each.zh}{budget.places}个名额", f"{budget.places:,} places {each.en}{only.en}")


def _order(budget: Budget, words: ClauseWords) -> Label:
    match budget.rationing:
        case FirstCome():
            return Label("先到先得", "first come, first served")
        case NeedOrder(need=need, smallest_first=smallest, closes_on=day):
            name, last = quantity_words(need, words), day_words(day)
            way = Label("由低到高", "the lowest first") if smallest else Label("由高到低", "the highest first")
            return Label(f"{last.zh}截止后按{name.zh}{way.zh}", f"after {last.en} in the order of: {name.en}, {way.en}")
        case Lottery(seed_from=seed, closes_on=day):
            last = day_words(day)
            return Label(f"{last.zh}截止后抽签（种子：{seed.zh}）", f"by lot after {last.en} (seed: {seed.en})")


def yuan(operand: Operand, words: ClauseWords) -> Label:
    """An amount in yuan; a parameter without a value by its name."""
    number = _number(operand, words)
    return Label(f"{number.zh}元", f"{number.en} yuan")


def _number(operand: Operand, words: ClauseWords) -> Label:
    value = words.parameters.get(operand.name) if isinstance(operand, ParameterRef) else Decimal(str(operand))
    if value is None:
        return Label(str(operand), str(operand))
    return Label(chinese_number(value), _plain(value))


def _limits(form: object, words: ClauseWords) -> Iterator[Label]:
    if isinstance(form, Share | PerUnit):
        if form.floor is not None:
            floor = yuan(form.floor, words)
            yield Label(f"不少于{floor.zh}", f"at least {floor.en}")
        if form.cap is not None:
            cap = yuan(form.cap, words)
            yield Label(f"不超过{cap.zh}", f"at most {cap.en}")


def _rounding(rounding: Rounding) -> Iterator[Label]:
    if rounding != Rounding():
        way, coin = _ROUNDED[rounding.mode], _COIN[rounding.to]
        yield Label(f"{way.zh}{coin.zh}", f"{way.en} {coin.en}")


def _plain(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
