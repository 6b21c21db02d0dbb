"""Drafts put out for comment: checked and tried out like policies, kept apart from them, and never in force."""

from pathlib import Path

import pytest

from catalogue.checks import check_catalogue
from catalogue.loader import load_catalogue, load_parameter_text, load_policy_file, parameter_text
from catalogue.minimums import NO_MINIMUMS
from domain.errors import CatalogueInvalid, UnknownPolicy
from tests.catalogue.conftest import PARAMETERS, POLICY, Write

PLACE = "citizen/elderly_care/ferry-pass.yaml"
DRAFT = POLICY.replace("id: bus-pass", "id: ferry-pass").replace("url: null}", "url: null, consultation: true}")


def test_a_consultation_is_kept_apart_from_the_policies(root: Path, write: Write) -> None:
    before = load_catalogue(root).digest
    write(f"consultations/{PLACE}", DRAFT)

    catalogue = load_catalogue(root)

    assert [policy.id for policy in catalogue.policies] == ["bus-pass"]
    assert [draft.id for draft in catalogue.consultations] == ["ferry-pass"]
    assert catalogue.consultations[0].file == f"consultations/{PLACE}"
    assert catalogue.digest != before
    with pytest.raises(UnknownPolicy):
        catalogue.policy("ferry-pass")


def test_the_cases_of_a_consultation_run_and_are_counted_apart(root: Path, write: Write) -> None:
    write(f"consultations/{PLACE}", DRAFT.replace("amount_cny: 20", "amount_cny: 21"))

    report = check_catalogue(load_catalogue(root), minimums=NO_MINIMUMS)

    assert (report.policies, report.cases) == (1, 3)
    assert (report.consultations, report.consultation_cases) == (1, 3)
    assert [failure.policy_id for failure in report.failures] == ["ferry-pass"]
    assert sum(report.by_kind.values()) == 1


@pytest.mark.parametrize(
    ("folder", "text", "says"),
    [
        ("policies", DRAFT, "cannot lie among the policies in force"),
        ("consultations", DRAFT.replace(", consultation: true", ""), "Only a draft put out for comment"),
        ("consultations", DRAFT.replace("consultation: true", "consultation: false"), "Only a draft"),
        ("consultations", DRAFT.replace("consultation: true", "consultation: often"), "not true or false"),
        ("consultations", DRAFT.replace("id: ferry-pass", "id: bus-pass"), "is also in"),
        ("consultations", DRAFT.replace("domain: elderly_care", "domain: health"), "lies in consultations/citizen"),
    ],
)
def test_what_lies_in_the_wrong_place_is_refused(root: Path, write: Write, folder: str, text: str, says: str) -> None:
    write(f"{folder}/{PLACE}", text)

    with pytest.raises(CatalogueInvalid, match=says):
        load_catalogue(root)


def test_a_file_put_out_for_comment_is_read_by_itself(root: Path, tmp_path: Path) -> None:
    catalogue = load_catalogue(root)
    path = tmp_path / "draft.yaml"
    path.write_text(DRAFT, encoding="utf-8")

    assert load_policy_file(path, catalogue.vocabulary, catalogue.parameters).document.consultation


def test_no_policy_in_force_rests_on_a_parameter_put_out_for_comment(root: Path, write: Write) -> None:
    write("parameters/bus.yaml", PARAMETERS.replace("通知}", "通知, consultation: true}"))

    with pytest.raises(CatalogueInvalid) as caught:
        load_catalogue(root)

    assert {problem.message for problem in caught.value.problems} == {
        "Parameter 'bus_age_years' rests on a draft put out for comment.",
        "Parameter 'bus_cny_month' rests on a draft put out for comment.",
    }


def test_a_parameter_keeps_that_it_was_put_out_for_comment(root: Path, write: Write) -> None:
    write("parameters/bus.yaml", PARAMETERS.replace("通知}", "通知, consultation: true}"))
    (root / "policies/citizen/elderly_care/bus-pass.yaml").unlink()
    catalogue = load_catalogue(root)
    parameter = catalogue.parameters["bus_age_years"]

    assert parameter.document.consultation
    assert load_parameter_text(parameter_text(parameter), "stored", catalogue.vocabulary) == parameter
