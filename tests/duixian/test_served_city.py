"""The API over the demo's city with every real part behind it: Feast, PostgreSQL, MLflow, the rules."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pyarrow.compute as pc
import pytest
from starlette.testclient import TestClient

from api.auth import issue_operator_token, issue_token
from api.main import create_app
from domain.facts import Audience
from duixian import clock, intake
from duixian.cli.output import progress
from duixian.matching import match_audience
from duixian.ranking import Champions
from duixian.runtime import Runtime
from duixian.serving import services
from duixian.settings import Settings
from features import wide


@dataclass(frozen=True)
class Served:
    runtime: Runtime
    client: TestClient

    def get(self, path: str, subject: str) -> Any:
        audience = Audience.CITIZEN if subject.startswith("C") else Audience.ENTERPRISE
        token = issue_token(self.runtime.settings.signing_key(), subject, audience, 5, clock.now())
        answer = self.client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def report(self, subject: str, **facts: object) -> None:
        key = issue_operator_token(self.runtime.settings.signing_key(), "tests", 5, clock.now())
        event = {
            "event_id": str(uuid.uuid4()),
            "subject_id": subject,
            "kind": "test",
            "as_of": clock.today().isoformat(),
            "facts": facts,
        }
        answer = self.client.post("/v1/events", json=event, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code in {200, 201, 202}, answer.text


@pytest.fixture
def served(city) -> Iterator[Served]:
    with (
        mock.patch.dict(os.environ, city.environment),
        Runtime.open(Settings()) as runtime,
        Champions(runtime.settings) as champions,
        TestClient(create_app(services(runtime, champions, demo=False))) as client,
    ):
        yield Served(runtime, client)


def somebody(served: Served, **facts: object) -> str:
    """A citizen of whom these facts are known."""
    table = wide.read(wide.latest(served.runtime.home, Audience.CITIZEN))
    for name, value in facts.items():
        table = table.filter(pc.equal(table[name], value))
    return str(table["subject_id"][0])


def test_a_subject_is_shown_what_the_whole_city_run_found_for_it(served):
    [matched] = match_audience(served.runtime, Audience.CITIZEN, clock.today(), clock.now(), progress)
    ids = matched.table["subject_id"].to_pylist()
    for column in (0, 7, 400):
        shown = served.get(f"/v1/subjects/{ids[column]}/recommendations", ids[column])
        policies = matched.program.policies
        for name, plane in (("entitled", matched.verdicts.all_true()), ("possible", matched.verdicts.all_unknown())):
            wanted = {policies[row].id for row in plane[:, column].nonzero()[0]}
            assert {one["policy_id"] for one in shown[name]} == wanted


def test_the_promoted_model_orders_what_is_shown_and_is_named(served):
    subject = somebody(served, registered_in_shanghai=True, pension="employee")
    shown = served.get(f"/v1/subjects/{subject}/recommendations", subject)
    assert "duixian-citizen-ranker v" in str(shown)


def test_a_subject_is_told_what_it_best_takes_together(served, city):
    subject = somebody(served, registered_in_shanghai=True, only_child_parent=True, employment_status="retired")
    entitled = served.get(f"/v1/subjects/{subject}/recommendations", subject)["entitled"]
    found = served.get(f"/v1/subjects/{subject}/bundle", subject)
    told = {one["policy_id"]: one["paid_fen"] for one in found["taken"]}
    worth = {one["policy_id"]: one["yearly_fen"] for one in entitled if one["yearly_fen"]}
    # Nothing in the catalogue binds these policies; what was paid in full for this year is not taken again.
    assert told.items() <= worth.items()
    assert found["total_fen"] == sum(told.values())
    done = city.here("bundle", "--subject", subject)
    assert done.returncode == 0, done.stderr
    assert found["sentence"] in done.stdout
    assert all(one["sentence"] in done.stdout for one in found["taken"])


def test_a_life_event_changes_profile_and_verdicts_at_once_and_the_next_days_table_alike(served):
    subject = somebody(served, medical_insurance="none", long_term_care_insured=False)
    served.report(subject, medical_insurance="employee")
    held = {one["name"]: one for one in served.get(f"/v1/subjects/{subject}/profile", subject)["facts"]}
    assert held["medical_insurance"]["value"] == "employee"
    assert held["medical_insurance"]["as_of"] == clock.today().isoformat()
    path = intake.build_wide(served.runtime, Audience.CITIZEN, clock.today(), progress)
    [row] = wide.read(path).filter(pc.field("subject_id") == subject).to_pylist()
    profile = served.runtime.profile(Audience.CITIZEN, subject)
    assert {name: row[name] for name in profile.values()} == profile.values()


def test_every_part_says_that_it_is_ready(served):
    answer = served.client.get("/readyz")
    assert answer.status_code == 200, answer.text
