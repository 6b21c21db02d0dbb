from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from catalogue.loader import load_catalogue
from domain.budget import Budget, FirstCome, Lottery
from domain.errors import DrawRefused, NotAllowed
from domain.facts import Label
from domain.policy import Policy
from domain.rationing import entrants_digest
from storage.connection import Begin
from tests.workbench.conftest import Clock
from workbench.audit import AuditLog
from workbench.lots import draw_lots
from workbench.roles import Officer, Role

Hire = Callable[..., Officer]
LOTS = Budget(None, 2026, places=10, rationing=Lottery(Label("开奖号码", "The numbers drawn"), date(2026, 11, 24)))


@pytest.fixture
def policy() -> Policy:
    chosen = load_catalogue().policy("elderly-comprehensive-allowance")
    return replace(chosen, agency=Label("上海市民政局", "Civil Affairs"), budget=LOTS)


def test_lots_are_drawn_once_after_the_close_and_written_down(
    begin: Begin, log: AuditLog, clock: Clock, hire: Hire, policy: Policy
) -> None:
    officer = hire("li.na", Role.OFFICER)
    with pytest.raises(DrawRefused, match="until the end of 2026-11-24"):
        draw_lots(begin, log, clock, officer, policy, "05 11 17")
    clock.passes(timedelta(days=1))
    before = log.verify().entries

    drawn = draw_lots(begin, log, clock, officer, policy, " 05 11 17 ")

    assert (drawn.seed, drawn.entrants, drawn.entrants_digest) == ("05 11 17", 0, entrants_digest([]))
    assert log.verify().entries == before + 1
    with pytest.raises(DrawRefused, match="from '05 11 17'"):
        draw_lots(begin, log, clock, officer, policy, "another")


def test_nobody_else_draws(begin: Begin, log: AuditLog, clock: Clock, hire: Hire, policy: Policy) -> None:
    clock.passes(timedelta(days=1))
    for stranger in (hire("wang.wei", Role.OFFICER, agency="上海市文化和旅游局"), hire("zhao", Role.REVIEWER)):
        with pytest.raises(NotAllowed):
            draw_lots(begin, log, clock, stranger, policy, "05 11 17")


def test_a_seed_is_needed_and_a_lottery(begin: Begin, log: AuditLog, clock: Clock, hire: Hire, policy: Policy) -> None:
    clock.passes(timedelta(days=1))
    officer = hire("li.na", Role.OFFICER)
    with pytest.raises(DrawRefused, match="empty"):
        draw_lots(begin, log, clock, officer, policy, "  ")
    first_come = replace(policy, budget=replace(LOTS, rationing=FirstCome()))
    for other in (first_come, replace(policy, budget=None), replace(policy, budget=replace(LOTS, year=2027))):
        with pytest.raises(DrawRefused, match="by lot"):
            draw_lots(begin, log, clock, officer, other, "05 11 17")
