"""The loop that judges one profile: quantities worked out, codes looked up, masks joined, a few rules run to the end.

Plain loops over doubles and bits, compiled by numba and cached beside this file. What the arguments mean is said where
they are made, in matcher/online/tables.py.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators
# Numba infers the types of what it compiles.

from __future__ import annotations

import math

import numpy as np
from numba import njit

from matcher.upright import FALSE, TRUE, UNKNOWN

CONSTANT, FACT, ADD, SUBTRACT, MULTIPLY, DIVIDE, ORDER, PERCENT, YEARS, MONTHS, DAYS = range(11)
"""Steps of a quantity, done on a stack: the first two put a value on it, the others join the topmost two."""
LEAF, GROUP = 0, 1
"""Steps of a rule: a test's answer, or at least so many of the topmost answers."""
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ONE = np.uint64(1)
_DEBRUIJN = np.uint64(0x03F7_9D71_B4CB_0A89)
_LOWEST = np.zeros(64, np.int64)
_LOWEST[[(((0x03F7_9D71_B4CB_0A89 << bit) & 0xFFFF_FFFF_FFFF_FFFF) >> 58) for bit in range(64)]] = np.arange(64)
"""The number of a lone bit, by the top six bits of its product with a de Bruijn sequence."""


@njit(cache=True, nogil=True)
def decide(
    facts, unknown, limits,
    quantity_steps, quantity_starts, constants,
    column_source, cuts, cut_starts, row_starts, masks,
    rule_steps, rule_starts, states,
    codes, verdicts,
):  # fmt: skip
    """Fill `codes` by column and `verdicts` by policy.

    Returns False where a fact lies outside its limits, or more are NaN than the `unknown` ones.
    """
    for i in range(facts.size):
        if math.isnan(facts[i]):
            unknown -= 1
        elif not limits[i, 0] <= facts[i] <= limits[i, 1]:
            return False
    if unknown != 0:
        return False
    stack = np.empty(quantity_steps.shape[0] + 1)
    for column in range(codes.size):
        source = column_source[column]
        if source >= 0:
            value = facts[source]
        else:
            value = _quantity(
                quantity_steps, quantity_starts[~source], quantity_starts[-source], constants, facts, stack
            )
        codes[column] = _code(value, cuts, cut_starts[column], cut_starts[column + 1])
    _join(codes, row_starts, masks, rule_steps, rule_starts, states, verdicts)
    return True


@njit(cache=True, nogil=True)
def _join(codes, row_starts, masks, rule_steps, rule_starts, states, verdicts):
    words = masks.shape[2]
    joined = np.full((2, words), _ALL)
    for column in range(codes.size):
        row = masks[row_starts[column] + codes[column]]
        for plane in range(2):
            for word in range(words):
                joined[plane, word] &= row[plane, word]
    stack = np.empty(rule_steps.shape[0] + 1, np.uint8)
    verdicts[:] = FALSE
    for word in range(words):
        left = joined[0, word]
        while left:
            lone = left & (~left + _ONE)
            left ^= lone
            policy = word * 64 + _LOWEST[(lone * _DEBRUIJN) >> np.uint64(58)]
            verdict = TRUE if joined[1, word] & lone else UNKNOWN
            first, last = rule_starts[policy], rule_starts[policy + 1]
            if first < last:
                verdict = min(verdict, _rule(rule_steps, first, last, codes, states, stack))
            verdicts[policy] = verdict


@njit(cache=True, nogil=True)
def _rule(steps, first, last, codes, states, stack):
    top = 0
    for step in range(first, last):
        if steps[step, 0] == LEAF:
            stack[top] = states[steps[step, 2] + codes[steps[step, 1]]]
            top += 1
        else:
            count, items = steps[step, 1], steps[step, 2]
            true, possible = 0, 0
            for item in range(top - items, top):
                true += stack[item] == TRUE
                possible += stack[item] != FALSE
            top -= items
            stack[top] = TRUE if true >= count else UNKNOWN if possible >= count else FALSE
            top += 1
    return stack[0]


@njit(cache=True, nogil=True)
def _code(value, cuts, low, high):
    """0 for an unknown value, else one more than the number of cuts at or below it."""
    if math.isnan(value):
        return 0
    start = low
    while low < high:
        middle = (low + high) >> 1
        if cuts[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return 1 + low - start


@njit(cache=True, nogil=True)
def _quantity(steps, first, last, constants, facts, stack):
    """A quantity's value; NaN where it is unknown or has no meaning, as `domain.terms.value_of` says."""
    top = 0
    for step in range(first, last):
        kind, place = steps[step, 0], steps[step, 1]
        if kind == CONSTANT:
            stack[top] = constants[place]
            top += 1
        elif kind == FACT:
            stack[top] = facts[place]
            top += 1
        else:
            top -= 1
            a, b = stack[top - 1], stack[top]
            stack[top - 1] = math.nan if math.isnan(a) or math.isnan(b) else _joined(kind, a, b)
    return stack[0]


@njit(cache=True, nogil=True)
def _joined(kind, a, b):
    if kind == ORDER:
        return float((a > b) - (a < b))
    if kind >= YEARS:
        return _period(kind, int(a), int(b))
    result = math.nan
    if kind == ADD:
        result = a + b
    elif kind == SUBTRACT:
        result = a - b
    elif kind == MULTIPLY:
        result = a * b
    elif kind == DIVIDE and b != 0:
        result = a / b
    elif kind == PERCENT and b > 0:
        result = a * 100.0 / b
    return result if math.isfinite(result) else math.nan


@njit(cache=True, nogil=True)
def _period(kind, start, end):
    """Completed years, months or days between two day numbers, counted as domain/calendar.py does."""
    if start > end:
        return math.nan
    if kind == DAYS:
        return float(end - start)
    start_year, start_month, start_day = _civil(start)
    end_year, end_month, end_day = _civil(end)
    months = (end_year - start_year) * 12 + end_month - start_month
    if end_day < min(start_day, _month_length(end_year, end_month)):
        months -= 1
    return float(months // 12 if kind == YEARS else months)


@njit(cache=True, nogil=True)
def _civil(day):
    """Year, month and day of the month of a day number; years begin in March here, so that 29 February comes last."""
    day += 719_468  # from 1 March of year 0 to 1970-01-01
    era = day // 146_097
    of_era = day - era * 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day_of_month = of_year - (153 * month + 2) // 5 + 1
    if month < 10:
        return year + era * 400, month + 3, day_of_month
    return year + era * 400 + 1, month - 9, day_of_month


@njit(cache=True, nogil=True)
def _month_length(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
