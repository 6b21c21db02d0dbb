"""How the cost grows: with subjects, with policies, and what a second thread brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations

from benchmarks.figures import Figure, Wrong
from benchmarks.ours import Batch, program_of
from benchmarks.policies import plain_rules
from benchmarks.rounds import Work, medians
from benchmarks.setting import Setting

_FLAT = 1.2
"""Within 20 %."""
_SECOND_THREAD = 1.7
_SOME_REPEATS = 4
_FEW_POLICIES = 100


def figures(setting: Setting) -> tuple[list[Figure], list[Wrong]]:
    batch = Batch(setting.table, setting.program)
    return [_subjects(setting, batch), _policies(setting), _threads(setting, batch)], []


def _subjects(setting: Setting, batch: Batch) -> Figure:
    """Cost of a pair for the distinct subjects, and for them repeated up to the city; codes to counts."""
    batches = [batch.repeated(times) for times in (1, _SOME_REPEATS, setting.sizes.city_repeats)]
    taken = _per_pair_ns(setting, {f"{one.rows:,} subjects": one for one in batches}, "Growth with subjects")
    costs = list(taken.values())
    return Figure(
        work=f"growth with subjects, {batches[0].rows:,} to {batches[-1].rows:,}, a pair",
        bar="linear: within 20 %",
        measured=_shown(costs),
        passed=_never_grows(costs),
        ratio=costs[-1] / costs[0],
        values=taken,
    )


def _policies(setting: Setting) -> Figure:
    counts = [_FEW_POLICIES, setting.sizes.policies, setting.sizes.many_policies]
    batches = [Batch(setting.table, program_of(plain_rules(n))) for n in counts]
    named = {f"{n:,} policies": one for n, one in zip(counts, batches, strict=True)}
    taken = _per_pair_ns(setting, named, "Growth with policies")
    costs = list(taken.values())
    return Figure(
        work=f"growth with policies, {counts[0]:,} to {counts[-1]:,}, a pair",
        bar="flat within 20 %, or falling",
        measured=_shown(costs),
        passed=_never_grows(costs),
        ratio=costs[-1] / costs[0],
        values=taken,
    )


def _threads(setting: Setting, batch: Batch) -> Figure:
    more = batch.repeated(_SOME_REPEATS)
    works = {f"{n} threads": Work(partial(more.counts, threads=n)) for n in (1, 2)}
    one, two = medians(works, setting.sizes.rounds, "A second thread").values()
    return Figure(
        work=f"a second thread, {more.rows:,} × {len(setting.rules):,}, codes to counts",
        bar=f"≥ {_SECOND_THREAD}×",
        measured=f"{one * 1e3:.0f} ms, then {two * 1e3:.0f} ms",
        passed=one / two >= _SECOND_THREAD,
        ratio=one / two,
        values={"one": one, "two": two},
    )


def _per_pair_ns(setting: Setting, batches: Mapping[str, Batch], what: str) -> dict[str, float]:
    works = {name: Work(batch.counts) for name, batch in batches.items()}
    seconds = medians(works, setting.sizes.rounds, what)
    return {name: seconds[name] / batches[name].pairs * 1e9 for name in batches}


def _never_grows(costs: Sequence[float]) -> bool:
    """No later cost is more than 20 % above any earlier one."""
    return all(later <= earlier * _FLAT for earlier, later in combinations(costs, 2))


def _shown(costs: Sequence[float]) -> str:
    return ", ".join(f"{cost:.3f}" for cost in costs) + " ns"
