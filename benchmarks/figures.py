"""The table: each work with its bar, what was measured, the peer, and whether the bar is met."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One row. `passed` None: shown without a bar. `limit`: the distance to what the memory alone would take."""

    work: str
    bar: str
    measured: str
    passed: bool | None = None
    peer: str = ""
    ratio: float | None = None
    limit: str = ""
    values: Mapping[str, float] | None = None
    """The numbers behind the texts, seconds unless the name says otherwise."""

    def cells(self) -> tuple[str, ...]:
        ratio = "" if self.ratio is None else f"{self.ratio:,.1f}×" if self.ratio < 100 else f"{self.ratio:,.0f}×"
        verdict = {True: "pass", False: "FAIL", None: "–"}[self.passed]
        return (self.work, self.bar, self.measured, self.peer, ratio, self.limit, verdict)


@dataclass(frozen=True)
class Wrong:
    """A peer's answers where we know better: pairs of a subject and a policy.

    `certain`: pairs that are true or false whatever the unknown facts are; `certain_wrong` of them were answered
    otherwise, `certain_error` not at all. The `unknown` pairs are answered as false, as true, or not at all.
    """

    peer: str
    certain: int
    certain_wrong: int
    certain_error: int
    unknown: int
    unknown_kept: int
    unknown_as_false: int
    unknown_as_true: int
    unknown_error: int

    def __add__(self, other: Wrong) -> Wrong:
        """The counts of one peer over two blocks of subjects."""
        sums = {name: count + getattr(other, name) for name, count in asdict(self).items() if name != "peer"}
        return Wrong(self.peer, **sums)

    def cells(self) -> tuple[str, ...]:
        numbers = [value for value in asdict(self).values() if isinstance(value, int)]
        return (self.peer, *(f"{number:,}" for number in numbers))


_FILE_WIDTH = 200  # in a log, lines need not fit a screen
HEADINGS = ("work", "bar", "measured", "peer", "ratio", "over the memory's limit", "")
WRONG_HEADINGS = (
    "peer", "certain pairs", "wrong", "no answer", "unknown pairs", "kept unknown", "as false", "as true", "no answer",
)  # fmt: skip


def show(figures: Sequence[Figure], wrong: Sequence[Wrong] = (), *, title: str = "The matcher's numbers") -> None:
    """Print the tables for people at the terminal."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_FILE_WIDTH)
    for heading, headings, rows in (
        (title, *_filled(HEADINGS, [figure.cells() for figure in figures])),
        ("Answers on a population with unknown facts", WRONG_HEADINGS, [one.cells() for one in wrong]),
    ):
        if not rows:
            continue
        table = Table(*headings, title=heading)
        for row in rows:
            style = {"FAIL": "bold red", "pass": "green"}.get(row[-1])
            table.add_row(*row[:-1], f"[{style}]{row[-1]}[/]" if style else row[-1])
        console.print(table)


def write_results(
    folder: Path,
    about: Mapping[str, str],
    figures: Sequence[Figure],
    wrong: Sequence[Wrong] = (),
    *,
    name: str = "match",
    title: str = "The matcher's numbers",
) -> None:
    """`NAME.json` and `NAME.md`; called only when every figure was taken."""
    folder.mkdir(parents=True, exist_ok=True)
    data: dict[str, object] = {"about": about, "figures": [asdict(one) for one in figures]}
    parts = [
        f"# {title}",
        f"Written by `make bench-{name}`; [benchmarks/README.md](../README.md) says how they are taken.",
        _markdown(("", ""), list(about.items())),
        "## Bars",
        _markdown(*_filled(HEADINGS, [figure.cells() for figure in figures])),
    ]
    if wrong:
        data["wrong_answers"] = [asdict(one) for one in wrong]
        parts += [
            "## Answers on a population with unknown facts",
            _markdown(WRONG_HEADINGS, [one.cells() for one in wrong]),
        ]
    (folder / f"{name}.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _filled(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Without the columns in which nothing stands; a benchmark without peers has none of theirs."""
    kept = [i for i in range(len(headings)) if any(row[i] for row in rows)]
    return [headings[i] for i in kept], [[row[i] for i in kept] for row in rows]


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (headings, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(headings), *lines[1:]])
