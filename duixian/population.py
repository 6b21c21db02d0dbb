"""The living population kept ready in a process: what a draft would do to it, and how many a rule holds for.

A wide table is followed by the next one as soon as that lies in its folder. Of each audience a process keeps the
coded columns of the rules that it was asked about, a byte a subject and column, and the breakdown's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Lock

from catalogue.lint.findings import FactStatistics
from catalogue.loader import Catalogue
from domain.errors import WideTableStale
from domain.expression import Expression
from domain.facts import Audience
from domain.policy import Policy
from duixian.coded import coded_population
from duixian.living_table import LivingTable
from features import wide
from features.wide import Snapshot
from matcher.compile import compile_policies
from storage.connection import Begin
from workbench.basis import derived_parameters, facts_behind
from workbench.counting import count_rule
from workbench.impact import Count, Impact
from workbench.measuring import Progress, Side, measure

Seen = tuple[tuple[str, int], ...]


class LivingPopulation:
    """Everybody, as the newest wide tables of `home` know them; safe to share between threads.

    `words` gives what serves now: served policies are read with it. The methods raise CityMissing where there is no
    wide table of an audience.
    """

    def __init__(self, home: Path, begin: Begin, words: Callable[[], Catalogue]) -> None:
        self._home, self._begin, self._words = home, begin, words
        self._held: dict[Audience, tuple[Seen, LivingTable]] = {}
        self._lock = Lock()

    def prepare(self, audience: Audience, as_of: date) -> None:
        """Code all that the served rules ask, on disk, as matching them would: first calls then find it done."""
        words, table = self._words(), self._table(audience)
        policies = words.in_force(audience, as_of)
        program = compile_policies(policies, words.vocabulary, words.parameters_at(as_of), audience, as_of)
        table.take_up(coded_population(self._home, audience, table.path, program))
        table.breakdowns(words)

    def impact(
        self, draft: Policy, served: Policy | None, words: Catalogue, as_of: date, progress: Progress | None = None
    ) -> Impact:
        """What `draft`, read with `words`, would do on `as_of` beside what serves (None: nothing does).

        For a draft of a parameter, `draft` is a policy that names it, and `words` hold its new value. `served` is read
        with what serves now, and does not count where it is not in force. Raises WideTableStale where the draft rests
        on derived facts that its words work out in another way than the wide table has them.
        """
        table = self._table(draft.audience)
        self._require_current(draft, words, as_of, table)
        before = Side(served, self._words()) if served else None
        return measure(before, Side(draft, words), table, as_of, progress)

    def count(self, audience: Audience, rule: Expression, words: Catalogue, as_of: date) -> Count:
        """How many the rule holds for; for a rule that is being written, so nothing of it is kept on disk."""
        start = time.perf_counter()
        eligible, unknown, ineligible = count_rule(audience, rule, words, self._table(audience), as_of)
        seconds = time.perf_counter() - start
        return Count(eligible, unknown, ineligible, eligible + unknown + ineligible, seconds)

    def statistics(self, audience: Audience, as_of: date) -> Mapping[str, FactStatistics]:
        """How well each fact of the vocabulary that serves is known, and how fresh it is on `as_of`."""
        return self._table(audience).statistics(self._words().vocabulary.of(audience), as_of)

    def snapshot_id(self, audience: Audience) -> str:
        """The wide table that answers now."""
        return self._table(audience).snapshot_id

    def _table(self, audience: Audience) -> LivingTable:
        seen = self._look(audience)
        with self._lock:
            held = self._held.get(audience)
            if held is None or held[0] != seen:
                path = wide.latest(self._home, audience)
                table = held[1] if held and held[1].path == path else LivingTable(self._home, self._begin, path)
                held = self._held[audience] = (seen, table)
            return held[1]

    def _look(self, audience: Audience) -> Seen:
        """The wide tables that lie there; reading which is the latest takes longer, and is done when these change."""
        found = []
        for path in (self._home / "wide" / audience).glob("[!.]*.parquet"):
            with suppress(FileNotFoundError):  # just removed
                found.append((path.name, path.stat().st_mtime_ns))
        return tuple(sorted(found))

    def _require_current(self, draft: Policy, words: Catalogue, as_of: date, table: LivingTable) -> None:
        """Raise WideTableStale where derived facts behind the draft are not in the table as its words would have them.

        By parameters, the table says what it was made with; by derivation, it is taken to be as what serves has it.
        """
        served, law = self._words().vocabulary, words.parameters_at(as_of)
        changed = sorted(
            name
            for (audience, name), fact in facts_behind(draft, words.vocabulary).items()
            if fact.derived and (held := served.of(audience).get(name)) and held.derivation != fact.derivation
        )
        if changed:
            raise _stale(draft, table, f"the derived facts {', '.join(changed)} in another way", facts=changed)
        for audience, names in derived_parameters(draft, words.vocabulary).items():
            made_with = self._parameters_of(audience, table)
            other = sorted(name for name in names if made_with is not None and made_with.get(name) != law.get(name))
            if other:
                raise _stale(draft, table, f"derived facts with another value of {', '.join(other)}", parameters=other)

    def _parameters_of(self, audience: Audience, table: LivingTable) -> Mapping[str, Decimal] | None:
        """What the audience's facts in the table were derived with; None where that can be read no more."""
        if audience is table.snapshot.audience:
            return table.snapshot.parameters
        linked = table.snapshot.linked.get(audience)
        path = wide.path_of(self._home, audience, linked) if linked else None
        return Snapshot.of(path).parameters if path is not None and path.exists() else None


def _stale(draft: Policy, table: LivingTable, how: str, **data: object) -> WideTableStale:
    return WideTableStale(
        f"The wide table {table.snapshot_id} works out {how}, and {draft.id!r} rests on them.",
        next_step="Build the wide table again with these words and parameters ('duixian features build'), then ask"
        " again. As long as they are a draft, do so in a copy of the installation.",
        policy_id=draft.id,
        snapshot_id=table.snapshot_id,
        **data,
    )
