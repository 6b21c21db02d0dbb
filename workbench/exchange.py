"""Files and database held side by side: what agrees, who is ahead, and what both changed since.

A policy's version number and the digests of all versions that were ever stored tell a file that is merely older from
one that somebody edited: the first may be replaced, the second never is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

from catalogue.lifecycle import OPEN, DraftEvent, transition
from catalogue.loader import Catalogue, parameter_text
from domain.errors import ExchangeConflict
from domain.policy import Policy
from storage import drafts, parameters, policies, texts, vocabularies
from workbench.bench import Bench
from workbench.records import Draft
from workbench.roles import Act, Officer, require

__all__ = ["Agreement", "Exchange", "Item", "path_of"]


class Agreement(StrEnum):
    """How a file stands to the database.

    `file_newer`: it can be taken in as a draft. `file_older`: it can be replaced by what serves. `drafted`: the very
    text is a draft already. `no_file`, `no_version`: only one side has it.
    """

    SAME = "same"
    FILE_NEWER = "file newer"
    FILE_OLDER = "file older"
    DRAFTED = "drafted"
    CONFLICT = "conflict"
    NO_FILE = "no file"
    NO_VERSION = "new in files"


@dataclass(frozen=True)
class Item:
    """`kind`: policy, parameter or vocabulary; `file`: below the catalogue's folder; `note`: of a conflict, why."""

    kind: str
    name: str
    file: str
    agreement: Agreement
    note: str = ""


@dataclass(frozen=True)
class _Stored:
    policies: Mapping[str, Mapping[str, int]]
    parameters: set[tuple[str, str]]
    vocabularies: set[str]
    drafts: Mapping[str, Draft]


class Exchange(Bench):
    """Compares, and takes files in as drafts."""

    def compare(self, files: Catalogue | None) -> list[Item]:
        """Every policy, every parameter and the vocabulary; `files` None: an empty folder."""
        with self._parts.begin() as connection:
            stored = _Stored(
                policies.known_digests(connection),
                parameters.known_digests(connection),
                vocabularies.known_digests(connection),
                {draft.policy_id: draft for draft in drafts.find(connection, states=OPEN)},
            )
        words = self._parts.words()
        return [
            *_vocabulary(files, words, stored),
            *_parameters(files, words, stored),
            *_policies(files, words, stored),
        ]

    def bring_in(self, who: Officer, files: Catalogue) -> list[Draft]:
        """A draft of each policy that is newer in the files or new: all of them, or none.

        Raises ExchangeConflict where both sides changed something, and NotAllowed where `who` may not write for an
        agency. The texts are kept to the byte.
        """
        found = self.compare(files)
        conflicts = [f"{item.file}: {item.note}" for item in found if item.agreement is Agreement.CONFLICT]
        if conflicts:
            raise ExchangeConflict(conflicts)
        wanted = {Agreement.FILE_NEWER, Agreement.NO_VERSION}
        chosen = [files.policy(item.name) for item in found if item.kind == "policy" and item.agreement in wanted]
        return self._begin(who, chosen)

    def _begin(self, who: Officer, chosen: Sequence[Policy]) -> list[Draft]:
        served = {policy.id: policy for policy in self._parts.words().policies}
        for policy in chosen:
            require(who, Act.WRITE, policy.agency.zh)
            if policy.id in served:
                require(who, Act.WRITE, served[policy.id].agency.zh)
        now = self._parts.clock()
        made = []
        with self._transaction() as connection:
            for policy in chosen:
                draft = Draft(
                    draft_id=uuid4(),
                    kind="policy",
                    policy_id=policy.id,
                    agency_id=policy.agency.zh,
                    title=policy.title,
                    state=transition(None, DraftEvent.CREATE),
                    revision=1,
                    text=policy.source,
                    base_version=served[policy.id].version if policy.id in served else None,
                    version=policy.version,
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
                drafts.add(connection, draft)
                note = f"from {policy.file}"
                drafts.add_step(connection, draft, DraftEvent.CREATE, None, who.officer_id, note, now)
                self._log(connection, draft, DraftEvent.CREATE, who.officer_id, {"title": draft.title.zh, "note": note})
                made.append(draft)
        return made


def path_of(policy: Policy) -> str:
    """Where a policy's file lies in a catalogue's folder."""
    return f"policies/{policy.audience}/{policy.domain}/{policy.id}.yaml"


def _policies(files: Catalogue | None, words: Catalogue, stored: _Stored) -> Iterator[Item]:
    served = {policy.id: policy for policy in words.policies}
    in_files = {policy.id: policy for policy in files.policies} if files else {}
    for name in sorted(served.keys() | in_files.keys()):
        file, serves = in_files.get(name), served.get(name)
        if file is None:
            assert serves is not None
            yield Item("policy", name, path_of(serves), Agreement.NO_FILE)
        else:
            agreement, note = _policy(file, serves, stored)
            yield Item("policy", name, file.file, agreement, note)


def _policy(file: Policy, serves: Policy | None, stored: _Stored) -> tuple[Agreement, str]:
    versions = stored.policies.get(file.id, {})
    draft = stored.drafts.get(file.id)
    if serves is not None and serves.source == file.source:
        return Agreement.SAME, ""
    if policies.digest_of(file) in versions:
        return Agreement.FILE_OLDER, ""
    newest = max(versions.values(), default=0)
    if file.version <= newest:
        return (
            Agreement.CONFLICT,
            f"it says version {file.version}, but the database has version {newest}, with another text.",
        )
    if draft is not None and draft.text == file.source:
        return Agreement.DRAFTED, ""
    if draft is not None:
        return Agreement.CONFLICT, f"{draft.editor} is working on a draft of this policy (revision {draft.revision})."
    return (Agreement.FILE_NEWER if versions else Agreement.NO_VERSION), ""


def _parameters(files: Catalogue | None, words: Catalogue, stored: _Stored) -> Iterator[Item]:
    in_files = files.parameters if files else {}
    for name in sorted(words.parameters.keys() | in_files.keys()):
        file, serves = in_files.get(name), words.parameters.get(name)
        text = parameter_text(file) if file else ""
        if file is None:
            agreement = Agreement.NO_FILE
        elif serves is None:
            agreement = Agreement.NO_VERSION
        elif text == parameter_text(serves):
            agreement = Agreement.SAME
        elif (name, texts.digest_of(text)) in stored.parameters:
            agreement = Agreement.FILE_OLDER
        else:
            agreement = Agreement.FILE_NEWER
        yield Item("parameter", name, f"parameters/{name}.yaml", agreement)


def _vocabulary(files: Catalogue | None, words: Catalogue, stored: _Stored) -> Iterator[Item]:
    if files is None:
        agreement = Agreement.NO_FILE
    elif files.vocabulary.source == words.vocabulary.source:
        agreement = Agreement.SAME
    elif texts.digest_of(files.vocabulary.source) in stored.vocabularies:
        agreement = Agreement.FILE_OLDER
    else:
        agreement = Agreement.FILE_NEWER
    yield Item("vocabulary", "vocabulary", "vocabulary.yaml", agreement)
