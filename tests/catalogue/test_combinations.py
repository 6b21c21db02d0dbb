"""How policies combine, as files say it: read whole, or refused at the line at fault."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from catalogue.loader import DEFAULT_ROOT, load_catalogue
from domain.combination import CapSpan, Exclusion, HighestOnly, JointCap
from domain.errors import CatalogueInvalid
from domain.facts import Audience
from domain.policy import Verification
from domain.terms import ParameterRef

HEAD = """\
{name}:
  label: {{zh: 不重复享受, en: Not both}}
  audience: citizen
  document: {{title: 某通知, number: null}}
  verification: illustrative
  effective: {{from: 2024-06-01, to: 2025-12-31}}
"""
APART = HEAD.format(name="apart") + "  exclusion: {policy: bus-pass, excludes: [taxi-pass]}\n"


@pytest.fixture
def written(root: Path):
    """A catalogue of two policies; gives what it holds with the combinations of a text."""
    first = root / "policies/citizen/elderly_care/bus-pass.yaml"
    (first.parent / "taxi-pass.yaml").write_text(first.read_text().replace("id: bus-pass", "id: taxi-pass"))
    (root / "combinations").mkdir()

    def catalogue(text: str):
        (root / "combinations" / "one.yaml").write_text(text)
        return load_catalogue(root)

    return catalogue


def test_every_form_is_read_with_its_document(written):
    catalogue = written(
        APART
        + HEAD.format(name="highest")
        + "  highest_only: [bus-pass, taxi-pass]\n"
        + HEAD.format(name="cap")
        + "  joint_cap: {policies: [bus-pass], limit: 1200.5, span: life}\n"
    )
    apart, highest, cap = catalogue.combinations
    assert apart.terms == Exclusion("bus-pass", ("taxi-pass",))
    assert (apart.id, apart.document.title, apart.document.number) == ("apart", "某通知", None)
    assert (apart.verification, apart.label.en) == (Verification.ILLUSTRATIVE, "Not both")
    assert highest.terms == HighestOnly(("bus-pass", "taxi-pass"))
    assert cap.terms == JointCap(("bus-pass",), Decimal("1200.5"), CapSpan.LIFE)


def test_a_combination_holds_for_its_audience_from_its_first_day_to_its_last(written):
    catalogue = written(APART)
    days = [date(2024, 5, 31), date(2024, 6, 1), date(2025, 12, 31), date(2026, 1, 1)]
    assert [len(catalogue.combinations_at(Audience.CITIZEN, day)) for day in days] == [0, 1, 1, 0]
    assert catalogue.combinations_at(Audience.ENTERPRISE, days[1]) == ()


def test_the_digest_changes_with_a_combination(written):
    assert written(APART).digest != written(APART.replace("Not both", "Not  both")).digest


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("taxi-pass", "taxi-pas", "There is no policy 'taxi-pas'. Did you mean 'taxi-pass'?"),
        ("[taxi-pass]", "[bus-pass]", "excludes itself"),
        ("[taxi-pass]", "[]", "names 0 policies"),
        ("[taxi-pass]", "[taxi-pass, taxi-pass]", "more than once"),
        ("audience: citizen", "audience: enterprise", "is for a citizen"),
        ("to: 2025-12-31", "to: 2024-05-31", "ends before it begins"),
        ("apart:", "Apart:", "not kebab-case"),
        ("number: null", "consultation: true", "rest on a draft put out for comment"),
        ("verification: illustrative", "verification: sure", "verification"),
        ("  exclusion: {policy: bus-pass, excludes: [taxi-pass]}\n", "", "has 0 of the forms"),
        ("exclusion: {policy: bus-pass, excludes: [taxi-pass]}", "highest_only: [bus-pass]", "Name 2 or more"),
        (
            "exclusion: {policy: bus-pass, excludes: [taxi-pass]}",
            "joint_cap: {policies: [bus-pass], limit: -1, span: year}",
            "cannot be below zero",
        ),
        (
            "exclusion: {policy: bus-pass, excludes: [taxi-pass]}",
            "joint_cap: {policies: [bus-pass], limit: param.bus_cny_month, span: year}",
            "is in cny_per_month, but a cap for each year is in cny_per_year",
        ),
        (
            "exclusion: {policy: bus-pass, excludes: [taxi-pass]}",
            "joint_cap: {policies: [bus-pass], limit: param.bus, span: year}",
            "There is no parameter 'bus'",
        ),
        (
            "exclusion: {policy: bus-pass, excludes: [taxi-pass]}",
            "joint_cap: {policies: [], limit: 5, span: century}",
            "century",
        ),
    ],
)
def test_a_combination_that_makes_no_sense_is_refused(written, old, new, says):
    assert APART.count(old) == 1
    with pytest.raises(CatalogueInvalid) as caught:
        written(APART.replace(old, new))
    assert any(says in str(problem) for problem in caught.value.problems)


def test_an_id_stands_once(written, root):
    (root / "combinations" / "two.yaml").write_text(APART)
    with pytest.raises(CatalogueInvalid, match="is also in"):
        written(APART)


def test_a_parameter_must_have_a_value_as_long_as_the_combination_holds(written, root):
    path = root / "parameters/bus.yaml"
    path.write_text(
        path.read_text() + "\nyear_cap:\n  label: {zh: 限额, en: Cap}\n  unit: cny_per_year\n"
        "  document: {title: 某通知}\n  verification: illustrative\n"
        "  values: [{from: 2020-01-01, to: 2025-06-30, value: 100}]\n"
    )
    capped = HEAD.format(name="cap") + "  joint_cap: {policies: [bus-pass], limit: param.year_cap, span: year}\n"
    with pytest.raises(CatalogueInvalid, match="no value on 2025-07-01"):
        written(capped)
    [cap] = written(capped.replace("to: 2025-12-31", "to: 2025-06-30")).combinations
    assert cap.terms == JointCap(("bus-pass",), ParameterRef("year_cap"), CapSpan.YEAR)


def test_no_combination_of_the_city_claims_a_document_that_is_not_certain():
    for one in load_catalogue(DEFAULT_ROOT).combinations:
        assert one.document.title
        if one.verification is Verification.ILLUSTRATIVE:
            assert (one.document.number, one.document.issued_on) == (None, None)
