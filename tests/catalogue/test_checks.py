from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from catalogue.checks import case_day, case_gaps, check_catalogue, reference, run_cases
from catalogue.loader import load_catalogue
from catalogue.minimums import NO_MINIMUMS, Minimums
from domain.decision import Verdict
from domain.errors import ProfileInvalid
from domain.expression import All
from domain.facts import Audience, Value
from domain.grammar import parse_clause
from domain.policy import CitizenDomain, DatedValue, Kind, Parameter, Policy


def with_value(parameters: Mapping[str, Parameter], name: str, value: int) -> dict[str, Parameter]:
    dated = tuple(DatedValue(v.from_, v.to, Decimal(value)) for v in parameters[name].values)
    return {**parameters, name: replace(parameters[name], values=dated)}


def test_a_valid_policys_cases_come_out_right(root: Path) -> None:
    catalogue = load_catalogue(root)

    assert list(run_cases(catalogue.policy("bus-pass"), catalogue.parameters)) == []


@pytest.mark.parametrize("threshold", [69, 71])
def test_a_threshold_moved_by_one_makes_a_case_fail(root: Path, threshold: int) -> None:
    catalogue = load_catalogue(root)
    moved = with_value(catalogue.parameters, "bus_age_years", threshold)

    failures = list(run_cases(catalogue.policy("bus-pass"), moved))

    assert len(failures) == 1
    assert failures[0].policy_id == "bus-pass"


def test_a_changed_amount_makes_a_case_fail_with_both_amounts_in_words(root: Path) -> None:
    catalogue = load_catalogue(root)
    (failure,) = run_cases(catalogue.policy("bus-pass"), with_value(catalogue.parameters, "bus_cny_month", 21))

    assert (failure.expected, failure.got) == ("eligible, 20.00 yuan", "eligible, 21.00 yuan")
    line = catalogue.policy("bus-pass").source.splitlines()[failure.line - 1]
    assert line.strip() == f"- name: {failure.case}"


def test_a_case_is_judged_with_the_values_of_its_own_day(root: Path) -> None:
    path = root / "policies/citizen/elderly_care/bus-pass.yaml"
    text = path.read_text(encoding="utf-8")
    old = text.replace("    amount_cny: 20\n", "    amount_cny: 15\n    as_of: 2024-12-31\n")
    path.write_text(old, encoding="utf-8")
    catalogue = load_catalogue(root)
    policy = catalogue.policy("bus-pass")

    assert list(run_cases(policy, catalogue.parameters)) == []
    assert [case_day(policy, case).isoformat() for case in policy.cases][:2] == ["2024-12-31", "2025-01-01"]


def test_every_executor_is_held_to_the_same_cases(root: Path) -> None:
    catalogue = load_catalogue(root)

    def takes_unknown_for_no(
        policy: Policy, facts: Mapping[str, Value], parameters: Mapping[str, Decimal], as_of: date
    ) -> tuple[Verdict, int | None]:
        verdict, amount = reference(policy, facts, parameters, as_of)
        return (Verdict.INELIGIBLE if verdict is Verdict.UNKNOWN else verdict), amount

    report = check_catalogue(
        catalogue, {"reference": reference, "careless": takes_unknown_for_no}, minimums=NO_MINIMUMS
    )

    assert [(f.executor, f.case, f.got) for f in report.failures] == [("careless", "年龄未知", "ineligible")]
    assert not report.ok


def test_an_executor_that_breaks_down_fails_the_case_not_the_run(root: Path) -> None:
    catalogue = load_catalogue(root)

    def broken(
        policy: Policy, facts: Mapping[str, Value], parameters: Mapping[str, Decimal], as_of: date
    ) -> tuple[Verdict, int | None]:
        raise ProfileInvalid("No columns.", next_step="Give some.")

    failures = list(run_cases(catalogue.policy("bus-pass"), catalogue.parameters, {"broken": broken}))

    assert len(failures) == 3
    assert "No columns." in str(failures[0])


def test_cases_that_hold_no_clause_in_place_are_told(root: Path) -> None:
    catalogue = load_catalogue(root)
    policy = catalogue.policy("bus-pass")

    gaps = {gap.clause for gap in case_gaps(policy, catalogue.parameters)}

    # None of the three cases has a driver in it; the age's boundary they do stand on.
    assert "driving_licence" in gaps
    assert "age_years >= param.bus_age_years" not in gaps


def test_a_boundary_on_which_no_case_stands_is_told(root: Path) -> None:
    catalogue = load_catalogue(root)
    policy = catalogue.policy("bus-pass")
    looser = replace(policy, eligibility=All((parse_clause("age_years > 69"),)))

    assert list(run_cases(looser, catalogue.parameters)) == []
    assert [gap.fault for gap in case_gaps(looser, catalogue.parameters)] == []

    distant = replace(
        looser,
        cases=tuple(
            replace(case, facts={**case.facts, "age_years": 30}) if case.verdict is Verdict.INELIGIBLE else case
            for case in policy.cases
        ),
    )
    assert [gap.fault for gap in case_gaps(distant, catalogue.parameters)] == ["'>='"]


def test_too_few_policies_domains_kinds_or_cases_keep_a_catalogue_from_being_ok(root: Path) -> None:
    minimums = Minimums(2, 4, {Kind.SUBSIDY: 1, Kind.TAX: 1}, {Audience.CITIZEN: 1})
    report = check_catalogue(load_catalogue(root), minimums=minimums)

    assert report.failures == ()
    assert not report.ok
    domains = [domain for domain in CitizenDomain if domain != "elderly_care"]
    assert report.shortfalls == (
        "The catalogue has 1 policies, at least 2 are needed.",
        *(f"The domain {domain} has 0 policies, at least 1 are needed." for domain in domains),
        "Of the kind tax there are 0 policies, at least 1 are needed.",
        "policies/citizen/elderly_care/bus-pass.yaml: bus-pass has 3 cases, at least 4 are needed.",
    )


def test_as_many_as_the_minimum_are_enough(root: Path) -> None:
    report = check_catalogue(load_catalogue(root), minimums=Minimums(1, 3, {Kind.SUBSIDY: 1}, {}))

    assert report.shortfalls == ()
    assert report.ok
