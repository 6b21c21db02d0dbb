"""A bundle worded for people, in Chinese or English: what to take, what not, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.combination import Combination, HighestOnly
from domain.facts import Label
from domain.policy import Verification
from matcher.bundle.best import Bundle, Cause, LeftOut, Taken


class BundleSentences:
    """Sentences in one language ("zh" or "en"); `titles` are the policies' by id."""

    def __init__(self, titles: Mapping[str, Label], language: str) -> None:
        self.titles = titles
        self.language = language
        self._words = _EN if language == "en" else _ZH

    def total(self, bundle: Bundle) -> str:
        if not bundle.taken:
            return self._words["none"]
        return self._words["total"].format(amount=self._yuan(bundle.total_fen))

    def taken(self, one: Taken) -> str:
        if not one.cut_by:
            return self._words["taken"].format(policy=self._named([one.policy_id]), amount=self._yuan(one.paid_fen))
        return self._words["cut"].format(
            policy=self._named([one.policy_id]),
            amount=self._yuan(one.paid_fen),
            full=self._yuan(one.full_fen),
            rule=self._rules(one.cut_by),
        )

    def left_out(self, one: LeftOut) -> str:
        words = {
            "policy": self._named([one.policy_id]),
            "instead": self._named(one.instead),
            "rule": self._rules(one.combinations),
        }
        if one.cause is not Cause.INSTEAD:
            return self._words[one.cause.value].format(**words)
        highest = all(isinstance(rule.terms, HighestOnly) for rule in one.combinations)
        why = self._words["highest" if highest else "apart"].format(**words)
        gain = self._words["more" if one.loss_fen else "same"]
        return why + gain.format(**words, amount=self._yuan(one.loss_fen or 0))

    def _rules(self, rules: Sequence[Combination]) -> str:
        return self._words["and"].join(self._rule(rule) for rule in rules)

    def _rule(self, rule: Combination) -> str:
        number = self._words["number"].format(rule.document.number) if rule.document.number else ""
        made_up = self._words["illustrative"] if rule.verification is Verification.ILLUSTRATIVE else ""
        return self._words["source"].format(
            label=rule.label.text(self.language), title=rule.document.title, number=number, made_up=made_up
        )

    def _named(self, policy_ids: Sequence[str]) -> str:
        names = [self.titles[name].text(self.language) if name in self.titles else name for name in policy_ids]
        return self._words["and"].join(self._words["quoted"].format(name=name) for name in names)

    def _yuan(self, fen: int) -> str:
        yuan, rest = divmod(fen, 100)
        shown = f"{yuan:,}" + (f".{rest:02}" if rest else "")
        return shown + ("元" if self.language == "zh" else " yuan")


_ZH = {
    "none": "目前没有可以计入全年合计的金额",
    "total": "同时享受以下各项，全年合计{amount}",
    "taken": "{policy}：全年{amount}",
    "cut": "{policy}：全年得{amount}，本可得{full}，受限于：{rule}",
    "unknown_amount": "{policy}：金额尚不能确定，未计入",
    "nothing_to_pay": "{policy}：按现有情况金额为零",
    "already_received": "{policy}：今年已享受{instead}，不能再享受（{rule}）",
    "cap_reached": "{policy}：额度已满（{rule}）",
    "apart": "{policy}：不能与{instead}同时享受（{rule}）。",
    "highest": "{policy}：与{instead}从高不重复（{rule}）。",
    "more": "选{instead}而不选{policy}，全年多得{amount}",
    "same": "选{instead}或选{policy}，全年合计相同",
    "source": "{label}，见《{title}》{number}{made_up}",
    "number": "（{}）",
    "illustrative": "，演示示例",
    "quoted": "“{name}”",
    "and": "、",
}

_EN = {
    "none": "As things stand, there is no amount to add up for the year.",
    "total": "Taken together, these come to {amount} a year.",
    "taken": "{policy}: {amount} a year.",
    "cut": "{policy}: {amount} a year of {full}, cut by {rule}.",
    "unknown_amount": "{policy}: the amount is not known yet, so it is not counted.",
    "nothing_to_pay": "{policy}: as things stand, it comes to nothing.",
    "already_received": "{policy}: not beside {instead}, received this year ({rule}).",
    "cap_reached": "{policy}: a cap is used up ({rule}).",
    "apart": "{policy}: not beside {instead} ({rule}).",
    "highest": "{policy}: of this and {instead} only the highest is paid ({rule}).",
    "more": " {instead} instead of {policy}: {amount} more a year.",
    "same": " {instead} or {policy}: the year comes to the same.",
    "source": "{label}; {title}{number}{made_up}",
    "number": " ({})",
    "illustrative": "; made up for the demo",
    "quoted": "“{name}”",
    "and": " and ",
}
