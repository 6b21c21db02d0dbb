"""The desk's routes over the console's small city, and officers' own systems that call them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from api.auth import issue_officer_token
from api.main import create_app
from api.services import Services
from tests.api.conftest import KEY, NOW, YEAR_MINUTES, City
from tests.api.console.conftest import CIVIL, console_of
from workbench.roles import Role

SUN = "sun"
"""A reviewer of civil affairs who writes nothing."""


def officers_token(officer_id: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_officer_token(KEY, officer_id, YEAR_MINUTES, NOW)}"}


@dataclass
class System:
    """An officer's own system; addresses are below /v1/workbench."""

    api: TestClient
    headers: dict[str, str]

    def get(self, address: str, **query: Any) -> Response:
        return self.api.get(f"/v1/workbench{address}", params=query, headers=self.headers)

    def post(self, address: str, **body: Any) -> Response:
        return self.api.post(f"/v1/workbench{address}", json=body, headers=self.headers)

    def put(self, address: str, **body: Any) -> Response:
        return self.api.put(f"/v1/workbench{address}", json=body, headers=self.headers)


@pytest.fixture
def services(city: City, tmp_path: Path) -> Services:
    made = console_of(city, tmp_path)
    assert made.console is not None
    made.console.officers.set_officer(SUN, "孙立", CIVIL, {Role.REVIEWER})
    return made


@pytest.fixture
def api(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), headers={"Accept-Language": "en"}) as client:
        yield client


@pytest.fixture
def system(api: TestClient) -> Callable[[str], System]:
    return lambda officer_id: System(api, officers_token(officer_id))


@dataclass
class Way:
    """Takes a draft some way along: `writer` writes, SUN approves."""

    system: Callable[[str], System]
    writer: str

    def begun(self, text: str | None = None) -> str:
        told = {"policy_id": "elderly-allowance"} if text is None else {"text": text}
        return str(done(self.system(self.writer).post("/drafts", draft_id=str(uuid4()), **told), 201)["draft_id"])

    def submitted(self, text: str) -> str:
        mine = self.system(self.writer)
        draft_id = self.begun(text)
        checked = done(mine.post(f"/drafts/{draft_id}/check", revision=1))
        assert checked["ok"], checked
        done(mine.post(f"/drafts/{draft_id}/simulate", revision=1))
        done(mine.post(f"/drafts/{draft_id}/submit", revision=1))
        return draft_id

    def approved(self, text: str) -> str:
        draft_id, other = self.submitted(text), self.system(SUN)
        held = done(other.get(f"/drafts/{draft_id}"))
        figures = done(other.get(f"/drafts/{draft_id}/impacts/{held['impact_id']}"))
        yes = {"impact_id": held["impact_id"], "confirmed_messages": figures["to_confirm"]}
        done(other.post(f"/drafts/{draft_id}/approve", revision=1, **yes))
        return draft_id

    def published(self, text: str) -> str:
        mine, draft_id = self.system(self.writer), self.approved(text)
        done(mine.post(f"/drafts/{draft_id}/schedule", revision=1, publish_on="2026-11-24"))
        done(mine.post(f"/drafts/{draft_id}/release", revision=1, to="published"))
        return draft_id


@pytest.fixture
def way(system: Callable[[str], System]) -> Way:
    return Way(system, "wang")


def done(answer: Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: Response, status: int, code: str) -> Any:
    """The problem's data."""
    found = answer.json()
    assert (answer.status_code, found["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert found["title"] != "The request could not be completed", f"{code} has no title"
    return found["data"]
