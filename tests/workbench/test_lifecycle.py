"""The lifecycle as a graph, the way back as a stack, and both on a real database, whatever officers do in any order."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from catalogue.lifecycle import EDITABLE, SERVING, TRANSITIONS, DraftEvent, DraftState, transition
from domain.errors import DraftMoved, DuixianError
from storage import drafts as stored
from workbench.desk import Desk
from workbench.records import Standing
from workbench.roles import Officer, Role
from workbench.withdrawing import before

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def reachable(without: DraftEvent | None = None, start: DraftState | None = None) -> set[DraftState | None]:
    found: set[DraftState | None] = {start}
    while True:
        more = {after for (state, event), after in TRANSITIONS.items() if state in found and event is not without}
        if more <= found:
            return found
        found |= more


def test_every_state_can_be_reached_and_every_event_leads_somewhere() -> None:
    assert reachable() == {None, *DraftState}
    assert {event for _, event in TRANSITIONS} == {*DraftEvent}


@pytest.mark.parametrize(
    "step", [DraftEvent.CHECK, DraftEvent.SIMULATE, DraftEvent.SUBMIT, DraftEvent.APPROVE, DraftEvent.SCHEDULE]
)
def test_nobody_is_served_by_what_skipped_a_step(step: DraftEvent) -> None:
    assert not reachable(without=step) & SERVING


def test_after_a_save_or_a_reviewers_no_the_whole_way_lies_ahead_again() -> None:
    for state in EDITABLE:
        assert transition(state, DraftEvent.SAVE) is DraftState.DRAFT
    backward = {after for (_, event), after in TRANSITIONS.items() if event is DraftEvent.SEND_BACK}
    assert backward == {DraftState.DRAFT}
    assert not reachable(without=DraftEvent.APPROVE, start=DraftState.DRAFT) & SERVING


def test_what_serves_or_is_over_cannot_be_edited() -> None:
    for state in {*DraftState} - EDITABLE:
        with pytest.raises(DraftMoved):
            transition(state, DraftEvent.SAVE)


@dataclass
class Stack:
    """What should be gone back to: everything that ever served everybody, the newest last."""

    served: list[int | None]

    def roll_back(self) -> None:
        if len(self.served) > 1:
            self.served.pop()


@given(st.lists(st.sampled_from(["publish", "canary", "roll_back"]), max_size=20))
def test_rolling_back_again_and_again_goes_down_a_stack(acts: list[str]) -> None:
    rows, stack, canary = [Standing("p", 1, "loaded", "system", NOW, sequence=1)], Stack([1]), False
    for number, act in enumerate(acts, 2):
        newest = rows[-1]
        if act == "publish":
            row = replace(newest, version=number, cause="published", restores=None)
            row = replace(row, canary_version=None, canary_percent=None)
            stack.served.append(number)
            canary = False
        elif act == "canary":
            row = replace(newest, cause="canary", canary_version=number, canary_percent=10, restores=None)
            canary = True
        else:
            target = before(rows)
            if target is None:
                assert stack.served == [1]
                assert not canary
                continue
            row = replace(
                newest,
                version=target.version,
                cause="rolled_back",
                restores=target.sequence,
                canary_version=None,
                canary_percent=None,
            )
            if not canary:
                stack.roll_back()
            canary = False
        rows.append(replace(row, sequence=number * 3))
        assert rows[-1].version == stack.served[-1]


class Office(RuleBasedStateMachine):
    """Officers of all kinds do anything with any draft at any time; what must hold, holds."""

    def __init__(self, desk: Desk, people: list[Officer], clock, served, wipe) -> None:
        super().__init__()
        wipe()
        served.load(served.first)
        self.desk, self.people, self.clock, self.served = desk, people, clock, served
        self.ids: list[UUID] = []
        self.number = 0

    def _try(self, act) -> None:
        with suppress(DuixianError):
            act()

    def _draft(self, pick: int):
        return self.desk.draft(self.people[0], self.ids[pick % len(self.ids)])

    who = st.integers(0, 3)
    which = st.integers(0, 9)

    @rule(who=who)
    def create(self, who: int) -> None:
        if len(self.ids) < 3:
            with suppress(DuixianError):
                self.ids.append(self.desk.create(self.people[who], policy_id="bus-pass").draft_id)

    @rule(who=who, which=which, late=st.booleans())
    def save(self, who: int, which: int, late: bool) -> None:
        if self.ids:
            draft = self._draft(which)
            self.number += 1
            text = f"{draft.text.splitlines(keepends=False)[0]} # {self.number}\n{draft.text.split(chr(10), 1)[1]}"
            self._try(lambda: self.desk.save(self.people[who], draft.draft_id, draft.revision - late, text))

    @rule(
        who=who,
        which=which,
        acts=st.lists(
            st.sampled_from(["check", "simulate", "submit", "approve", "schedule", "canary", "publish"]),
            min_size=1,
            max_size=7,
        ),
    )
    def move(self, who: int, which: int, acts: list[str]) -> None:
        """Some acts in a row, each by a person who might; mostly the next one of the way, so that drafts get on."""
        for act in acts:
            if self.ids:
                self._act(self.people[who], act, which)

    @rule(which=which)
    def go_all_the_way(self, which: int) -> None:
        if self.ids:
            for act in ("check", "simulate", "submit"):
                self._act(self.people[0], act, which)
            self._act(self.people[3], "approve", which)
            for act in ("schedule", "canary", "publish"):
                self._act(self.people[0], act, which)

    def _act(self, who: Officer, act: str, which: int) -> None:
        draft = self._draft(which)
        at = (who, draft.draft_id, draft.revision)
        today = self.clock().date()
        self._try(
            {
                "check": lambda: self.desk.check(*at),
                "simulate": lambda: self.desk.simulate(*at),
                "submit": lambda: self.desk.submit(*at),
                "approve": lambda: self.desk.approve(*at),
                "schedule": lambda: self.desk.schedule(*at, today, 10 if which % 2 else None),
                "canary": lambda: self.desk.release(*at, DraftState.CANARY),
                "publish": lambda: self.desk.release(*at, DraftState.PUBLISHED),
            }[act]
        )

    @rule(who=who, which=which, act=st.sampled_from(["send_back", "withdraw", "roll_back", "retire"]))
    def go_back(self, who: int, which: int, act: str) -> None:
        person = self.people[who]
        if act in ("send_back", "withdraw"):
            if self.ids:
                draft = self._draft(which)
                self._try(lambda: getattr(self.desk, act)(person, draft.draft_id, draft.revision, "why"))
        elif act == "roll_back":
            self._try(lambda: self.desk.roll_back(person, "bus-pass", "why"))
        else:
            self._try(lambda: self.desk.retire(person, "bus-pass", self.clock().date(), "why"))

    @rule(days=st.integers(1, 5))
    def time_passes(self, days: int) -> None:
        self.clock.passes(timedelta(days=days))

    @invariant()
    def what_serves_was_approved_by_somebody_else_in_its_last_text(self) -> None:
        with self.served.begin() as connection:
            found = stored.find(connection)
            steps = {draft.draft_id: stored.steps(connection, draft.draft_id) for draft in found}
        for draft in found:
            history = steps[draft.draft_id]
            assert (history[-1].to_state, history[-1].revision) == (draft.state, draft.revision)
            assert [step.sequence for step in history] == list(range(1, len(history) + 1))
            if draft.state in SERVING:
                events = [step.event for step in history]
                approved = len(events) - 1 - events[::-1].index(DraftEvent.APPROVE)
                assert DraftEvent.SAVE not in events[approved:]
                hands = {step.officer_id for step in history[:approved] if step.event in _BY_HAND}
                assert history[approved].officer_id not in hands
        self._standing_agrees(found)

    def _standing_agrees(self, found) -> None:
        published = [draft.version for draft in found if draft.state is DraftState.PUBLISHED]
        canaries = [draft.version for draft in found if draft.state is DraftState.CANARY]
        retired = [draft.version for draft in found if draft.state is DraftState.RETIRED]
        [standing] = self.desk.standings()
        assert published in ([], [standing.version])
        assert canaries == ([] if standing.canary_version is None else [standing.canary_version])
        if standing.version != 1 and not published:
            assert standing.version in retired
        loaded = self.served.loaded()
        assert [one.catalogue.policy("bus-pass").version for one in loaded.slices] == (
            [standing.version] if standing.canary_version is None else [standing.canary_version, standing.version]
        )


_BY_HAND = {DraftEvent.CREATE, DraftEvent.SAVE, DraftEvent.SUBMIT}


def test_whatever_officers_do_in_any_order_what_must_hold_holds(desk: Desk, hire, clock, served, wipe) -> None:
    people = [
        hire("wang", Role.OFFICER),
        hire("both", Role.OFFICER, Role.REVIEWER),
        hire("li", Role.OFFICER),
        hire("zhou", Role.REVIEWER),
    ]

    class TheirOffice(Office):
        def __init__(self) -> None:
            super().__init__(desk, people, clock, served, wipe)

    run_state_machine_as_test(
        TheirOffice,
        settings=settings(max_examples=12, stateful_step_count=12, deadline=None),
    )
