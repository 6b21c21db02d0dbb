"""Why a policy is delivered as it is, and what mode its facts would carry."""

from dataclasses import replace

import pytest

from catalogue.ladder import LadderSettings, ladder, ladder_facts
from catalogue.lint import FactStatistics
from domain.facts import Label
from domain.policy import DeliveryMode, Material
from tests.catalogue.lint_texts import CITY, FACTS, policy

GOOD = {name: FactStatistics(1.0, 1.0) for name in FACTS}
RULE = {"all": ["registered_in_shanghai", "household_income_per_person_cny_month < 3000", "minimum_living_allowance"]}


def explained(one, statistics=None, **settings):
    return ladder(one, CITY.vocabulary, statistics, LadderSettings(**settings))


def test_auto_is_carried_by_facts_that_are_authoritative_and_fresh():
    found = explained(policy(RULE, delivery="auto"), GOOD)
    assert (found.mode, found.allowed, found.too_high) == (DeliveryMode.AUTO, DeliveryMode.AUTO, False)
    assert found.reasons == (
        Label(
            "免申即享：规则用到的3项事实均来自权威登记，且分别在90–180天内更新。",
            "Automatic, because all three facts are authoritative and each fresher than 90–180 days.",
        ),
    )


def test_facts_of_one_term_and_facts_that_never_change_are_said_to_be():
    [fresh] = explained(policy("renting", delivery="auto"), GOOD).reasons
    assert fresh.zh == "免申即享：规则用到的1项事实均来自权威登记，且均在90天内更新。"
    assert fresh.en == "Automatic, because the one fact is authoritative and fresher than 90 days."
    [lasting] = explained(policy("veteran", delivery="auto"), GOOD).reasons
    assert lasting.en == "Automatic, because the one fact is authoritative and never out of date."


def test_without_statistics_freshness_is_left_open():
    [reason] = explained(policy("renting", delivery="auto")).reasons
    assert "the population's statistics will tell" in reason.en
    assert "须看人群统计" in reason.zh


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unencoded": (Label("须本人到场", "Come in person"),)}, "In no clause: Come in person"),
        ({"materials": (Material(Label("申请表", "Form")),)}, "No electronic certificate replaces: Form."),
    ],
)
def test_what_no_register_tells_needs_a_confirmation(change, said):
    found = explained(replace(policy(RULE), **change), GOOD)
    assert found.allowed is DeliveryMode.ONE_CLICK
    assert found.reasons[0].en.startswith("One click at most, because 1 ")
    assert said in [one.en for one in found.reasons]


def test_a_material_that_a_certificate_replaces_stands_in_no_ones_way():
    paper = Material(Label("身份证", "Identity card"), Label("电子证照", "Electronic card"))
    assert explained(replace(policy(RULE), materials=(paper,)), GOOD).allowed is DeliveryMode.AUTO


def test_what_the_subject_declared_is_not_granted_unasked():
    found = explained(policy({"all": ["renting", "supports_parent_over_60"]}), GOOD)
    assert found.allowed is DeliveryMode.ONE_CLICK
    assert "赡养60岁（含）以上父母" in found.reasons[1].zh


@pytest.mark.parametrize(
    ("statistics", "allowed"),
    [
        (FactStatistics(0.95, 0.95), DeliveryMode.AUTO),
        (FactStatistics(0.9499, 1.0), DeliveryMode.ONE_CLICK),
        (FactStatistics(1.0, 0.9499), DeliveryMode.ONE_CLICK),
        (FactStatistics(0.5, 1.0), DeliveryMode.ONE_CLICK),
        (FactStatistics(0.4999, 1.0), DeliveryMode.ASSISTED),
    ],
)
def test_how_often_a_fact_is_known_and_fresh_decides(statistics, allowed):
    found = explained(policy("renting"), {"renting": statistics})
    assert found.allowed is allowed


def test_shares_below_a_threshold_never_read_as_the_threshold():
    found = explained(policy("renting"), {"renting": FactStatistics(0.9499, 1.0)})
    assert found.reasons[1].en == "'Rents a home' is known of 94.9% only; automatic delivery asks for 95%."


def test_the_facts_of_the_amount_count_too():
    one = policy("renting", {"period": "month", "share": {"fact": "wage_cny_month", "percent": 10}})
    assert ladder_facts(one) == ("renting", "wage_cny_month")
    assert explained(one, GOOD | {"wage_cny_month": FactStatistics(0.8, 1.0)}).allowed is DeliveryMode.ONE_CLICK


def test_a_mode_beside_what_is_carried_is_said_last():
    too_high = explained(policy("renting", delivery="auto"), {"renting": FactStatistics(0.2, 1.0)})
    assert too_high.too_high
    assert too_high.reasons[-1].zh == "政策目前设为免申即享，高于条件所能支持的。"
    lower = explained(policy("renting", delivery="inform"), GOOD)
    assert not lower.too_high
    assert lower.reasons[-1].en == "It is set to 'apply with the agency', and could be raised."


def test_the_thresholds_are_settings():
    assert (
        explained(policy("renting"), {"renting": FactStatistics(0.8, 0.8)}, least_known=0.7, least_fresh=0.7).allowed
        == "auto"
    )


def test_no_policy_of_the_city_promises_more_than_its_facts_carry():
    assert [one.id for one in CITY.policies if ladder(one, CITY.vocabulary).too_high] == []
