"""Why the desk refused an act, in the reader's language: the desk says it in English, with commands for a terminal.

`faults` does the same for a policy's text. What is not found here is told by the texts of the error's code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.language import Language
from domain.errors import DuixianError, ImpactStale


@dataclass(frozen=True)
class _Refusal:
    """`what` and `step` have a gap for each group of the pattern."""

    pattern: re.Pattern[str]
    what: str
    step: str = ""


def _refusal(pattern: str, what: str, step: str = "") -> _Refusal:
    return _Refusal(re.compile(pattern, re.DOTALL), what, step)


_RELEASE: Sequence[_Refusal] = (
    _refusal(r"(\S+) is over\.", "{0} 已经过去。", "请选择今天或以后的日期。"),
    _refusal(
        r"The approval lasts until (\S+)\.",
        "这次复核的有效期到 {0} 为止。",
        "请选择这一天或之前的日期；要更晚发布，请在发布前一周内重新复核。",
    ),
    _refusal(
        r"The policy ends on (\S+)\.",
        "政策到 {0} 为止，所选日期已不在有效期内。",
        "请选择更早的日期，或者修改政策的有效期。",
    ),
    _refusal(
        r"It is in force from (\S+); released on (\S+), it would take version (\d+) out of service until then\.",
        "新版从 {0} 起才有效；如果在 {1} 发布，在那之前第 {2} 版会提前停止生效。",
        "请把日期改为 {0}。",
    ),
    _refusal(r"Its day is (\S+)\.", "已安排在 {0} 发布，今天还不能发布。", "请等到这一天，或者改为今天发布。"),
    _refusal(
        r"It is scheduled to be canary first.*",
        "已安排先发布给一部分对象，不能直接发布给所有人。",
        "如果要改变，请重新安排发布。",
    ),
    _refusal(
        r"It is scheduled to be published first.*",
        "已安排直接发布给所有人，不能只发布给一部分。",
        "如果要改变，请重新安排发布。",
    ),
    _refusal(
        r"Version (\d+) of .* is a canary still\.", "第 {0} 版还在灰度发布中。", "请先把它发布给所有人，或者回退。"
    ),
    _refusal(
        r"A parameter has one value for everybody\.",
        "参数对所有人只有一个取值，不能只发布给一部分对象。",
        "请选择“所有人”。",
    ),
    _refusal(r"A canary cannot serve (.+) %\.", "不能先发布给 {0}% 的对象。", "请填 1 到 99，或者选择“所有人”。"),
    _refusal(
        r"Of .* a canary is running\.", "这项政策正在灰度发布，现在不能停止。", "请先把新版发布给所有人，或者回退。"
    ),
    _refusal(r"Of .* nothing serves\.", "这项政策现在没有生效的版本，不必停止。", "可以在政策目录中查看它的状态。"),
    _refusal(r"No reason is given\.", "还没有填写说明。", "请写明原因，供日后查考。"),
    _refusal(r"'(.*)' is no day\.", "“{0}”不是日期。", "请选择日期，例如 2027-01-01。"),
)
_OFFICER: Sequence[_Refusal] = (
    _refusal(
        r"An agency's name has 1 to 100 characters\.",
        "部门名称应为 1 到 100 个字。",
        "请填写与政策中主管部门一致的名称。",
    ),
    _refusal(
        r"An officer has an id .*",
        "登录名只能用小写字母、数字、点、下划线和连字符，最多 64 个字符；还须填写姓名，并至少选择一个角色。",
        "请补全后再保存。",
    ),
    _refusal(r"There is no such role\.", "没有这个角色。", "请从页面列出的角色中选择。"),
)
_DRAFT: Sequence[_Refusal] = (
    _refusal(
        r"The id cannot be one\.",
        "编号的写法不对，或者没有选择对象。",
        "编号只用小写字母、数字和单个连字符，例如 elderly-care-voucher。",
    ),
    _refusal(r"A title is missing or too long\.", "名称没有填全，或者过长。", "中文和英文名称都要填写。"),
    _refusal(r"There is no such domain\.", "没有这个领域，或者它不适用于所选的对象。", "请从列表中选择。"),
    _refusal(
        r"The text has no id yet\.",
        "文本中还没有编号 id。",
        "草案须写明编号 id 和主管部门 agency，其余内容可以以后再写。",
    ),
    _refusal(
        r"The text has no agency yet\.",
        "文本中还没有主管部门 agency。",
        "草案须写明编号 id 和主管部门 agency，其余内容可以以后再写。",
    ),
    _refusal(
        r"The text has (\S+) characters; a policy has at most (\S+)\.",
        "文本有 {0} 个字符，最多 {1} 个。",
        "请缩短文本，或者拆成几项政策。",
    ),
    _refusal(r"The text holds a character .*", "文本中有无法保存的字符。", "请以纯文本重新粘贴。"),
    _refusal(r"No reason is given\.", "还没有写明需要修改什么。", "请写给起草人看：哪里需要修改，为什么。"),
    _refusal(r"'(.*)' cannot be the name of a parameter\.", "“{0}”不能作参数的名称。", "请用小写字母、数字和下划线。"),
)
_REFUSALS: Mapping[str, Sequence[_Refusal]] = {
    "release-invalid": _RELEASE,
    "officer-invalid": _OFFICER,
    "draft-invalid": _DRAFT,
}
_CAUSES: Sequence[_Refusal] = (
    _refusal(r"the draft's text was changed", "草案的文本已修改"),
    _refusal(r"a parameter that it reads was changed", "所用的参数已修改"),
    _refusal(r"a fact that it reads has another meaning in the vocabulary", "所用事实项的定义已修改"),
    _refusal(r"version none serves now, it was compared with version (\S+)", "当时对照第 {0} 版，现在没有生效的版本"),
    _refusal(r"version (\S+) serves now, it was compared with version none", "当时没有生效的版本，现在是第 {0} 版"),
    _refusal(
        r"version (\S+) serves now, it was compared with version (\S+)", "当时对照第 {1} 版，现在生效的是第 {0} 版"
    ),
    _refusal(r"version (\S+) of it serves now, not (\S+)", "参数现行的已是第 {0} 版"),
    _refusal(r"it is (\d+) days old, more than (\d+)", "结果是 {0} 天前算出的，已超过 {1} 天"),
    _refusal(r"those who gain went from (\S+) to (\S+)", "新增符合由 {0} 变为 {1}"),
    _refusal(r"those who lose went from (\S+) to (\S+)", "不再符合由 {0} 变为 {1}"),
    _refusal(r"those whose amount is unknown went from (\S+) to (\S+)", "金额未知的由 {0} 变为 {1}"),
    _refusal(r"the messages went from (\S+) to (\S+)", "将发出的消息由 {0} 条变为 {1} 条"),
    _refusal(r"other figures were stored since these were read", "您打开页面之后，又重新做了影响分析"),
    _refusal(r"the draft was changed or approved anew meanwhile", "草案在此期间被修改或重新复核"),
    _refusal(r"there are no figures", "还没有做影响分析"),
    _refusal(r"other policies name it now: (.*)", "引用这个参数的政策已有变化（{0}）"),
    _refusal(r"it cannot be read any more: .*", "按现行的事实项和参数，文本已无法识别"),
)
_MONEY = re.compile(r"the cost a year in fen went from (\S+) to (\S+)")
_OF_POLICY = re.compile(r"([a-z][a-z0-9-]*): (.*)", re.DOTALL)


def told(error: DuixianError, language: Language) -> tuple[str, str] | None:
    """(what is wrong, next step) of one refusal; None where the texts of its code say it best."""
    if isinstance(error, ImpactStale):
        causes = [_cause(cause, language) for cause in error.causes]
        if language == "en":
            return f"It is not what was read: {'; '.join(causes)}.", "Work out the impact again, and submit it anew."
        return f"影响分析已不是复核时所见：{'；'.join(causes)}。", "请重新做影响分析，再提交复核。"
    for one in _REFUSALS.get(error.code, ()):
        match = one.pattern.fullmatch(error.message)
        if match is not None:
            if language == "en":
                return error.message, error.next_step
            return one.what.format(*match.groups()), one.step.format(*match.groups())
    return None


def _cause(cause: str, language: Language) -> str:
    match = _MONEY.fullmatch(cause)
    if match is not None:
        before, after = (int(number.replace(",", "")) / 100 for number in match.groups())
        if language == "en":
            return f"the cost a year went from CNY {before:,.2f} to {after:,.2f}"
        return f"每年金额由 {before:,.2f} 元变为 {after:,.2f} 元"
    if language == "en":
        return cause
    for one in _CAUSES:
        found = one.pattern.fullmatch(cause)
        if found is not None:
            return one.what.format(*found.groups())
    of_policy = _OF_POLICY.fullmatch(cause)
    return f"{of_policy[1]}：{_cause(of_policy[2], language)}" if of_policy else cause
