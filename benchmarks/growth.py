"""How the cost grows: with subjects, with policies, and what a second thread brings."""

from __future__ import annotations

from functools import partial

from benchmarks.figures import Figure, Wrong
from benchmarks.ours import Batch, program_of
from benchmarks.policies import plain_rules
from benchmarks.rounds import Work, medians
from benchmarks.setting import Setting

_FLAT = 1.2
"""Within 20 %."""
_SECOND_THREAD = 1.7


def figures(setting: Setting) -> tuple[list[Figure], list[Wrong]]:
    return [_subjects(setting), _policies(setting), _threads(setting)], []


def _subjects(setting: Setting) -> Figure:
    """Cost of a pair for a quarter, half and all of the subjects; codes to counts."""
    rows = [setting.sizes.rows // 4, setting.sizes.rows // 2, setting.sizes.rows]
    batches = {f"{n:,} subjects": Batch(setting.table.slice(0, n), setting.program) for n in rows}
    taken = _per_pair_ns(setting, batches, "Growth with subjects")
    costs = list(taken.values())
    return Figure(
        work=f"growth with subjects, {rows[0]:,} to {rows[-1]:,}, a pair",
        bar="linear: within 20 %",
        measured=", ".join(f"{cost:.3f}" for cost in costs) + " ns",
        passed=max(costs) <= min(costs) * _FLAT,
        ratio=costs[-1] / costs[0],
        values=taken,
    )


def _policies(setting: Setting) -> Figure:
    counts = [100, setting.sizes.policies, setting.sizes.many_policies]
    batches = {f"{n:,} policies": Batch(setting.table, program_of(plain_rules(n))) for n in counts}
    taken = _per_pair_ns(setting, batches, "Growth with policies")
    costs = list(taken.values())
    return Figure(
        work=f"growth with policies, {counts[0]:,} to {counts[-1]:,}, a pair",
        bar="flat within 20 %, or falling",
        measured=", ".join(f"{cost:.3f}" for cost in costs) + " ns",
        passed=all(later <= costs[0] * _FLAT for later in costs[1:]),
        ratio=costs[-1] / costs[0],
        values=taken,
    )


def _threads(setting: Setting) -> Figure:
    batch = Batch(setting.table, setting.program)
    works = {f"{n} threads": Work(partial(batch.counts, threads=n)) for n in (1, 2)}
    one, two = medians(works, setting.sizes.rounds, "A second thread").values()
    return Figure(
        work="a second thread, codes to counts",
        bar=f"≥ {_SECOND_THREAD}×",
        measured=f"{one * 1e3:.0f} ms, then {two * 1e3:.0f} ms",
        passed=one / two >= _SECOND_THREAD,
        ratio=one / two,
        values={"one": one, "two": two},
    )


def _per_pair_ns(setting: Setting, batches: dict[str, Batch], what: str) -> dict[str, float]:
    works = {name: Work(batch.counts) for name, batch in batches.items()}
    seconds = medians(works, setting.sizes.rounds, what)
    return {name: seconds[name] / batches[name].pairs * 1e9 for name in batches}
