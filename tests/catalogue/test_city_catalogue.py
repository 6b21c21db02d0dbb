"""What must hold of the city's own catalogue, beyond being readable."""

from datetime import date

import pytest

from catalogue.checks import CheckReport, check_catalogue
from catalogue.loader import Catalogue, load_catalogue, parameter_names
from domain.decision import Verdict
from domain.derivation import parameter_sources
from domain.facts import Audience
from domain.policy import DeliveryMode, NoMoney, Verification, domains_of

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def report(catalogue: Catalogue) -> CheckReport:
    return check_catalogue(catalogue)


def test_every_case_of_every_policy_comes_out_right(report: CheckReport) -> None:
    assert [str(failure) for failure in report.failures] == []
    assert report.cases >= 5 * report.policies


def test_every_clause_and_boundary_is_held_by_a_case(report: CheckReport) -> None:
    assert [str(gap) for gap in report.case_gaps] == []


def test_there_is_enough_in_every_domain_and_of_every_kind(report: CheckReport) -> None:
    assert report.shortfalls == ()
    assert report.ok
    assert [len(report.by_domain[audience]) for audience in Audience] == [12, 6]


def test_the_counts_add_up(catalogue: Catalogue, report: CheckReport) -> None:
    assert sum(report.by_verification.values()) == report.policies == len(catalogue.policies)
    assert sum(report.by_kind.values()) == report.policies
    assert sum(sum(counts.values()) for counts in report.by_domain.values()) == report.policies


def test_the_vocabulary_has_at_least_45_facts_of_each_audience(catalogue: Catalogue) -> None:
    assert all(len(catalogue.vocabulary.of(audience)) >= 45 for audience in Audience)


def test_every_policy_can_be_matched_today(catalogue: Catalogue) -> None:
    in_force = [policy for audience in Audience for policy in catalogue.in_force(audience, TODAY)]

    assert len(in_force) == len(catalogue.policies)


def test_every_policy_has_a_case_of_each_verdict(catalogue: Catalogue) -> None:
    assert [p.id for p in catalogue.policies if {case.verdict for case in p.cases} != set(Verdict)] == []


def test_only_what_was_read_here_is_marked_as_read(catalogue: Catalogue) -> None:
    """The only texts at hand are those that Xuhui District published."""
    for policy in (*catalogue.policies, *catalogue.consultations):
        at_hand = (policy.document.url or "").startswith("https://www.xuhui.gov.cn/")
        assert (policy.verification is Verification.TEXT_READ) is at_hand, policy.id


def test_four_drafts_put_out_for_comment_are_at_hand(catalogue: Catalogue) -> None:
    assert len({draft.document.title for draft in catalogue.consultations}) == 4
    assert all(draft.document.title.endswith("（征求意见稿）") for draft in catalogue.consultations)


def test_nothing_is_delivered_without_asking_that_depends_on_what_the_facts_do_not_tell(
    catalogue: Catalogue,
) -> None:
    assert not [
        policy.id for policy in catalogue.policies if policy.delivery_mode is DeliveryMode.AUTO and policy.unencoded
    ]


def test_no_document_is_dated_after_the_facts_it_backs(catalogue: Catalogue) -> None:
    for policy in (*catalogue.policies, *catalogue.consultations):
        issued = policy.document.issued_on
        assert issued is None or issued <= policy.true_on <= TODAY, policy.id


def test_every_parameter_is_used_by_a_policy_or_a_derived_fact(catalogue: Catalogue) -> None:
    policies = (*catalogue.policies, *catalogue.consultations)
    used = {name for policy in policies for name in parameter_names(policy)}
    facts = [fact for audience in Audience for fact in catalogue.vocabulary.of(audience).values()]
    used |= {name for fact in facts if fact.derivation for name in parameter_sources(fact.derivation)}
    assert set(catalogue.parameters) - used == set()


def test_texts_are_in_both_languages_and_in_the_right_one(catalogue: Catalogue) -> None:
    def is_chinese(text: str) -> bool:
        return any("一" <= letter <= "鿿" for letter in text)

    for policy in (*catalogue.policies, *catalogue.consultations):
        for label in (policy.title, policy.summary, policy.agency, *policy.unencoded):
            assert is_chinese(label.zh), (policy.id, label.zh)
            assert not is_chinese(label.en), (policy.id, label.en)


def test_every_policy_lies_in_a_domain_of_its_audience(catalogue: Catalogue) -> None:
    assert all(policy.domain in domains_of(policy.audience) for policy in catalogue.policies)


def test_money_benefits_exist_for_both_audiences(catalogue: Catalogue) -> None:
    for audience in Audience:
        money = [p for p in catalogue.policies_of(audience) if not isinstance(p.benefit.form, NoMoney)]
        assert len(money) >= 3
