"""What a draft would change, part by part: one policy, or every policy that a parameter's new values reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from catalogue.checks import CaseFailure, Executor, run_cases
from catalogue.loader import Catalogue, load_policy_text, parameter_names
from catalogue.parameters import read_parameters
from catalogue.yaml_positions import Page
from domain.errors import CatalogueInvalid, Problem
from domain.facts import Audience, Vocabulary
from domain.policy import Parameter, Policy
from workbench.basis import basis_of, derived_parameters
from workbench.bench import read_policy, served_in
from workbench.impact import Basis, Counts, Group, Impact
from workbench.records import Draft

__all__ = ["PARAMETER", "Part", "naming", "parts_of", "problems_of", "read_parameter", "together"]

PARAMETER = "parameter"
"""The kind of a draft whose text is one parameter."""


@dataclass(frozen=True)
class Part:
    """A policy as the draft would have it, read with `words`, beside what serves of it."""

    policy: Policy
    served: Policy | None
    words: Catalogue

    def basis(self, read: Basis) -> Basis:
        """What an impact of it would rest on now, on the population and day of one that was `read`."""
        return basis_of(self.policy, self.served, self.words, read.snapshot_id, read.as_of)


def parts_of(draft: Draft, words: Catalogue, today: date) -> list[Part]:
    """All that the draft would change: of a parameter's draft the policies in force, with the new values.

    Raises CatalogueInvalid where the draft cannot be read with the words that serve.
    """
    if draft.kind != PARAMETER:
        return [Part(read_policy(draft, words), served_in(words, draft.policy_id), words)]
    parameter = read_parameter(draft, words.vocabulary)
    changed = _with(words, parameter)
    return [Part(one, one, changed) for one in naming(words, parameter.name) if one.in_force(today)]


def read_parameter(draft: Draft, vocabulary: Vocabulary) -> Parameter:
    """The draft's text as the one parameter that it is a draft of. Raises CatalogueInvalid."""
    page = Page(f"{draft.policy_id}.yaml", draft.text)
    found = read_parameters(page, vocabulary, {})
    if not page.problems and list(found) != [draft.policy_id]:
        step = f"Write this parameter alone: '{draft.policy_id}: ...'."
        page.problems.append(Problem(page.file, 1, 1, f"This is a draft of the parameter {draft.policy_id!r}.", step))
    if page.problems:
        raise CatalogueInvalid(page.problems)
    return found[draft.policy_id]


def naming(words: Catalogue, name: str) -> list[Policy]:
    """The policies that name a parameter, or rest on a fact that is derived with it."""
    return [
        policy
        for policy in words.policies
        if name in parameter_names(policy)
        or any(name in names for names in derived_parameters(policy, words.vocabulary).values())
    ]


def problems_of(
    draft: Draft, words: Catalogue, executors: dict[str, Executor]
) -> tuple[list[Problem], list[CaseFailure]]:
    """What is wrong with a parameter's draft: in itself, and with the policies that name it, their cases among it."""
    try:
        parameter = read_parameter(draft, words.vocabulary)
    except CatalogueInvalid as error:
        return list(error.problems), []
    changed = _with(words, parameter)
    problems: list[Problem] = []
    failures: list[CaseFailure] = []
    for policy in naming(words, parameter.name):
        try:
            reread = load_policy_text(policy.source, f"{policy.id}.yaml", changed.vocabulary, changed.parameters)
        except CatalogueInvalid as error:
            problems += error.problems
        else:
            failures += run_cases(reread, changed.parameters, executors)
    return problems, failures


def together(draft: Draft, parts: Sequence[Impact], today: date) -> Impact:
    """The figures of all parts added up; a subject whom two policies touch counts twice, but is one of `subjects`.

    `version`: of a parameter's draft the one that it would be. Of several audiences the first is named.
    """
    if draft.kind != PARAMETER:
        [impact] = parts
        return impact
    audiences = {part.audience: part.subjects for part in parts}
    befores = [part.before for part in parts if part.before is not None]
    return Impact(
        policy_id=draft.policy_id,
        version=(draft.base_version or 0) + 1,
        audience=parts[0].audience if parts else Audience.CITIZEN,
        as_of=parts[0].as_of if parts else today,
        snapshot_id=" ".join(dict.fromkeys(part.snapshot_id for part in parts)),
        subjects=sum(audiences.values()),
        before=_sum(befores) if befores else None,
        after=_sum([part.after for part in parts]),
        gain=sum(part.gain for part in parts),
        lose=sum(part.lose for part in parts),
        lose_unknown=sum(part.lose_unknown for part in parts),
        becomes_unknown=sum(part.becomes_unknown for part in parts),
        missing=tuple(missing for part in parts for missing in part.missing),
        cost_before_fen_year=sum(part.cost_before_fen_year or 0 for part in parts),
        cost_after_fen_year=sum(part.cost_after_fen_year for part in parts),
        amount_unknown_before=sum(part.amount_unknown_before for part in parts),
        amount_unknown=sum(part.amount_unknown for part in parts),
        budget_fen=None,
        places=None,
        messages=sum(part.messages for part in parts),
        groups=tuple(_groups(parts)),
        basis=Basis("", None, "", "", "", parts[0].as_of if parts else today),  # each part has one of its own
    )


def _with(words: Catalogue, parameter: Parameter) -> Catalogue:
    return replace(words, parameters={**words.parameters, parameter.name: parameter})


def _sum(counts: Sequence[Counts]) -> Counts:
    return Counts(*(sum(getattr(one, name.name) for one in counts) for name in fields(Counts)))


_ADDED = [name.name for name in fields(Group) if name.name not in ("dimension", "word", "label", "subjects")]


def _groups(parts: Sequence[Impact]) -> Iterator[Group]:
    """Each dimension's groups added up, in the order of the first part that has them."""
    found: dict[tuple[str, str | None], list[Group]] = {}
    for part in parts:
        for group in part.groups:
            found.setdefault((group.dimension, group.word), []).append(group)
    for groups in found.values():
        yield replace(groups[0], **{name: sum(getattr(one, name) for one in groups) for name in _ADDED})
