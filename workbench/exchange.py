"""Files and database held side by side: what agrees, who is ahead, and what both changed since.

A policy's version number and the digests of all versions that were ever stored tell a file that is merely older from
one that somebody edited: the first may be replaced, the second never is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from catalogue.lifecycle import OPEN
from catalogue.loader import Catalogue, parameter_text
from catalogue.outline import outline
from domain.errors import ExchangeConflict
from domain.policy import Policy
from storage import drafts, parameters, policies, texts, vocabularies
from workbench.beginning import Beginning
from workbench.bench import served_in
from workbench.records import Draft
from workbench.roles import Officer
from workbench.weighing import PARAMETER

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
    parameter_drafts: Mapping[str, Draft]


class Exchange(Beginning):
    """Compares, and takes files in as drafts."""

    def compare(self, files: Catalogue | None) -> list[Item]:
        """Every policy, every parameter and the vocabulary; `files` None: an empty folder."""
        with self._parts.begin() as connection:
            stored = _Stored(
                policies.known_digests(connection),
                parameters.known_digests(connection),
                vocabularies.known_digests(connection),
                {draft.policy_id: draft for draft in drafts.find(connection, states=OPEN)},
                {draft.policy_id: draft for draft in drafts.find(connection, states=OPEN, kind=PARAMETER)},
            )
        words = self._parts.words()
        return [
            *_vocabulary(files, words, stored),
            *_parameters(files, words, stored),
            *_policies(files, words, stored),
        ]

    def bring_in(self, who: Officer, files: Catalogue) -> list[Draft]:
        """A draft of each policy and parameter that is newer in the files or new: all of them, or none.

        Raises ExchangeConflict where both sides changed something, and NotAllowed where `who` may not write for an
        agency. The texts are kept to the byte.
        """
        found = self.compare(files)
        conflicts = [f"{item.file}: {item.note}" for item in found if item.agreement is Agreement.CONFLICT]
        if conflicts:
            raise ExchangeConflict(conflicts)
        wanted = {Agreement.FILE_NEWER, Agreement.NO_VERSION}
        chosen = [item for item in found if item.agreement in wanted]
        words = self._parts.words()
        new: list[tuple[Draft, str]] = []
        for item in chosen:
            if item.kind == "policy":
                policy = files.policy(item.name)
                served = served_in(words, policy.id)
                new.append((self._new_policy(who, outline(policy.source), policy.source, served), policy.file))
            elif item.kind == PARAMETER:
                text = parameter_text(files.parameters[item.name])
                new.append((self._new_parameter(who, words, item.name, text), item.file))
        with self._transaction() as connection:
            for draft, file in new:
                self._add(connection, who, draft, f"from {file}")
        return [draft for draft, _ in new]


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
        text, draft, note = parameter_text(file) if file else "", stored.parameter_drafts.get(name), ""
        if file is None:
            agreement = Agreement.NO_FILE
        elif serves is not None and text == parameter_text(serves):
            agreement = Agreement.SAME
        elif (name, texts.digest_of(text)) in stored.parameters:
            agreement = Agreement.FILE_OLDER
        elif draft is not None and draft.text == text:
            agreement = Agreement.DRAFTED
        elif draft is not None:
            agreement = Agreement.CONFLICT
            note = f"{draft.editor} is working on a draft of this parameter (revision {draft.revision})."
        else:
            agreement = Agreement.NO_VERSION if serves is None else Agreement.FILE_NEWER
        yield Item("parameter", name, f"parameters/{name}.yaml", agreement, note)


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
