"""Ways around the desk that an attacker found open once, each held shut."""

from datetime import date, timedelta

import pytest

from catalogue.lifecycle import DraftState
from domain.errors import DraftInvalid, NotAllowed, OfficerInvalid, ReleaseInvalid
from workbench.desk import Desk
from workbench.officers import Officers
from workbench.records import Draft, Parts
from workbench.roles import Role

CIVIL_AFFAIRS, CULTURE, CITYWIDE = "上海市民政局", "上海市文化和旅游局", "上海市大数据中心"
TODAY, TOMORROW, NEXT_WEEK = date(2026, 11, 24), date(2026, 11, 25), date(2026, 12, 1)


def test_a_draft_whose_cases_fail_under_new_words_is_not_weighed_until_it_is_mended(
    desk: Desk, way, wang, served
) -> None:
    draft = way.simulated()
    served.old_age_years = 95
    served.load(served.first)  # the old man of the cases is ninety
    with pytest.raises(DraftInvalid, match="does not pass its check any more"):
        desk.simulate(wang, draft.draft_id, 1)


def test_a_release_does_not_overtake_a_day_that_was_moved_meanwhile(
    parts: Parts, desk: Desk, way, wang, village
) -> None:
    draft = way.scheduled()
    once: list[Draft] = []
    weigh = village.impact

    def rescheduled(*args, **named):
        if not once:
            once.append(desk.schedule(wang, draft.draft_id, 1, NEXT_WEEK))
        return weigh(*args, **named)

    village.impact = rescheduled
    with pytest.raises(ReleaseInvalid):
        desk.release(wang, draft.draft_id, 1, DraftState.PUBLISHED)
    assert desk.draft(wang, draft.draft_id).state is DraftState.SCHEDULED


def test_an_approved_draft_does_not_bring_back_what_was_retired_since(desk: Desk, way, wang, clock) -> None:
    draft = way.approved()
    desk.schedule(wang, draft.draft_id, 1, TOMORROW)
    clock.passes(timedelta(minutes=1))
    desk.retire(wang, "bus-pass", NEXT_WEEK, "ends with the year")
    clock.passes(timedelta(days=1))
    [done] = desk.release_due()
    assert isinstance(done, Draft)
    assert done.state is DraftState.DRAFT
    assert desk.history("bus-pass")[-1].last_day == NEXT_WEEK


def test_a_move_that_was_rolled_back_gives_the_other_agency_nothing(
    desk: Desk, hire, policy_text, wang, stranger
) -> None:
    boss = hire("boss", Role.OFFICER, agency=CITYWIDE)
    critic = hire("critic", Role.REVIEWER, agency=CITYWIDE)
    draft = desk.create(boss, text=policy_text(version=2, agency=CULTURE))
    desk.check(boss, draft.draft_id, 1)
    desk.simulate(boss, draft.draft_id, 1)
    desk.submit(boss, draft.draft_id, 1)
    desk.approve(critic, draft.draft_id, 1)
    desk.schedule(boss, draft.draft_id, 1, TODAY)
    desk.release(boss, draft.draft_id, 1, DraftState.PUBLISHED)
    with pytest.raises(NotAllowed):
        desk.roll_back(wang, "bus-pass", "no longer ours")
    desk.roll_back(stranger, "bus-pass", "not ours")
    with pytest.raises(NotAllowed):
        desk.retire(stranger, "bus-pass", TODAY, "theirs again")
    desk.retire(wang, "bus-pass", TODAY, "ours again")


def test_nobody_takes_over_the_id_of_anothers_retired_policy(desk: Desk, policy_text, wang, stranger, clock) -> None:
    desk.retire(wang, "bus-pass", TODAY, "ends")
    clock.passes(timedelta(days=2))
    with pytest.raises(NotAllowed):
        desk.create(stranger, text=policy_text(version=2, agency=CULTURE))


def test_an_old_draft_does_not_take_back_a_policy_that_was_moved_meanwhile(desk: Desk, hire, policy_text, wang) -> None:
    boss = hire("boss", Role.OFFICER, agency=CITYWIDE)
    critic = hire("critic", Role.REVIEWER, agency=CITYWIDE)
    old = desk.create(wang, text=policy_text(version=3))
    draft = desk.create(boss, text=policy_text(version=2, agency=CULTURE))
    desk.check(boss, draft.draft_id, 1)
    desk.simulate(boss, draft.draft_id, 1)
    desk.submit(boss, draft.draft_id, 1)
    desk.approve(critic, draft.draft_id, 1)
    desk.schedule(boss, draft.draft_id, 1, TODAY)
    desk.release(boss, draft.draft_id, 1, DraftState.PUBLISHED)
    checked = desk.check(wang, old.draft_id, 1)
    assert not checked.ok


def test_nobody_is_hired_under_the_name_that_the_log_has_for_the_system(officers: Officers) -> None:
    with pytest.raises(OfficerInvalid):
        officers.set_officer("system", "Nobody", CIVIL_AFFAIRS, {Role.OFFICER})


def test_nobody_takes_over_the_id_of_what_was_rolled_back_to_nothing(
    desk: Desk, way, policy_text, wang, stranger
) -> None:
    way.published(policy_text("meal-pass"))
    desk.roll_back(wang, "meal-pass", "a mistake")
    with pytest.raises(NotAllowed):
        desk.create(stranger, text=policy_text("meal-pass", 2, agency=CULTURE))


def test_a_draft_begun_before_another_agency_published_the_id_does_not_take_it_over(
    desk: Desk, way, policy_text, stranger
) -> None:
    squat = desk.create(stranger, text=policy_text("meal-pass", 1, agency=CULTURE))
    way.published(policy_text("meal-pass"))
    desk.save(stranger, squat.draft_id, 1, policy_text("meal-pass", 2, agency=CULTURE))
    checked = desk.check(stranger, squat.draft_id, 2)
    assert [problem.message for problem in checked.problems] == [
        "'meal-pass' is a policy of 上海市民政局 since this draft was begun."
    ]


def test_a_parameter_is_not_changed_by_one_agency_once_another_names_it(desk: Desk, wang, served, policy_text) -> None:
    draft = desk.create_parameter(wang, "old_age_years")
    served.load(policy_text("museum-pass", agency=CULTURE))
    checked = desk.check(wang, draft.draft_id, 1)
    assert ["上海市文化和旅游局" in problem.message for problem in checked.problems] == [True]
