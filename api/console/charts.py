"""The figures of a chart, as the page's script draws them; the same figures stand in a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.language import Language
from domain.facts import Label
from storage.funnel import Funnel
from workbench.impact import Impact

MOST_BARS = 16
"""More would be too thin to read; the table has all."""

_BEFORE, _AFTER = Label("现行", "Now"), Label("草案", "Draft")
_VERDICTS = (
    ("eligible", Label("符合", "Eligible")),
    ("unknown", Label("待核实", "Unknown")),
    ("ineligible", Label("不符合", "Not eligible")),
)
FUNNEL_STEPS: Sequence[tuple[str, Label]] = (
    ("told", Label("已告知", "Told")),
    ("seen", Label("已查看", "Seen")),
    ("claimed", Label("已申领", "Claimed")),
    ("approved", Label("已核准", "Approved")),
    ("delivered", Label("已兑现", "Delivered")),
    ("confirmed", Label("已确认", "Confirmed")),
    ("rated", Label("已评价", "Rated")),
)


@dataclass(frozen=True)
class Chart:
    """`kind`: bars (lying), stack (each bar a whole) or funnel; one series a colour, one value a name."""

    kind: str
    names: Sequence[str]
    series: Sequence[tuple[str, Sequence[int]]]

    def to_json(self) -> dict[str, Any]:
        """What static/charts.js reads."""
        return {
            "kind": self.kind,
            "names": list(self.names),
            "series": [{"name": name, "values": list(values)} for name, values in self.series],
        }


def verdicts_chart(impact: Impact, language: Language) -> Chart:
    """Eligible, unknown and not eligible, now and by the draft."""
    sides = [(_AFTER, impact.after)] if impact.before is None else [(_BEFORE, impact.before), (_AFTER, impact.after)]
    return Chart(
        "stack",
        [label.text(language) for label, _ in sides],
        [(label.text(language), [getattr(counts, name) for _, counts in sides]) for name, label in _VERDICTS],
    )


def groups_chart(impact: Impact, dimension: str, language: Language) -> Chart:
    """Eligible subjects by group, now and by the draft; of many groups those that the draft changes or reaches most."""
    groups = list(impact.of(dimension))
    if len(groups) > MOST_BARS:
        most = sorted(groups, key=lambda one: (one.gain + one.lose, one.after), reverse=True)[:MOST_BARS]
        groups = [one for one in groups if one in most]
    series = [(_AFTER.text(language), [one.after for one in groups])]
    if impact.before is not None:
        series.insert(0, (_BEFORE.text(language), [one.before for one in groups]))
    return Chart("bars", [one.label.text(language) for one in groups], series)


def funnel_chart(funnel: Funnel, language: Language) -> Chart:
    """From told to rated."""
    names = [label.text(language) for _, label in FUNNEL_STEPS]
    return Chart("funnel", names, [("", [getattr(funnel, step) for step, _ in FUNNEL_STEPS])])
