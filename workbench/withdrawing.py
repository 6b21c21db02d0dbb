"""The way back: what serves is rolled back in one step, or retired with its last day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from catalogue.lifecycle import SERVING, DraftEvent, DraftState
from catalogue.loader import Catalogue, load_policy_text
from domain.errors import NothingToRollBack, ReleaseInvalid, StandingMoved, UnknownPolicy
from storage import drafts, policies, standings
from storage.connection import Connection
from storage.standings import NewStanding
from workbench.bench import Bench, agency_of, agency_of_version
from workbench.records import Standing
from workbench.roles import Act, Officer, may, require

__all__ = ["Withdrawing", "before"]


class Withdrawing(Bench):
    """Takes back or ends what serves. No second person is asked: what is wrong must not wait for one."""

    def roll_back(self, who: Officer, policy_id: str, reason: str, *, sequence: int | None = None) -> Standing:
        """What served everybody before serves everybody again; a canary ends. Its draft is withdrawn.

        Rolled back once more, it goes to what served before that. What was the first to serve of a policy that began
        in the workbench gives way to nothing. `sequence`: the standing that was looked at, so that a form sent twice
        does not take two steps back. Raises NothingToRollBack, StandingMoved, NotAllowed, UnknownPolicy, and
        CatalogueInvalid where the former version no longer fits the words that serve.
        """
        _require_reason(reason)
        words = self._parts.words()  # asks the database itself, so before the transaction takes a connection
        with self._transaction() as connection:
            current = self._current(connection, who, policy_id, sequence)
            rows = standings.history(connection, policy_id)
            target = before(rows)
            nothing = current.version is None and current.canary_version is None
            if nothing or (target is None and rows[0].cause == "loaded"):
                raise NothingToRollBack(policy_id)
            if target is not None and target.version is not None:
                _require_readable(connection, policy_id, target.version, words)
            row = NewStanding(
                policy_id,
                target.version if target else None,
                "rolled_back",
                who.officer_id,
                self._parts.clock(),
                last_day=target.last_day if target else None,
                restores=target.sequence if target else 0,
                reason=reason.strip(),
                draft_id=_draft_of(rows, target),
            )
            standings.add(connection, [row])
            self._turn_drafts(connection, row, who.officer_id)
            return self._written(connection, row, who, {"from_version": current.version})

    def retire(
        self, who: Officer, policy_id: str, last_day: date, reason: str, *, sequence: int | None = None
    ) -> Standing:
        """The policy serves until the end of `last_day` and then nobody. What was claimed until then is still judged.

        Raises ReleaseInvalid for a day that is over and while a canary runs; StandingMoved, NotAllowed, UnknownPolicy.
        """
        _require_reason(reason)
        if last_day < self._today():
            raise ReleaseInvalid(f"{last_day} is over.", next_step="Choose today or a later day.")
        with self._transaction() as connection:
            current = self._current(connection, who, policy_id, sequence)
            if current.canary_version is not None or current.version is None:
                serving = "a canary is running" if current.canary_version is not None else "nothing serves"
                raise ReleaseInvalid(f"Of {policy_id!r} {serving}.", next_step="Roll the canary back first, if any.")
            row = NewStanding(
                policy_id,
                current.version,
                "retired",
                who.officer_id,
                self._parts.clock(),
                last_day=last_day,
                reason=reason.strip(),
                draft_id=current.draft_id,
            )
            standings.add(connection, [row])
            for draft in drafts.find(connection, policy_id=policy_id, states=[DraftState.PUBLISHED]):
                held = drafts.lock(connection, draft.draft_id)
                self._move(connection, held, DraftEvent.RETIRE, who.officer_id, row.reason)
            return self._written(connection, row, who, {"last_day": str(last_day)})

    def _current(self, connection: Connection, who: Officer, policy_id: str, sequence: int | None) -> Standing:
        standings.lock(connection)
        current = standings.of_policy(connection, policy_id)
        if current is None:
            raise UnknownPolicy(policy_id)
        agency_id = agency_of(connection, policy_id)
        if current.canary_version is not None:
            # Of a canary that moves a policy, its own agency may take it back, too.
            moved = agency_of_version(connection, policy_id, current.canary_version)
            agency_id = moved if may(who, Act.RELEASE, moved) else agency_id
        require(who, Act.RELEASE, agency_id)
        if sequence not in (None, current.sequence):
            raise StandingMoved(policy_id, current.sequence)
        return current

    def _turn_drafts(self, connection: Connection, row: NewStanding, by: str) -> None:
        """The drafts that no longer serve are withdrawn; the one that serves again is published again."""
        for draft in drafts.find(connection, policy_id=row.policy_id, states=SERVING):
            if draft.draft_id != row.draft_id:
                held = drafts.lock(connection, draft.draft_id)
                self._move(connection, held, DraftEvent.ROLL_BACK, by, row.reason)
        if row.draft_id is not None:
            again = drafts.lock(connection, row.draft_id)
            if again.state is not DraftState.PUBLISHED:
                self._move(connection, again, DraftEvent.RESTORE, by, row.reason)

    def _written(self, connection: Connection, row: NewStanding, who: Officer, data: dict[str, object]) -> Standing:
        written = standings.of_policy(connection, row.policy_id)
        assert written is not None, "it was written in this transaction"
        entry = {"sequence": written.sequence, "version": row.version, "reason": row.reason, **data}
        about = f"policy/{row.policy_id}"
        self._parts.log.append(connection, who.officer_id, f"standing.{row.cause}", about, entry, row.at)
        return written


def before(rows: Sequence[Standing]) -> Standing | None:
    """The row that held before what holds now (`rows`: all of one policy, oldest first); None: nothing did.

    A rollback holds what the row did that it restores, so that one more goes further back, not forth. Canaries are
    passed over: they are stages, not places to come back to.
    """
    by_sequence = {row.sequence: row for row in rows}
    holds = rows[-1]
    while holds.restores:
        holds = by_sequence[holds.restores]
    if holds.restores == 0:
        return None
    earlier = [row for row in rows if row.sequence < holds.sequence and row.canary_version is None]
    return earlier[-1] if earlier else None


def _draft_of(rows: Sequence[Standing], target: Standing | None) -> UUID | None:
    """The draft by which the target's version came to serve; None: it was loaded from a file."""
    if target is None:
        return None
    made = [row.draft_id for row in rows if row.cause == "published" and row.version == target.version]
    return made[-1] if made else None


def _require_readable(connection: Connection, policy_id: str, version: int, words: Catalogue) -> None:
    text = policies.text(connection, policy_id, version)
    load_policy_text(text, f"{policy_id} version {version}", words.vocabulary, words.parameters)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ReleaseInvalid("No reason is given.", next_step="Write why, for those who ask later.")
