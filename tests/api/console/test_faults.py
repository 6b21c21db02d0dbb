import re

import pytest

from api.console.editing import look_at
from api.console.faults import told
from catalogue.loader import Catalogue
from domain.errors import Problem, ProfileInvalid
from domain.facts import Audience
from tests.api.conftest import TODAY

WRONG = [
    ("- registered_in_shanghai", "- ''"),
    ("- registered_in_shanghai", "- age_years >="),
    ("- registered_in_shanghai", "- agee_years > 3"),
    ("- registered_in_shanghai", "- age_years > param.none"),
    ("- registered_in_shanghai", "- volunteer_hours > param.elderly_age_years"),
    ("- registered_in_shanghai", "- age_years == tall"),
    ("- registered_in_shanghai", "- medical_insurance > 3"),
    ("- registered_in_shanghai", "- age_years + birth_date > 3"),
    ("verdict: ineligible}", "verdict: unknown}"),
    ("verdict: eligible, amount_cny: 75}", "verdict: eligible}"),
    ("amount_cny: 75}", "amount_cny: 75.123}"),
    ("64岁", "65岁"),
    ("age_years: 64", "age_years: old"),
    ("age_years: 64", "age_years: 640"),
    ("kind: subsidy", "kind: gift"),
    ("kind: subsidy\n", ""),
    ("kind: subsidy\n", "kind: subsidy\nkinds: x\n"),
    ("kind: subsidy\n", "kind: subsidy\nkind: tax\n"),
    ("version: 1", "version: one"),
    ("version: 1", "version: 0"),
    ("id: elderly-allowance", "id: Elderly"),
    ("domain: elderly_care", "domain: elders"),
    ("level: city", "level: district"),
    ("true_on: 2025-01-01", "true_on: soon"),
    ("to: null}", "to: 2019-01-01}"),
    ("to: null}", "to: 2021-01-01}"),
    ("effective: {", "effective: ["),
    ("  period: month\n", ""),
    ("delivery: one_click", "delivery: auto\nunencoded: [{zh: 其他, en: Other}]"),
]


@pytest.mark.parametrize(("right", "wrong"), WRONG, ids=[wrong.strip() or right for right, wrong in WRONG])
def test_faults_are_told_in_chinese_to_chinese_readers(catalogue: Catalogue, right: str, wrong: str) -> None:
    text = catalogue.policy("elderly-allowance").source
    assert right in text
    look = look_at(text.replace(right, wrong), catalogue, TODAY)
    assert look.problems
    for problem in look.problems:
        message, step, language = told(problem, "zh")
        assert language == "zh-Hans-CN", problem
        assert "{" not in message, message
        assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+ [a-z]+", message + step), message + step


def test_what_has_no_chinese_words_is_told_as_it_is() -> None:
    problem = Problem("x", 1, 1, "Something new.", "Do it.")
    assert told(problem, "zh") == ("Something new.", "Do it.", "en")
    assert told(problem, "en") == ("Something new.", "Do it.", "en")


def test_a_case_whose_fact_cannot_be_says_so_in_chinese(catalogue: Catalogue) -> None:
    with pytest.raises(ProfileInvalid) as refused:
        catalogue.vocabulary.check(Audience.CITIZEN, {"age_years": "六十六"})
    assert told(refused.value, "zh")[:2] == ("事实项 age_years 的值“六十六”不是整数。", "请改正；不知道时留空。")


def test_a_clause_that_is_begun_is_called_unfinished() -> None:
    for clause in ("birth_date >=", "residence_area within []", "age_years between"):
        problem = Problem("f", 1, 1, f"{clause!r} cannot be read at column 9.", "Expected a quantity.")
        assert told(problem, "zh")[:2] == (f"条件 {clause} 还没有写完。", "")


def test_bounds_the_wrong_way_round_are_told_as_such() -> None:
    message = "In 'age_years between 80 and 60' the fact 'age_years' (integer) can never lie between 80 and 60."
    problem = Problem("f", 1, 1, message, "Swap the two ends.")
    assert told(problem, "zh")[:2] == ("条件 age_years between 80 and 60 不可能成立：80 大于 60。", "请交换两端。")
