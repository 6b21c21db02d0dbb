"""Drawing lots for a budget: once, after claiming has closed, from a seed that was public before anybody knew it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from delivery.terms import local_day
from domain.budget import Lottery
from domain.errors import DrawRefused
from domain.policy import Policy
from domain.rationing import entrants_digest
from storage import budgets
from storage.budgets import Draw
from storage.connection import Begin
from workbench.audit import AuditLog
from workbench.roles import Act, Officer, require

__all__ = ["draw_lots"]


def draw_lots(
    begin: Begin, log: AuditLog, clock: Callable[[], datetime], who: Officer, policy: Policy, seed: str
) -> Draw:
    """Keep the seed, with how many took part and their digest, for good; the next round of approvals goes by it.

    Raises NotAllowed, and DrawRefused where the policy draws no lots, claiming has not closed, no seed is given, or the
    lots were drawn already.
    """
    require(who, Act.RELEASE, policy.agency.zh)
    now = clock()
    budget, today = policy.budget, local_day(now)
    window = budget.window(today) if budget else None
    if budget is None or window is None or not isinstance(budget.rationing, Lottery):
        raise DrawRefused(
            f"{policy.id!r} does not give its places out by lot today.",
            next_step="'duixian budget show' says by which order it does.",
            policy_id=policy.id,
        )
    closes_on = budget.rationing.closes_on
    if today <= closes_on:
        raise DrawRefused(
            f"Claims for {policy.id!r} are taken until the end of {closes_on}.",
            next_step="Draw on a later day, with the seed that was announced.",
            closes_on=str(closes_on),
        )
    if not seed.strip():
        raise DrawRefused("The seed is empty.", next_step=f"Give what was announced: {budget.rationing.seed_from.en}.")
    with begin() as connection:
        budgets.lock(connection, policy.id)
        entrants = [
            str(one.claim_id) for one in budgets.queue(connection, policy.id) if local_day(one.claimed_at) <= closes_on
        ]
        draw = Draw(seed.strip(), len(entrants), entrants_digest(entrants), who.officer_id, now)
        if not budgets.keep_draw(connection, policy.id, window[0], draw):
            held = budgets.find_draw(connection, policy.id, window[0])
            assert held is not None, "a draw is never removed"
            raise DrawRefused(
                f"The lots of {policy.id!r} were drawn on {local_day(held.drawn_at)} from {held.seed!r}.",
                next_step="They are drawn once; who doubts them can repeat the draw from that seed.",
                seed=held.seed,
            )
        data = {"seed": draw.seed, "entrants": draw.entrants, "entrants_digest": draw.entrants_digest}
        log.append(connection, who.officer_id, "draw_lots", f"policy/{policy.id}", data, now)
    log.anchor()
    return draw
