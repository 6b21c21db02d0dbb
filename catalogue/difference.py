"""What differs between two versions of a policy, part by part, in sentences for whoever has to approve it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import TypeVar

from catalogue.benefit_words import benefit_words, budget_words, rows_of
from catalogue.cases import default_day
from catalogue.changes import Change, changed, listed
from catalogue.clause_words import ClauseWords, day_words
from catalogue.labels import DELIVERY_LABELS, KIND_LABELS, LEVEL_LABELS, VERIFICATION_LABELS
from catalogue.loader import Catalogue, parameter_names
from catalogue.rule_difference import rule_differences
from domain.amount import benefit_operands
from domain.benefit import Benefit
from domain.decision import Verdict
from domain.facts import Audience, Label, Value
from domain.policy import DOMAIN_LABELS, Case, Parameter, Policy
from domain.terms import ParameterRef

__all__ = ["Change", "difference"]

_Said = TypeVar("_Said")
_AUDIENCES = {Audience.CITIZEN: Label("个人", "citizens"), Audience.ENTERPRISE: Label("企业", "enterprises")}
_VERDICTS = {
    Verdict.ELIGIBLE: Label("符合", "eligible"),
    Verdict.INELIGIBLE: Label("不符合", "ineligible"),
    Verdict.UNKNOWN: Label("待核实", "unknown"),
}
_YES, _NO = Label("是", "yes"), Label("否", "no")


def difference(
    before: Policy | None, after: Policy, words_before: Catalogue, words_after: Catalogue
) -> tuple[Change, ...]:
    """All that differs, in the order of the file; nothing where nothing but the version's number does.

    Thresholds are shown at the values that parameters have when each version's facts were known to be true.
    """
    if before is None:
        title = after.title
        return (Change("policy", None, title, Label(f"新政策：{title.zh}。", f"A new policy: {title.en}.")),)
    return tuple(_Difference(before, after, words_before, words_after).changes())


class _Difference:
    def __init__(self, before: Policy, after: Policy, words_before: Catalogue, words_after: Catalogue) -> None:
        self.before = before
        self.after = after
        self.catalogues = words_before, words_after
        self.words = _words(before, words_before), _words(after, words_after)

    def changes(self) -> Iterator[Change]:
        yield from self._fields()
        yield from rule_differences(self.before.eligibility, self.after.eligibility, *self.words)
        yield from self._parameters()
        yield from self._benefit()
        yield from self._delivery()
        yield from self._lists()
        yield from self._cases()

    def _fields(self) -> Iterator[Change]:
        a, b = self.before, self.after
        texts = {
            "title": (Label("标题", "The title"), a.title, b.title),
            "summary": (Label("摘要", "The summary"), a.summary, b.summary),
            "agency": (Label("主管部门", "The agency"), a.agency, b.agency),
            "audience": (Label("对象", "The audience"), _AUDIENCES[a.audience], _AUDIENCES[b.audience]),
            "domain": (Label("领域", "The domain"), DOMAIN_LABELS[a.domain], DOMAIN_LABELS[b.domain]),
            "kind": (Label("类别", "The kind"), KIND_LABELS[a.kind], KIND_LABELS[b.kind]),
            "level": (Label("层级", "The level"), LEVEL_LABELS[a.level], LEVEL_LABELS[b.level]),
            "verification": (
                Label("核验", "The verification"),
                VERIFICATION_LABELS[a.verification],
                VERIFICATION_LABELS[b.verification],
            ),
            "districts": (Label("适用的区", "The districts"), self._places(0), self._places(1)),
            "true_on": (Label("内容核实日", "The day of verification"), day_words(a.true_on), day_words(b.true_on)),
            "effective from": (
                Label("生效日", "The first day"),
                day_words(a.effective_from),
                day_words(b.effective_from),
            ),
            "effective to": (Label("终止日", "The last day"), _end(a.effective_to), _end(b.effective_to)),
        }
        for part, (name, old, new) in (texts | self._document()).items():
            yield from changed(part, name, old, new)

    def _document(self) -> dict[str, tuple[Label, Label | None, Label | None]]:
        a, b = self.before.document, self.after.document
        return {
            "document title": (Label("依据文件", "The document"), _same(a.title), _same(b.title)),
            "document number": (Label("文号", "The document's number"), _same(a.number), _same(b.number)),
            "document issued_on": (
                Label("发文日期", "The document's date"),
                day_words(a.issued_on) if a.issued_on else None,
                day_words(b.issued_on) if b.issued_on else None,
            ),
            "document url": (Label("文件网址", "The document's address"), _same(a.url), _same(b.url)),
            "document consultation": (
                Label("征求意见稿", "A draft for consultation"),
                _YES if a.consultation else _NO,
                _YES if b.consultation else _NO,
            ),
        }

    def _places(self, side: int) -> Label | None:
        policy = (self.before, self.after)[side]
        names = self.words[side].facts["registered_district"].categories
        labels = [names.get(one, Label(one, one)) for one in policy.districts]
        return Label("、".join(one.zh for one in labels), ", ".join(one.en for one in labels)) if labels else None

    def _parameters(self) -> Iterator[Change]:
        """The values of the parameters that the new version names, where they are not what they were."""
        old, new = (catalogue.parameters for catalogue in self.catalogues)
        for name in parameter_names(self.after):
            if name not in old or name not in new or old[name].values == new[name].values:
                continue
            a, b = (_dated(one[name], words) for one, words in zip((old, new), self.words, strict=True))
            for start in sorted(a.keys() | b.keys()):
                label = new[name].label
                begin = day_words(start)
                part = Label(f"参数“{label.zh}”自{begin.zh}起的值", f"From {begin.en} the parameter {label.en!r}")
                yield from changed(f"param.{name}", part, a.get(start), b.get(start))

    def _benefit(self) -> Iterator[Change]:
        a, b = self.before.benefit, self.after.benefit
        changes = [*changed("benefit", Label("待遇", "The benefit"), *self._each(benefit_words))]
        old, new = self._each(rows_of) if type(a.form) is type(b.form) else ({}, {})
        for key in dict.fromkeys([*old, *new]):
            row, other = old.get(key), new.get(key)
            said = (other or old[key]).name
            part = Label(f"待遇中“{said.zh}”的金额", f"The amount “{said.en}”")
            changes += changed("benefit", part, row.amount if row else None, other.amount if other else None)
        if not changes and a != b:  # another parameter of the same value
            changes += changed("benefit", Label("待遇取值的参数", "What the benefit reads"), _sources(a), _sources(b))
        yield from changes

    def _each(self, said: Callable[[Benefit, ClauseWords], _Said]) -> tuple[_Said, _Said]:
        """Something of both benefits, each in the words of its version."""
        return said(self.before.benefit, self.words[0]), said(self.after.benefit, self.words[1])

    def _delivery(self) -> Iterator[Change]:
        a, b = self.before, self.after
        yield from changed(
            "delivery",
            Label("兑现方式", "The delivery"),
            DELIVERY_LABELS[a.delivery_mode],
            DELIVERY_LABELS[b.delivery_mode],
        )
        old, new = (
            None if one.budget is None else budget_words(one.budget, words)
            for one, words in zip((a, b), self.words, strict=True)
        )
        yield from changed("budget", Label("预算", "The budget"), old, new)

    def _lists(self) -> Iterator[Change]:
        a, b = self.before, self.after
        unencoded = Label("未写成条款的条件", "The condition in no clause")
        yield from listed(
            "unencoded", unencoded, {one.zh: one for one in a.unencoded}, {one.zh: one for one in b.unencoded}
        )
        old = {one.label.zh: one for one in a.materials}
        new = {one.label.zh: one for one in b.materials}
        yield from listed(
            "materials",
            Label("材料", "The paper"),
            {key: one.label for key, one in old.items()},
            {key: one.label for key, one in new.items()},
        )
        for key in (one for one in new if one in old):
            label = new[key].label
            part = Label(f"材料“{label.zh}”的替代证照", f"What replaces the paper {label.en!r}")
            yield from changed("materials", part, old[key].replaced_by, new[key].replaced_by)

    def _cases(self) -> Iterator[Change]:
        old = {one.name: one for one in self.before.cases}
        new = {one.name: one for one in self.after.cases}
        yield from listed(
            "cases",
            Label("案例", "The case"),
            {key: Label(key, key) for key in old},
            {key: Label(key, key) for key in new},
        )
        for key in (one for one in new if one in old and old[one] != new[one]):
            part = Label(f"案例“{key}”", f"The case {key!r}")
            yield from changed("cases", part, _case(old[key], self.words[0]), _case(new[key], self.words[1]))


def _words(policy: Policy, catalogue: Catalogue) -> ClauseWords:
    day = default_day(policy.true_on, policy.effective_from)
    return ClauseWords(catalogue.vocabulary, catalogue.vocabulary.of(policy.audience), catalogue.parameters_at(day))


def _sources(benefit: Benefit) -> Label | None:
    names = [f"param.{one.name}" for one in benefit_operands(benefit) if isinstance(one, ParameterRef)]
    return Label("、".join(names), ", ".join(names)) if names else None


def _dated(parameter: Parameter, words: ClauseWords) -> dict[date, Label]:
    """Each value by its first day; with its last one, where it has one."""
    return {one.from_: _until(words.quantity(one.value, parameter.unit), one.to) for one in parameter.values}


def _until(value: Label, last: date | None) -> Label:
    return value if last is None else Label(f"{value.zh}（至{day_words(last).zh}）", f"{value.en} (until {last})")


def _end(day: date | None) -> Label:
    return Label("无", "none") if day is None else day_words(day)


def _same(text: str | None) -> Label | None:
    return None if text is None else Label(text, text)


def _case(case: Case, words: ClauseWords) -> Label:
    """What is known in it, and what it should come to."""
    facts = [_fact(name, value, words) for name, value in case.facts.items()]
    said = _VERDICTS[case.verdict]
    parts = [Label("、".join(one.zh for one in facts), ", ".join(one.en for one in facts))] if facts else []
    parts.append(Label(f"应为{said.zh}", f"should be {said.en}"))
    if case.amount_fen is not None:
        amount = words.quantity(Decimal(case.amount_fen) / 100, "cny")
        parts.append(Label(f"金额{amount.zh}", amount.en))
    if case.as_of is not None:
        day = day_words(case.as_of)
        parts.append(Label(f"按{day.zh}", f"on {day.en}"))
    return Label("，".join(one.zh for one in parts), ", ".join(one.en for one in parts))


def _fact(name: str, value: Value, words: ClauseWords) -> Label:
    fact = words.facts.get(name)
    if fact is None:
        return Label(f"{name}为{value}", f"{name} {value}")
    said = words.value(value, fact)
    return Label(f"{fact.label.zh}为{said.zh}", f"{fact.label.en} {said.en}")
