"""An impact in the terminal: tables with bars, in Chinese or English."""

from __future__ import annotations

from collections.abc import Mapping

from rich.bar import Bar
from rich.table import Table

from domain.facts import Label
from domain.policy import Policy
from duixian.cli.output import Language, number, stdout, table, yuan
from workbench.impact import DIMENSIONS, Impact

_BAR_WIDTH = 20  # columns
_WIDE = 120  # columns
_WORDS: Mapping[str, Label] = {
    "citizen": Label("市民", "citizens"),
    "enterprise": Label("企业", "enterprises"),
    "head": Label("{title}（{id}）第{version}版", "{title} ({id}), version {version}"),
    "beside": Label("与现行第{version}版相比", "beside version {version}, which serves"),
    "alone": Label("目前没有生效的版本", "no version serves now"),
    "base": Label(
        "{day}，{subjects} 个{audience}，宽表 {snapshot}", "{day}, {subjects} {audience}, wide table {snapshot}"
    ),
    "verdict": Label("判定", "verdict"),
    "now": Label("现行", "now"),
    "draft": Label("草案", "draft"),
    "change": Label("变化", "change"),
    "eligible": Label("符合", "eligible"),
    "unknown": Label("待核实", "unknown"),
    "ineligible": Label("不符合", "not eligible"),
    "effect": Label("影响", "effect"),
    "subjects": Label("数量", "subjects"),
    "gain": Label("新增符合", "gain"),
    "kept": Label("继续符合", "stay eligible"),
    "lose": Label("不再符合", "lose"),
    "lose_unknown": Label("其中变为待核实", "of whom unknown"),
    "becomes_unknown": Label("变为待核实", "become unknown"),
    "messages": Label("将发出消息", "messages"),
    "money": Label("每年（元）", "a year (CNY)"),
    "cost": Label("支出", "cost"),
    "budget": Label("预算", "budget"),
    "left": Label("余额", "left"),
    "places": Label("名额", "places"),
    "amount_unknown": Label("符合但金额未知，未计入", "eligible, amount unknown, not counted"),
    "missing": Label("待核实是因为缺少哪些数据", "what the unknown lack"),
    "fact": Label("数据项", "fact"),
    "name": Label("名称", "name"),
    "share": Label("占待核实者", "of the unknown"),
    "of_draft": Label("草案符合者", "eligible by the draft"),
}


def print_impact(impact: Impact, draft: Policy, language: Language) -> None:
    """Everything that an impact says."""
    say = _Said(language)
    served = impact.basis.served_version
    lines = (
        say("head", title=draft.title.text(language), id=impact.policy_id, version=impact.version),
        say("alone") if served is None else say("beside", version=served),
        say(
            "base",
            day=impact.as_of,
            subjects=number(impact.subjects),
            audience=say(impact.audience),
            snapshot=impact.snapshot_id,
        ),
    )
    for line in lines:
        stdout.print(line, highlight=False, markup=False, soft_wrap=True)
    stdout.print(_verdicts(impact, say))
    stdout.print(_effects(impact, say))
    stdout.print(_money(impact, say))
    if impact.missing:
        stdout.print(_missing(impact, say))
    for dimension in impact.dimensions:
        stdout.print(_groups(impact, dimension, say))


class _Said:
    """Headings in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, name: str, **values: object) -> str:
        return _WORDS[name].text(self.language).format(**values)

    def table(self, title: str, words: tuple[str, ...], numbers: tuple[str, ...], bars: str = "") -> Table:
        """Columns of words, of numbers, and one of bars; `title` is shown as it is, the headings are looked up."""
        headings = [self(name) for name in numbers]
        made = table(title, *(self(name) for name in words), *headings, right=tuple(headings))
        made.add_column(self(bars) if bars else "")
        return made


def _verdicts(impact: Impact, say: _Said) -> Table:
    shown = say.table("", ("verdict",), ("now", "draft", "change"))
    for name in ("eligible", "unknown", "ineligible"):
        before = None if impact.before is None else getattr(impact.before, name)
        after = getattr(impact.after, name)
        shown.add_row(say(name), *_moved(before, after), _bar(after, impact.subjects))
    return shown


def _effects(impact: Impact, say: _Said) -> Table:
    shown = say.table("", ("effect",), ("subjects",))
    for name in ("gain", "kept", "lose", "lose_unknown", "becomes_unknown", "messages"):
        count = getattr(impact, name)
        shown.add_row(say(name), number(count), _bar(count, impact.subjects))
    return shown


def _money(impact: Impact, say: _Said) -> Table:
    """Cost and budget; the places and the unknown amounts stand below, though they are no money."""
    shown = say.table("", ("money",), ("now", "draft", "change"))
    before, after, budget = impact.cost_before_fen_year, impact.cost_after_fen_year, impact.budget_fen
    change = f"{(after - (before or 0)) / 100:+,.2f}"
    shown.add_row(say("cost"), "" if before is None else yuan(before), yuan(after), change, _bar(after, budget or 0))
    if budget is not None:
        shown.add_row(say("budget"), "", yuan(budget), "", f"{after / budget:.1%}" if budget else "")
        shown.add_row(say("left"), "", yuan(budget - after), "")
    if impact.places is not None:
        shown.add_row(say("places"), "", number(impact.places), "", _bar(impact.after.eligible, impact.places))
    if impact.amount_unknown or impact.amount_unknown_before:
        held = None if impact.before is None else impact.amount_unknown_before
        shown.add_row(say("amount_unknown"), *_moved(held, impact.amount_unknown))
    return shown


def _missing(impact: Impact, say: _Said) -> Table:
    shown = say.table(say("missing"), ("fact", "name"), ("subjects",), "share")
    for one in impact.missing:
        name = one.label.text(say.language)
        shown.add_row(one.fact, name, number(one.subjects), _bar(one.subjects, impact.after.unknown))
    return shown


def _groups(impact: Impact, dimension: str, say: _Said) -> Table:
    # A narrow terminal has no room for all of it, and folded numbers help nobody.
    wide = stdout.width >= _WIDE
    more = ("messages", "cost") if wide else ()
    numbers = ("subjects", "now", "draft", "gain", "lose", "unknown", *more)
    shown = say.table(DIMENSIONS[dimension].text(say.language), ("name",), numbers, "of_draft" if wide else "")
    groups = impact.of(dimension)
    most = max((group.after for group in groups), default=0)
    for one in groups:
        counts = (one.subjects, one.before, one.after, one.gain, one.lose, one.unknown)
        rest = (number(one.messages), yuan(one.cost_after_fen_year)) if wide else ()
        bar = (_bar(one.after, most),) if wide else ()
        shown.add_row(one.label.text(say.language), *(number(count) for count in counts), *rest, *bar)
    return shown


def _moved(before: int | None, after: int) -> tuple[str, str, str]:
    return "" if before is None else number(before), number(after), f"{after - (before or 0):+,}"


def _bar(part: float, whole: float) -> Bar | str:
    return Bar(whole, 0, min(part, whole), width=_BAR_WIDTH) if whole > 0 else ""
