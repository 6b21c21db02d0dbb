"""This file knows about a policy's cases as they stand in a file: worked examples that the rule must get right.

A case without `as_of` is judged on the day the policy's facts were known to be true, or on its first day in force
if that is later (`default_day`). So a later change of a parameter leaves old cases as true as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import yaml

from catalogue.yaml_positions import Page, optional
from domain.decision import Verdict
from domain.errors import ProfileInvalid, UnknownFact
from domain.facts import Audience, Value, Vocabulary
from domain.policy import Case


def default_day(true_on: date, effective_from: date) -> date:
    """The day on which a case without `as_of` is judged."""
    return max(true_on, effective_from)


def read_cases(
    page: Page, node: yaml.Node, vocabulary: Vocabulary, audience: Audience, *, money: bool
) -> tuple[tuple[Case, ...], list[tuple[Case, yaml.Node]]]:
    """The cases at `node`, and those with a day of their own next to the node of that day.

    `money`: the benefit is paid in money, so that an eligible case must say what it comes to (null: unknown).
    """
    cases: list[Case] = []
    dated: list[tuple[Case, yaml.Node]] = []
    names: set[str] = set()
    for item in page.items(node, "cases"):
        fields = page.fields(item, "a case", ("name", "facts", "verdict"), ("amount_cny", "as_of"))
        verdict = page.choice(fields["verdict"], "verdict", Verdict) if "verdict" in fields else Verdict.UNKNOWN
        day_node = optional(fields, "as_of")
        case = Case(
            name=page.word(fields["name"], "the case's name") if "name" in fields else "?",
            facts=_facts(page, fields, vocabulary, audience),
            verdict=verdict,
            amount_fen=_amount(page, item, fields, verdict, money=money),
            as_of=page.day(day_node, "as_of") if day_node else None,
        )
        if case.name in names:
            page.report(fields["name"], f"Two cases are named {case.name!r}.", "Name what sets them apart.")
        names.add(case.name)
        cases.append(case)
        if day_node is not None:
            dated.append((case, day_node))
    missing = [verdict for verdict in Verdict if verdict not in {case.verdict for case in cases}]
    if missing or len(cases) < 3:
        wanted = f"{' or '.join(missing)} among them" if missing else f"only {len(cases)} in all"
        page.report(
            node,
            f"The cases are not enough: {'none ' if missing else ''}{wanted}.",
            "Give at least three: eligible, ineligible just past the boundary, and unknown.",
        )
    return tuple(cases), dated


def _facts(page: Page, fields: Mapping[str, yaml.Node], vocabulary: Vocabulary, audience: Audience) -> dict[str, Value]:
    if "facts" not in fields:
        return {}
    values: dict[str, Value] = {}
    for name, (key, node) in page.mapping(fields["facts"], "facts").items():
        value = page.value(node, name)
        # A profile holds doubles; Decimal is for amounts and thresholds.
        values[name] = float(value) if isinstance(value, Decimal) else value
        try:
            vocabulary.fact(audience, name).check(values[name])
        except UnknownFact as error:
            page.report(key, error.message, error.next_step)
        except ProfileInvalid as error:
            page.report(node, error.message, error.next_step)
    return values


def _amount(
    page: Page, item: yaml.Node, fields: Mapping[str, yaml.Node], verdict: Verdict, *, money: bool
) -> int | None:
    wanted = money and verdict is Verdict.ELIGIBLE
    if "amount_cny" not in fields:
        if wanted:
            page.report(item, "An eligible case must say what it comes to.", "Add 'amount_cny' (null: unknown).")
        return None if wanted or verdict is not Verdict.ELIGIBLE else 0
    if not wanted:
        reason = "no money moves" if verdict is Verdict.ELIGIBLE else f"the verdict is {verdict}"
        page.report(fields["amount_cny"], f"'amount_cny' is out of place: {reason}.", "Remove it.")
        return None
    if optional(fields, "amount_cny") is None:
        return None
    fen = page.number(fields["amount_cny"], "amount_cny") * 100
    if fen != int(fen):
        page.report(fields["amount_cny"], "An amount has at most two decimals.", "Round it to the fen.")
    return int(fen)
