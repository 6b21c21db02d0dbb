"""A draft's text: begun, edited by several people without losing anybody's words, and checked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID, uuid4

from catalogue.lifecycle import EDITABLE, DraftEvent, DraftState, transition
from catalogue.outline import Outline, outline, with_version
from catalogue.yaml_positions import Page
from domain.errors import CatalogueInvalid, DraftChanged, DraftInvalid, DraftMoved, UnknownPolicy
from domain.facts import Label
from domain.policy import Policy
from storage import drafts, policies
from storage.connection import Connection
from workbench.bench import APPROVAL_VOID, Bench, read_policy, served_in
from workbench.records import Draft, DraftStep, Revision
from workbench.roles import Act, Officer, may, require

__all__ = ["MAX_CHARACTERS", "Drafting"]

MAX_CHARACTERS = 200_000
"""Of one text; the longest policy of the catalogue has about 10,000."""


class Drafting(Bench):
    """Reads, and acts on the text."""

    def drafts(self, who: Officer, states: Collection[DraftState] = (), *, policy_id: str | None = None) -> list[Draft]:
        """Those that `who` may read, the newest first; in some states (none given: in any), of one policy."""
        require(who, Act.READ)
        with self._parts.begin() as connection:
            found = drafts.find(connection, states=states, policy_id=policy_id)
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

    def create(
        self,
        who: Officer,
        *,
        policy_id: str | None = None,
        text: str | None = None,
        draft_id: UUID | None = None,
    ) -> Draft:
        """Begin a draft: a copy of what serves of `policy_id`, its version raised; or a `text` of one's own.

        The text may be unfinished, but must say its id and its agency. `draft_id`: chosen by the caller, so that a form
        that is sent twice begins one draft. Raises UnknownPolicy, NotAllowed, DraftInvalid and, of a text that is no
        YAML, CatalogueInvalid.
        """
        words = self._parts.words()
        if text is None:
            text = self._next_version(words.policy(policy_id or ""))
        told = _identified(text)
        assert told.policy_id is not None
        assert told.agency_id is not None
        if policy_id not in (None, told.policy_id):
            raise UnknownPolicy(str(policy_id), did_you_mean=told.policy_id)
        require(who, Act.WRITE, told.agency_id)
        served = served_in(words, told.policy_id)
        if served is not None:
            require(who, Act.WRITE, served.agency.zh)  # nobody takes over another agency's policy by its id
        now = self._parts.clock()
        draft = Draft(
            draft_id=draft_id or uuid4(),
            kind="policy",
            policy_id=told.policy_id,
            agency_id=told.agency_id,
            title=told.title or Label(told.policy_id, told.policy_id),
            state=transition(None, DraftEvent.CREATE),
            revision=1,
            text=text,
            base_version=served.version if served else None,
            version=told.version,
            author=who.officer_id,
            editor=who.officer_id,
            impact_id=None,
            approved_by=None,
            approved_at=None,
            publish_on=None,
            canary_percent=None,
            created_at=now,
            updated_at=now,
        )
        with self._transaction() as connection:
            if not drafts.add(connection, draft):
                return self._begun_before(connection, who, draft)
            drafts.add_step(connection, draft, DraftEvent.CREATE, None, who.officer_id, "", now)
            self._log(connection, draft, DraftEvent.CREATE, who.officer_id, {"title": draft.title.zh})
        return draft

    def save(self, who: Officer, draft_id: UUID, revision: int, text: str) -> Draft:
        """Save a text that was written on top of `revision`; the draft is then a draft again, impact and approval void.

        The very text that is there already changes nothing, so that a browser may send it twice. Raises DraftChanged
        where somebody saved another text meanwhile (it is in the error's data), DraftMoved once subjects are served.
        """
        _require_storable(text)
        with self._transaction() as connection:
            draft = drafts.lock(connection, draft_id)
            require(who, Act.WRITE, draft.agency_id)
            if draft.text == text:
                return draft
            if draft.state not in EDITABLE:
                raise DraftMoved(draft.state, DraftEvent.SAVE)
            if draft.revision != revision:
                raise DraftChanged(draft_id, draft.editor, draft.revision, draft.text)
            told = outline(text)
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

    def _next_version(self, served: Policy) -> str:
        with self._parts.begin() as connection:
            held = [one.version for one in policies.versions(connection, served.id)]
        return with_version(served.source, max([served.version, *held]) + 1)

    def _begun_before(self, connection: Connection, who: Officer, draft: Draft) -> Draft:
        held = drafts.get(connection, draft.draft_id)
        require(who, Act.READ, held.agency_id)
        if (held.author, held.policy_id) != (who.officer_id, draft.policy_id):
            raise DraftChanged(held.draft_id, held.editor, held.revision, held.text)
        return held


def _identified(text: str) -> Outline:
    _require_storable(text)
    told = outline(text)
    if told.policy_id and told.agency_id:
        return told
    page = Page("draft.yaml", text)
    if page.problems:
        raise CatalogueInvalid(page.problems, next_step="Mend these lines; no draft was begun.")
    missing = " and ".join(
        name for name, there in (("an id", told.policy_id), ("'agency: {zh: ...}'", told.agency_id)) if not there
    )
    raise DraftInvalid(
        f"The text has no {missing.removeprefix('an ')} yet.",
        next_step="A draft belongs to an agency and is of one policy: write both, the rest may come later.",
    )


def _require_storable(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise DraftInvalid(
            f"The text has {len(text):,} characters; a policy has at most {MAX_CHARACTERS:,}.",
            next_step="Shorten it, or split the policy.",
        )
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise DraftInvalid(
            "The text holds a character that no file can hold.", next_step="Paste it again as plain text."
        )
