"""Files and database against each other, with a real folder on one side."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import CatalogueInvalid, ExchangeConflict, NotAllowed
from duixian.exchanging import bring_in, compare, take_out
from tests.workbench.conftest import CIVIL_AFFAIRS, CULTURE, PARAMETERS, VOCABULARY, Served, policy_text
from workbench.desk import Desk
from workbench.exchange import Agreement, Exchange
from workbench.records import Parts
from workbench.roles import Officer, Role

Hire = Callable[..., Officer]


@pytest.fixture
def exchange(parts: Parts) -> Exchange:
    return Exchange(parts)


@pytest.fixture
def wang(hire: Hire) -> Officer:
    return hire("wang", Role.OFFICER)


def put(folder: Path, *texts: str, vocabulary: str = VOCABULARY, age: int = 70) -> None:
    """A catalogue's folder with these policies."""
    (folder / "parameters").mkdir(parents=True, exist_ok=True)
    (folder / "vocabulary.yaml").write_text(vocabulary)
    (folder / "parameters" / "ages.yaml").write_text("# Kept by hand.\n" + PARAMETERS.replace("AGE", str(age)))
    for text in texts:
        name = text.splitlines()[0].removeprefix("id: ")
        path = folder / "policies" / "citizen" / "elderly_care" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def agreements(exchange: Exchange, folder: Path) -> dict[str, Agreement]:
    return {item.name: item.agreement for item in compare(exchange, folder)}


def everything(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.yaml")}


def test_what_is_taken_out_says_the_same_as_what_serves_to_the_byte(
    exchange: Exchange, served: Served, tmp_path: Path
) -> None:
    written = take_out(exchange, served.catalogue(), tmp_path)

    assert written.files == [
        "parameters/old_age_years.yaml",
        "policies/citizen/elderly_care/bus-pass.yaml",
        "vocabulary.yaml",
    ]
    assert (tmp_path / "policies/citizen/elderly_care/bus-pass.yaml").read_text() == policy_text()
    assert set(agreements(exchange, tmp_path).values()) == {Agreement.SAME}
    assert take_out(exchange, served.catalogue(), tmp_path).files == []


def test_a_file_that_is_ahead_becomes_a_draft_of_the_very_same_text(
    exchange: Exchange, desk: Desk, wang: Officer, tmp_path: Path
) -> None:
    text = policy_text(version=2, amount=30)
    put(tmp_path, text, policy_text("tea-time"))
    assert agreements(exchange, tmp_path)["bus-pass"] is Agreement.FILE_NEWER

    made = bring_in(exchange, wang, tmp_path)

    assert {draft.policy_id: draft.base_version for draft in made} == {"bus-pass": 1, "tea-time": None}
    drafts = {draft.policy_id: desk.draft(wang, draft.draft_id) for draft in made}
    assert drafts["bus-pass"].text == text
    assert agreements(exchange, tmp_path)["bus-pass"] is Agreement.DRAFTED
    assert bring_in(exchange, wang, tmp_path) == []


def test_a_file_that_is_only_older_is_replaced_and_never_taken_in(
    exchange: Exchange, served: Served, wang: Officer, tmp_path: Path
) -> None:
    put(tmp_path, policy_text())
    served.load(policy_text(version=2, amount=30))

    assert bring_in(exchange, wang, tmp_path) == []
    written = take_out(exchange, served.catalogue(), tmp_path)

    assert written.files == ["policies/citizen/elderly_care/bus-pass.yaml"]
    assert "version: 2" in (tmp_path / written.files[0]).read_text()


def test_where_both_sides_changed_neither_is_overwritten(
    exchange: Exchange, served: Served, wang: Officer, tmp_path: Path
) -> None:
    put(tmp_path, policy_text(version=2, amount=50), policy_text("tea-time"))
    served.load(policy_text(version=2, amount=30))
    before = everything(tmp_path)

    for act in (lambda: bring_in(exchange, wang, tmp_path), lambda: take_out(exchange, served.catalogue(), tmp_path)):
        with pytest.raises(ExchangeConflict, match=r"bus-pass\.yaml: it says version 2"):
            act()

    assert everything(tmp_path) == before
    assert agreements(exchange, tmp_path)["tea-time"] is Agreement.NO_VERSION


def test_a_colleagues_draft_of_the_same_policy_is_a_conflict(
    exchange: Exchange, desk: Desk, wang: Officer, hire: Hire, tmp_path: Path
) -> None:
    desk.create(hire("li", Role.OFFICER), policy_id="bus-pass")
    put(tmp_path, policy_text(version=2, amount=50))

    with pytest.raises(ExchangeConflict, match="li is working on a draft"):
        bring_in(exchange, wang, tmp_path)


def test_every_bad_file_of_many_is_named_with_its_line_and_nothing_is_taken_in(
    exchange: Exchange, desk: Desk, wang: Officer, tmp_path: Path
) -> None:
    good = [policy_text(f"pass-{number}") for number in range(300)]
    bad = [policy_text(f"bad-{number}").replace("age_years >=", "age_yaers >=") for number in range(30)]
    wrong = [policy_text(f"wrong-{number}").replace("age_years: 90", "age_years: 9") for number in range(7)]
    put(tmp_path, *good, *bad, *wrong)

    with pytest.raises(CatalogueInvalid) as unreadable:
        bring_in(exchange, wang, tmp_path)
    assert sorted({Path(one.file).stem for one in unreadable.value.problems}) == sorted(
        f"bad-{number}" for number in range(30)
    )
    assert {one.line for one in unreadable.value.problems} == {17}

    for text in bad:
        (tmp_path / "policies/citizen/elderly_care" / f"{text.splitlines()[0].removeprefix('id: ')}.yaml").unlink()
    with pytest.raises(CatalogueInvalid) as failing:
        bring_in(exchange, wang, tmp_path)
    assert len(failing.value.problems) == 7
    assert desk.drafts(wang) == []


def test_an_officer_takes_in_only_the_own_agencys_policies_and_then_none(
    exchange: Exchange, desk: Desk, wang: Officer, hire: Hire, tmp_path: Path
) -> None:
    put(tmp_path, policy_text("tea-time"), policy_text("museum", agency=CULTURE))
    with pytest.raises(NotAllowed):
        bring_in(exchange, wang, tmp_path)
    assert desk.drafts(wang) == []

    citywide = hire("zhao", Role.OFFICER, agency="上海市大数据中心")
    assert {draft.agency_id for draft in bring_in(exchange, citywide, tmp_path)} == {CIVIL_AFFAIRS, CULTURE}


def test_a_parameter_that_differs_is_told_and_left_to_a_person(
    exchange: Exchange, served: Served, tmp_path: Path
) -> None:
    put(tmp_path, policy_text())
    served.old_age_years = 75
    served.load()
    before = everything(tmp_path)

    written = take_out(exchange, served.catalogue(), tmp_path)

    assert [item.name for item in written.left] == ["old_age_years"]
    assert everything(tmp_path) == before


def test_other_values_of_a_parameter_come_in_as_a_draft_of_it(
    exchange: Exchange, desk: Desk, wang: Officer, hire: Hire, tmp_path: Path
) -> None:
    put(tmp_path, policy_text(), age=75)
    assert agreements(exchange, tmp_path)["old_age_years"] is Agreement.FILE_NEWER

    [made] = bring_in(exchange, wang, tmp_path)

    assert (made.kind, made.policy_id, made.agency_id, made.base_version) == (
        "parameter",
        "old_age_years",
        CIVIL_AFFAIRS,
        1,
    )
    assert desk.check(wang, made.draft_id, 1).ok
    assert agreements(exchange, tmp_path)["old_age_years"] is Agreement.DRAFTED
    put(tmp_path, policy_text(), age=80)
    with pytest.raises(ExchangeConflict, match="wang is working on a draft of this parameter"):
        bring_in(exchange, hire("li", Role.OFFICER), tmp_path)
