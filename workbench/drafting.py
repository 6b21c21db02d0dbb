"""A draft's text: edited by several people without losing anybody's words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from catalogue.lifecycle import EDITABLE, DraftEvent, DraftState
from catalogue.outline import Outline, outline
from domain.errors import DraftChanged, DraftMoved
from domain.policy import Policy
from storage import drafts
from workbench.beginning import Beginning, require_storable
from workbench.bench import APPROVAL_VOID, read_policy
from workbench.records import Draft, DraftStep, Revision
from workbench.roles import Act, Officer, may, require
from workbench.weighing import PARAMETER

__all__ = ["Drafting"]


class Drafting(Beginning):
    """Reads, and acts on the text."""

    def drafts(
        self,
        who: Officer,
        states: Collection[DraftState] = (),
        *,
        policy_id: str | None = None,
        kind: str | None = "policy",
    ) -> list[Draft]:
        """Those that `who` may read, the newest first; in some states (none given: in any), of one policy.

        `kind` "parameter": drafts of parameters, of which `policy_id` is the name; None: of both.
        """
        require(who, Act.READ)
        with self._parts.begin() as connection:
            found = drafts.find(connection, states=states, policy_id=policy_id, kind=kind)
        return [draft for draft in found if may(who, Act.READ, draft.agency_id)]

    def draft(self, who: Officer, draft_id: UUID) -> Draft:
        """Raises UnknownDraft, and NotAllowed for another agency's."""
        return self._read(who, draft_id)

    def events(self, who: Officer, draft_id: UUID) -> list[DraftStep]:
        """What happened to the draft, oldest first."""
        self._read(who, draft_id)
        with self._parts.begin() as connection:
            return drafts.steps(connection, draft_id)

    def revisions(self, who: Officer, draft_id: UUID) -> list[Revision]:
        """All revisions of the text, oldest first."""
        self._read(who, draft_id)
        with self._parts.begin() as connection:
            return drafts.revisions(connection, draft_id)

    def revision_text(self, who: Officer, draft_id: UUID, revision: int) -> str:
        """The text of one revision. Raises UnknownDraft where there is none."""
        self._read(who, draft_id)
        with self._parts.begin() as connection:
            return drafts.revision_text(connection, draft_id, revision)

    def policy(self, draft: Draft) -> Policy:
        """The draft as a policy, read with the words that serve. Raises CatalogueInvalid with lines and columns."""
        return read_policy(draft, self._parts.words())

    def save(self, who: Officer, draft_id: UUID, revision: int, text: str) -> Draft:
        """Save a text that was written on top of `revision`; the draft is then a draft again, impact and approval void.

        The very text that is there already changes nothing, so that a browser may send it twice. Raises DraftChanged
        where somebody saved another text meanwhile (it is in the error's data), DraftMoved once subjects are served.
        """
        require_storable(text)
        with self._transaction() as connection:
            draft = drafts.lock(connection, draft_id)
            require(who, Act.WRITE, draft.agency_id)
            if draft.text == text:
                return draft
            if draft.state not in EDITABLE:
                raise DraftMoved(draft.state, DraftEvent.SAVE)
            if draft.revision != revision:
                raise DraftChanged(draft_id, draft.editor, draft.revision, draft.text)
            told = Outline() if draft.kind == PARAMETER else outline(text)
            saved = self._move(
                connection,
                replace(draft, text=text, revision=revision + 1),
                DraftEvent.SAVE,
                who.officer_id,
                title=told.title or draft.title,
                version=told.version or draft.version,
                editor=who.officer_id,
                impact_id=None,
                **APPROVAL_VOID,
            )
            drafts.add_revision(connection, saved)
        return saved

    def withdraw(self, who: Officer, draft_id: UUID, revision: int, note: str = "") -> Draft:
        """Give it up; its texts stay. Raises DraftMoved once subjects are served."""
        with self._transaction() as connection:
            draft = self._locked(connection, who, Act.WRITE, draft_id, revision)
            if draft.state is DraftState.WITHDRAWN:
                return draft
            return self._move(connection, draft, DraftEvent.WITHDRAW, who.officer_id, note)
