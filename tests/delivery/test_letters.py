"""What messages say."""

from dataclasses import replace
from datetime import date

import pytest

from delivery import letters
from domain.facts import Audience, Label
from domain.policy import Benefit, DeliveryMode, Document, Kind, Level, Material, NoMoney, Period, Policy, Verification
from domain.rules import parse

DAY = date(2026, 11, 1)
CARD = Material(Label("身份证", "Identity card"), Label("电子身份证", "Electronic identity card"))
CONTRACT = Material(Label("借款合同", "Loan contract"), None)
POLICY = Policy(
    id="p", version=1, audience=Audience.CITIZEN, domain="health", kind=Kind.SERVICE, level=Level.CITY,
    title=Label("题", "Title"), summary=Label("说明。", "Summary."), agency=Label("局", "Bureau"),
    document=Document("d"), verification=Verification.ILLUSTRATIVE, true_on=DAY, effective_from=DAY, effective_to=None,
    eligibility=parse("veteran"), benefit=Benefit(NoMoney(), Period.MONTH), delivery_mode=DeliveryMode.ONE_CLICK,
)  # fmt: skip


@pytest.mark.parametrize(("fen", "text"), [(1234500, "12,345"), (1234550, "12,345.50"), (1, "0.01")])
def test_whole_yuan_are_said_without_a_fraction(fen, text):
    assert letters.yuan(fen) == text


def test_an_offer_names_the_papers_that_no_register_replaces():
    asked = letters.offer(replace(POLICY, materials=(CARD, CONTRACT)), 15000)
    assert asked["zh"]["body"] == "说明。每月150元。确认一次即可办理。请备好：借款合同。"
    assert (
        asked["en"]["body"] == "Summary. CNY 150 a month. One confirmation is enough. Please have ready: Loan contract."
    )
    assert letters.offer(replace(POLICY, materials=(CARD,)), None)["zh"]["body"].endswith("无需提交材料。")


def test_what_comes_by_itself_asks_for_nothing():
    given = letters.offer(replace(POLICY, materials=(CONTRACT,), delivery_mode=DeliveryMode.AUTO), None)
    assert "Loan contract" not in given["en"]["body"]
