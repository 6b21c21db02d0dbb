"""A parameter's new values go the way of a policy's text: weighed over all that name it, and approved by another."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from catalogue.lifecycle import DraftState
from domain.errors import ConsultationDraft, ImpactStale, NotAllowed, PushToEveryone, ReleaseInvalid, UnknownParameter
from workbench.desk import Desk
from workbench.records import Draft
from workbench.roles import Officer, Role

NAME = "old_age_years"
TODAY = date(2026, 11, 24)


@pytest.fixture
def lowered(desk: Desk, wang: Officer) -> Callable[..., Draft]:
    """A draft that lowers the age, checked."""

    def make(years: int = 60, more: tuple[str, str] = ("", "")) -> Draft:
        draft = desk.create_parameter(wang, NAME)
        text = draft.text.replace("value: 70", f"value: {years}").replace(*more)
        draft = desk.save(wang, draft.draft_id, 1, text)
        found = desk.check(wang, draft.draft_id, 2)
        assert found.ok, found
        return found.draft

    return make


def test_a_parameter_is_weighed_over_every_policy_that_names_it(desk, wang, lowered, served, policy_text) -> None:
    served.load(policy_text("meal-pass", amount=5), policy_text("other-pass", limit="50"))
    draft = lowered()
    moved, impact = desk.simulate(wang, draft.draft_id, 2)
    assert (moved.state, impact.gain, impact.lose, impact.subjects) == (DraftState.SIMULATED, 20, 0, 100)
    assert impact.cost_after_fen_year - impact.cost_before_fen_year == 10 * 12 * (2000 + 500)
    stored = desk.stored_impact(wang, draft.draft_id)
    assert [(part.policy_id, part.gain) for part in stored.parts] == [("bus-pass", 10), ("meal-pass", 10)]
    assert stored.impact == impact


def test_what_is_approved_serves_everybody_from_its_day_on(desk, wang, zhou, lowered, served) -> None:
    draft = lowered()
    desk.simulate(wang, draft.draft_id, 2)
    desk.submit(wang, draft.draft_id, 2)
    desk.approve(zhou, draft.draft_id, 2)
    with pytest.raises(ReleaseInvalid, match="one value for everybody"):
        desk.schedule(wang, draft.draft_id, 2, TODAY, 10)
    desk.schedule(wang, draft.draft_id, 2, TODAY)
    assert served.catalogue().parameters[NAME].at(TODAY) == 70
    desk.release(wang, draft.draft_id, 2, DraftState.PUBLISHED)
    loaded = served.loaded()
    assert (loaded.catalogue.parameters[NAME].at(TODAY), loaded.parameter_versions[NAME]) == (60, 2)
    assert [draft.policy_id for draft in desk.drafts(wang, kind="parameter")] == [NAME]
    assert desk.drafts(wang) == []


def test_the_next_values_supersede_them_and_nobody_approves_their_own(
    desk: Desk, wang: Officer, zhou: Officer, lowered: Callable[..., Draft]
) -> None:
    def publish(years: int) -> Draft:
        draft = lowered(years) if years != 70 else desk.create_parameter(wang, NAME)
        at = draft.draft_id, draft.revision
        desk.check(wang, *at)
        desk.simulate(wang, *at)
        desk.submit(wang, *at)
        with pytest.raises(NotAllowed):
            desk.approve(wang, *at)
        desk.approve(zhou, *at)
        desk.schedule(wang, *at, TODAY)
        return desk.release(wang, *at, DraftState.PUBLISHED)

    first = publish(60)
    second = desk.create_parameter(wang, NAME)
    assert (second.base_version, "value: 60" in second.text) == (2, True)
    publish(70)
    assert desk.draft(wang, first.draft_id).state is DraftState.SUPERSEDED


def test_other_values_that_serve_meanwhile_void_the_figures(desk, wang, zhou, lowered, served, policy_text) -> None:
    draft = lowered()
    desk.simulate(wang, draft.draft_id, 2)
    desk.submit(wang, draft.draft_id, 2)
    served.old_age_years = 75
    served.load()
    with pytest.raises(ImpactStale, match="version 2 of it serves now, not 1"):
        desk.approve(zhou, draft.draft_id, 2)
    served.load(policy_text("meal-pass"), policy_text(version=2))
    with pytest.raises(ImpactStale) as refused:
        desk.approve(zhou, draft.draft_id, 2)
    assert "other policies name it now: meal-pass" in refused.value.causes
    assert "bus-pass: version 2 serves now, it was compared with version 1" in refused.value.causes


def test_a_policys_case_that_fails_by_the_new_values_stops_the_draft(desk, wang) -> None:
    draft = desk.create_parameter(wang, NAME)
    desk.save(wang, draft.draft_id, 1, draft.text.replace("value: 70", "value: 95"))
    found = desk.check(wang, draft.draft_id, 2)
    assert [(one.policy_id, one.case) for one in found.failures] == [("bus-pass", "老人")]
    assert found.draft.state is DraftState.DRAFT


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("old_age_years:", "young_age_years:", "This is a draft of the parameter 'old_age_years'"),
        ("unit: years", "unit: cny_per_month", "'age_years' is in years"),
        ("to: null", "to: 2026-12-31", "has no value on 2027-01-01"),
        ("value: 70", "value: seventy", "value must be a number"),
    ],
)
def test_values_that_no_policy_could_be_read_with_are_told_with_their_place(desk, wang, old, new, says) -> None:
    draft = desk.create_parameter(wang, NAME)
    desk.save(wang, draft.draft_id, 1, draft.text.replace(old, new))
    found = desk.check(wang, draft.draft_id, 2)
    assert any(says in str(problem) for problem in found.problems), found.problems


def test_a_parameter_of_several_agencies_is_a_citywide_officers(
    desk, wang, stranger, served, hire, policy_text
) -> None:
    with pytest.raises(NotAllowed):
        desk.create_parameter(stranger, NAME)
    assert desk.create_parameter(wang, NAME).agency_id == "上海市民政局"
    served.load(policy_text("library-pass", agency="上海市文化和旅游局"))
    for who in (wang, stranger):
        with pytest.raises(NotAllowed):
            desk.create_parameter(who, NAME)
    citywide = hire("qian", Role.OFFICER, agency="上海市大数据中心")
    assert desk.create_parameter(citywide, NAME).agency_id == "上海市大数据中心"


def test_a_new_parameter_touches_nobody_and_can_be_named_once_it_serves(
    desk, wang, zhou, served, policy_text, clock
) -> None:
    with pytest.raises(UnknownParameter, match=r"Did you mean 'param.old_age_years'"):
        desk.create_parameter(wang, "old_ages_years")
    text = desk.create_parameter(wang, NAME).text.replace(NAME, "young_age_years").replace("value: 70", "value: 30")
    draft = desk.create_parameter(wang, "young_age_years", text=text)
    assert desk.check(wang, draft.draft_id, 1).ok
    _, impact = desk.simulate(wang, draft.draft_id, 1)
    assert (impact.gain, impact.subjects) == (0, 0)
    desk.submit(wang, draft.draft_id, 1)
    desk.approve(zhou, draft.draft_id, 1)
    desk.schedule(wang, draft.draft_id, 1, TODAY)
    clock.passes(timedelta(days=1))
    [released] = desk.release_due()
    assert released.state is DraftState.PUBLISHED
    assert served.catalogue().parameters["young_age_years"].at(TODAY) == 30
    assert desk.policy(desk.create(wang, text=policy_text("new-pass", limit="param.young_age_years"))).id == "new-pass"


def test_values_put_out_for_comment_are_never_submitted(desk, wang, lowered) -> None:
    draft = lowered(60, ("title: 办法", "title: 办法\n    consultation: true"))
    desk.simulate(wang, draft.draft_id, 2)
    with pytest.raises(ConsultationDraft):
        desk.submit(wang, draft.draft_id, 2)


def test_messages_of_most_of_an_audience_are_counted_over_all_policies(
    desk, wang, zhou, lowered, served, policy_text
) -> None:
    served.load(policy_text("meal-pass"), policy_text("tea-pass"))
    draft = lowered(50)
    _, impact = desk.simulate(wang, draft.draft_id, 2)
    assert impact.messages == 60
    desk.submit(wang, draft.draft_id, 2)
    with pytest.raises(PushToEveryone, match="60 messages to an audience of 100"):
        desk.approve(zhou, draft.draft_id, 2)
    assert desk.approve(zhou, draft.draft_id, 2, confirmed_messages=60).state is DraftState.APPROVED
