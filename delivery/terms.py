"""The terms of an entitlement: its period, how it is settled, and on which local day something falls."""

from __future__ import annotations

from datetime import date, datetime

from domain.calendar import LOCAL
from domain.policy import Kind, NoMoney, Period, Policy

PAYMENT = "payment"
PROVISION = "provision"


def local_day(now: datetime) -> date:
    """The city's calendar day at `now`."""
    return now.astimezone(LOCAL).date()


def start_of_local_day(now: datetime) -> datetime:
    """The city's last midnight before `now`."""
    return now.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)


def period_of(policy: Policy, day: date) -> str:
    """The period that a claim of `day` is for: "once", "2026" or "2026-11". One claim a subject and period."""
    match policy.benefit.period:
        case Period.MONTH:
            return f"{day:%Y-%m}"
        case Period.YEAR:
            return f"{day:%Y}"
        case _:
            return "once"


def settlement_of(policy: Policy) -> str:
    """`payment` for subsidies and funds that carry money; `provision` for all that the bank does not move.

    A service is provided by its agency. A tax relief is taken off the tax due, so no transfer belongs to it even
    though it has an amount.
    """
    carries_money = not isinstance(policy.benefit.form, NoMoney)
    return PAYMENT if carries_money and policy.kind in (Kind.SUBSIDY, Kind.FUND) else PROVISION
