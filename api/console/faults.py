"""A text's faults in Chinese: the catalogue's readers tell them in English, with the names that stand in the file.

What is not found here is shown as the readers say it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from api.language import Language
from domain.errors import DuixianError, Problem

_WHAT: Mapping[str, str] = {
    "the policy": "政策",
    "a case": "案例",
    "effective": "有效期 effective",
    "document": "政策文件 document",
    "the benefit": "待遇 benefit",
    "title": "名称 title",
    "summary": "摘要 summary",
    "agency": "主管部门 agency",
    "cases": "案例 cases",
    "facts": "已知信息 facts",
    "amount_cny": "金额 amount_cny",
    "a material": "材料",
    "unencoded": "需要人工核实的条件 unencoded",
    "budget": "预算 budget",
    "a rule": "条件",
    "period": "周期 period",
    "places": "名额 places",
    "cap_cny": "金额上限 cap_cny",
    "kind": "类别 kind",
    "level": "层级 level",
    "delivery": "兑现方式 delivery",
    "verification": "核验 verification",
    "audience": "对象 audience",
    "domain": "领域 domain",
    "order": "次序 order",
}
_WANTED: Mapping[str, str] = {
    "text": "文字",
    "a whole number": "整数",
    "a number": "数字",
    "a date": "日期（YYYY-MM-DD）",
    "a mapping": "“名称: 值”的形式",
    "a list": "列表",
    "one value": "一个值",
}
_TYPES: Mapping[str, str] = {
    "a whole number": "整数",
    "a finite number": "数字",
    "true or false": "是/否",
    "one of its category words": "可选的类别",
    "a date (YYYY-MM-DD)": "日期（YYYY-MM-DD）",
    "one of its regions": "可选的地区",
    "a text": "文字",
}
_VERDICTS: Mapping[str, str] = {"eligible": "符合", "ineligible": "不符合", "unknown": "待核实"}
_KINDS: Mapping[str, str] = {"true or false": "是/否", "a word": "文字", "a number": "数字", "a date": "日期"}


def _what(name: str) -> str:
    lowered = name[:1].lower() + name[1:]
    found = _WHAT.get(lowered, name)
    # Chinese and Latin letters are set apart.
    return f"{found} " if found[-1:].isascii() else found


def _type_of(words: str) -> str:
    return _TYPES.get(words, words)


def _wanted(name: str) -> str:
    return _WANTED.get(name, name)


def _listed(words: str) -> str:
    return words.replace(", ", "、")


def _names(words: str) -> str:
    """As in 'a', 'b' and 'c'."""
    return "、".join(re.findall(r"'([^']*)'", words)) or words


def _verdicts(words: str) -> str:
    return "、".join(_VERDICTS.get(word, word) for word in words.split(" or "))


def _kind(words: str) -> str:
    return _KINDS.get(words, words)


@dataclass(frozen=True)
class _Said:
    """`zh` has a gap for each of the pattern's groups; `words` turn what stands in them into Chinese."""

    pattern: re.Pattern[str]
    zh: str
    words: Sequence[Callable[[str], str]] = ()


def _said(pattern: str, zh: str, *words: Callable[[str], str]) -> _Said:
    return _Said(re.compile(pattern, re.DOTALL), zh, words)


_UNFINISHED: Sequence[_Said] = (
    _said(r"'' cannot be read at column 1\.", "这里还没有写条件。"),
    _said(r"An empty list stands under '(\w+)'\.", "这一组还没有条件。"),
    _said(r"'(.*(?:[<>=]|\[\]| between| and| within| in))' cannot be read at column \d+\.", "条件 {0} 还没有写完。"),
)
_MESSAGES: Sequence[_Said] = (
    _said(r"'(.*)' cannot be read at column (\d+)\.", "条件 {0} 从第 {1} 个字符起无法识别。"),
    _said(r"(.*) cannot be read at column (\d+)\.", "条件 {0} 从第 {1} 个字符起无法识别。"),
    _said(r"There is no fact '([^']*)'.*", "没有名为 {0} 的事实项。"),
    _said(r"There is no parameter '([^']*)'\.", "没有名为 {0} 的参数。"),
    _said(r"Parameter '([^']*)' has no value on (\S+), but the policy.*", "参数 {0} 在 {1} 没有取值，而政策当时有效。"),
    _said(r"Parameter '([^']*)' has no value on (\S+)\.", "参数 {0} 在 {1} 没有取值。"),
    _said(r"The policy is not in force on (\S+)\.", "政策在 {0} 不在有效期内。"),
    _said(r"The cases are not enough: none (.*) among them\.", "案例不够：还没有“{0}”的案例。", _verdicts),
    _said(r"The cases are not enough: only (\d+) in all\.", "案例不够：目前只有 {0} 个。"),
    _said(r"Two cases are named '(.*)'\.", "有两个案例都叫“{0}”。"),
    _said(r"An eligible case must say what it comes to\.", "结果为“符合”的案例须写明金额。"),
    _said(r"'amount_cny' is out of place: .*", "这个案例不应写金额 amount_cny。"),
    _said(r"An amount has at most two decimals\.", "金额最多两位小数。"),
    _said(r"(.+) lacks (.+)\.", "{0}缺少 {1}。", _what, _names),
    _said(r"(.+) has no field '([^']*)'\.", "{0}没有 {1} 这一项。", _what, str),
    _said(
        r"'([^']*)' is given twice in (.+), first in line (\d+)\.",
        "{0} 重复出现，第一次在第 {2} 行。", str, _what, str,
    ),
    _said(
        r"(.+) must be (text|a whole number|a number|a date|a mapping|a list|one value)\.",
        "{0}应为{1}。", _what, _wanted,
    ),
    _said(r"(.+) cannot be '([^']*)'\.", "{0}不能是 {1}。", _what, str),
    _said(
        r"(.+) is '(.*)', which can be read in more than one way or does not exist\.",
        "{0}写作“{1}”，无法确定含义。", _what, str,
    ),
    _said(r"This is not YAML: .*", "这里不符合 YAML 格式。"),
    _said(r"(?:Nothing|An empty \w+|A \w+|A whole number|A number) stands under '(\w+)'\.", "{0} 下面应为条件的列表。"),
    _said(r"'at_least' counts to (\d+), but lists (\d+)\.", "“至少满足 {0} 项”只列出了 {1} 项。"),
    _said(r"The count of 'at_least' is .*, not a whole number\.", "“至少满足几项”的项数应为整数。"),
    _said(r"'at_least' has .*", "at_least 须写明 count 和 of 两项。"),
    _said(r"A branch has the keys .*", "一个条件组只能写一种关系：all、any、not 或 at_least。"),
    _said(r"'(.*)' is no branch of a rule\.", "{0} 不是条件组的关系，应为 all、any、not 或 at_least。"),
    _said(r"The rule is nested more than (\d+) deep\.", "条件组嵌套超过 {0} 层。"),
    _said(r"There is no order '(.*)' without further fields\.", "次序 order 不能只写 {0}。"),
    _said(r"The budget limits nothing\.", "预算须写明金额上限 cap_cny 或名额 places。"),
    _said(r"A cap is a positive amount in whole fen\.", "金额上限应为正数，最多两位小数。"),
    _said(r"'waiting_list' is true or false\.", "waiting_list 应为 true 或 false。"),
    _said(r"'?(.*?)'? is (\S+), not between (\S+) and (\S+)\.", "{0}为 {1}，应在 {2} 和 {3} 之间。", _what),
    _said(r"A benefit without money has no (.*)\.", "不发放资金的待遇不应写 {0}。"),
    _said(r"The amount must rest on one quantity\.", "金额应只依据一个数量。"),
    _said(r"The floor (.*) lies above the cap (.*)\.", "下限 {0} 高于上限 {1}。"),
    _said(r"(.+) cannot be negative\.", "{0}不能为负数。", _what),
    _said(r"(.+) must be plain text\.", "{0}应为普通文字。", _what),
    _said(r"'consultation' is .*, which is not true or false\.", "consultation 应为 true 或 false。"),
    _said(r"The file is empty\.", "文本是空的。"),
    _said(r"The id '([^']*)' is not kebab-case\.", "编号 {0} 的写法不对。"),
    _said(r"Versions count from 1\.", "版本号从 1 开始。"),
    _said(r"The policy ends before it begins\.", "结束日期早于开始日期。"),
    _said(r"On (\S+) the policy has ended\.", "政策在 {0} 已经失效。"),
    _said(r"There is no (\w+) domain '([^']*)'\.", "没有 {1} 这个领域。"),
    _said(r"There is no district '([^']*)'\.", "没有 {0} 这个区。"),
    _said(r"A policy with conditions that no clause expresses cannot.*", "有需要人工核实的条件，不能免申即享。"),
    _said(r"'districts' goes with 'level: district'\.", "只有区级政策才写 districts，区级政策必须写。"),
    _said(r"Fact '([^']*)' has no category '([^']*)'\.", "事实项 {0} 没有 {1} 这个选项。"),
    _said(r"Fact '([^']*)' is '?(.*?)'?, which is not (.*)\.", "事实项 {0} 的值“{1}”不是{2}。", str, str, _type_of),
    _said(r"Fact '([^']*)' is (.*), outside (.*)\.", "事实项 {0} 的值 {1} 超出合理范围。"),
    _said(
        r"In '(.*)' the fact '(\S+)' is in (\S+), the parameter '(\S+)' in (\S+)\.",
        "条件 {0} 两边的单位不同：{1} 的单位是 {2}，参数 {3} 的单位是 {4}。",
    ),
    _said(r"In '(.*)' one side is in (.*), the other in (.*)\.", "条件 {0} 两边的单位不同（{1}、{2}）。"),
    _said(
        r"In '(.*)' (\S+|the left side) is compared with (.*)\.",
        "条件 {0} 中，{1} 不能与 {2} 比较。", str, str, _kind,
    ),
    _said(r"In '(.*)' (.+) has no order, so .*", "条件 {0} 中，{1} 没有大小之分。"),
    _said(r"In '(.*?)' .* can never lie between (\S+) and (\S+)\.", "条件 {0} 不可能成立：{1} 大于 {2}。"),
    _said(r"In '(.*?)' .*", "条件 {0} 两边不能这样比较。"),
    _said(r"The benefit has \d+ of the forms .*", "待遇须写成一种形式，且只能一种。"),
    _said(r"A benefit in money needs its period\.", "发放资金的待遇须写明周期 period。"),
    _said(r"This is a draft of '?([^']*?)'?\.", "这是 {0} 的草案，不能改成别的。"),
    _said(r"Version (\d+) of '([^']*)' is there already\.", "{1} 已有第 {0} 版。"),
)  # fmt: skip
_STEPS: Sequence[_Said] = (
    _said(r"Did you mean '?(.*?)'?\?", "是否应为 {0}？"),
    _said(r"Swap the two ends\.", "请交换两端。"),
    _said(r"Use one of: (.*)\.", "可选：{0}。", _listed),
    _said(r"Use: (.*)\.", "可选：{0}。"),
    _said(r"Expected (.*)\.", "请检查拼写和格式。"),
    _said(r"Give .*, or leave it out if it is unknown\.", "请改正；不知道时留空。"),
    _said(r"Give at least three: .*", "请至少各写一个符合、刚好不符合和待核实的案例。"),
    _said(r"Write 'version: (\d+)'\.", "请写 version: {0}。"),
)


def told(problem: Problem | DuixianError, language: Language) -> tuple[str, str, str]:
    """(what is wrong, what to do, the language of both); of a fault without Chinese words, the readers' English."""
    if language == "en":
        return problem.message, problem.next_step, "en"
    unfinished = _translated(problem.message, _UNFINISHED)
    if unfinished is not None:
        return unfinished, "", "zh-Hans-CN"
    message = _translated(problem.message, _MESSAGES)
    if message is None:
        return problem.message, problem.next_step, "en"
    return message, _translated(problem.next_step, _STEPS) or "", "zh-Hans-CN"


def _translated(text: str, table: Sequence[_Said]) -> str | None:
    for one in table:
        match = one.pattern.fullmatch(text)
        if match is not None:
            groups = [group or "" for group in match.groups()]
            words: list[Callable[[str], str]] = [*one.words, *[str] * (len(groups) - len(one.words))]
            return one.zh.format(*(word(group) for word, group in zip(words, groups, strict=True)))
    return None
