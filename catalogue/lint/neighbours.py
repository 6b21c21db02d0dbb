"""Policies beside each other: the same entered twice, or one within another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalogue.lint.findings import Finding, Severity
from catalogue.lint.reading import Reading
from domain.benefit import NoMoney
from domain.facts import Label
from domain.policy import Policy


def twin_findings(reading: Reading, others: Sequence[Policy]) -> Iterator[Finding]:
    """The same rule and benefit twice, or one's rule within another's, in one agency and domain.

    Raises TooComplex.
    """
    policy = reading.policy
    for other in others:
        if not _alike(policy, other):
            continue
        inside = reading.search.impossible([(policy.eligibility, True), (other.eligibility, False)])
        outside = reading.search.impossible([(other.eligibility, True), (policy.eligibility, False)])
        title = other.title
        if inside and outside:
            yield reading.finding(
                "duplicate-policy",
                Severity.WARNING,
                None,
                ("eligibility",),
                Label(
                    f"与“{title.zh}”（{other.id}）的条件和待遇完全相同。",
                    f"Rule and benefit are those of {title.en!r} ({other.id}).",
                ),
                Label(
                    "请确认是否重复录入；若确为两项，请写明区别。",
                    "See whether it was entered twice, or say what differs.",
                ),
            )
        elif inside or outside:
            narrow, wide = ("本政策", f"“{title.zh}”") if inside else (f"“{title.zh}”", "本政策")
            narrow_en, wide_en = ("this policy", repr(title.en)) if inside else (repr(title.en), "this policy")
            yield reading.finding(
                "shadowed-policy",
                Severity.WARNING,
                None,
                ("eligibility",),
                Label(
                    f"符合{narrow}的都符合{wide}，而两者待遇相同（{other.id}）。",
                    f"Whoever qualifies for {narrow_en} qualifies for {wide_en}, and the benefit is the same"
                    f" ({other.id}).",
                ),
                Label(
                    "请合并两项政策，或写明不可同时享受。", "Join the two, or write down that only one of them is paid."
                ),
            )


def _alike(a: Policy, b: Policy) -> bool:
    """Whether two policies could be one: benefits without money are told apart by their titles only."""
    same = (a.audience, a.agency.zh, a.domain, a.kind) == (b.audience, b.agency.zh, b.domain, b.kind)
    benefit = a.benefit == b.benefit and (not isinstance(a.benefit.form, NoMoney) or a.title.zh == b.title.zh)
    return same and benefit and set(a.districts) == set(b.districts) and meet_in_time(a, b)


def meet_in_time(a: Policy, b: Policy) -> bool:
    """Whether there is a day on which both are in force."""
    ends = [one.effective_to for one in (a, b) if one.effective_to is not None]
    return not ends or max(a.effective_from, b.effective_from) <= min(ends)
