"""The days on which a clause can turn while no fact and no parameter changes.

A period to or from the as-of date moves one way, so the day on which it passes a threshold is found by bisection over
the calendar. Where several periods are added, divided or compared, all days on which one of them moves are taken: a
day too many costs one more evaluation, a day too few would be a wrong date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial

from domain.expression import Clause
from domain.facts import Value
from domain.terms import PERIODS, AsOf, Call, FactRef, Term, value_of
from matcher.outlook.timeline import ONE_DAY, Timeline


def turning_days(
    timeline: Timeline, clause: Clause, given: Mapping[str, Value], first: date, last: date
) -> Iterator[date]:
    """Days after `first`, up to `last`, that hold every turn of the clause; parameters are the same on all of them.

    `given` are the subject's facts on `first`. The days are in no order, and some can come twice.
    """
    finder = _Finder(timeline, given, first, last)
    yield from (day for day in finder.of(clause) if first < day <= last)


class _Finder:
    def __init__(self, timeline: Timeline, given: Mapping[str, Value], first: date, last: date) -> None:
        self.timeline = timeline
        self.given = given
        self.first = first
        self.last = last
        self.parameters = timeline.parameters(first)

    def of(self, clause: Clause) -> Iterator[date]:
        terms = [clause.left, *clause.operands()]
        moving = [term for term in terms if self.timeline.moves(term)]
        if len(moving) == 1:
            [one] = moving
            bounds = [self._value(term, self.first) for term in terms if term is not one]
            plain = self._plain(one)
            if plain is not None:
                yield from self._passing(plain, [*bounds, *self._limits(one)])
                return
        for term in moving:
            yield from self._each_move(term)

    def _plain(self, term: Term) -> AsOf | Call | None:
        """The term, if it is the as-of date or a period from or to a date that stays; else None."""
        if isinstance(term, FactRef) and len(self.timeline.moving[term.name]) == 1:
            [leaf] = self.timeline.moving[term.name]
            return None if isinstance(leaf, Clause) else self._plain(leaf)
        if isinstance(term, Call) and term.function in PERIODS and not any(map(self.timeline.moves, term.arguments)):
            return term
        return term if isinstance(term, AsOf) else None

    def _limits(self, term: Term) -> list[Value]:
        """The bounds of a derived fact, beyond which it is unknown."""
        if not isinstance(term, FactRef):
            return []
        fact = self.timeline.facts[term.name]
        below = [limit for leaf in self.timeline.moving[term.name] for limit in self._limits(leaf)]  # type: ignore[arg-type]
        return [fact.minimum, fact.maximum, *below]

    def _passing(self, term: AsOf | Call, bounds: Iterable[object]) -> Iterator[date]:
        """The days on which a plain term becomes known or unknown, reaches a bound, and passes it."""
        start, end = self.first, self.last
        if isinstance(term, Call):
            other = self._value(term.arguments[0], self.first)
            if not isinstance(other, date):
                return
            # A period is known from, or up to, the day at its other end.
            if PERIODS[term.function].ends == "since":
                yield other
                start = max(start, other)
            else:
                yield from _after(other)
                end = min(end, other)
        rises = isinstance(term, AsOf) or PERIODS[term.function].ends == "since"
        for bound in bounds:
            if bound is None:
                continue
            for strictly in (False, True):
                yield from _first(partial(self._passed, term, bound, rises, strictly), start, end)

    def _passed(self, term: Term, bound: object, rises: bool, strictly: bool, day: date) -> bool:
        value = self._value(term, day)
        if value == bound:
            return not strictly
        return (value > bound) is rises  # type: ignore[operator]  # the type check lets only like be compared with like

    def _each_move(self, term: Term) -> Iterator[date]:
        """Every day on which something within the term moves."""
        for part in self.timeline.through(term):
            if isinstance(part, Call) and part.function in PERIODS and self.timeline.moves(part):
                if PERIODS[part.function].unit == "days" or any(map(self.timeline.moves, part.arguments)):
                    yield from self._every_day()
                else:
                    yield from self._steps(part)
            elif isinstance(part, AsOf):
                yield from self._every_day()

    def _steps(self, period: Call) -> Iterator[date]:
        """Every day on which a number of months or years changes."""
        other = self._value(period.arguments[0], self.first)
        if not isinstance(other, date):
            return
        yield other
        yield from _after(other)
        since = PERIODS[period.function].ends == "since"
        day, end = (max(self.first, other), self.last) if since else (self.first, min(self.last, other))
        while day < end:
            now = self._value(period, day)
            turned = next(_first(partial(self._moved, period, now), day, end), None)
            if turned is None:
                return
            yield turned
            day = turned

    def _moved(self, period: Call, was: object, day: date) -> bool:
        return self._value(period, day) != was

    def _every_day(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(1, (self.last - self.first).days + 1))

    def _value(self, term: Term, day: date) -> object:
        return value_of(term, self.given, self.parameters, day)


def _first(holds: Callable[[date], bool], start: date, end: date) -> Iterator[date]:
    """The first day from `start` to `end` on which `holds`, which stays true from then on; none if it never does."""
    low, high = start.toordinal(), end.toordinal() + 1
    while low < high:
        middle = (low + high) // 2
        if holds(date.fromordinal(middle)):
            high = middle
        else:
            low = middle + 1
    if low <= end.toordinal():
        yield date.fromordinal(low)


def _after(day: date) -> Iterator[date]:
    if day < date.max:
        yield day + ONE_DAY
