"""Which version of a policy may be loaded: what is served must never be lost by it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from catalogue.loader import DEFAULT_ROOT, load_catalogue
from domain.errors import ConsultationDraft, DuixianError, PolicyVersionFixed, PolicyVersionNotDue
from domain.facts import Audience
from domain.policy import Policy
from duixian.drafts import load_into, require_due
from duixian.runtime import Runtime
from duixian.settings import Settings
from storage import policies as stored
from storage.connection import Begin, Connection

TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(scope="module")
def served() -> Policy:
    return replace(load_catalogue().policy("library-reader-card"), version=3)


@pytest.fixture
def connection(begin: Begin, served: Policy) -> Iterator[Connection]:
    with begin() as opened:
        stored.publish(opened, [served], datetime(2026, 11, 1, tzinfo=UTC))
        yield opened


@pytest.mark.parametrize(
    ("change", "refusal", "step"),
    [
        ({"source": "another text"}, PolicyVersionFixed, "to 4"),
        ({"version": 2}, PolicyVersionNotDue, "to 4"),
        ({"version": 4, "effective_from": TOMORROW}, PolicyVersionNotDue, f"Load it on {TOMORROW}"),
    ],
)
def test_a_version_is_refused_that_would_serve_nobody(connection, served, change, refusal, step):
    with pytest.raises(refusal, match=step):
        require_due(connection, replace(served, **change), TODAY)


@pytest.mark.parametrize(
    "change", [{}, {"version": 4}, {"version": 4, "effective_from": TODAY}, {"id": "new", "effective_from": TOMORROW}]
)
def test_a_version_is_due_that_takes_nothing_away(connection, served, change):
    require_due(connection, replace(served, **change), TODAY)


def test_what_ended_may_be_followed_by_what_is_in_force_later(connection, served):
    ended = replace(served, version=4, effective_to=TODAY - timedelta(days=1))
    stored.publish(connection, [ended], datetime(2026, 11, 2, tzinfo=UTC))
    require_due(connection, replace(served, version=5, effective_from=TOMORROW), TODAY)


def test_the_refusals_name_the_policy(connection, served):
    with pytest.raises(DuixianError, match="library-reader-card"):
        require_due(connection, replace(served, version=1), TODAY)


def test_what_was_only_put_out_for_comment_is_never_loaded(begin: Begin, tmp_path):
    original = DEFAULT_ROOT / "policies/citizen/culture/library-reader-card.yaml"
    draft = tmp_path / original.name
    text = original.read_text(encoding="utf-8").replace("url: null}", "url: null, consultation: true}", 1)
    draft.write_text(text, encoding="utf-8")
    runtime = Runtime(Settings(home=tmp_path), begin)
    with pytest.raises(ConsultationDraft, match="library-reader-card") as refused:
        load_into(runtime, draft)
    assert "final text" in refused.value.next_step


def test_what_was_only_put_out_for_comment_is_not_stored_by_another_way_either(connection, served):
    draft = replace(served, id="ferry-pass", document=replace(served.document, consultation=True))
    with pytest.raises(ConsultationDraft):
        stored.publish(connection, [draft], datetime(2026, 11, 2, tzinfo=UTC))
    assert not stored.versions(connection, "ferry-pass")


def test_what_is_loaded_is_worked_with_at_once_even_if_the_catalogue_was_read_before(begin: Begin, tmp_path):
    original = DEFAULT_ROOT / "policies/citizen/culture/library-reader-card.yaml"
    draft = tmp_path / original.name
    text = original.read_text(encoding="utf-8")
    [line] = [line for line in text.splitlines() if line.startswith("version:")]
    draft.write_text(text.replace(line, "version: 90", 1), encoding="utf-8")
    runtime = Runtime(Settings(home=tmp_path), begin)
    load_into(runtime, None)
    before = runtime.program(Audience.CITIZEN, TODAY)
    load_into(runtime, draft)
    assert runtime.catalogue.policy("library-reader-card").version == 90
    assert runtime.program(Audience.CITIZEN, TODAY) is not before
