"""The console over the API's small city: officers of two agencies, a desk and a handful of people to try drafts on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.console.parts import ConsoleParts
from api.main import create_app
from api.services import Services
from catalogue.checks import REFERENCE
from catalogue.lint import lint
from catalogue.lint.findings import FactStatistics
from catalogue.loader import Catalogue
from domain.decision import Verdict
from domain.evaluate import evaluate
from domain.expression import Expression
from domain.facts import Audience
from domain.policy import Policy
from tests.api.conftest import City, services_of
from workbench.audit import AuditLog
from workbench.desk import Desk
from workbench.impact import Count, Impact
from workbench.officers import Officers
from workbench.records import Parts, Progress
from workbench.roles import Role

CIVIL, HOUSING, OFFICE = "市民政局", "区房屋管理局", "上海市政务服务办公室"
WANG, CHEN, LIN, ZHAO, HU = "wang", "chen", "lin", "zhao", "hu"
"""An officer and a reviewer of civil affairs, an officer of housing, an auditor, an administrator."""
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


class FewPeople:
    """The city's profiles as a population, judged one by one."""

    def __init__(self, city: City) -> None:
        self.city = city

    def count(self, audience: Audience, rule: Expression, words: Catalogue, as_of: date) -> Count:
        parameters = words.parameters_at(as_of)
        found = [
            Verdict.of(evaluate(rule, profile.values(), parameters, as_of))
            for profile in self.city.profiles.values()
            if profile.audience is audience
        ]
        eligible, unknown, ineligible = (
            found.count(one) for one in (Verdict.ELIGIBLE, Verdict.UNKNOWN, Verdict.INELIGIBLE)
        )
        return Count(eligible, unknown, ineligible, len(found), 0.001)

    def statistics(self, audience: Audience, as_of: date) -> Mapping[str, FactStatistics]:
        return {}

    def impact(
        self, draft: Policy, served: Policy | None, words: Catalogue, as_of: date, progress: Progress | None = None
    ) -> Impact:
        raise NotImplementedError


def hire(officers: Officers) -> None:
    for agency in (CIVIL, HOUSING):
        officers.set_agency(agency, citywide=False)
    officers.set_agency(OFFICE, citywide=True)
    officers.set_officer(WANG, "王芳", CIVIL, {Role.OFFICER})
    officers.set_officer(CHEN, "陈建国", CIVIL, {Role.OFFICER, Role.REVIEWER})
    officers.set_officer(LIN, "林晓", HOUSING, {Role.OFFICER})
    officers.set_officer(ZHAO, "赵敏", OFFICE, {Role.AUDITOR})
    officers.set_officer(HU, "胡磊", OFFICE, {Role.ADMINISTRATOR})


def console_of(city: City, home: Path) -> Services:
    """The city's services with a console, its officers hired."""
    log = AuditLog(city.begin, home / "audit.anchor")
    officers = Officers(city.begin, lambda: city.now, log)
    hire(officers)
    people = FewPeople(city)
    desk = Desk(
        Parts(city.begin, lambda: city.now, log, people, lambda: city.catalogue, lambda vocabulary: REFERENCE, lint)
    )
    return replace(services_of(city), console=ConsoleParts(officers, desk, people, lint, log))


@pytest.fixture
def console_services(city: City, tmp_path: Path) -> Services:
    return console_of(city, tmp_path)


@pytest.fixture
def console(console_services: Services) -> Iterator[TestClient]:
    """Nobody has signed in yet; requests come from the console's own pages."""
    with TestClient(
        create_app(console_services),
        base_url="https://testserver",
        headers={"Accept-Language": "en", **SAME_SITE},
        follow_redirects=False,
    ) as client:
        yield client


@pytest.fixture
def sign_in(console: TestClient) -> Callable[[str], TestClient]:
    """Sign an officer in, as a browser would."""

    def signed(officer_id: str) -> TestClient:
        answer = console.post("/console/sign-in/demo", data={"officer": officer_id})
        assert answer.status_code == 303, answer.text
        return console

    return signed
