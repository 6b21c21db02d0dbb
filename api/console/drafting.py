"""The editor's state in a request: the text as it stands, its forms, and all there is to say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from api.console import case_text
from api.console.details.form import acted, changed
from api.console.details.reading import Details
from api.console.details.shapes import SECTIONS
from api.console.details.view import DetailRemark, DetailsView, place_of
from api.console.editing import Look, look_at
from api.console.faults import told
from api.console.pages import Form, Visit
from api.console.reading import day_shown
from api.console.rules.acts import act
from api.console.rules.fields import form_from, path_of
from api.console.rules.fitting import fitted
from api.console.rules.form import Group, Line, Part, Path, form_of, plain_of, walk
from api.console.rules.places import clause_spans, form_path, row_of_problem
from api.console.rules.rows import LISTS, Row, clause_text
from api.console.rules.splice import plain_rule, spliced
from api.console.rules.view import PartView, Remark, Viewer
from catalogue.labels import DELIVERY_LABELS
from catalogue.ladder import ladder
from catalogue.lint.findings import FactStatistics, Finding
from delivery.terms import local_day
from domain.errors import ClauseSyntax, DetailNotWritten, RuleNotShown
from domain.grammar import parse_clause


@dataclass(frozen=True)
class Desktop:
    """What lies before the officer; `form` None: the text's rule has no shape that a form could show.

    `details` None: the text is no mapping, so that nothing beside the rule can be shown either.
    """

    look: Look
    form: Part | None
    view: PartView | None
    findings: Sequence[Finding]
    day: date
    questions: Sequence[case_text.Question]
    details: DetailsView | None

    @property
    def text(self) -> str:
        return self.look.text

    @property
    def failing(self) -> int:
        return sum(not run.holds and not run.waits for run in self.look.cases)


def from_text(visit: Visit, text: str) -> Desktop:
    """The text as it is, with the form that follows from it."""
    try:
        form: Part | None = form_of(plain_rule(text))
    except RuleNotShown:
        form = None
    return _desktop(visit, text, form)


def from_text_form(visit: Visit, posted: Form) -> Desktop:
    """The posted text, after an act on its cases where one was asked for. Raises FormActInvalid, RuleNotShown."""
    text = posted.get("text")
    if posted.get("act") in case_text.ACTS:
        words = visit.services.catalogue
        audience = look_at(text, words, local_day(visit.services.clock())).audience
        text = case_text.with_act(text, posted, words.vocabulary.of(audience))
    return from_text(visit, text)


def from_form(visit: Visit, posted: Form) -> Desktop:
    """The text with the posted form's rule in it, after the act asked for. Raises FormActInvalid, RuleNotShown."""
    words, text = visit.services.catalogue, posted.get("text")
    form = form_from(posted.items)
    if form is None:
        return from_text_form(visit, posted)
    name = posted.get("act")
    audience = look_at(text, words, local_day(visit.services.clock())).audience
    if name and name not in ("rebuild", *case_text.ACTS):
        form = act(form, name, path_of(posted.get("path")))
    if name:
        form = fitted(form, words.vocabulary.of(audience))
    text = spliced(text, plain_of(form))
    if name in case_text.ACTS:
        text = case_text.with_act(text, posted, words.vocabulary.of(audience))
    return _desktop(visit, text, _remembered(form))


def from_details(visit: Visit, posted: Form) -> Desktop:
    """The text with the posted details in it, after the act asked for.

    Raises FormActInvalid, DetailNotWritten, RuleNotShown.
    """
    words, name = visit.services.catalogue, posted.get("act")
    text = changed(posted.get("text"), posted.items)
    if name in case_text.ACTS:
        audience = look_at(text, words, local_day(visit.services.clock())).audience
        text = case_text.with_act(text, posted, words.vocabulary.of(audience))
    elif name and name != "rebuild":
        text = acted(text, name.removesuffix("_item"), posted.get("path"))
    return from_text(visit, text)


def _remembered(form: Part) -> Part:
    """The form with each row told how it is written now, as it would be were it read from the text."""
    if isinstance(form, Group):
        return replace(form, items=tuple(map(_remembered, form.items)))
    if isinstance(form, Row):
        text = clause_text(form)
        try:
            parse_clause(text)
        except ClauseSyntax:
            return replace(form, written="")
        return replace(form, written=text)
    return form


def _desktop(visit: Visit, text: str, form: Part | None) -> Desktop:
    words, today = visit.services.catalogue, local_day(visit.services.clock())
    look = look_at(text, words, today)
    findings: Sequence[Finding] = ()
    day, known = today, None
    if look.policy is not None:
        known = visit.parts.known(look.audience, today)
        findings = visit.parts.lint(look.policy, words, known, today)
        day = day_shown(look.policy, today)
    view = None
    if form is not None:
        remarks = _remarks(visit, text, form, look, findings)
        view = Viewer(words, look.audience, day, remarks).view(form)
    told = [name for run in look.cases for name in run.case.facts]
    asked = case_text.questions(look.rule, told, words.vocabulary.of(look.audience))
    return Desktop(look, form, view, findings, day, asked, _details(visit, look, findings, day, known))


def _details(
    visit: Visit, look: Look, findings: Sequence[Finding], day: date, known: Mapping[str, FactStatistics] | None
) -> DetailsView | None:
    words = visit.services.catalogue
    try:
        details = Details(look.text)
    except DetailNotWritten:
        return None
    remarks: dict[str, list[DetailRemark]] = {}
    for problem in look.problems:
        where = place_of(details, problem.line, problem.column)
        if where is not None:
            empty = details.values.get(where) in ("", "param.")
            said = visit.say("details.fill_in") if empty else " ".join(told(problem, visit.language)[:2])
            remarks.setdefault(where[0], []).append(DetailRemark("error", said, "/".join(where)))
    for finding in findings:
        field = str(finding.path[0]) if finding.path else ""
        if field in SECTIONS:
            said = f"{finding.message.text(visit.language)} {finding.proposal.text(visit.language)}"
            remarks.setdefault(field, []).append(DetailRemark(finding.severity.value, said, field))
    carried = None
    if look.policy is not None:
        carried = DELIVERY_LABELS[ladder(look.policy, words.vocabulary, known).allowed]
    return DetailsView(details, look.text, words, look.audience, day, remarks, carried)


def _remarks(
    visit: Visit, text: str, form: Part, look: Look, findings: Sequence[Finding]
) -> Mapping[Path, Sequence[Remark]]:
    """What there is to say of each part: problems that stand on its line, findings that name it, what is unfinished."""
    found: dict[Path, list[Remark]] = {}
    parts = dict(walk(form))
    unfinished = {path: name for path, part in parts.items() if (name := _unfinished(part)) is not None}
    for path, name in unfinished.items():
        found.setdefault(path, []).append(Remark("note", visit.say(f"editor.{name}")))
    spans = clause_spans(text)
    for problem in look.problems:
        path_ = row_of_problem(problem, spans)
        if path_ in parts and path_ not in unfinished:
            assert path_ is not None
            found.setdefault(path_, []).append(Remark("error", " ".join(told(problem, visit.language)[:2])))
    for finding in findings:
        path_ = form_path(finding.path)
        if path_ is not None and path_ in parts:
            words = f"{finding.message.text(visit.language)} {finding.proposal.text(visit.language)}"
            found.setdefault(path_, []).append(Remark(finding.severity.value, words))
    return found


def _unfinished(part: Part) -> str | None:
    """What is still to be done to a part: the grammar would say so, too, but in its own words."""
    if isinstance(part, Group):
        return None if part.items else "empty_group"
    if isinstance(part, Line):
        return None if part.text.strip() else "empty_line"
    if not part.fact:
        return "choose_fact"
    listing = part.operator in LISTS and not part.operands
    missing = any(not operand.text.strip() for operand in part.operands if operand.kind != "today")
    return "choose_value" if listing or missing else None


def in_page(desktop: Desktop, **more: Any) -> dict[str, Any]:
    """What the editor's templates are given."""
    return {
        "desktop": desktop,
        "look": desktop.look,
        "view": desktop.view,
        "findings": desktop.findings,
        "details": desktop.details,
        **more,
    }
