from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from api.console.rules.splice import plain_rule, spliced
from api.console.rules.writing import block, flow
from catalogue.loader import DEFAULT_ROOT
from domain.errors import RuleNotShown
from domain.rules import parse
from tests.api.console.rules.written import rules

HEAD = "id: x  # 编号\ntitle: {zh: 老年人, en: Elders}\n"
TAIL = "# about the benefit\nbenefit: {none: true}\n"


def read(text: str) -> Any:
    """YAML with every value as the text it is."""
    return yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings only


REAL = sorted((DEFAULT_ROOT / "policies").rglob("*.yaml"))


@settings(max_examples=50)
@given(rules)
def test_a_rule_is_written_as_yaml_that_reads_as_it(rule: Any) -> None:
    for text in (f"k:\n  {block(rule, 2)}\n", f"- {block(rule, 2)}\n", f"[{flow(rule)}]\n"):
        [found] = read(text).values() if text[0] == "k" else read(text)
        assert plain_rule("eligibility:\n  " + block(rule, 2)) == rule
        assert str(found) == str(read(yaml.dump(rule)))


@settings(max_examples=50)
@given(rules, rules)
def test_any_rule_takes_the_place_of_any_other_and_the_rest_stays(before: Any, after: Any) -> None:
    for written in (f"\n  {block(before, 2)}  # a remark\n", f" {flow(before)}\n", f"\n    {block(before, 4)}\n\n\n"):
        text = f"{HEAD}eligibility:{written}{TAIL}"
        assert plain_rule(text) == before
        changed = spliced(text, after)
        assert plain_rule(changed) == after
        assert parse(plain_rule(changed)) == parse(after)
        assert changed.startswith(HEAD)
        assert changed.endswith(TAIL)


@settings(max_examples=40)
@given(st.sampled_from(REAL), rules)
def test_a_real_policy_keeps_all_but_its_rule(path: Path, after: Any) -> None:
    text = path.read_text(encoding="utf-8")
    changed = spliced(text, after)
    assert plain_rule(changed) == after
    start, end = text.index("\neligibility:"), text.index("\nbenefit:")
    assert changed.startswith(text[:start])
    assert changed.endswith(text[end:])
    assert yaml.safe_load(changed) | {"eligibility": 0} == yaml.safe_load(text) | {"eligibility": 0}


def test_what_is_not_changed_is_not_touched() -> None:
    for path in REAL:
        text = path.read_text(encoding="utf-8")
        assert spliced(text, plain_rule(text)) == text, path.name


TEXT = """\
id: x
eligibility:
  # who
  all:
    - age_years >= 60  # by law
    # either way
    - any: [veteran, disabled]
    - not:
        all:
          - a
          - b
# after
benefit: {none: true}
"""


def test_a_changed_clause_leaves_every_comment_of_the_rule() -> None:
    rule = plain_rule(TEXT)
    rule["all"][0] = "age_years >= 65"
    assert spliced(TEXT, rule) == TEXT.replace(">= 60", ">= 65")
    rule["all"][1]["any"][1] = "a in [x, y]"
    assert spliced(TEXT, rule) == TEXT.replace(">= 60", ">= 65").replace("disabled]", "'a in [x, y]']")


def test_an_added_and_a_removed_clause_leave_every_comment_of_the_rule() -> None:
    rule = plain_rule(TEXT)
    rule["all"].insert(1, "registered_in_shanghai")
    added = spliced(TEXT, rule)
    assert added == TEXT.replace("# by law\n", "# by law\n    - registered_in_shanghai\n")
    del rule["all"][1]
    assert spliced(added, rule) == TEXT
    rule["all"].append({"any": ["c", "d"]})
    last = spliced(TEXT, rule)
    assert last == TEXT.replace("          - b\n", "          - b\n    - any:\n        - c\n        - d\n")
    rule["all"].insert(0, "first")
    assert "    - first\n    - age_years >= 60  # by law\n" in spliced(last, rule)


def test_another_join_keeps_what_is_joined() -> None:
    rule = plain_rule(TEXT)
    assert plain_rule(spliced(TEXT, {"any": rule["all"]})) == {"any": rule["all"]}


def test_line_ends_and_signs_of_other_systems_are_read() -> None:
    text = "id: 😀é\r\neligibility:\r\n  all:\r\n    - 'a'\r\n    - b\r\nbenefit: x\r\n"
    changed = spliced(text, {"all": ["a", 'c == "😀"']})
    assert changed == text.replace("- b", '- c == "😀"')


@pytest.mark.parametrize("text", ["", "a: [", "- x", "id: x\n", "k: *x\n"])
def test_a_text_without_a_place_for_a_rule_is_not_spliced(text: str) -> None:
    with pytest.raises(RuleNotShown):
        spliced(text, "a")
