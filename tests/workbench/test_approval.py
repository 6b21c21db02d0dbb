import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from catalogue.lifecycle import DraftEvent, DraftState
from catalogue.lint.findings import Finding, Severity
from domain.errors import (
    CatalogueInvalid,
    ConsultationDraft,
    DraftChanged,
    DraftInvalid,
    DraftMoved,
    ImpactStale,
    NotAllowed,
    OwnDraft,
    PushToEveryone,
)
from domain.facts import Label
from workbench.desk import Desk
from workbench.records import Parts
from workbench.roles import Officer, Role


def test_a_check_tells_every_problem_with_its_place_and_leaves_the_draft_a_draft(desk: Desk, wang: Officer) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    text = draft.text.replace("age_years >=", "aeg_years >=").replace("kind: subsidy", "kind: gift")
    found = desk.check(wang, desk.save(wang, draft.draft_id, 1, text).draft_id, 2)
    assert not found.ok
    assert found.draft.state is DraftState.DRAFT
    assert {(one.file, one.line) for one in found.problems} == {("bus-pass.yaml", 5), ("bus-pass.yaml", 17)}


def test_a_case_that_fails_or_a_finding_that_is_an_error_keeps_a_draft_from_being_checked(
    desk: Desk, parts: Parts, wang: Officer
) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    text = draft.text.replace("age_years: 90}", "age_years: 60}")
    found = desk.check(wang, desk.save(wang, draft.draft_id, 1, text).draft_id, 2)
    assert [failure.case for failure in found.failures] == ["老人"]
    assert found.draft.state is DraftState.DRAFT

    label = Label("错", "wrong")
    for severity, state in ((Severity.ERROR, DraftState.DRAFT), (Severity.WARNING, DraftState.CHECKED)):
        finding = Finding("never", severity, "bus-pass", None, (), label, label)
        strict = Desk(replace(parts, lint=lambda *_, finding=finding: (finding,)))
        other = strict.create(wang, policy_id="bus-pass")
        assert strict.check(wang, other.draft_id, 1).draft.state is state


def test_a_draft_cannot_slip_into_another_policy_agency_or_a_version_that_is_there(
    desk: Desk, wang: Officer, policy_text: Callable[..., str]
) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    text = policy_text("other-pass", 1, agency="上海市文化和旅游局")
    found = desk.check(wang, desk.save(wang, draft.draft_id, 1, text).draft_id, 2)
    assert [(one.line, one.next_step) for one in found.problems] == [
        (1, "Begin another draft."),
        (9, "Put its name back; a citywide officer can begin a draft that moves the policy."),
        (2, "Write 'version: 2'."),
    ]


def test_figures_are_stored_with_the_snapshot_that_they_were_counted_on(
    desk: Desk, wang: Officer, way: Callable[..., object], policy_text: Callable[..., str]
) -> None:
    draft = way.simulated(policy_text(version=2, limit="60"))  # type: ignore[attr-defined]
    stored = desk.stored_impact(wang, draft.draft_id)
    assert stored is not None
    assert (stored.made_by, stored.revision, stored.impact.snapshot_id) == ("wang", 1, "wide-1")
    assert (stored.impact.gain, stored.impact.lose, stored.impact.basis.served_version) == (10, 0, 1)
    assert desk.impact(wang, draft.draft_id) == stored.impact
    desk.simulate(wang, draft.draft_id, 1)
    assert [one.impact for one in desk.impacts(wang, draft.draft_id)] == [stored.impact] * 2


def test_the_way_has_no_short_cuts(desk: Desk, wang: Officer, zhou: Officer) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    for act in (
        lambda: desk.simulate(wang, draft.draft_id, 1),
        lambda: desk.submit(wang, draft.draft_id, 1),
        lambda: desk.approve(zhou, draft.draft_id, 1),
        lambda: desk.send_back(zhou, draft.draft_id, 1, "no"),
    ):
        with pytest.raises(DraftMoved):
            act()


def test_another_person_approves(desk: Desk, way, zhou: Officer) -> None:
    draft = way.approved()
    assert (draft.state, draft.approved_by, draft.approved_at) == (DraftState.APPROVED, "zhou", draft.updated_at)
    assert desk.approve(zhou, draft.draft_id, 1) == draft  # sent twice


def test_nobody_approves_what_went_through_their_hands(desk: Desk, way, wang: Officer, hire) -> None:
    both = hire("both", Role.OFFICER, Role.REVIEWER)
    third = hire("third", Role.OFFICER, Role.REVIEWER)
    draft = desk.create(wang, policy_id="bus-pass")
    desk.save(both, draft.draft_id, 1, draft.text + "# both\n")
    desk.save(wang, draft.draft_id, 2, draft.text)  # nothing of theirs is left in it
    desk.check(wang, draft.draft_id, 3)
    desk.simulate(wang, draft.draft_id, 3)
    desk.submit(third, draft.draft_id, 3)
    for who in (both, third, hire("wang", Role.OFFICER, Role.REVIEWER)):
        with pytest.raises(OwnDraft):
            desk.approve(who, draft.draft_id, 3)
    assert desk.draft(wang, draft.draft_id).state is DraftState.SUBMITTED


def test_who_may_not_approve_is_told_so(desk: Desk, way, li: Officer, stranger: Officer, hire) -> None:
    draft = way.submitted()
    for who in (li, stranger, hire("zhao", Role.AUDITOR), hire("wu", Role.ADMINISTRATOR)):
        with pytest.raises(NotAllowed):
            desk.approve(who, draft.draft_id, 1)
        with pytest.raises(NotAllowed):
            desk.send_back(who, draft.draft_id, 1, "no")


def test_of_two_who_approve_at_once_one_is_recorded(desk: Desk, way, zhou: Officer, hire) -> None:
    draft = way.submitted()
    reviewers = (zhou, hire("zheng", Role.REVIEWER))
    together = threading.Barrier(2)

    def approve(who: Officer) -> str | None:
        together.wait()
        try:
            return desk.approve(who, draft.draft_id, 1).approved_by
        except DraftMoved:
            return None

    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(approve, reviewers))
    assert outcomes in ({"zhou", None}, {"zheng", None})
    assert [step.event for step in desk.events(zhou, draft.draft_id)].count(DraftEvent.APPROVE) == 1


def test_a_save_voids_figures_and_approval(desk: Desk, way, wang: Officer, zhou: Officer) -> None:
    draft = way.approved()
    saved = desk.save(wang, draft.draft_id, 1, draft.text + "# one word more\n")
    assert (saved.state, saved.impact_id, saved.approved_by, saved.approved_at) == (DraftState.DRAFT, None, None, None)
    with pytest.raises(DraftChanged):
        desk.approve(zhou, draft.draft_id, 1)
    with pytest.raises(DraftMoved):
        desk.approve(zhou, draft.draft_id, 2)


def test_new_figures_void_the_approval_of_the_old_ones(desk: Desk, way, wang: Officer, zhou: Officer) -> None:
    draft = way.approved()
    again, _ = desk.simulate(wang, draft.draft_id, 1)
    assert (again.state, again.approved_by) == (DraftState.SIMULATED, None)


def test_who_read_other_figures_than_are_stored_does_not_approve(desk: Desk, way, wang, zhou: Officer) -> None:
    draft = way.submitted()
    with pytest.raises(ImpactStale, match="other figures"):
        desk.approve(zhou, draft.draft_id, 1, impact_id=uuid4())
    assert desk.approve(zhou, draft.draft_id, 1, impact_id=draft.impact_id).state is DraftState.APPROVED


def test_a_changed_parameter_voids_the_figures(desk: Desk, way, zhou: Officer, served) -> None:
    draft = way.submitted()
    served.old_age_years = 60
    served.load()
    with pytest.raises(ImpactStale) as refused:
        desk.approve(zhou, draft.draft_id, 1)
    assert refused.value.causes == ["a parameter that it reads was changed"]


def test_a_fact_of_another_meaning_voids_the_figures(desk: Desk, way, zhou: Officer, served) -> None:
    draft = way.submitted()
    served.vocabulary = served.vocabulary.replace("zh: 本市户籍", "zh: 户籍").replace(
        "age_years: {type: integer", "age_years: {type: number"
    )
    served.load()
    with pytest.raises(ImpactStale) as refused:
        desk.approve(zhou, draft.draft_id, 1)
    assert refused.value.causes == ["a fact that it reads has another meaning in the vocabulary"]


def test_words_with_which_the_text_cannot_be_read_void_the_figures(
    desk: Desk, way, zhou: Officer, served, policy_text
) -> None:
    local = policy_text("district-pass").replace(
        "- age_years",
        "- any: ['registered_district in [xuhui]', {not: 'registered_district in [xuhui]'}]\n    - age_years",
    )
    draft = way.submitted(local.replace("true, age", "true, registered_district: xuhui, age"))
    served.vocabulary = served.vocabulary.replace(
        "xuhui: {zh: 徐汇区, en: Xuhui}", "minhang: {zh: 闵行区, en: Minhang}"
    )
    served.load()
    with pytest.raises(ImpactStale, match=r"cannot be read any more: district-pass.yaml:17"):
        desk.approve(zhou, draft.draft_id, 1)


def test_another_version_that_serves_voids_the_figures(desk: Desk, way, zhou: Officer, served, policy_text) -> None:
    draft = way.submitted(policy_text(version=3))
    served.load(policy_text(version=2))
    with pytest.raises(ImpactStale) as refused:
        desk.approve(zhou, draft.draft_id, 1)
    assert refused.value.causes == ["version 2 serves now, it was compared with version 1"]


def test_figures_older_than_a_week_are_void(desk: Desk, way, wang, zhou: Officer, clock) -> None:
    draft = way.submitted()
    clock.passes(timedelta(days=7))
    assert desk.approve(zhou, draft.draft_id, 1).state is DraftState.APPROVED
    other = way.submitted()
    clock.passes(timedelta(days=7, seconds=1))
    with pytest.raises(ImpactStale, match="it is 7 days old, more than 7"):
        desk.approve(zhou, other.draft_id, 1)


def test_figures_that_a_rerun_moves_by_more_than_two_per_cent_are_void(
    desk: Desk, way, zhou: Officer, village, policy_text
) -> None:
    village.people *= 10  # a thousand
    draft = way.submitted(policy_text(version=2, limit="60"))
    impact = desk.impact(zhou, draft.draft_id)
    assert impact is not None
    assert (impact.gain, impact.cost_after_fen_year) == (100, 400 * 12 * 2000)
    village.people += [{"age_years": 65, "registered_in_shanghai": True}] * 2  # two per cent of the gainers
    village.snapshot = "wide-2"
    assert desk.approve(zhou, draft.draft_id, 1).state is DraftState.APPROVED

    other = way.submitted(policy_text(version=2, limit="60"))
    village.people += [{"age_years": 65, "registered_in_shanghai": True}] * 3
    with pytest.raises(ImpactStale) as refused:
        desk.approve(zhou, other.draft_id, 1)
    assert refused.value.causes == ["those who gain went from 102 to 105", "the messages went from 102 to 105"]


def test_a_rule_that_would_tell_most_of_an_audience_is_confirmed_by_number(
    desk: Desk, way, zhou: Officer, policy_text
) -> None:
    draft = way.submitted(policy_text(version=2, limit="20").replace("age_years: 20", "age_years: 19"))
    impact = desk.impact(zhou, draft.draft_id)
    assert impact is not None
    assert impact.messages == 50
    for number in (None, 49, 100):
        with pytest.raises(PushToEveryone, match="50 messages to an audience of 100"):
            desk.approve(zhou, draft.draft_id, 1, confirmed_messages=number)
    assert desk.approve(zhou, draft.draft_id, 1, confirmed_messages=50).state is DraftState.APPROVED


def test_what_was_put_out_for_comment_is_simulated_and_never_submitted(
    desk: Desk, way, wang: Officer, policy_text
) -> None:
    text = policy_text(version=2).replace("document: {title: 办法}", "document: {title: 办法, consultation: true}")
    draft = way.simulated(text)
    with pytest.raises(ConsultationDraft):
        desk.submit(wang, draft.draft_id, 1)


def test_a_reviewers_no_needs_a_reason_and_voids_the_figures(desk: Desk, way, wang: Officer, zhou: Officer) -> None:
    draft = way.approved()
    with pytest.raises(DraftInvalid):
        desk.send_back(zhou, draft.draft_id, 1, "  ")
    back = desk.send_back(zhou, draft.draft_id, 1, "看一下年龄")
    assert (back.state, back.impact_id, back.approved_by) == (DraftState.DRAFT, None, None)
    assert desk.events(wang, draft.draft_id)[-1].note == "看一下年龄"


def test_a_draft_that_no_longer_fits_the_words_cannot_be_simulated(desk: Desk, way, wang: Officer, served) -> None:
    draft = way.simulated()
    served.vocabulary = served.vocabulary.replace("unit: years, zh: 年龄", "unit: none, zh: 年龄")
    with pytest.raises(CatalogueInvalid):
        served.load()  # what serves does not fit either, so the words stay
    assert desk.simulate(wang, draft.draft_id, 1)[0].state is DraftState.SIMULATED
