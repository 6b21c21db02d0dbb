"""Gaps between the branches of one `any` that divide a fact's range among them.

As in: below 50 million yuan 5 per cent, above 50 million 4 per cent, and nothing for exactly 50 million.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalogue.lint.atoms import Key
from catalogue.lint.findings import Finding, Path, Severity
from catalogue.lint.reading import Reading
from catalogue.lint.seams import seams
from catalogue.lint.values import Interval, Numbers, Values
from catalogue.lint.wording import name_of, quoted, ranged
from domain.expression import All, AnyOf, Clause, Expression
from domain.facts import Label
from domain.terms import FactRef


def band_findings(
    reading: Reading, node: AnyOf, context: Sequence[tuple[Expression, bool]], path: Path
) -> Iterator[Finding]:
    """A finding for each value between two branches that is admitted by none, though all around it is."""
    branches = [_ranges(reading, item) for item in node.items]
    for key in dict.fromkeys(key for branch in branches for key in branch):
        assert isinstance(key, FactRef)
        places = [place for place, branch in enumerate(branches) if key in branch]
        bands = [branches[place][key] for place in places]
        if len(places) < 2:
            continue
        whole = any(band.whole for band in bands)
        for seam in seams([band.intervals[0] for band in bands], whole=whole):
            if not seam.gap or not _left_out(reading, node, context, key, seam.interval):
                continue
            before, after = (quoted(node.items[places[place]]) for place in (seam.before, seam.after))
            value = ranged(key, seam.interval, reading.vocabulary, reading.facts)
            name = name_of(key, reading.facts)
            yield reading.finding(
                "band-gap",
                Severity.WARNING,
                None,
                (*path, "any", places[seam.after]),
                Label(
                    f"{name.zh}为{value.zh}的落在两个分支之间，哪个都不符合：{before.zh}，{after.zh}。",
                    f"{name.en} {value.en} falls between two branches and meets neither: {before.en}, {after.en}.",
                ),
                Label(
                    "请让其中一个分支包括界限（<= 或 >=）。", "Let one of the branches include the boundary (<= or >=)."
                ),
            )


def _left_out(
    reading: Reading, node: AnyOf, context: Sequence[tuple[Expression, bool]], key: FactRef, gap: Interval
) -> bool:
    """Whether the values of a gap can occur here, and no branch admits them."""
    atom = reading.search.reader.atom_of(key, Numbers.of([gap]))
    search = reading.search
    return not search.impossible([*context, (atom, True)]) and search.impossible([*context, (node, True), (atom, True)])


def _ranges(reading: Reading, branch: Expression) -> dict[Key, Numbers]:
    """The one range of each fact that a branch asks for beside something else."""
    if not isinstance(branch, All) or len(branch.items) < 2:
        return {}
    asked: dict[Key, Values] = {}
    for item in branch.items:
        for atom in reading.search.reader.atoms(item) if isinstance(item, Clause) else ():
            if isinstance(atom.key, FactRef):
                asked[atom.key] = asked.get(atom.key, atom.universe).meet(atom.true)
    return {key: values for key, values in asked.items() if isinstance(values, Numbers) and len(values.intervals) == 1}
