import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from catalogue.loader import DEFAULT_ROOT, load_catalogue, load_policy_file, load_vocabulary, parameter_names
from catalogue.yaml_positions import Page
from domain.errors import CatalogueInvalid, ParameterExpired, Problem, UnknownPolicy
from domain.facts import Audience
from domain.policy import DeliveryMode, Level

POLICY_PATH = "policies/citizen/elderly_care/bus-pass.yaml"
PARAMETERS_PATH = "parameters/bus.yaml"
Write = Callable[[str, str], Path]


def problems_of(root: Path) -> list[Problem]:
    with pytest.raises(CatalogueInvalid) as caught:
        load_catalogue(root)
    return caught.value.problems


def position_of(text: str, marker: str) -> tuple[int, int]:
    """Line and column, from 1, of the only place where `marker` stands."""
    assert text.count(marker) == 1, f"{marker!r} stands {text.count(marker)} times"
    before = text[: text.index(marker)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def broken(root: Path, path: str, old: str, new: str) -> str:
    text = (root / path).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    text = text.replace(old, new)
    (root / path).write_text(text, encoding="utf-8")
    return text


def test_a_valid_catalogue_is_read_whole(root: Path) -> None:
    catalogue = load_catalogue(root)

    policy = catalogue.policy("bus-pass")
    assert policy.file == POLICY_PATH
    assert policy.title.en == "Bus allowance"
    assert policy.level is Level.CITY
    assert policy.delivery_mode is DeliveryMode.ONE_CLICK
    assert policy.document.number is None
    assert policy.source == (root / POLICY_PATH).read_text(encoding="utf-8")
    assert [case.amount_fen for case in policy.cases] == [2000, None, None]
    assert parameter_names(policy) == ("bus_age_years", "bus_cny_month")
    assert catalogue.policies_of(Audience.ENTERPRISE) == ()


@pytest.mark.parametrize(
    ("old", "new", "marker", "says"),
    [
        pytest.param("kind: subsidy", "kind: subsidie", "subsidie", "Did you mean 'subsidy'", id="word"),
        pytest.param("level: city\n", "level: city\nlevle: city\n", "levle", "Did you mean 'level'", id="unknown key"),
        pytest.param("level: city\n", "level: city\nkind: tax\n", "kind: tax", "'kind' is given twice", id="key twice"),
        pytest.param("version: 1", "version: one", "one\naud", "version must be a whole number", id="wrong type"),
        pytest.param("version: 1", "version: 0", "0\naud", "Versions count from 1", id="version zero"),
        pytest.param("true_on: 2025-01-01", "true_on: 2025-02-30", "2025-02-30", "does not exist", id="no such day"),
        pytest.param("true_on: 2025-01-01", "true_on: yes", "yes", "more than one way", id="yaml 1.1 yes"),
        pytest.param(
            "title: {zh: 乘车补贴, en: Bus allowance}", "title: Bus", "Bus\nsum", "must be a mapping", id="no label"
        ),
        pytest.param(
            "{zh: 交通委, en: Transport office}", "{zh: 交通委}", "{zh: 交通委}", "lacks 'en'", id="one language"
        ),
        pytest.param(
            "domain: elderly_care", "domain: elderly", "elderly\n", "no citizen domain 'elderly'", id="domain"
        ),
        pytest.param("- age_years >=", "- agee_years >=", "agee_years", "Did you mean 'age_years'", id="unknown fact"),
        pytest.param(
            "param.bus_age_years", "param.bus_age", "param.bus_age\n", "no parameter 'bus_age'", id="parameter"
        ),
        pytest.param(
            "param.bus_age_years",
            "param.bus_cny_month\n    - pregnant",
            "param.bus_cny_month\n    -",
            "in years",
            id="unit",
        ),
        pytest.param(
            "age_years >= param.bus_age_years", "age_years => 70", "=> 70", "cannot be read", id="clause syntax"
        ),
        pytest.param(
            "age_years >= param.bus_age_years", "age_years == xuhui", "age_years == xuhui", "a number", id="clause type"
        ),
        pytest.param(
            "- registered_in_shanghai\n",
            "- registered_in_shanghai > true\n",
            "registered_in_shanghai > ",
            "no order",
            id="order of booleans",
        ),
        pytest.param(
            "[xuhui, minhang]", "[xuhui, minghang]", "residence_district in", "minghang", id="category in rule"
        ),
        pytest.param("    - any:", "    - anny:", "anny", "'all', 'any', 'not' or 'at_least'", id="branch word"),
        pytest.param("    - any:", "    - at_least:\n        of:", "of:", "{count: 2, of: [...]}", id="no count"),
        pytest.param(
            "    - any:",
            "    - at_least:\n        count: 0\n        of:",
            "count: 0",
            "a count from 1",
            id="count of zero",
        ),
        pytest.param("- not: driving_licence", "- not: driving licence", "licence\n", "Expected", id="under not"),
        pytest.param(
            "  period: month\n", "  period: year\n", "param.bus_cny_month", "cny_per_year is paid", id="benefit unit"
        ),
        pytest.param("  period: month\n", "", "amount: param", "needs its period", id="no period"),
        pytest.param(
            "amount: param.bus_cny_month",
            "amount: param.bus_cny_moth",
            "param.bus_cny_moth",
            "Did you mean 'param.bus_cny_month'",
            id="benefit parameter",
        ),
        pytest.param(
            "  amount: param.bus_cny_month",
            "  amount: 1\n  none: true",
            "period: month\n  amount",
            "2 of the forms",
            id="two forms",
        ),
        pytest.param("age_years: 69", "age_years: 69.5", "69.5", "a whole number", id="case type"),
        pytest.param("age_years: 69", "age_years: 690", "690", "outside 0.0 to 130.0", id="case range"),
        pytest.param(
            "{registered_in_shanghai: true, residence_district: xuhui}",
            "{residence_district: shanghai}",
            "shanghai}",
            "no category 'shanghai'",
            id="case category",
        ),
        pytest.param(
            "{registered_in_shanghai: true, residence_district: xuhui}",
            "{residence: xuhui}",
            "residence: xuhui}",
            "There is no fact 'residence'",
            id="case fact",
        ),
        pytest.param(
            "    amount_cny: 20\n", "", "name: 七十岁徐汇居民", "must say what it comes to", id="case without amount"
        ),
        pytest.param(
            "verdict: ineligible\n",
            "verdict: ineligible\n    amount_cny: 1\n",
            "1\n  - name: 年龄",
            "out of place",
            id="amount out of place",
        ),
        pytest.param(
            "verdict: unknown\n", "verdict: ineligible\n", "- name: 七十岁徐汇居民", "none unknown", id="missing case"
        ),
        pytest.param(
            "verdict: unknown\n",
            "verdict: unknown\n    as_of: 2023-12-31\n",
            "2023-12-31",
            "not in force on 2023-12-31",
            id="case before the policy",
        ),
        pytest.param("to: 2027-12-31}", "to: 2023-12-31}", "{from: 2024-01-01", "ends before it begins", id="dates"),
        pytest.param(
            "level: city", "level: district", "district\ntitle", "'districts' goes with", id="district without name"
        ),
        pytest.param(
            "delivery: one_click\n",
            "delivery: auto\nunencoded: [{zh: 须面谈, en: An interview}]\n",
            "auto",
            "without asking",
            id="auto with unencoded",
        ),
        pytest.param("id: bus-pass", "id: Bus_Pass", "Bus_Pass", "not kebab-case", id="id form"),
        pytest.param(
            "id: bus-pass", "id: bus", "bus\nversion", "Rename the file to bus.yaml", id="id is not the file name"
        ),
        pytest.param(
            "audience: citizen",
            "audience: enterprise",
            "enterprise",
            "the file lies in policies/citizen",
            id="wrong folder",
        ),
        pytest.param("delivery: one_click\n", "", "id: bus-pass", "lacks 'delivery'", id="missing field"),
    ],
)
def test_each_fault_of_a_policy_is_reported_where_it_stands(
    root: Path, old: str, new: str, marker: str, says: str
) -> None:
    text = broken(root, POLICY_PATH, old, new)
    line, column = position_of(text, marker)

    problems = problems_of(root)

    found = [(p.file, p.line, p.column) for p in problems if says in f"{p.message} {p.next_step}"]
    assert found == [(str(root / POLICY_PATH), line, column)], [str(p) for p in problems]


@pytest.mark.parametrize(
    ("old", "new", "marker", "says"),
    [
        pytest.param("unit: years", "unit: year", "year\n", "Did you mean 'years'", id="unit"),
        pytest.param(
            "{from: 2025-01-01, to: null, value: 20}",
            "{from: 2024-12-31, to: null, value: 20}",
            "{from: 2024-12-31",
            "overlaps",
            id="overlap",
        ),
        pytest.param(
            "{from: 2025-01-01, to: null, value: 20}",
            "{from: 2025-01-01, to: 2024-01-01, value: 20}",
            "{from: 2025-01-01",
            "before it begins",
            id="backwards",
        ),
        pytest.param("value: 70}", "value: seventy}", "seventy", "must be a number", id="no number"),
        pytest.param(
            "values: [{from: 2020-01-01, to: null, value: 70}]", "values: []", "[]", "at least one value", id="no value"
        ),
        pytest.param(
            "bus_cny_month:\n", "bus_age_years:\n", "bus_age_years:\n  label: {zh: 金额", "given twice", id="name twice"
        ),
    ],
)
def test_each_fault_of_a_parameter_is_reported_where_it_stands(
    root: Path, old: str, new: str, marker: str, says: str
) -> None:
    text = broken(root, PARAMETERS_PATH, old, new)
    line, column = position_of(text, marker)

    found = [(p.file, p.line, p.column) for p in problems_of(root) if says in f"{p.message} {p.next_step}"]

    assert found == [(str(root / PARAMETERS_PATH), line, column)]


@pytest.mark.parametrize(
    ("old", "new", "marker"),
    [
        # Columns count characters, not bytes, whatever the script before them.
        ("{zh: 乘车补贴, en: Bus allowance}", "{zh: 乘车补贴, en: 12}", "12}"),
        ("- age_years >= param.bus_age_years", '- "age_years >= param.bus_age"', "param.bus_age"),
        ("- age_years >= param.bus_age_years", "- 'age_years > > 3'", "> 3"),
    ],
)
def test_columns_are_right_after_chinese_and_within_quotes(root: Path, old: str, new: str, marker: str) -> None:
    text = broken(root, POLICY_PATH, old, new)

    (problem,) = problems_of(root)

    assert (problem.line, problem.column) == position_of(text, marker)


def test_a_parameter_without_a_value_while_the_policy_is_in_force_is_reported_at_its_use(root: Path) -> None:
    broken(
        root,
        PARAMETERS_PATH,
        "{from: 2025-01-01, to: null, value: 20}",
        "{from: 2025-01-01, to: 2026-06-30, value: 20}",
    )
    text = (root / POLICY_PATH).read_text(encoding="utf-8")

    (problem,) = problems_of(root)

    assert (problem.line, problem.column) == position_of(text, "param.bus_cny_month")
    assert "no value on 2026-07-01" in problem.message


def test_a_name_in_two_files_is_reported_in_the_second(root: Path, write: Write) -> None:
    write("parameters/more.yaml", (root / PARAMETERS_PATH).read_text(encoding="utf-8"))
    write("policies/citizen/elderly_care/bus-pass-2.yaml", (root / POLICY_PATH).read_text(encoding="utf-8"))

    messages = [p.message for p in problems_of(root)]

    assert sum("is also in" in message for message in messages) == 3


def test_ten_broken_files_are_all_reported_in_one_go(root: Path, write: Write) -> None:
    text = (root / POLICY_PATH).read_text(encoding="utf-8")
    faults = {
        "a": text.replace("kind: subsidy", "kind: gift"),
        "b": text.replace("age_years >=", "agee >="),
        "c": text.replace("version: 1", "version: x"),
        "d": text.replace("verdict: unknown", "verdict: maybe"),
        "e": text.replace("period: month", "period: week"),
        "f": text.replace("true_on: 2025-01-01", "true_on: 2025-13-01"),
        "g": "id: [g",
        "h": "",
        "i": "- a list",
        "j": text.replace("param.bus_age_years", "param.nothing"),
    }
    for name, fault in faults.items():
        write(f"policies/citizen/elderly_care/{name}.yaml", fault.replace("id: bus-pass", f"id: {name}"))

    problems = problems_of(root)

    assert {Path(p.file).stem for p in problems} == set(faults)
    assert problems == sorted(problems)
    assert all(p.line >= 1 and p.column >= 1 and p.message and p.next_step for p in problems)


def test_a_rule_with_several_faults_has_all_of_them_reported(root: Path) -> None:
    text = broken(
        root,
        POLICY_PATH,
        "    - age_years >= param.bus_age_years\n",
        "    - age_years >=\n    - agee > 3\n    - all: []\n    - {age_years: 65}\n    - age_years >= 6 7\n",
    )

    lines = {p.line for p in problems_of(root)}

    start = position_of(text, "    - age_years >=\n")[0]
    assert lines == {start, start + 1, start + 2, start + 3, start + 4}


@pytest.mark.parametrize(
    "rule",
    [
        "&rule {all: [*rule]}",
        "{all: [" * 60 + "registered_in_shanghai" + "]}" * 60,
        "{not: " * 200 + "registered_in_shanghai" + "}" * 200,
    ],
)
def test_a_rule_without_end_or_measure_is_refused(root: Path, rule: str) -> None:
    text = (root / POLICY_PATH).read_text(encoding="utf-8")
    start, end = text.index("eligibility:"), text.index("benefit:")
    (root / POLICY_PATH).write_text(text[:start] + f"eligibility: {rule}\n" + text[end:], encoding="utf-8")

    assert problems_of(root)


@pytest.mark.parametrize(
    ("tail", "says"),
    [
        ("zzz: " + "[" * 50_000 + "]" * 50_000, "nests more than 100 deep"),
        ("a: &a [" + "x," * 99 + "]\n" + "b: &b [" + "*a," * 99 + "]\nc: [" + "*b," * 99 + "]", "200,000 parts"),
        ("# " + "x" * 1_000_000, "more than 1,000,000"),
        ("zzz: &a [*a]", "stands inside what it refers to"),
    ],
    ids=["deep", "aliases of aliases", "long", "endless"],
)
def test_a_file_that_would_exhaust_its_reader_is_refused_before_it_is_read(root: Path, tail: str, says: str) -> None:
    with (root / POLICY_PATH).open("a", encoding="utf-8") as file:
        file.write(tail)

    assert any(says in p.message for p in problems_of(root))


def test_a_pipe_among_the_files_is_named_and_nobody_waits_for_it(root: Path) -> None:
    os.mkfifo((root / POLICY_PATH).with_name("pipe.yaml"))

    assert any("a pipe or a device" in p.message for p in problems_of(root))


def test_more_cases_and_clauses_than_can_be_run_while_somebody_waits_are_refused(root: Path) -> None:
    text = (root / POLICY_PATH).read_text(encoding="utf-8")
    start, end = text.index("eligibility:"), text.index("benefit:")
    rule = "eligibility:\n  any:\n" + "".join(f"    - age_years == {number % 100}\n" for number in range(4000))
    cases = "".join(f"  - {{name: c{number}, facts: {{}}, verdict: unknown}}\n" for number in range(100))
    (root / POLICY_PATH).write_text(text[:start] + rule + text[end:] + cases, encoding="utf-8")

    assert any("too many to be run" in p.message for p in problems_of(root))


@pytest.mark.parametrize(("opening", "closing"), [("{not: ", "}"), ("{all: [{not: ", "}]}"), ("{any: [", "]}")])
@pytest.mark.parametrize("deep", [31, 33, 48])
def test_a_rule_that_nests_too_deep_is_told_whatever_it_is_nested_in(
    root: Path, opening: str, closing: str, deep: int
) -> None:
    text = (root / POLICY_PATH).read_text(encoding="utf-8")
    start, end = text.index("eligibility:"), text.index("benefit:")
    rule = opening * deep + "age_years >= 70" + closing * deep
    (root / POLICY_PATH).write_text(text[:start] + f"eligibility: {rule}\n" + text[end:], encoding="utf-8")

    assert any("nested more than 30 deep" in p.message or "nests more" in p.message for p in problems_of(root))


@pytest.mark.parametrize("number", ["1" + "0" * 15, "9" * 5000, str(2**31)])
def test_a_number_that_no_column_holds_is_refused(root: Path, number: str) -> None:
    text = broken(root, POLICY_PATH, "version: 1", f"version: {number}")

    assert {(p.line, p.column) for p in problems_of(root)} == {position_of(text, number)}


def test_a_file_that_is_not_utf8_or_not_yaml_is_named(root: Path) -> None:
    (root / POLICY_PATH).write_bytes("title: 乘车".encode("gbk"))
    (root / PARAMETERS_PATH).write_text("a: b: c", encoding="utf-8")

    by_file = {Path(p.file).name: p for p in problems_of(root)}

    assert "not UTF-8" in by_file["bus-pass.yaml"].message
    assert (by_file["bus.yaml"].line, by_file["bus.yaml"].column) == (1, 5)


def test_a_folder_without_a_vocabulary_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogueInvalid, match=r"vocabulary\.yaml:1:1: The file cannot be read"):
        load_vocabulary(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "register: population, fresh_days: 3650",
            "register: populaton, fresh_days: 3650",
            "Did you mean 'population'",
        ),
        ("age_years: {type: integer, unit: years", "age_years: {type: integer, unit: yaers", "Did you mean 'years'"),
        ("pregnant: {type: boolean", "pregnant: {type: bool", "Did you mean 'boolean'"),
        ("pregnant: {type: boolean", "any: {type: boolean", "cannot be the name of a fact"),
        ("years_since(birth_date)", "years_since(birthdate)", "Did you mean 'birth_date'"),
        ("pregnant: {type: boolean", "pregnant: {type: category", "categories go with 'category'"),
        ("pregnant: {type: boolean", "pregnant: {min: 0, type: boolean", "no 'min' or 'max'"),
    ],
)
def test_each_fault_of_the_vocabulary_is_reported(root: Path, old: str, new: str, says: str) -> None:
    path = root / "vocabulary.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(CatalogueInvalid) as caught:
        load_vocabulary(root)

    assert any(says in f"{p.message} {p.next_step}" for p in caught.value.problems)


def test_a_draft_is_read_wherever_it_lies(root: Path, tmp_path: Path) -> None:
    catalogue = load_catalogue(root)
    draft = tmp_path / "draft of Tuesday.yaml"
    draft.write_text((root / POLICY_PATH).read_text(encoding="utf-8"), encoding="utf-8")

    policy = load_policy_file(draft, catalogue.vocabulary, catalogue.parameters)

    assert policy.id == "bus-pass"
    assert policy.file == "draft of Tuesday.yaml"


def test_a_broken_draft_is_refused_with_its_problems(root: Path, tmp_path: Path) -> None:
    catalogue = load_catalogue(root)
    draft = tmp_path / "draft.yaml"
    draft.write_text("id: draft\n", encoding="utf-8")

    with pytest.raises(CatalogueInvalid, match="lacks 'version'"):
        load_policy_file(draft, catalogue.vocabulary, catalogue.parameters)


def test_parameters_have_the_value_of_the_day_or_are_left_out(root: Path) -> None:
    catalogue = load_catalogue(root)

    assert catalogue.parameters_at(date(2024, 12, 31))["bus_cny_month"] == Decimal(15)
    assert catalogue.parameters_at(date(2025, 1, 1))["bus_cny_month"] == Decimal(20)
    assert catalogue.parameters_at(date(2019, 12, 31)) == {}


def test_policies_are_in_force_from_their_first_to_their_last_day(root: Path) -> None:
    catalogue = load_catalogue(root)

    in_force = {
        day: len(catalogue.in_force(Audience.CITIZEN, day))
        for day in (date(2023, 12, 31), date(2024, 1, 1), date(2027, 12, 31), date(2028, 1, 1))
    }

    assert list(in_force.values()) == [0, 1, 1, 0]


def test_a_policy_in_force_whose_parameter_has_no_value_yet_stops_the_match(root: Path) -> None:
    # The policy's facts are known from 2025; what was paid before is not, and must not be guessed.
    broken(root, PARAMETERS_PATH, "    - {from: 2020-01-01, to: 2024-12-31, value: 15}\n", "")
    catalogue = load_catalogue(root)

    with pytest.raises(ParameterExpired, match="bus_cny_month"):
        catalogue.in_force(Audience.CITIZEN, date(2024, 6, 1))


def test_an_unknown_policy_is_told_with_the_nearest_id(root: Path) -> None:
    with pytest.raises(UnknownPolicy, match="bus-pass"):
        load_catalogue(root).policy("buspass")


def test_the_digest_follows_every_byte_and_name(root: Path) -> None:
    before = load_catalogue(root).digest
    assert load_catalogue(root).digest == before

    (root / POLICY_PATH).write_text((root / POLICY_PATH).read_text(encoding="utf-8") + "# reviewed\n", encoding="utf-8")

    assert load_catalogue(root).digest != before


def test_every_file_of_the_city_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is what keeps loading some three hundred policies to half a second."""
    read = []

    def counting(path: Path) -> Page:
        read.append(path)
        return Page(path.name, path.read_text(encoding="utf-8"))

    monkeypatch.setattr(Page, "at", staticmethod(counting))
    load_catalogue()

    assert sorted(read) == sorted(DEFAULT_ROOT.rglob("*.yaml"))
