import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest
from starlette.testclient import TestClient

from api.console.parts import ConsoleParts
from api.errors import PROBLEM_TYPE
from api.main import create_app
from api.services import Services
from catalogue.checks import REFERENCE
from catalogue.lint import lint
from catalogue.loader import Catalogue
from tests.api.conftest import city_over, services_of
from workbench.audit import AuditLog
from workbench.desk import Desk
from workbench.officers import Officers
from workbench.records import Parts, Population

UNASKED = cast("Population", None)


@pytest.fixture(scope="module", params=["with a desk", "without"])
def described(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Any:
    """What is described is put together without a look at the database."""

    def sealed() -> NoReturn:
        raise AssertionError("the database was touched")

    services = services_of(city_over(sealed, catalogue))
    if request.param == "with a desk":
        services = with_desk(services, tmp_path_factory.mktemp("home"))
    with TestClient(create_app(services)) as api:
        return api.get("/openapi.json").json()


def with_desk(services: Services, home: Path) -> Services:
    log = AuditLog(services.connect, home / "anchors")
    desk = Desk(
        Parts(services.connect, services.clock, log, UNASKED, services.served, lambda vocabulary: REFERENCE, lint)
    )
    officers = Officers(services.connect, services.clock, log)
    return replace(services, console=ConsoleParts(officers, desk, UNASKED, lint, log))


def operations(described: Any) -> Iterator[tuple[str, Any]]:
    for path, found in described["paths"].items():
        for method, operation in found.items():
            yield f"{method.upper()} {path}", operation


def validator(described: Any, schema: Any) -> Any:
    # By name: the library, which Feast brings along, ships no types.
    return importlib.import_module("jsonschema").Draft202012Validator({**schema, "components": described["components"]})


def test_every_route_has_a_summary_a_description_and_a_place(described: Any) -> None:
    tags = {tag["name"] for tag in described["tags"]}
    for name, operation in operations(described):
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name


def test_every_shape_that_crosses_the_edge_shows_an_example(described: Any) -> None:
    def used() -> Iterator[tuple[str, Any]]:
        for name, operation in operations(described):
            contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
            contents += [answer["content"] for answer in operation["responses"].values() if "content" in answer]
            for content in contents:
                for media_type, body in content.items():
                    yield f"{name} {media_type}", body

    for name, body in used():
        schema = described["components"]["schemas"][body["schema"]["$ref"].rsplit("/", 1)[1]]
        assert schema.get("examples") or "example" in body, name


def test_every_example_is_of_its_own_shape(described: Any) -> None:
    tried = 0
    for name, schema in described["components"]["schemas"].items():
        for example in schema.get("examples", []):
            errors = [error.message for error in validator(described, schema).iter_errors(example)]
            assert not errors, f"{name}: {errors}"
            tried += 1
    for name, operation in operations(described):
        for answer in operation["responses"].values():
            for body in answer.get("content", {}).values():
                if "example" in body:
                    errors = [e.message for e in validator(described, body["schema"]).iter_errors(body["example"])]
                    assert not errors, f"{name}: {errors}"
                    tried += 1
    assert tried > 50


def test_every_failure_is_described_as_a_problem(described: Any) -> None:
    assert "HTTPValidationError" not in described["components"]["schemas"]
    for name, operation in operations(described):
        for status, answer in operation["responses"].items():
            if status.startswith("4"):
                assert list(answer["content"]) == [PROBLEM_TYPE], f"{name} {status}"
                assert answer["content"][PROBLEM_TYPE]["example"]["status"] == int(status), f"{name} {status}"


def test_every_personal_route_asks_for_a_token(described: Any) -> None:
    public = {"GET /v1/policies", "GET /v1/policies/{policy_id}", "GET /healthz", "GET /readyz"}
    for name, operation in operations(described):
        assert ("security" in operation) is (name not in public), name
        assert ("401" in operation["responses"]) is (name not in public), name


def test_the_pages_are_not_part_of_the_description(described: Any) -> None:
    assert not any(path in ("/", "/citizen", "/enterprise", "/demo/session") for path in described["paths"])
