"""How a draft begins: as a copy of what serves, or as a text of one's own, of a policy or of a parameter."""

from __future__ import annotations

from difflib import get_close_matches
from uuid import UUID, uuid4

from catalogue.lifecycle import DraftEvent, transition
from catalogue.loader import Catalogue, parameter_text
from catalogue.outline import Outline, outline, with_version
from catalogue.vocabulary import NAME
from catalogue.yaml_positions import Page
from domain.errors import CatalogueInvalid, DraftChanged, DraftInvalid, UnknownParameter, UnknownPolicy
from domain.facts import Label
from domain.policy import Policy
from storage import drafts, parameters, policies
from storage.connection import Connection
from workbench.bench import APPROVAL_VOID, Bench, agency_of, served_in
from workbench.records import Draft
from workbench.roles import Act, Officer, require
from workbench.weighing import PARAMETER, naming

__all__ = ["MAX_CHARACTERS", "Beginning", "require_storable"]

MAX_CHARACTERS = 200_000
"""Of one text; the longest policy of the catalogue has about 10,000."""


class Beginning(Bench):
    """Begins drafts."""

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
        if policy_id not in (None, told.policy_id):
            raise UnknownPolicy(str(policy_id), did_you_mean=told.policy_id)
        served = served_in(words, str(told.policy_id))
        return self._begin(who, self._new_policy(who, told, text, served, draft_id))

    def create_parameter(
        self, who: Officer, name: str, *, text: str | None = None, draft_id: UUID | None = None
    ) -> Draft:
        """Begin a draft of a parameter: its values as they serve, or a `text` of one's own, of a new one too.

        It belongs to the agency whose policies name it, where that is one; to a citywide one where several do, and to
        that of `who` where none does. Raises UnknownParameter, NotAllowed and DraftInvalid.
        """
        words = self._parts.words()
        held = words.parameters.get(name)
        if text is None:
            if held is None:
                near = get_close_matches(name, words.parameters, n=1)
                raise UnknownParameter(name, did_you_mean=near[0] if near else None)
            text = parameter_text(held)
        if not NAME.fullmatch(name):
            raise DraftInvalid(f"{name!r} cannot be the name of a parameter.", next_step="Use lower_case words.")
        require_storable(text)
        return self._begin(who, self._new_parameter(who, words, name, text, draft_id))

    def _new_policy(
        self, who: Officer, told: Outline, text: str, served: Policy | None, draft_id: UUID | None = None
    ) -> Draft:
        assert told.policy_id is not None
        assert told.agency_id is not None
        require(who, Act.WRITE, told.agency_id)
        with self._parts.begin() as connection:
            owner = agency_of(connection, told.policy_id)
        for one in {owner, served.agency.zh if served else None} - {None}:
            # Nobody takes over another agency's policy by its id, also where it serves nobody at present.
            require(who, Act.WRITE, one)
        base = served.version if served else None
        title = told.title or Label(told.policy_id, told.policy_id)
        return self._new(who, "policy", told.policy_id, told.agency_id, title, text, base, told.version, draft_id)

    def _new_parameter(
        self, who: Officer, words: Catalogue, name: str, text: str, draft_id: UUID | None = None
    ) -> Draft:
        agencies = {policy.agency.zh for policy in naming(words, name)}
        agency_id = next(iter(agencies)) if len(agencies) == 1 else who.agency_id
        for one in {agency_id, *agencies}:
            require(who, Act.WRITE, one)
        with self._parts.begin() as connection:
            serves = {one: version for one, version, _ in parameters.newest(connection)}.get(name)
        held = words.parameters.get(name)
        title = held.label if held else Label(name, name)
        return self._new(who, PARAMETER, name, agency_id, title, text, serves, (serves or 0) + 1, draft_id)

    def _new(
        self,
        who: Officer,
        kind: str,
        name: str,
        agency_id: str,
        title: Label,
        text: str,
        base_version: int | None,
        version: int | None,
        draft_id: UUID | None,
    ) -> Draft:
        now = self._parts.clock()
        return Draft(
            draft_id=draft_id or uuid4(),
            kind=kind,
            policy_id=name,
            agency_id=agency_id,
            title=title,
            state=transition(None, DraftEvent.CREATE),
            revision=1,
            text=text,
            base_version=base_version,
            version=version,
            author=who.officer_id,
            editor=who.officer_id,
            impact_id=None,
            created_at=now,
            updated_at=now,
            **APPROVAL_VOID,
        )

    def _begin(self, who: Officer, draft: Draft) -> Draft:
        with self._transaction() as connection:
            return draft if self._add(connection, who, draft) else self._begun_before(connection, who, draft)

    def _add(self, connection: Connection, who: Officer, draft: Draft, note: str = "") -> bool:
        """Keep a new draft; False: there is one of its id already."""
        if not drafts.add(connection, draft):
            return False
        drafts.add_step(connection, draft, DraftEvent.CREATE, None, who.officer_id, note, draft.created_at)
        data = {"title": draft.title.zh, **({"note": note} if note else {})}
        self._log(connection, draft, DraftEvent.CREATE, who.officer_id, data)
        return True

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
    require_storable(text)
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


def require_storable(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise DraftInvalid(
            f"The text has {len(text):,} characters; a policy has at most {MAX_CHARACTERS:,}.",
            next_step="Shorten it, or split the policy.",
        )
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise DraftInvalid(
            "The text holds a character that no file can hold.", next_step="Paste it again as plain text."
        )
