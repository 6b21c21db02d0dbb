"""The best lawful bundle: which entitlements to take, and what each pays, under the rules of how they combine.

What counts is the money of one year: a monthly amount twelve times, a yearly one and a single payment once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.amount import PERIODS_PER_YEAR, operand_yuan
from domain.combination import CapSpan, Combination, Exclusion, HighestOnly, JointCap
from domain.errors import BundleInvalid
from domain.policy import Period
from matcher.bundle.packing import MOST, Cap, Packing, pack


@dataclass(frozen=True)
class Option:
    """A policy that could be taken; `amount_fen` is of one period, None where it is unknown."""

    policy_id: str
    amount_fen: int | None
    period: Period

    @property
    def yearly_fen(self) -> int | None:
        return None if self.amount_fen is None else self.amount_fen * PERIODS_PER_YEAR[self.period]


@dataclass(frozen=True)
class Received:
    """What a policy has paid already: in the year of the bundle and, that included, in all."""

    policy_id: str
    year_fen: int
    life_fen: int

    def within(self, span: CapSpan) -> int:
        return self.year_fen if span is CapSpan.YEAR else self.life_fen


class Cause(StrEnum):
    """Why an option is left out."""

    UNKNOWN_AMOUNT = "unknown_amount"
    NOTHING_TO_PAY = "nothing_to_pay"
    ALREADY_RECEIVED = "already_received"
    INSTEAD = "instead"
    CAP_REACHED = "cap_reached"


@dataclass(frozen=True)
class Taken:
    """`paid_fen` of the year's `full_fen`; where it is less, `cut_by` are the caps that are reached."""

    policy_id: str
    full_fen: int
    paid_fen: int
    cut_by: tuple[Combination, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """`full_fen` of the year (None: unknown) is not taken, by `combinations`.

    `instead` are the policies taken in its stead, or received already; `loss_fen` is how much less the year would come
    to with the best bundle that has it.
    """

    policy_id: str
    full_fen: int | None
    cause: Cause
    combinations: tuple[Combination, ...] = ()
    instead: tuple[str, ...] = ()
    loss_fen: int | None = None


@dataclass(frozen=True)
class Bundle:
    """Both lists are in the order of the policies' ids; `total_fen` is what the year comes to."""

    taken: tuple[Taken, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def total_fen(self) -> int:
        return sum(one.paid_fen for one in self.taken)


def best_bundle(
    options: Sequence[Option],
    combinations: Sequence[Combination],
    parameters: Mapping[str, Decimal],
    received: Sequence[Received] = (),
) -> Bundle:
    """The bundle with the highest sum; of equals the one with fewer policies, then the first by id.

    Combinations may name policies that are not among the options. Raises BundleInvalid for options, combinations or
    receipts that make no sense.
    """
    _check(options, combinations, received)
    rules = _Rules(combinations, parameters, received)
    open_options: list[Option] = []
    left: list[LeftOut] = []
    for option in sorted(options, key=lambda one: one.policy_id):
        closed = rules.closed(option)
        if closed is None:
            open_options.append(option)
        else:
            left.append(closed)
    ids = [option.policy_id for option in open_options]
    amounts = [option.yearly_fen or 0 for option in open_options]
    packed = pack(rules.packing(ids, amounts))
    paid = {ids[i]: amount for i, amount in packed.paid.items()}
    for i, loss in packed.losses.items():
        left.append(rules.left_out(ids[i], amounts[i], loss, paid))
    taken = tuple(
        Taken(ids[i], amounts[i], amount, rules.reached(ids[i], paid) if amount < amounts[i] else ())
        for i, amount in packed.paid.items()
    )
    return Bundle(taken, tuple(sorted(left, key=lambda one: one.policy_id)))


class _Rules:
    """The combinations with the day's limits and with what was received taken into account."""

    def __init__(
        self, combinations: Sequence[Combination], parameters: Mapping[str, Decimal], received: Sequence[Received]
    ) -> None:
        self.had = {one.policy_id for one in received if one.year_fen}
        self.apart = [one for one in combinations if not isinstance(one.terms, JointCap)]
        self.rooms: list[tuple[Combination, int]] = []
        for one in combinations:
            if isinstance(one.terms, JointCap):
                limit = int(operand_yuan(one.terms.limit, parameters) * 100)
                if limit < 0:
                    raise BundleInvalid(
                        f"The cap {one.id!r} is below zero.",
                        next_step="Give a limit of zero yuan or more.",
                        combination=one.id,
                        limit_fen=limit,
                    )
                spent = sum(past.within(one.terms.span) for past in received if past.policy_id in one.policies)
                self.rooms.append((one, max(limit - spent, 0)))

    def closed(self, option: Option) -> LeftOut | None:
        """Why the option cannot be taken whatever else is; None where it can."""
        name, full = option.policy_id, option.yearly_fen
        if full is None:
            return LeftOut(name, None, Cause.UNKNOWN_AMOUNT)
        if full == 0:
            return LeftOut(name, 0, Cause.NOTHING_TO_PAY)
        if shut := self._shut_by(name, self.had):
            return LeftOut(name, full, Cause.ALREADY_RECEIVED, *shut)
        if spent := tuple(one for one, room in self.rooms if room == 0 and name in one.policies):
            return LeftOut(name, full, Cause.CAP_REACHED, spent)
        return None

    def packing(self, ids: Sequence[str], amounts: Sequence[int]) -> Packing:
        place = {name: i for i, name in enumerate(ids)}

        def among(names: Sequence[str]) -> frozenset[int]:
            return frozenset(place[name] for name in names if name in place)

        one_of = [among(names) for one in self.apart for names in _sets_apart(one)]
        caps = [Cap(among(one.policies), room) for one, room in self.rooms]
        return Packing(
            amounts,
            [members for members in one_of if len(members) > 1],
            [cap for cap in caps if cap.members],
        )

    def left_out(self, name: str, full: int, loss: int, paid: Mapping[str, int]) -> LeftOut:
        """Why an open option is not in the bundle."""
        if shut := self._shut_by(name, paid.keys()):
            return LeftOut(name, full, Cause.INSTEAD, *shut, loss)
        # With no rule against it, it could be added: it would pay nothing, for a cap of its own is full.
        return LeftOut(name, full, Cause.CAP_REACHED, self.reached(name, paid), (), loss)

    def reached(self, name: str, paid: Mapping[str, int]) -> tuple[Combination, ...]:
        """The caps on a policy that the bundle uses up."""
        return tuple(
            one
            for one, room in self.rooms
            if name in one.policies and sum(paid.get(other, 0) for other in set(one.policies)) == room
        )

    def _shut_by(self, name: str, others: Collection[str]) -> tuple[tuple[Combination, ...], tuple[str, ...]] | None:
        """The rules that keep a policy apart from some of `others`, and these; None where there are none."""
        kept = {
            one: {other for names in _sets_apart(one) if name in names for other in names if other in others} - {name}
            for one in self.apart
        }
        rules = tuple(one for one, names in kept.items() if names)
        return (rules, tuple(sorted(set().union(*kept.values())))) if rules else None


def _sets_apart(combination: Combination) -> Iterator[tuple[str, ...]]:
    """The sets of policies of which only one may be taken."""
    match combination.terms:
        case Exclusion(policy=policy, excluded=excluded):
            for other in excluded:
                yield policy, other
        case HighestOnly(policies=policies):
            yield policies


def _check(options: Sequence[Option], combinations: Sequence[Combination], received: Sequence[Received]) -> None:
    for what, names in (("option", [one.policy_id for one in options]), ("receipt", [r.policy_id for r in received])):
        for name in names:
            if names.count(name) > 1:
                raise BundleInvalid(
                    f"There are {names.count(name)} {what}s of {name!r}.",
                    next_step="Give each policy once.",
                    policy_id=name,
                )
    for option in options:
        if not 0 <= (option.yearly_fen or 0) <= MOST:
            raise BundleInvalid(
                f"{option.policy_id!r} would pay {option.yearly_fen} fen a year.",
                next_step=f"Give an amount from 0 to {MOST} fen a year, or None where it is unknown.",
                policy_id=option.policy_id,
                yearly_fen=option.yearly_fen,
            )
    for past in received:
        if not 0 <= past.year_fen <= past.life_fen:
            raise BundleInvalid(
                f"{past.policy_id!r} cannot have paid {past.year_fen} fen this year and {past.life_fen} in all.",
                next_step="Give what was paid this year, and in all with this year's.",
                policy_id=past.policy_id,
            )
    for one in combinations:
        if isinstance(one.terms, Exclusion) and one.terms.policy in one.terms.excluded:
            raise BundleInvalid(
                f"By {one.id!r} {one.terms.policy!r} excludes itself.",
                next_step="Name the other policies only.",
                combination=one.id,
            )
        if len(set(one.policies)) < (1 if isinstance(one.terms, JointCap) else 2):
            raise BundleInvalid(
                f"{one.id!r} names no policies to be combined.",
                next_step="Name one policy or more under a cap, two or more that are kept apart.",
                combination=one.id,
            )
