"""The console over the API's small city: officers of two agencies, a desk and a handful of people to try drafts on."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.console.parts import ConsoleParts
from api.main import create_app
from api.services import Services, Serving
from catalogue.checks import REFERENCE
from catalogue.lint import lint
from catalogue.loader import Catalogue
from delivery.recommend import recommend
from domain.facts import Audience
from duixian.loading import Loaded, Slice, load, served
from matcher.compile import Program, compile_policies
from storage import parameters, standings, vocabularies
from storage.standings import NewStanding
from tests.api.conftest import City, services_of
from tests.api.console.people import FewPeople
from workbench.audit import SYSTEM, AuditLog
from workbench.canary import BUCKETS
from workbench.desk import Desk
from workbench.officers import Officers
from workbench.records import Parts
from workbench.roles import Role

CIVIL, HOUSING, OFFICE = "市民政局", "区房屋管理局", "上海市政务服务办公室"
WANG, CHEN, LIN, ZHAO, HU = "wang", "chen", "lin", "zhao", "hu"
"""An officer and a reviewer of civil affairs, an officer of housing, an auditor, an administrator."""
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


class Following:
    """What serves, as the database has it: what is published is what these services serve from then on."""

    def __init__(self, city: City) -> None:
        self.city = city
        catalogue, now = city.catalogue, city.now
        with city.begin() as connection:
            load(connection, catalogue, catalogue.policies, now)
            standings.add(
                connection, [NewStanding(one.id, one.version, "loaded", SYSTEM, now) for one in catalogue.policies]
            )
            versions = {name: version for name, version, _ in parameters.newest(connection)}
            vocabulary = vocabularies.newest(connection)
            mark = standings.mark(connection)
        assert vocabulary is not None
        # As it was just loaded: reading the whole vocabulary again would be most of a test's time.
        read = {(one.id, one.version): one for one in catalogue.policies}
        self._held = Loaded((Slice(range(BUCKETS), catalogue),), vocabulary[0], versions, mark, read)
        self._programs: dict[tuple[str, Audience, date], Program] = {}

    def loaded(self) -> Loaded:
        with self.city.begin() as connection:
            if standings.mark(connection) != self._held.mark:
                found = served(connection, self._held)
                assert found is not None
                self._held = found
        return self._held

    def catalogue(self) -> Catalogue:
        return self.loaded().catalogue

    def serving(self, subject_id: str) -> Serving:
        """What serves this subject, a canary's share another version than all others."""
        loaded = self.loaded()
        catalogue = loaded.slices[loaded.place_of(subject_id)].catalogue

        def program(audience: Audience, as_of: date) -> Program:
            key = (catalogue.digest, audience, as_of)
            if key not in self._programs:
                policies, values = catalogue.in_force(audience, as_of), catalogue.parameters_at(as_of)
                self._programs[key] = compile_policies(policies, catalogue.vocabulary, values, audience, as_of)
            return self._programs[key]

        return Serving(
            catalogue,
            lambda profile, as_of: recommend(profile, program(profile.audience, as_of), None),
            self.city.bundle,
            self.city.decide,
            lambda: self.city.provenance,
        )


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
    people, following = FewPeople(city), Following(city)
    desk = Desk(
        Parts(city.begin, lambda: city.now, log, people, following.catalogue, lambda vocabulary: REFERENCE, lint)
    )
    return replace(
        services_of(city),
        served=following.catalogue,
        serving=following.serving,
        console=ConsoleParts(officers, desk, people, lint, log),
    )


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
