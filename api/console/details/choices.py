"""What is chosen in the form of the details and changes a part's shape: the benefit's form, an order, the districts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from api.console.details.reading import RESTING, Details
from api.console.details.shapes import MONEY, ORDERS, Kind
from api.console.details.splicing import confirm, put, take
from api.console.details.values import written_as
from api.console.rules.writing import word
from domain.errors import FormActInvalid


def chosen(text: str, before: Details, fields: Mapping[str, list[str]]) -> str:
    """`text` after what was chosen of its shape."""

    def choice(name: str) -> str | None:
        values = fields.get(f"x:{name}")
        return values[-1] if values else None

    after, touched = text, []
    form, budget = choice("benefit"), choice("budget")
    rests, order = choice(f"benefit/{before.form}"), choice("budget/order")
    if "benefit" in before.shown and form not in (None, before.form):
        after = put(after, ("benefit",), _benefit(Details(after), str(form)))
        touched.append(("benefit",))
    elif before.form in RESTING and rests not in (None, before.rests(before.form)):
        after = _rested(after, before.form, str(rests))
        touched.append(("benefit",))
    if "budget" in before.shown and budget is not None and (budget == "yes") != before.has("budget"):
        after = put(after, ("budget",), "{cap_cny: null}") if budget == "yes" else take(after, ("budget",))
        touched.append(("budget",))
    elif before.has("budget") and order not in (None, before.order):
        after = _ordered(after, str(order))
        touched.append(("budget",))
    if "x:districts" in fields and "districts" in before.shown:
        words = fields.get("w:districts", [])
        if fields.get("d:level", ["district"])[-1] != "district" and before.get("level") == "district":
            words = []
        if words != [before.get("districts", str(n)) for n in range(before.count("districts"))]:
            listed = f"[{', '.join(map(word, words))}]"
            after = put(after, ("districts",), listed) if words else take(after, ("districts",))
            touched.append(("districts",))
    confirm(text, after, touched)
    return after


def _benefit(details: Details, form: str) -> str:
    """A benefit of another form, with what the two have in common."""
    if form == "none":
        return "{none: true}"
    if form not in MONEY:
        raise FormActInvalid("read")
    old = details.form or ""
    way = ("benefit",) if old == "amount" else ("benefit", old)

    def kept(name: str) -> str:
        value = details.get(*way, name)
        return written_as(Kind.AMOUNT if name not in ("fact", "of") else Kind.TEXT, value) if value else ""

    def amount(name: str) -> str:
        return f"{name}: {kept(name) or 'null'}"

    rests = "of" if form != "table" and details.rests(old) == "of" else "fact"
    bounds = [f"{name}: {kept(name)}" for name in ("floor", "cap") if kept(name)]
    inside = {
        "amount": "",
        "per_unit": ", ".join([amount(rests), amount("amount"), *bounds]),
        "share": ", ".join([amount(rests), "percent: null", *bounds]),
        "table": f"{amount('fact')}, amounts: {{}}",
        "brackets": f"{amount(rests)}, steps: [{{from: null, amount: null}}]",
    }[form]
    body = amount("amount") if form == "amount" else f"{form}: {{{inside}}}"
    period = details.get("benefit", "period") or "month"
    rounding = {name: details.get("benefit", "rounding", name) for name in ("to", "mode")}
    rounded = (
        f", rounding: {{to: {word(rounding['to'])}, mode: {word(rounding['mode'])}}}" if any(rounding.values()) else ""
    )
    return f"{{period: {word(period)}, {body}{rounded}}}"


def _rested(text: str, form: str, rests: str) -> str:
    if rests not in ("fact", "of"):
        raise FormActInvalid("read")
    details, way = Details(text), ("benefit", form)
    other = "of" if rests == "fact" else "fact"
    value = details.get(*way, other)
    if rests == "fact" and not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        value = ""
    text = put(text, (*way, rests), word(value) if value else "null")
    return take(text, (*way, other)) if (*way, other) in details.values else text


def _ordered(text: str, order: str) -> str:
    if order == "first_come":
        return take(text, ("budget", "order"))
    if order not in ORDERS:
        raise FormActInvalid("read")
    inside = {
        "need": "of: null, first: smallest, closes_on: null",
        "lottery": "seed_from: {zh: '', en: ''}, closes_on: null",
    }[order]
    return put(text, ("budget", "order"), f"{{{order}: {{{inside}}}}}")
