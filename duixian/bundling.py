"""The best lawful bundle of one subject: what it is entitled to, what it has had, and how policies combine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from delivery.terms import local_day, period_of
from domain.claim import DELIVERED
from domain.combination import Combination
from domain.decision import Verdict
from domain.facts import Value
from domain.policy import Period
from domain.profile import Profile
from duixian.runtime import Runtime
from duixian.served import Served
from matcher.bundle.best import Bundle, Option, Received, best_bundle
from matcher.compile import Program
from matcher.online.match import Match, match_profile
from storage import claims
from storage.claims import Claim


def bundle_of(runtime: Runtime, served: Served, profile: Profile, as_of: date) -> Bundle:
    """What is best taken together in the year of `as_of`, by what serves the subject and the combinations in the files.

    The bundle is advice: it admits nothing and is not stored.
    """
    with runtime.begin() as connection:
        held = claims.of_subject(connection, profile.subject_id)
    return advise(
        served.program(profile.audience, as_of, profile.subject_id),
        profile.values(),
        held,
        runtime.files.combinations_at(profile.audience, as_of),
        runtime.files.parameters_at(as_of),
    )


def advise(
    program: Program,
    values: Mapping[str, Value],
    held: Sequence[Claim],
    combinations: Sequence[Combination],
    parameters: Mapping[str, Decimal],
) -> Bundle:
    """The same from one subject's facts and claims; what was paid in full for this year is had, and no option."""
    had = {claim.policy_id for claim in held if _settled(claim, program)}
    entitled = [
        match
        for match in match_profile(program, values)
        if match.verdict is Verdict.ELIGIBLE and match.policy.id not in had
    ]
    options = options_of(entitled, combinations)
    received = receipts(held, {option.policy_id for option in options}, program.as_of)
    return best_bundle(options, combinations, parameters, received)


def options_of(entitled: Iterable[Match], combinations: Sequence[Combination]) -> list[Option]:
    """The policies that pay money; of the others those that a combination names, with an amount that is not known."""
    combined = {name for one in combinations for name in one.policies}
    options = []
    for match in entitled:
        period = match.policy.benefit.period
        if period is not None:
            options.append(Option(match.policy.id, match.amount_fen, period))
        elif match.policy.id in combined:
            options.append(Option(match.policy.id, None, Period.YEAR))
    return options


def receipts(held: Iterable[Claim], options: set[str], as_of: date) -> list[Received]:
    """What was delivered, by policy. An option's own payments of this year are within what it pays in the year."""
    year: dict[str, int] = {}
    life: dict[str, int] = {}
    for claim in held:
        if claim.state in DELIVERED and claim.amount_fen is not None:
            this_year = _year(claim) == as_of.year
            if this_year and claim.policy_id in options:
                continue
            life[claim.policy_id] = life.get(claim.policy_id, 0) + claim.amount_fen
            year[claim.policy_id] = year.get(claim.policy_id, 0) + (claim.amount_fen if this_year else 0)
    return [Received(name, year[name], life[name]) for name in sorted(life)]


def _settled(claim: Claim, program: Program) -> bool:
    """Whether the claim's policy pays nothing more this year: a single payment, or this year's, was delivered."""
    place = program.index_of(claim.policy_id)
    if place is None or claim.state not in DELIVERED:
        return False
    policy = program.policies[place]
    return policy.benefit.period in (Period.ONCE, Period.YEAR) and claim.period == period_of(policy, program.as_of)


def _year(claim: Claim) -> int:
    """The year that the claim is for; of a single payment the year in which it last moved."""
    return local_day(claim.updated_at).year if claim.period == "once" else int(claim.period[:4])
