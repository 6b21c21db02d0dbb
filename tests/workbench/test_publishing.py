import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from catalogue.lifecycle import DraftEvent, DraftState
from domain.errors import (
    CatalogueInvalid,
    DraftMoved,
    ImpactStale,
    NotAllowed,
    NothingToRollBack,
    ReleaseInvalid,
    StandingMoved,
    UnknownPolicy,
)
from workbench.audit import AuditLog
from workbench.desk import Desk
from workbench.records import Draft
from workbench.roles import Officer, Role

TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)


def serving(served) -> dict[str, int]:
    """Which version of each policy serves those whom no canary reaches."""
    return {policy.id: policy.version for policy in served.catalogue().policies}


def test_an_approved_draft_serves_everybody_once_its_day_has_come(desk: Desk, way, wang, served, clock) -> None:
    draft = way.approved()
    desk.schedule(wang, draft.draft_id, 1, TOMORROW)
    with pytest.raises(ReleaseInvalid, match="Its day is 2026-11-25"):
        desk.release(wang, draft.draft_id, 1, DraftState.PUBLISHED)
    assert (desk.due(), serving(served)) == ([], {"bus-pass": 1})
    clock.passes(timedelta(days=1))
    released = desk.release(wang, draft.draft_id, 1, DraftState.PUBLISHED)
    assert (released.state, serving(served)) == (DraftState.PUBLISHED, {"bus-pass": 2})
    [standing] = desk.standings()
    assert (standing.version, standing.cause, standing.officer_id, standing.draft_id) == (
        2,
        "published",
        "wang",
        draft.draft_id,
    )


def test_a_day_begins_in_the_city_not_in_greenwich(desk: Desk, way, wang, clock) -> None:
    draft = desk.schedule(wang, way.approved().draft_id, 1, TOMORROW)
    clock.passes(timedelta(hours=12))  # midnight in Shanghai, 16:00 in Greenwich
    assert desk.due() == [draft]


def test_what_was_never_approved_is_neither_scheduled_nor_released(desk: Desk, way, wang) -> None:
    draft = way.submitted()
    with pytest.raises(DraftMoved):
        desk.schedule(wang, draft.draft_id, 1, TODAY)
    for to in (DraftState.CANARY, DraftState.PUBLISHED):
        with pytest.raises(DraftMoved):
            desk.release(wang, draft.draft_id, 1, to)


def test_days_and_shares_that_cannot_be_are_refused(desk: Desk, way, wang, policy_text) -> None:
    draft = way.approved()
    for day, percent, why in (
        (TODAY - timedelta(days=1), None, "is over"),
        (TODAY + timedelta(days=8), None, "lasts until 2026-12-01"),
        (TODAY, 0, "cannot serve 0 %"),
        (TODAY, 100, "cannot serve 100 %"),
    ):
        with pytest.raises(ReleaseInvalid, match=why):
            desk.schedule(wang, draft.draft_id, 1, day, percent)
    later = way.approved(policy_text(version=2).replace("from: 2026-01-01", "from: 2026-11-26"))
    with pytest.raises(ReleaseInvalid, match="would take version 1 out of service"):
        desk.schedule(wang, later.draft_id, 1, TODAY)
    assert desk.schedule(wang, later.draft_id, 1, date(2026, 11, 26)).publish_on == date(2026, 11, 26)
    ended = way.approved(policy_text(version=2).replace("to: null}\neli", "to: 2026-11-24}\neli"))
    with pytest.raises(ReleaseInvalid, match="ends on 2026-11-24"):
        desk.schedule(wang, ended.draft_id, 1, TOMORROW)


def test_who_may_not_release_is_told_so(desk: Desk, way, zhou: Officer, stranger: Officer) -> None:
    draft = way.scheduled()
    for who in (zhou, stranger):
        for act in (
            lambda who=who: desk.schedule(who, draft.draft_id, 1, TODAY),
            lambda who=who: desk.release(who, draft.draft_id, 1, DraftState.PUBLISHED),
            lambda who=who: desk.roll_back(who, "bus-pass", "no"),
            lambda who=who: desk.retire(who, "bus-pass", TODAY, "no"),
        ):
            with pytest.raises(NotAllowed):
                act()


def test_a_canary_serves_its_share_and_the_others_are_served_as_before(way, served) -> None:
    way.canary(percent=25)
    loaded = served.loaded()
    assert [(one.buckets.start, one.buckets.stop) for one in loaded.slices] == [(0, 25), (25, 100)]
    assert [one.catalogue.policy("bus-pass").version for one in loaded.slices] == [2, 1]
    people = [f"C{number:09}" for number in range(4_000)]
    share = sum(loaded.place_of(one) == 0 for one in people) / len(people)
    assert 0.22 < share < 0.28
    assert loaded.catalogue.policy("bus-pass").version == 1


def test_with_several_canaries_everybody_is_served_one_version_of_each_policy(way, served, policy_text) -> None:
    served.load(policy_text("meal-pass"))
    way.canary(policy_text("bus-pass", 2), 5)
    way.canary(policy_text("meal-pass", 2), 25)
    way.canary(policy_text("new-pass", 1), 25)
    loaded = served.loaded()
    assert [(one.buckets.start, one.buckets.stop) for one in loaded.slices] == [(0, 5), (5, 25), (25, 100)]
    assert [{policy.id: policy.version for policy in one.catalogue.policies} for one in loaded.slices] == [
        {"bus-pass": 2, "meal-pass": 2, "new-pass": 1},
        {"bus-pass": 1, "meal-pass": 2, "new-pass": 1},
        {"bus-pass": 1, "meal-pass": 1},
    ]
    places = Counter(loaded.place_of(f"C{number:09}") for number in range(4_000))
    assert sum(places.values()) == 4_000
    assert all(abs(places[place] / 4_000 - share) < 0.03 for place, share in ((0, 0.05), (1, 0.2), (2, 0.75)))


def test_after_its_share_a_canary_serves_everybody_and_what_served_is_superseded(desk, way, wang, served) -> None:
    first = way.published()
    draft = way.canary()
    assert desk.draft(wang, first.draft_id).state is DraftState.PUBLISHED
    released = desk.release(wang, draft.draft_id, 1, DraftState.PUBLISHED)
    assert (released.state, serving(served)) == (DraftState.PUBLISHED, {"bus-pass": 3})
    assert desk.draft(wang, first.draft_id).state is DraftState.SUPERSEDED
    assert len(served.loaded().slices) == 1


def test_a_release_sent_twice_takes_one_step(desk: Desk, way, wang, served) -> None:
    draft = way.scheduled(canary_percent=10)
    canary = desk.release(wang, draft.draft_id, 1, DraftState.CANARY)
    assert desk.release(wang, draft.draft_id, 1, DraftState.CANARY) == canary
    assert serving(served) == {"bus-pass": 1}
    with pytest.raises(ReleaseInvalid):
        desk.release(wang, draft.draft_id, 1, DraftState.APPROVED)


def test_a_canary_that_was_scheduled_is_not_left_out(desk: Desk, way, wang) -> None:
    draft = way.scheduled(canary_percent=10)
    with pytest.raises(ReleaseInvalid, match="scheduled to be canary first"):
        desk.release(wang, draft.draft_id, 1, DraftState.PUBLISHED)
    other = way.scheduled()
    with pytest.raises(ReleaseInvalid, match="scheduled to be published first"):
        desk.release(wang, other.draft_id, 1, DraftState.CANARY)


def test_two_canaries_of_one_policy_are_refused(desk: Desk, way, wang, policy_text) -> None:
    way.canary()
    other = way.scheduled(policy_text(version=3))
    with pytest.raises(ReleaseInvalid, match="Version 2 of 'bus-pass' is a canary still"):
        desk.release(wang, other.draft_id, 1, DraftState.PUBLISHED)


def test_of_two_drafts_of_one_version_the_first_to_serve_voids_the_other(desk: Desk, way, wang, policy_text) -> None:
    one, other = way.scheduled(), way.scheduled(policy_text(version=2, amount=30))
    desk.release(wang, one.draft_id, 1, DraftState.PUBLISHED)
    with pytest.raises(ImpactStale, match="version 2 serves now, it was compared with version 1"):
        desk.release(wang, other.draft_id, 1, DraftState.PUBLISHED)


def test_of_many_who_release_at_once_one_step_is_taken(desk: Desk, way, wang, policy_text, served) -> None:
    drafts = [way.scheduled(policy_text(version=2, amount=amount)) for amount in (20, 30, 40, 50)]
    together = threading.Barrier(8)

    def release(number: int) -> bool:
        together.wait()
        try:
            desk.release(wang, drafts[number % 4].draft_id, 1, DraftState.PUBLISHED)
        except (ImpactStale, DraftMoved):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(release, range(8)))
    assert 1 <= sum(done) <= 2  # the same draft twice is one step
    rows = desk.history("bus-pass")
    assert [(row.version, row.cause) for row in rows] == [(1, "loaded"), (2, "published")]
    states = Counter(desk.draft(wang, one.draft_id).state for one in drafts)
    assert states == {DraftState.PUBLISHED: 1, DraftState.SCHEDULED: 3}


def test_a_parameter_that_changed_since_the_approval_stops_the_release(desk: Desk, way, wang, served) -> None:
    scheduled, canary = way.scheduled(), way.canary()
    served.old_age_years = 60
    served.load()
    for draft, to in ((scheduled, DraftState.PUBLISHED), (canary, DraftState.PUBLISHED)):
        with pytest.raises(ImpactStale, match="a parameter that it reads was changed"):
            desk.release(wang, draft.draft_id, 1, to)


def test_figures_that_moved_since_the_approval_stop_the_release(desk: Desk, way, wang, village, policy_text) -> None:
    draft = way.scheduled(policy_text(version=2, limit="60"))
    village.people += [{"age_years": 65, "registered_in_shanghai": True}]
    with pytest.raises(ImpactStale, match="those who gain went from 10 to 11"):
        desk.release(wang, draft.draft_id, 1, DraftState.PUBLISHED)


def test_an_approval_is_over_after_a_week_but_a_canary_may_run_on(desk: Desk, way, wang, clock, policy_text) -> None:
    draft, canary = way.scheduled(policy_text("new-pass")), way.canary()
    clock.passes(timedelta(days=8))
    with pytest.raises(ImpactStale, match="8 days old"):
        desk.release(wang, draft.draft_id, 1, DraftState.PUBLISHED)
    assert desk.release(wang, canary.draft_id, 1, DraftState.PUBLISHED).state is DraftState.PUBLISHED


def test_the_worker_releases_what_is_due_and_sends_back_what_is_stale(
    desk: Desk, way, wang, policy_text, served, village
) -> None:
    canary = way.scheduled(policy_text("new-pass"), 10)
    stale = way.scheduled(policy_text(version=2, limit="60"))
    village.people += [{"age_years": 65, "registered_in_shanghai": True}]
    done = desk.release_due()
    assert {draft.draft_id: draft.state for draft in done if isinstance(draft, Draft)} == {
        canary.draft_id: DraftState.CANARY,
        stale.draft_id: DraftState.DRAFT,
    }
    [*_, event] = desk.events(wang, stale.draft_id)
    assert (event.event, event.officer_id) == (DraftEvent.SEND_BACK, "system")
    assert "those who gain went from 10 to 11" in event.note
    assert desk.release_due() == []


def test_a_rollback_takes_one_step_to_what_served_everybody_before(desk: Desk, way, wang, served) -> None:
    second = way.published()
    third = desk.release(wang, way.canary().draft_id, 1, DraftState.PUBLISHED)
    assert serving(served) == {"bus-pass": 3}
    row = desk.roll_back(wang, "bus-pass", "wrong limit")
    assert (row.version, row.cause, row.reason, serving(served)) == (2, "rolled_back", "wrong limit", {"bus-pass": 2})
    assert desk.draft(wang, third.draft_id).state is DraftState.WITHDRAWN
    assert desk.draft(wang, second.draft_id).state is DraftState.PUBLISHED
    assert desk.roll_back(wang, "bus-pass", "further").version == 1
    assert desk.draft(wang, second.draft_id).state is DraftState.WITHDRAWN
    with pytest.raises(NothingToRollBack):
        desk.roll_back(wang, "bus-pass", "further")
    assert [row.version for row in desk.history("bus-pass")] == [1, 2, 2, 3, 2, 1]


def test_a_canary_is_rolled_back_from_its_share(desk: Desk, way, wang, served) -> None:
    draft = way.canary()
    desk.roll_back(wang, "bus-pass", "wrong")
    assert [one.catalogue.policy("bus-pass").version for one in served.loaded().slices] == [1]
    assert desk.draft(wang, draft.draft_id).state is DraftState.WITHDRAWN


def test_after_a_rollback_the_next_version_takes_a_number_of_its_own(desk: Desk, way, wang, served) -> None:
    way.published()
    desk.roll_back(wang, "bus-pass", "wrong")
    draft = way.published()
    assert (draft.version, draft.base_version, serving(served)) == (3, 1, {"bus-pass": 3})
    assert desk.roll_back(wang, "bus-pass", "wrong again").version == 1


def test_what_began_in_the_workbench_is_rolled_back_to_nothing(desk: Desk, way, wang, served, policy_text) -> None:
    draft = way.published(policy_text("new-pass"))
    desk.roll_back(wang, "new-pass", "wrong")
    assert serving(served) == {"bus-pass": 1}
    assert desk.draft(wang, draft.draft_id).state is DraftState.WITHDRAWN
    with pytest.raises(NothingToRollBack):
        desk.roll_back(wang, "new-pass", "wrong")
    way.published(policy_text("new-pass", 2))
    assert desk.roll_back(wang, "new-pass", "wrong").version is None


def test_a_rollback_sent_twice_goes_back_once(desk: Desk, way, wang, served) -> None:
    way.published()
    way.published()
    looked_at = desk.standings()[0].sequence
    desk.roll_back(wang, "bus-pass", "wrong", sequence=looked_at)
    with pytest.raises(StandingMoved):
        desk.roll_back(wang, "bus-pass", "wrong", sequence=looked_at)
    assert serving(served) == {"bus-pass": 2}


def test_nothing_is_rolled_back_to_words_that_are_gone(desk: Desk, way, wang, served, policy_text) -> None:
    served.vocabulary = served.vocabulary.replace(
        "citizen:",
        "citizen:\n  veteran: {type: boolean, unit: none, zh: 军, en: V, register: population, fresh_days: 9}",
        1,
    )
    served.load(
        policy_text(version=2)
        .replace("- age_years", "- any: [veteran, not: veteran]\n    - age_years")
        .replace("shanghai: true, age", "shanghai: true, veteran: true, age")
    )
    way.published(policy_text(version=3))
    served.vocabulary = served.vocabulary.replace("veteran:", "soldier:")
    served.load()
    with pytest.raises(CatalogueInvalid, match="bus-pass version 2"):
        desk.roll_back(wang, "bus-pass", "wrong")
    assert serving(served) == {"bus-pass": 3}


def test_a_retired_policy_serves_until_its_last_day_and_can_be_brought_back(desk: Desk, way, wang, served) -> None:
    draft = way.published()
    desk.retire(wang, "bus-pass", TOMORROW, "the law ends")
    policy = served.catalogue().policy("bus-pass")
    assert (policy.in_force(TOMORROW), policy.in_force(TOMORROW + timedelta(days=1))) == (True, False)
    assert desk.draft(wang, draft.draft_id).state is DraftState.RETIRED
    desk.roll_back(wang, "bus-pass", "it does not")
    assert served.catalogue().policy("bus-pass").effective_to is None
    assert desk.draft(wang, draft.draft_id).state is DraftState.PUBLISHED


def test_a_retirement_that_cannot_be_is_refused(desk: Desk, way, wang) -> None:
    with pytest.raises(ReleaseInvalid, match="is over"):
        desk.retire(wang, "bus-pass", TODAY - timedelta(days=1), "late")
    with pytest.raises(ReleaseInvalid, match="No reason"):
        desk.retire(wang, "bus-pass", TODAY, " ")
    with pytest.raises(UnknownPolicy):
        desk.retire(wang, "no-pass", TODAY, "why")
    way.canary()
    with pytest.raises(ReleaseInvalid, match="a canary is running"):
        desk.retire(wang, "bus-pass", TODAY, "why")


def test_what_changes_what_serves_is_in_the_log(desk: Desk, way, wang, log: AuditLog, hire) -> None:
    way.published()
    before = log.verify().entries
    desk.roll_back(hire("qian", Role.OFFICER, agency="上海市大数据中心"), "bus-pass", "wrong")
    proven = log.verify()
    assert proven.entries - before == 3  # hired, rolled back, draft withdrawn
    assert proven.anchored == proven.entries
