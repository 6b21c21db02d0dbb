from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.facts import Audience, Label
from domain.policy import Benefit, DeliveryMode, Document, FixedAmount, Kind, Level, Period, Policy, Verification
from domain.rules import parse


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture
def policy() -> Policy:
    return Policy(
        id="allowance",
        version=1,
        audience=Audience.CITIZEN,
        domain="elderly_care",
        kind=Kind.SUBSIDY,
        level=Level.CITY,
        title=Label("津贴", "Allowance"),
        summary=Label("说明。", "What it is."),
        agency=Label("民政局", "Civil Affairs Bureau"),
        document=Document("办法"),
        verification=Verification.ILLUSTRATIVE,
        true_on=date(2026, 1, 1),
        effective_from=date(2020, 1, 1),
        effective_to=None,
        eligibility=parse({"all": ["age_years >= 60"]}),
        benefit=Benefit(FixedAmount(Decimal(75)), Period.MONTH),
        delivery_mode=DeliveryMode.ONE_CLICK,
        source="id: allowance\n",
    )


@pytest.fixture
def second_version(policy: Policy) -> Policy:
    return replace(policy, version=2, source="id: allowance\nversion: 2\n")
