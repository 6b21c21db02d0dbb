"""Where each part of a form stands in the text, so that problems (lines) and findings (paths) meet their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import yaml

from api.console.rules.form import Path
from api.console.rules.splice import rule_node
from domain.errors import Problem


@dataclass(frozen=True)
class Span:
    """Lines and columns from 1; the end is just behind."""

    start: tuple[int, int]
    end: tuple[int, int]

    def holds(self, line: int, column: int) -> bool:
        return self.start <= (line, column) < self.end or self.start == (line, column)


def form_path(path: Iterable[str | int]) -> Path | None:
    """A path in a policy's file as one in its rule's form; None for what lies elsewhere."""
    field, *rest = [*path, ""]
    if field != "eligibility":
        return None
    steps = (0 if step == "not" else step for step in rest)
    return tuple(step for step in steps if isinstance(step, int))


def clause_spans(text: str) -> dict[Path, Span]:
    """Each clause's place in the text. Raises RuleNotShown."""
    spans: dict[Path, Span] = {}
    _walk(rule_node(text), (), spans)
    return spans


def row_of_problem(problem: Problem, spans: Mapping[Path, Span]) -> Path | None:
    """The clause that a problem is about; None for one about something else."""
    return next((path for path, span in spans.items() if span.holds(problem.line, problem.column)), None)


def _walk(node: yaml.Node, path: Path, spans: dict[Path, Span]) -> None:
    match node:
        case yaml.ScalarNode():
            start, end = node.start_mark, node.end_mark
            spans[path] = Span((start.line + 1, start.column + 1), (end.line + 1, end.column + 1))
        case yaml.SequenceNode():
            for place, item in enumerate(node.value):
                _walk(item, (*path, place), spans)
        case yaml.MappingNode():
            for key, value in node.value:
                if key.value == "not":
                    _walk(value, (*path, 0), spans)
                elif key.value != "count":
                    _walk(value, path, spans)
