"""Rows of policies of one document that divide a fact's range among them: what falls between two, or into both.

Only where they plainly do: the same document, agency and kind, and rules alike in all but the range of one fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalogue.lint.atoms import Key
from catalogue.lint.findings import Finding, Severity
from catalogue.lint.neighbours import meet_in_time
from catalogue.lint.positions import clauses_with_paths
from catalogue.lint.reading import Reading
from catalogue.lint.seams import Seam, seams
from catalogue.lint.values import Numbers, Values
from catalogue.lint.wording import named_range
from domain.combination import Combination, Exclusion, HighestOnly
from domain.expression import All, Clause, Expression, Not
from domain.facts import Label
from domain.policy import Policy
from domain.terms import FactRef

Conditions = dict[Key, Values]


def row_findings(
    reading: Reading, others: Sequence[Policy], combinations: Sequence[Combination], *, each_once: bool = False
) -> Iterator[Finding]:
    """The faulty seams at which the policy stands; `each_once`: only those that it begins. Raises TooComplex."""
    policy = reading.policy
    beside = [other for other in others if _of_one_row(policy, other)]
    mine = _conditions(reading, policy.eligibility) if beside else {}
    for key, values in mine.items():
        if not isinstance(key, FactRef) or not _is_range(values):
            continue
        row = [policy, *(other for other in beside if _differ_in(key, mine, _conditions(reading, other.eligibility)))]
        ranges = [_conditions(reading, one.eligibility)[key] for one in row]
        bands = [one for one in ranges if isinstance(one, Numbers)]
        for seam in seams([band.intervals[0] for band in bands], whole=bands[0].whole):
            if seam.after != 0 and (seam.before != 0 or each_once):
                continue
            outside = [other for other in beside if other not in row]
            if seam.gap and not _is_open(reading, key, seam, outside):
                continue
            other = row[seam.before + seam.after]  # the policy itself is at 0
            if seam.gap or not _excluded(policy.id, other.id, combinations):
                yield _finding(reading, key, seam, other)


def _finding(reading: Reading, key: FactRef, seam: Seam, other: Policy) -> Finding:
    at = named_range(key, seam.interval, reading.vocabulary, reading.facts)
    clause, path = next(
        (clause.text, path)
        for clause, path in clauses_with_paths(reading.policy.eligibility)
        if key.name in clause.facts()
    )
    title = other.title
    if seam.gap:
        return reading.finding(
            "gap-between-policies",
            Severity.WARNING,
            clause,
            path,
            Label(
                f"{at.zh}的对象落在本政策与“{title.zh}”（{other.id}）之间，两项都不符合。",
                f"{at.en} falls between this policy and {title.en!r} ({other.id}), and qualifies for neither.",
            ),
            Label("请让两项政策的界限相接。", "Let the bounds of the two policies meet."),
        )
    return reading.finding(
        "overlap-between-policies",
        Severity.WARNING,
        clause,
        path,
        Label(
            f"{at.zh}的对象同时符合本政策与“{title.zh}”（{other.id}）。",
            f"{at.en} qualifies for this policy and for {title.en!r} ({other.id}) at once.",
        ),
        Label(
            "请让两项政策的界限相接，或写明从高不重复。",
            "Let the bounds of the two policies meet, or write down that only the higher is paid.",
        ),
    )


def _of_one_row(a: Policy, b: Policy) -> bool:
    same = (a.audience, a.agency.zh, a.kind, a.document.title, a.document.number) == (
        b.audience,
        b.agency.zh,
        b.kind,
        b.document.title,
        b.document.number,
    )
    return same and set(a.districts) == set(b.districts) and meet_in_time(a, b)


def _conditions(reading: Reading, rule: Expression) -> Conditions:
    """What a rule asks of each quantity, where it is no more than a list of that; otherwise nothing."""
    asked: Conditions = {}
    pending = [(rule, True)]
    while pending:
        node, holds = pending.pop()
        match node:
            case All(items=items) if holds:
                pending += [(item, True) for item in items]
            case Not(item=item):
                pending.append((item, not holds))
            case Clause() if holds or len(reading.search.reader.atoms(node)) == 1:
                for atom in reading.search.reader.atoms(node):
                    values = atom.true if holds else atom.false
                    asked[atom.key] = asked.get(atom.key, atom.universe).meet(values)
            case _:
                return {}
    return asked


def _differ_in(key: Key, mine: Conditions, theirs: Conditions) -> bool:
    """Whether two rules are alike in all but the range that they ask of `key`."""
    if mine.keys() != theirs.keys() or not _is_range(theirs[key]) or theirs[key] == mine[key]:
        return False
    return all(theirs[one] == mine[one] for one in mine if one != key)


def _is_range(values: Values) -> bool:
    return isinstance(values, Numbers) and len(values.intervals) == 1


def _is_open(reading: Reading, key: FactRef, seam: Seam, outside: Sequence[Policy]) -> bool:
    """Whether a gap can occur at all, and no other policy of the document can admit who falls into it."""
    atom = reading.search.reader.atom_of(key, Numbers.of([seam.interval]))
    if reading.search.impossible([(atom, True)]):
        return False
    return all(reading.search.impossible([(other.eligibility, True), (atom, True)]) for other in outside)


def _excluded(one: str, other: str, combinations: Sequence[Combination]) -> bool:
    """Whether it is written down that only one of the two is paid."""
    for combination in combinations:
        match combination.terms:
            case Exclusion(policy=policy, excluded=excluded):
                if (policy == one and other in excluded) or (policy == other and one in excluded):
                    return True
            case HighestOnly(policies=policies):
                if one in policies and other in policies:
                    return True
    return False
