"""Approval: another person's word for a text and what it would do, void as soon as either is another."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from catalogue.lifecycle import DraftEvent, DraftState, transition
from domain.errors import CatalogueInvalid, DraftInvalid, ImpactStale, PushToEveryone
from storage import drafts, parameters
from storage.connection import Connection
from workbench.bench import APPROVAL_VOID
from workbench.checking import Checking
from workbench.impact import Impact
from workbench.records import Draft, Progress, StoredImpact
from workbench.roles import Act, Officer, require
from workbench.staleness import aged, changed, moved
from workbench.weighing import PARAMETER, Part, parts_of, read_parameter, together

__all__ = ["Approval"]

_PROPOSING = frozenset({DraftEvent.CREATE, DraftEvent.SAVE, DraftEvent.SUBMIT})


class Approval(Checking):
    """Submitting, sending back and approving."""

    def hands(self, who: Officer, draft_id: UUID) -> set[str]:
        """Everybody through whose hands the draft went, none of whom may approve it."""
        draft = self._read(who, draft_id)
        with self._parts.begin() as connection:
            return _hands(connection, draft)

    def submit(self, who: Officer, draft_id: UUID, revision: int, note: str = "") -> Draft:
        """Ask for approval. Raises DraftMoved before it was simulated, ConsultationDraft, and ImpactStale."""
        draft = self._looked_at(who, draft_id, revision)
        if draft.state is DraftState.SUBMITTED:
            return draft
        transition(draft.state, DraftEvent.SUBMIT)
        self._require_fresh(draft)
        with self._transaction() as connection:
            held = self._locked(connection, who, Act.WRITE, draft_id, revision)
            return self._move(connection, held, DraftEvent.SUBMIT, who.officer_id, note)

    def send_back(self, who: Officer, draft_id: UUID, revision: int, reason: str) -> Draft:
        """A reviewer's no, also to what was approved but serves nobody yet; impact and approval are void then."""
        if not reason.strip():
            raise DraftInvalid("No reason is given.", next_step="Write what has to change, for those who will.")
        with self._transaction() as connection:
            held = self._locked(connection, who, Act.APPROVE, draft_id, revision)
            return self._move(
                connection,
                held,
                DraftEvent.SEND_BACK,
                who.officer_id,
                reason.strip(),
                impact_id=None,
                **APPROVAL_VOID,
            )

    def approve(
        self,
        who: Officer,
        draft_id: UUID,
        revision: int,
        *,
        confirmed_messages: int | None = None,
        impact_id: UUID | None = None,
        progress: Progress | None = None,
    ) -> Draft:
        """Another person's yes to this text and these figures, which are worked out once more.

        `confirmed_messages`: the number of messages, written down by who approves where it is a large part of all.
        `impact_id`: the figures that were read; where others were stored meanwhile, ImpactStale. Raises NotAllowed,
        OwnDraft for whoever wrote, edited or submitted it, ImpactStale with every cause, PushToEveryone,
        ConsultationDraft, DraftMoved.
        """
        draft = self._looked_at(who, draft_id, revision, Act.APPROVE)
        with self._parts.begin() as connection:
            require(who, Act.APPROVE, draft.agency_id, hands=_hands(connection, draft))
        if draft.state is DraftState.APPROVED and draft.approved_by == who.officer_id:
            return draft
        transition(draft.state, DraftEvent.APPROVE)
        if impact_id not in (None, draft.impact_id):
            raise ImpactStale(draft_id, ["other figures were stored since these were read"])
        read = self._require_fresh(draft)
        again = self._weigh_again(draft, read, progress)
        self._require_confirmed(read.impact, again, confirmed_messages)
        with self._transaction() as connection:
            held = self._locked(connection, who, Act.APPROVE, draft_id, revision)
            require(who, Act.APPROVE, held.agency_id, hands=_hands(connection, held))
            if held.impact_id != read.impact_id:
                raise ImpactStale(draft_id, ["other figures were stored since these were read"])
            data = {
                "impact_id": str(read.impact_id),
                "snapshot_id": again.snapshot_id,
                "gain": again.gain,
                "lose": again.lose,
                "messages": again.messages,
                "confirmed_messages": confirmed_messages,
            }
            return self._move(
                connection,
                held,
                DraftEvent.APPROVE,
                who.officer_id,
                data=data,
                approved_by=who.officer_id,
                approved_at=self._parts.clock(),
            )

    def _require_fresh(self, draft: Draft, *, age: bool = True) -> StoredImpact:
        """The stored impact, if the draft still is what it was worked out for. Raises ImpactStale, ConsultationDraft.

        `age` False: however long ago; of what serves already.
        """
        stored = self._stored_impact(draft)
        if stored is None:
            raise ImpactStale(draft.draft_id, ["there are no figures"])
        words = self._parts.words()
        try:
            parts = parts_of(draft, words, self._today())
            if draft.kind == PARAMETER:
                read_parameter(draft, words.vocabulary).require_final()
        except CatalogueInvalid as error:
            raise ImpactStale(
                draft.draft_id, [f"it cannot be read any more: {one}" for one in error.problems]
            ) from error
        causes = self._changes_of(draft, stored, parts)
        if age:
            causes += aged(stored.made_at, self._parts.clock(), self.limits)
        if causes:
            raise ImpactStale(draft.draft_id, causes)
        return stored

    def _changes_of(self, draft: Draft, stored: StoredImpact, parts: Sequence[Part]) -> list[str]:
        read = {part.policy_id: part for part in stored.parts}
        if draft.kind != PARAMETER:
            [part] = parts
            part.policy.require_final()
            return changed(read[part.policy.id].basis, part.basis(read[part.policy.id].basis))
        causes = []
        if read.keys() != (now := {part.policy.id for part in parts}):
            causes.append("other policies name it now: " + ", ".join(sorted(read.keys() ^ now)))
        with self._parts.begin() as connection:
            serves = {name: version for name, version, _ in parameters.newest(connection)}.get(draft.policy_id)
        if serves != draft.base_version:
            causes.append(f"version {serves or 'none'} of it serves now, not {draft.base_version or 'none'}")
        for part in parts:
            if part.policy.id in read:
                found = changed(read[part.policy.id].basis, part.basis(read[part.policy.id].basis))
                causes += [f"{part.policy.id}: {cause}" for cause in found]
        return causes

    def _weigh_again(self, draft: Draft, read: StoredImpact, progress: Progress | None = None) -> Impact:
        """The figures worked out once more. Raises ImpactStale where any part of them moved too far."""
        again = self._weigh(draft, progress)
        before = {part.policy_id: part for part in read.parts}
        causes = {part.policy_id: moved(before[part.policy_id], part, self.limits) for part in again}
        if any(causes.values()):
            named = draft.kind == PARAMETER
            raise ImpactStale(
                draft.draft_id,
                [f"{name}: {one}" if named else one for name, found in causes.items() for one in found],
            )
        return together(draft, again, self._today())

    def _require_confirmed(self, read: Impact, again: Impact, confirmed: int | None) -> None:
        many = self.limits.tells_many(max(read.messages, again.messages), again.subjects)
        if again.messages and many and confirmed != read.messages:
            raise PushToEveryone(read.messages, read.subjects, confirmed)


def _hands(connection: Connection, draft: Draft) -> set[str]:
    """Everybody through whose hands the draft went: who began, edited or submitted it."""
    steps = drafts.steps(connection, draft.draft_id)
    return {draft.author, draft.editor, *(step.officer_id for step in steps if step.event in _PROPOSING)}
