"""The API over a small city: a real database and delivery, real policies and matching, profiles held in memory."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.auth import issue_operator_token, issue_token
from api.main import create_app
from api.services import ApiSettings, Services, Serving
from catalogue.loader import DEFAULT_ROOT, Catalogue, load_catalogue
from delivery import claims
from delivery.decide import Push
from delivery.engine import Provenance, push
from delivery.recommend import Recommendations, recommend
from delivery.terms import local_day, period_of
from domain.claim import ClaimEvent
from domain.combination import Combination
from domain.decision import Decision, Verdict
from domain.errors import UnknownPolicy, UnknownSubject
from domain.facts import Audience, Label, Value
from domain.profile import Fact, FactStatus, Profile
from duixian.bundling import options_of
from matcher.bundle.best import Bundle, best_bundle
from matcher.compile import Program, compile_policies
from matcher.online.match import match_profile
from matcher.reasons.explain import explain
from storage import connection, life_events, migrate, policies
from storage.connection import Begin, Connection, Engine

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
YEAR_MINUTES = 365 * 24 * 60
KEY = b"a key of thirty-two bytes or more, for tests"

ZHANG, LI, FACTORY, SHOP = "C000000001", "C000000002", "E00000001", "E00000002"
LIVES: Mapping[str, Mapping[str, Value]] = {
    ZHANG: {
        "birth_date": date(1954, 3, 2),
        "age_years": 72,
        "registered_in_shanghai": True,
        "medical_insurance": "resident",
        "family_doctor_signed": False,
        "residence_district": "huangpu",
        "household_income_per_person_cny_month": None,
        "minimum_living_allowance": False,
        "low_income_household": False,
        "volunteer_hours": 12.5,
    },
    LI: {"age_years": 40, "registered_in_shanghai": True, "medical_insurance": "employee"},
    FACTORY: {
        "rd_expense_cny_year": 1_200_000.0,
        "industry": "manufacturing",
        "graduates_hired_count": 3,
        "social_insurance_in_arrears": None,
    },
    SHOP: {"rd_expense_cny_year": 0.0, "industry": "retail"},
}


@dataclass
class City:
    """What stands behind the API in these tests; tests change its clock, profiles and health."""

    begin: Begin
    catalogue: Catalogue
    now: datetime = NOW
    profiles: dict[str, Profile] = field(default_factory=dict)
    combinations: list[Combination] = field(default_factory=list)
    health: dict[str, str] = field(default_factory=lambda: {"database": "ok"})
    programs: dict[Audience, Program] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=lambda: Provenance("snapshot-1", "catalogue-1"))

    def audience_of(self, subject_id: str) -> Audience:
        match subject_id[:1]:
            case "C":
                return Audience.CITIZEN
            case "E":
                return Audience.ENTERPRISE
        raise UnknownSubject(subject_id)

    def profile(self, audience: Audience, subject_id: str) -> Profile:
        found = self.profiles.get(subject_id)
        if found is None or found.audience is not audience:
            raise UnknownSubject(subject_id)
        return found

    def apply_event(
        self, audience: Audience, subject_id: str, kind: str, changes: Mapping[str, Value], as_of: date, event_id: UUID
    ) -> bool:
        plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()}
        event = life_events.LifeEvent(event_id, subject_id, audience, kind, plain, as_of, self.now)
        with self.begin() as session:
            new = life_events.record(session, event)
        if new:
            held = self.profiles[subject_id]
            facts = {
                name: Fact(value, "life_event", as_of, FactStatus.KNOWN if value is not None else FactStatus.UNKNOWN)
                for name, value in changes.items()
            }
            self.profiles[subject_id] = replace(held, facts={**held.facts, **facts})
        return new

    def recommend(self, profile: Profile, as_of: date) -> Recommendations:
        return recommend(profile, replace(self.programs[profile.audience], as_of=as_of), None)

    def bundle(self, profile: Profile, as_of: date) -> Bundle:
        found = match_profile(self.programs[profile.audience], profile.values())
        options = options_of([match for match in found if match.verdict is Verdict.ELIGIBLE], self.combinations)
        return best_bundle(options, self.combinations, {})

    def decide(self, profile: Profile, policy_id: str, as_of: date) -> Decision:
        program = self.programs[profile.audience]
        index = program.index_of(policy_id)
        if index is None:
            raise UnknownPolicy(policy_id)
        return explain(program, index, profile)

    def push(self, subject_id: str, policy_id: str) -> None:
        """Tell the subject about a policy, as the nightly run would."""
        policy = self.catalogue.policy(policy_id)
        profile = self.profiles[subject_id]
        decision = self.decide(profile, policy_id, TODAY)
        wanted = Push(subject_id, policy, period_of(policy, local_day(self.now)), 1, decision.amount_fen)
        with self.begin() as session:
            push(session, [wanted], lambda _: decision, self.provenance, self.now)

    def move(self, claim_id: str, *events: ClaimEvent) -> None:
        """What the worker and the bank do to a claim, minutes apart."""
        for event in events:
            self.now += timedelta(minutes=1)
            with self.begin() as session:
                assert claims.move_many(session, event, [UUID(claim_id)], self.now, "system") == 1


def profile_of(subject_id: str, audience: Audience, life: Mapping[str, Value], catalogue: Catalogue) -> Profile:
    facts = catalogue.vocabulary.of(audience)
    return Profile(
        subject_id,
        audience,
        {
            name: Fact(
                value,
                facts[name].register,
                date(2026, 11, 1),
                FactStatus.UNKNOWN if value is None else FactStatus.KNOWN,
            )
            for name, value in life.items()
        },
    )


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The policies beside this file, in the words of the real vocabulary, which name parameters of their own."""
    root = tmp_path_factory.mktemp("catalogue") / "city"
    shutil.copytree(Path(__file__).parent / "city", root)
    shutil.copy(DEFAULT_ROOT / "vocabulary.yaml", root)
    shutil.copy(DEFAULT_ROOT / "parameters/derived_facts.yaml", root / "parameters")
    return load_catalogue(root)


def city_over(begin: Begin, catalogue: Catalogue) -> City:
    made = City(begin, catalogue)
    for subject_id, life in LIVES.items():
        made.profiles[subject_id] = profile_of(subject_id, made.audience_of(subject_id), life, catalogue)
    for audience in Audience:
        made.programs[audience] = compile_policies(
            catalogue.in_force(audience, TODAY), catalogue.vocabulary, catalogue.parameters_at(TODAY), audience, TODAY
        )
    return made


def services_of(city: City) -> Services:
    return Services(
        settings=ApiSettings(KEY, token_minutes=30, demo=True),
        served=lambda: city.catalogue,
        serving=lambda _: Serving(city.catalogue, city.recommend, city.bundle, city.decide, lambda: city.provenance),
        connect=city.begin,
        profile=city.profile,
        audience_of=city.audience_of,
        apply_event=city.apply_event,
        clock=lambda: city.now,
        ready=lambda: city.health,
        samples=lambda: [
            (ZHANG, Label("72岁，独居老人", "72, lives alone")),
            (FACTORY, Label("有研发投入的制造企业", "A manufacturer that does research")),
        ],
    )


@pytest.fixture(scope="session")
def engine(postgres_url: str, catalogue: Catalogue) -> Iterator[Engine]:
    """One database for all of these tests, with the city's policies in it."""
    made = connection.engine(postgres_url)
    with made.execution_options(isolation_level="AUTOCOMMIT").connect() as admin:
        admin.execute(sa.text("CREATE DATABASE api"))
    made.dispose()
    url = sa.make_url(postgres_url).set(database="api").render_as_string(hide_password=False)
    migrate.upgrade(url)
    made = connection.engine(url)
    with made.begin() as session:
        policies.publish(session, catalogue.policies, NOW)
    yield made
    made.dispose()


@pytest.fixture
def begin(engine: Engine) -> Iterator[Begin]:
    """Transactions one after the other, all inside one that the test's end rolls back.

    A database a test would cost more than the test.
    """
    turn = threading.Lock()
    with engine.connect() as session, session.begin() as whole:

        @contextmanager
        def nested() -> Iterator[Connection]:
            with turn, session.begin_nested():
                yield session

        yield nested
        whole.rollback()


@pytest.fixture
def city(begin: Begin, catalogue: Catalogue) -> City:
    """A city with its database."""
    return city_over(begin, catalogue)


@pytest.fixture
def services(city: City) -> Services:
    return services_of(city)


@pytest.fixture
def api(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), headers={"Accept-Language": "en"}) as client:
        yield client


@pytest.fixture
def sealed_city(catalogue: Catalogue) -> City:
    """A city whose database must not be touched: what is refused is refused before that."""

    def sealed() -> NoReturn:
        raise AssertionError("the database was touched")

    return city_over(sealed, catalogue)


@pytest.fixture
def sealed_api(sealed_city: City) -> Iterator[TestClient]:
    with TestClient(create_app(services_of(sealed_city)), headers={"Accept-Language": "en"}) as client:
        yield client


@pytest.fixture
def signed_in() -> Callable[[str], dict[str, str]]:
    """Headers of a subject who has signed in at NOW."""

    def headers(subject_id: str) -> dict[str, str]:
        audience = Audience.CITIZEN if subject_id.startswith("C") else Audience.ENTERPRISE
        return {"Authorization": f"Bearer {issue_token(KEY, subject_id, audience, YEAR_MINUTES, NOW)}"}

    return headers


@pytest.fixture
def register() -> dict[str, str]:
    """Headers of a register's system."""
    return {"Authorization": f"Bearer {issue_operator_token(KEY, 'civil-affairs', YEAR_MINUTES, NOW)}"}
