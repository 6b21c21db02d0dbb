"""What is wrong with a rule in itself: conditions that can never hold, always hold, or say what is said already.

A part of a rule matters only where all that it is joined to by `all` holds, and nothing that it is joined to by `any`
does; these are its `context`. What cannot be in its context can be left out of the rule without any verdict turning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalogue.lint.bands import band_findings
from catalogue.lint.findings import Finding, Path
from catalogue.lint.reading import Reading
from catalogue.lint.remarks import EVERYBODY, NOBODY, NOT_ALL, Outcome, Remarks
from domain.expression import All, AnyOf, AtLeast, Clause, Expression, Not

Part = tuple[Expression, bool]
"""A part of the rule, and whether it must hold or must fail."""


def rule_findings(reading: Reading) -> Iterator[Finding]:
    """All findings on the policy's rule; raises TooComplex where there is too much to read."""
    root, path = reading.policy.eligibility, ("eligibility",)
    reader = _RuleReader(reading)
    if reading.search.impossible([(root, True)]):
        yield from reader.never(root, [], path, NOBODY)
    elif reading.search.impossible([(root, False)]):
        yield from reader.always(root, [], path, EVERYBODY)
    else:
        yield from reader.inside(root, [], path)


class _RuleReader:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.search = reading.search
        self.remarks = Remarks(reading)

    def inside(self, node: Expression, context: Sequence[Part], path: Path) -> Iterator[Finding]:
        """Findings within a part that can be true and can be false."""
        match node:
            case Not(item=item):
                yield from self.inside(item, context, (*path, "not"))
            case AtLeast(items=items):
                for index, item in enumerate(items):
                    yield from self._counted(item, context, (*path, "at_least", "of", index))
            case All(items=items) | AnyOf(items=items):
                joint = isinstance(node, All)
                yield from self._joined(items, context, (*path, "all" if joint else "any"), joint=joint)
                if isinstance(node, AnyOf):
                    yield from band_findings(self.reading, node, context, path)

    def _counted(self, item: Expression, context: Sequence[Part], path: Path) -> Iterator[Finding]:
        """An item of `at_least`: what the others say has no bearing on it."""
        if self.search.impossible([*context, (item, True)]):
            yield from self.never(item, context, path)
        elif self.search.impossible([*context, (item, False)]):
            yield from self.always(item, context, path)
        else:
            yield from self.inside(item, context, path)

    def _joined(
        self, items: Sequence[Expression], context: Sequence[Part], path: Path, *, joint: bool
    ) -> Iterator[Finding]:
        """Items of `all` (`joint`) or `any`: what is needless is left out before the rest is looked at.

        From the last, so that of two that say the same the first stays.
        """
        kept: dict[int, Part] = {index: (item, joint) for index, item in enumerate(items)}
        needless: list[Iterator[Finding]] = []
        apart: set[int] = set()
        for index, item in reversed(list(enumerate(items))):
            demands = [*context, *(one for other, one in kept.items() if other != index), (item, not joint)]
            if self.search.impossible(demands):
                core = self.search.core(demands)
                if joint and self._sets_branches_apart(core):
                    apart.add(index)
                    continue
                del kept[index]
                needless.append(self._needless(item, core, (*path, index), joint=joint))
        for findings in reversed(needless):
            yield from findings
        for index, (item, _) in kept.items():
            if index not in apart:
                others = (one for other, one in kept.items() if other != index)
                yield from self.inside(item, [*context, *others], (*path, index))

    def _sets_branches_apart(self, core: Sequence[Part]) -> bool:
        """Whether an item is needless only because, with all else that is asked, another branch is met without it.

        Laws set their bands apart so: up to 50 million 5 per cent, above it 4. That 5 is more than 4 makes no fault.
        """
        others = core[:-1]
        apart = any(not true for _, true in others)
        return apart and (any(true for _, true in others) or self.reading.rests_on_values(core))

    def _needless(self, item: Expression, core: list[Part], path: Path, *, joint: bool) -> Iterator[Finding]:
        if len(core) == 1:
            yield from (self.always if joint else self.never)(item, [], path)
        elif joint:
            yield self.remarks.adds_nothing(item, core[:-1], path)
        else:
            yield self.remarks.adds_nobody(item, core[:-1], path)

    def never(
        self, node: Expression, context: Sequence[Part], path: Path, outcome: Outcome = NOT_ALL
    ) -> Iterator[Finding]:
        """Why `node`, which can never be true, cannot; `outcome`: what that means for the whole rule."""
        match node:
            case Not(item=item):
                yield from self.always(item, context, (*path, "not"), outcome)
            case AnyOf(items=items):
                for index, item in enumerate(items):
                    yield from self.never(item, context, (*path, "any", index), outcome)
            case AtLeast():
                most = max(n for n in range(node.count) if self._can_hold(AtLeast(n, node.items), context))
                yield self.remarks.never_reached(node, most, path, outcome)
            case All(items=items):
                core, place = self._core([(item, True) for item in items], context)
                if len(core) == 1 and place is not None:
                    yield from self.never(items[place], [], (*path, "all", place), outcome)
                else:
                    about, at = (node, path) if place is None else (items[place], (*path, "all", place))
                    yield self.remarks.contradiction(core, about, at, outcome)
            case Clause():
                core, _ = self._core([(node, True)], context)
                if len(core) == 1:
                    yield self.remarks.never_holds(node, path, outcome)
                else:
                    yield self.remarks.contradiction(core, node, path, outcome)

    def always(
        self, node: Expression, context: Sequence[Part], path: Path, outcome: Outcome = NOT_ALL
    ) -> Iterator[Finding]:
        """Why `node`, which can never be false, cannot."""
        match node:
            case Not(item=item):
                yield from self.never(item, context, (*path, "not"), outcome)
            case All(items=items):
                for index, item in enumerate(items):
                    yield from self.always(item, context, (*path, "all", index), outcome)
            case AtLeast(count=count, items=items):
                counts = range(count, len(items) + 1)
                least = max(n for n in counts if not self._can_fail(AtLeast(n, items), context))
                yield self.remarks.always_reached(node, least, path, outcome)
            case AnyOf(items=items):
                core, place = self._core([(item, False) for item in items], context)
                if len(core) == 1 and place is not None:
                    yield from self.always(items[place], [], (*path, "any", place), outcome)
                else:
                    about, at = (node, path) if place is None else (items[place], (*path, "any", place))
                    yield self.remarks.covered(core, about, at, outcome)
            case Clause():
                core, _ = self._core([(node, False)], context)
                if len(core) == 1:
                    yield self.remarks.always_holds(node, path, outcome)
                else:
                    yield self.remarks.counts_anyway(node, core[:-1], path)

    def _core(self, own: list[Part], context: Sequence[Part]) -> tuple[list[Part], int | None]:
        """What cannot be met together, and which of `own` is the last of it."""
        core = self.search.core([*context, *own])
        places = [index for index, part in enumerate(own) if any(one is part for one in core)]
        return core, places[-1] if places else None

    def _can_hold(self, node: Expression, context: Sequence[Part]) -> bool:
        return not self.search.impossible([*context, (node, True)])

    def _can_fail(self, node: Expression, context: Sequence[Part]) -> bool:
        return not self.search.impossible([*context, (node, False)])
