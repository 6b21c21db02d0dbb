"""What serves: released by stages once its day has come, and back again in one step."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from catalogue.lifecycle import DraftEvent, DraftState, transition
from catalogue.loader import parameter_text
from delivery.terms import local_day
from domain.errors import DuixianError, ImpactStale, ReleaseInvalid, StandingMoved
from domain.policy import Parameter, Policy
from storage import drafts, parameters, policies, standings
from storage.connection import Connection
from storage.standings import Mark, NewStanding
from workbench.approval import Approval
from workbench.audit import SYSTEM
from workbench.bench import APPROVAL_VOID, read_policy, served_in
from workbench.records import Draft, Standing
from workbench.roles import Act, Officer
from workbench.staleness import aged
from workbench.weighing import PARAMETER, read_parameter

__all__ = ["Publishing"]

_TRIES = 3


class Publishing(Approval):
    """Standings, and the drafts that change them."""

    def standings(self) -> list[Standing]:
        """Which version of each policy serves whom, by policy; those that serve nobody any more too."""
        with self._parts.begin() as connection:
            return standings.current(connection)

    def history(self, policy_id: str) -> list[Standing]:
        """All that ever served of a policy, oldest first; empty where nothing did."""
        with self._parts.begin() as connection:
            return standings.history(connection, policy_id)

    def schedule(
        self, who: Officer, draft_id: UUID, revision: int, day: date, canary_percent: int | None = None
    ) -> Draft:
        """Set the day on which an approved draft begins to serve: `canary_percent` of the people, or everybody (None).

        What was scheduled so already is left as it is, so that a form sent twice is one entry in the log.
        Raises ReleaseInvalid for a day that is over, that is later than the approval lasts, or on which the policy is
        not in force, and for a share that is none; ImpactStale, DraftMoved, NotAllowed.
        """
        draft = self._looked_at(who, draft_id, revision, Act.RELEASE)
        if draft.state is DraftState.SCHEDULED and (draft.publish_on, draft.canary_percent) == (day, canary_percent):
            return draft
        transition(draft.state, DraftEvent.SCHEDULE)
        if canary_percent is not None and draft.kind == PARAMETER:
            raise ReleaseInvalid(
                "A parameter has one value for everybody.", next_step="Schedule it without a share of the people."
            )
        if canary_percent is not None and not 1 <= canary_percent <= 99:
            raise ReleaseInvalid(
                f"A canary cannot serve {canary_percent} %.", next_step="Give 1 to 99, or none for everybody at once."
            )
        self._require_fresh(draft, age=False)
        self._require_day(draft, day)
        with self._transaction() as connection:
            held = self._locked(connection, who, Act.RELEASE, draft_id, revision)
            data = {"publish_on": str(day), "canary_percent": canary_percent}
            return self._move(
                connection,
                held,
                DraftEvent.SCHEDULE,
                who.officer_id,
                data=data,
                publish_on=day,
                canary_percent=canary_percent,
            )

    def release(self, who: Officer, draft_id: UUID, revision: int, to: DraftState) -> Draft:
        """Let a scheduled draft serve its share (`to` CANARY) or everybody (`to` PUBLISHED), once its day has come.

        What is there already is left as it is, so that a form sent twice does not take two steps. The figures are
        worked out once more before the first subject is served. Raises ReleaseInvalid, ImpactStale, DraftMoved,
        NotAllowed, DraftChanged, PolicyVersionFixed.
        """
        draft = self._looked_at(who, draft_id, revision, Act.RELEASE)
        return draft if draft.state is to else self._release(draft, who.officer_id, to)

    def due(self) -> list[Draft]:
        """The scheduled drafts whose day has come."""
        with self._parts.begin() as connection:
            return drafts.due(connection, self._today())

    def release_due(self) -> list[Draft | DuixianError]:
        """Release all that is due, as it was scheduled, by nobody's hand; what is stale is sent back with its causes.

        For the worker. Returns what became of each, in the order of their days.
        """
        done: list[Draft | DuixianError] = []
        for draft in self.due():
            to = DraftState.PUBLISHED if draft.canary_percent is None else DraftState.CANARY
            try:
                done.append(self._release(draft, SYSTEM, to))
            except ImpactStale as stale:
                done.append(self._void(draft, stale))
            except DuixianError as error:
                done.append(error)
        return done

    def _void(self, draft: Draft, stale: ImpactStale) -> Draft:
        with self._transaction() as connection:
            held = drafts.lock(connection, draft.draft_id)
            if held != draft:  # approved or scheduled anew meanwhile
                return held
            note = "; ".join(stale.causes)
            return self._move(connection, held, DraftEvent.SEND_BACK, SYSTEM, note, impact_id=None, **APPROVAL_VOID)

    def _require_day(self, draft: Draft, day: date) -> None:
        today = self._today()
        assert draft.approved_at is not None, "the transition was allowed"
        last = local_day(draft.approved_at + self.limits.impact_age)
        if day < today:
            raise ReleaseInvalid(f"{day} is over.", next_step="Choose today or a later day.")
        if day > last:
            raise ReleaseInvalid(
                f"The approval lasts until {last}.",
                next_step=f"Choose a day until then; for a later one, have it approved in the week before {day}.",
                last=str(last),
            )
        if draft.kind == PARAMETER:
            return  # its values carry their own dates
        words = self._parts.words()
        policy, served = read_policy(draft, words), served_in(words, draft.policy_id)
        if policy.effective_to is not None and day > policy.effective_to:
            raise ReleaseInvalid(
                f"The policy ends on {policy.effective_to}.", next_step="Choose an earlier day, or mend its dates."
            )
        if day < policy.effective_from and served is not None and served.in_force(day):
            raise ReleaseInvalid(
                f"It is in force from {policy.effective_from}; released on {day}, it would take version"
                f" {served.version} out of service until then.",
                next_step=f"Choose {policy.effective_from}.",
            )

    def _release(self, draft: Draft, by: str, to: DraftState) -> Draft:
        event = {DraftState.CANARY: DraftEvent.START_CANARY, DraftState.PUBLISHED: DraftEvent.PUBLISH}.get(to)
        if event is None:
            raise ReleaseInvalid(f"Nothing is released to be {to}.", next_step="Release to 'canary' or 'published'.")
        first = draft.state is DraftState.SCHEDULED
        transition(draft.state, event)
        if first:
            self._require_due(draft, to)
        for _ in range(_TRIES):
            mark = self._mark()
            made = self._still_as_approved(draft, first=first)
            with self._transaction() as connection:
                released = self._served_from_now(connection, draft, made, event, by, mark)
            if released is not None:
                return released
        raise StandingMoved(draft.policy_id, self._mark().standing)

    def _mark(self) -> Mark:
        with self._parts.begin() as connection:
            return standings.mark(connection)

    def _require_due(self, draft: Draft, to: DraftState) -> None:
        if draft.publish_on is None or draft.publish_on > self._today():
            raise ReleaseInvalid(f"Its day is {draft.publish_on}.", next_step="Wait, or schedule it for today.")
        planned = DraftState.PUBLISHED if draft.canary_percent is None else DraftState.CANARY
        if to is not planned:
            raise ReleaseInvalid(
                f"It is scheduled to be {planned} first, not {to}.", next_step="Schedule it anew to change that."
            )

    def _still_as_approved(self, draft: Draft, *, first: bool) -> Policy | Parameter:
        """The policy or parameter, if the approval still holds. Raises ImpactStale.

        `first`: nobody is served yet, so that age and a rerun count too; a canary may run for longer than a week.
        """
        read = self._require_fresh(draft, age=False)
        if first:
            assert draft.approved_at is not None, "the database holds this of every scheduled draft"
            if causes := aged(draft.approved_at, self._parts.clock(), self.limits):
                raise ImpactStale(draft.draft_id, causes)
            self._weigh_again(draft, read)
        words = self._parts.words()
        return read_parameter(draft, words.vocabulary) if draft.kind == PARAMETER else read_policy(draft, words)

    def _served_from_now(
        self, connection: Connection, draft: Draft, made: Policy | Parameter, event: DraftEvent, by: str, mark: Mark
    ) -> Draft | None:
        """Write it; None where what serves changed since `mark`, so that all has to be looked at again."""
        standings.lock(connection)
        if standings.mark(connection) != mark:
            return None
        held = drafts.lock(connection, draft.draft_id)
        if (held.revision, held.impact_id, held.approved_by) != (draft.revision, draft.impact_id, draft.approved_by):
            raise ImpactStale(draft.draft_id, ["the draft was changed or approved anew meanwhile"])
        if (held.publish_on, held.canary_percent) != (draft.publish_on, draft.canary_percent):
            raise ReleaseInvalid("It was scheduled anew meanwhile.", next_step="Look at its day and share again.")
        self._require_same_standing(connection, held)
        if isinstance(made, Parameter):
            parameters.publish(connection, {made.name: parameter_text(made)}, self._parts.clock())
            self._supersede(connection, held, by)
            return self._move(connection, held, event, by, data={"version": (held.base_version or 0) + 1})
        self._publish_policy(connection, held, made, event, by)
        return self._move(connection, held, event, by, data={"version": made.version})

    def _require_same_standing(self, connection: Connection, draft: Draft) -> None:
        """Raise ImpactStale where the policy stands otherwise than when the draft was approved: it was retired, say."""
        rows = standings.history(connection, draft.policy_id) if draft.kind != PARAMETER else []
        if not rows or rows[-1].draft_id == draft.draft_id:
            return
        assert draft.approved_at is not None, "the database holds this of every scheduled draft"
        then = [row.serves() for row in rows if row.at <= draft.approved_at]
        if then[-1:] != [rows[-1].serves()] and rows[-1].canary_version is None:
            cause = f"what serves was changed since ({rows[-1].cause} by {rows[-1].officer_id})"
            raise ImpactStale(draft.draft_id, [cause])

    def _publish_policy(self, connection: Connection, draft: Draft, policy: Policy, event: DraftEvent, by: str) -> None:
        now, current = self._parts.clock(), standings.of_policy(connection, draft.policy_id)
        if current and current.canary_version is not None and current.draft_id != draft.draft_id:
            raise ReleaseInvalid(
                f"Version {current.canary_version} of {draft.policy_id!r} is a canary still.",
                next_step="Release it to everybody, or roll it back, first.",
            )
        policies.publish(connection, [policy], now)
        if event is DraftEvent.START_CANARY:
            row = NewStanding(
                draft.policy_id,
                current.version if current else None,
                "canary",
                by,
                now,
                last_day=current.last_day if current else None,
                canary_version=policy.version,
                canary_percent=draft.canary_percent,
                draft_id=draft.draft_id,
            )
        else:
            row = NewStanding(draft.policy_id, policy.version, "published", by, now, draft_id=draft.draft_id)
            self._supersede(connection, draft, by)
        standings.add(connection, [row])

    def _supersede(self, connection: Connection, draft: Draft, by: str) -> None:
        published = [DraftState.PUBLISHED]
        for other in drafts.find(connection, policy_id=draft.policy_id, states=published, kind=draft.kind):
            self._move(connection, drafts.lock(connection, other.draft_id), DraftEvent.SUPERSEDE, by)
