"""Whether a policy promises more than its facts carry: `auto` on facts that are stale, unknown or merely declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalogue.labels import DELIVERY_LABELS
from catalogue.ladder import ladder
from catalogue.lint.findings import FactStatistics, Finding, Severity
from domain.facts import Label, Vocabulary
from domain.policy import Policy


def delivery_findings(
    policy: Policy, vocabulary: Vocabulary, statistics: Mapping[str, FactStatistics] | None
) -> Iterator[Finding]:
    """One finding, with all reasons, where the delivery mode stands higher than the ladder allows."""
    found = ladder(policy, vocabulary, statistics)
    if not found.too_high:
        return
    *reasons, _ = found.reasons  # the last says that it is set too high
    mode, allowed = DELIVERY_LABELS[found.mode], DELIVERY_LABELS[found.allowed]
    yield Finding(
        "delivery-too-high",
        Severity.WARNING,
        policy.id,
        None,
        ("delivery",),
        Label(
            f"设为{mode.zh}，但{''.join(one.zh for one in reasons)}",
            f"It is delivered as {mode.en.lower()!r}, but: {' '.join(one.en for one in reasons)}",
        ),
        Label(
            f"请改为{allowed.zh}（{found.allowed}），或先补全登记数据。",
            f"Deliver it as '{found.allowed}', or have the registers' data completed first.",
        ),
    )
