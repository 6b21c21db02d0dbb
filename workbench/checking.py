"""A draft looked at: its text against the words that serve, its cases, its rule, and what it would do to everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from catalogue.checks import case_gaps, run_cases
from catalogue.lifecycle import DraftEvent, transition
from catalogue.lint.findings import FactStatistics
from catalogue.loader import Catalogue
from catalogue.outline import place_of
from domain.errors import CatalogueInvalid, CityMissing, DraftChanged, DraftInvalid, Problem
from domain.policy import Policy
from storage import impacts, officers, policies
from storage.impacts import ImpactRow
from workbench.bench import APPROVAL_VOID, Bench, agency_of, agency_of_version, read_policy
from workbench.impact import Impact
from workbench.records import Checked, Draft, Progress, StoredImpact
from workbench.roles import Act, Officer
from workbench.weighing import PARAMETER, naming, parts_of, problems_of, together

__all__ = ["Checking"]


class Checking(Bench):
    """Checks and simulations of drafts."""

    def check(self, who: Officer, draft_id: UUID, revision: int) -> Checked:
        """Everything that can be said of the text without the population's verdicts.

        The draft becomes checked when nothing fails and no finding is an error; else it is a draft again.
        """
        draft = self._looked_at(who, draft_id, revision)
        transition(draft.state, DraftEvent.CHECK)
        found = self._checked(draft)
        with self._transaction() as connection:
            held = self._locked(connection, who, Act.WRITE, draft_id, revision)
            event = DraftEvent.CHECK if found.ok else DraftEvent.FAIL
            lost: Mapping[str, Any] = {} if found.ok else {"impact_id": None}
            data = {
                "problems": len(found.problems),
                "failures": len(found.failures),
                "gaps": len(found.gaps),
                "findings": len(found.findings),
            }
            moved = self._move(connection, held, event, who.officer_id, data=data, **lost)
        return Checked(moved, found.policy, found.problems, found.failures, found.gaps, found.findings)

    def simulate(
        self, who: Officer, draft_id: UUID, revision: int, progress: Progress | None = None
    ) -> tuple[Draft, Impact]:
        """The draft against what serves, over everybody; stored, and what approval will be bound to.

        Raises CatalogueInvalid where the text no longer fits the words that serve, DraftInvalid where it does not pass
        its check with them, DraftMoved before it was checked.
        """
        draft = self._looked_at(who, draft_id, revision)
        transition(draft.state, DraftEvent.SIMULATE)
        self._require_passes(draft)
        weighed = self._weigh(draft, progress)
        impact = together(draft, weighed, self._today())
        with self._transaction() as connection:
            held = self._locked(connection, who, Act.WRITE, draft_id, revision)
            row = ImpactRow(
                impact_id=uuid4(),
                draft_id=draft_id,
                revision=revision,
                snapshot_id=impact.snapshot_id,
                figures=_figures(draft, impact, weighed),
                made_by=who.officer_id,
                made_at=self._parts.clock(),
            )
            impacts.add(connection, row)
            data = {
                "impact_id": str(row.impact_id),
                "snapshot_id": impact.snapshot_id,
                "gain": impact.gain,
                "lose": impact.lose,
                "messages": impact.messages,
            }
            moved = self._move(
                connection,
                held,
                DraftEvent.SIMULATE,
                who.officer_id,
                data=data,
                impact_id=row.impact_id,
                **APPROVAL_VOID,
            )
        return moved, impact

    def impact(self, who: Officer, draft_id: UUID) -> Impact | None:
        """The figures that an approval of the draft would be bound to; None before it was simulated."""
        found = self.stored_impact(who, draft_id)
        return found.impact if found else None

    def stored_impact(self, who: Officer, draft_id: UUID) -> StoredImpact | None:
        """As `impact`, with who made it and when."""
        draft = self._read(who, draft_id)
        return self._stored_impact(draft)

    def impacts(self, who: Officer, draft_id: UUID) -> list[StoredImpact]:
        """All that were ever worked out for the draft, oldest first."""
        self._read(who, draft_id)
        with self._parts.begin() as connection:
            return [_stored(row) for row in impacts.of_draft(connection, draft_id)]

    def _looked_at(self, who: Officer, draft_id: UUID, revision: int, act: Act = Act.WRITE) -> Draft:
        draft = self._read(who, draft_id, act)
        if draft.revision != revision:
            raise DraftChanged(draft_id, draft.editor, draft.revision, draft.text)
        return draft

    def _stored_impact(self, draft: Draft) -> StoredImpact | None:
        if draft.impact_id is None:
            return None
        with self._parts.begin() as connection:
            return _stored(impacts.get(connection, draft.impact_id))

    def _weigh(self, draft: Draft, progress: Progress | None = None) -> list[Impact]:
        """Each part of the draft against what serves of it."""
        today, population = self._today(), self._parts.population
        return [
            population.impact(part.policy, part.served, part.words, today, progress)
            for part in parts_of(draft, self._parts.words(), today)
        ]

    def _require_passes(self, draft: Draft) -> None:
        """The words that serve may be others than when the draft was checked: its cases may fail with them."""
        found = self._checked(draft)
        if found.problems:
            raise CatalogueInvalid(list(found.problems), next_step="Mend these lines and check the draft again.")
        if not found.ok:
            raise DraftInvalid(
                "The draft does not pass its check any more: what it reads was changed since.",
                next_step="Open the draft, mend what its check says, and check it again.",
            )

    def _checked(self, draft: Draft) -> Checked:
        words, today = self._parts.words(), self._today()
        if draft.kind == PARAMETER:
            problems, failures = problems_of(draft, words, dict(self._parts.executors(words.vocabulary)))
            problems += self._strangers(draft, words)
            return Checked(draft, None, problems=tuple(problems), failures=tuple(failures))
        try:
            policy = read_policy(draft, words)
        except CatalogueInvalid as error:
            return Checked(draft, None, problems=tuple(error.problems))
        statistics: dict[str, FactStatistics] | None = None
        with suppress(CityMissing):  # before the first registers came in a rule can still be read for itself
            statistics = dict(self._parts.population.statistics(policy.audience, today))
        return Checked(
            draft,
            policy,
            problems=tuple(self._identity_problems(draft, policy)),
            failures=tuple(run_cases(policy, words.parameters, self._parts.executors(words.vocabulary))),
            gaps=tuple(case_gaps(policy, words.parameters)),
            findings=tuple(self._parts.lint(policy, words, statistics, today)),
        )

    def _identity_problems(self, draft: Draft, policy: Policy) -> Iterator[Problem]:
        """What the text says of itself, against what it is kept as: nobody slips into another policy or agency."""
        with self._parts.begin() as connection:
            newest = max((one.version for one in policies.versions(connection, draft.policy_id)), default=0)
            owner, base = agency_of(connection, draft.policy_id), draft.base_version
            begun_of = agency_of_version(connection, draft.policy_id, base) if base else None
        wrong = {
            "": (
                owner not in (None, draft.agency_id, begun_of),
                f"{draft.policy_id!r} is a policy of {owner} since this draft was begun.",
                "Begin another draft; of another agency's policy only a citywide officer can.",
            ),
            "id": (policy.id != draft.policy_id, f"This is a draft of {draft.policy_id!r}.", "Begin another draft."),
            "agency": (
                policy.agency.zh != draft.agency_id,
                f"This is a draft of {draft.agency_id}.",
                "Put its name back; a citywide officer can begin a draft that moves the policy.",
            ),
            "version": (
                policy.version <= newest,
                f"Version {newest} of {draft.policy_id!r} is there already.",
                f"Write 'version: {newest + 1}'.",
            ),
        }
        for name, (holds, message, step) in wrong.items():
            if holds:
                yield Problem(policy.file, *place_of(draft.text, name), message, step)

    def _strangers(self, draft: Draft, words: Catalogue) -> Iterator[Problem]:
        """Other agencies whose policies have come to name a parameter since its draft was begun."""
        with self._parts.begin() as connection:
            citywide = {row.agency_id for row in officers.agencies(connection) if row.citywide}
        others = {policy.agency.zh for policy in naming(words, draft.policy_id)} - {draft.agency_id}
        if others and draft.agency_id not in citywide:
            named = ", ".join(sorted(others))
            message = f"Policies of {named} name {draft.policy_id!r} as well."
            yield Problem(f"{draft.policy_id}.yaml", 1, 1, message, "Let a citywide officer begin the draft.")


def _stored(row: ImpactRow) -> StoredImpact:
    figures = dict(row.figures)
    parts = figures.pop("parts", None)
    impact = Impact.from_json(figures)
    each = (impact,) if parts is None else tuple(Impact.from_json(part) for part in parts)
    return StoredImpact(row.impact_id, row.revision, impact, each, row.made_by, row.made_at)


def _figures(draft: Draft, impact: Impact, weighed: Sequence[Impact]) -> dict[str, Any]:
    parts = {"parts": [part.to_json() for part in weighed]} if draft.kind == PARAMETER else {}
    return {**impact.to_json(), **parts}
