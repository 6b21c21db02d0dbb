"""A version published at a desk, and what follows: other processes, slices of people, messages, claims, rollback."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
import sqlalchemy as sa

from catalogue.lifecycle import DraftState
from catalogue.loader import DEFAULT_ROOT
from delivery.approval import approve_due
from delivery.bank import BankClient
from domain.claim import ClaimState
from domain.errors import DatabaseUnavailable, PublishThroughWorkbench
from domain.facts import Audience
from duixian import intake, runtime
from duixian.delivering import Delivery
from duixian.desks import desk_of, population_of, release_due
from duixian.drafts import load_into
from duixian.matching import match_audience
from duixian.progress import Report
from duixian.pushing import push_matched
from duixian.replaying import Outcome, Replayer
from duixian.runtime import Runtime
from duixian.settings import Settings
from duixian.staff import hire
from storage import claims, migrate
from storage.claims import Claim
from storage.connection import Begin, engine, transactions
from storage.decisions import Scope
from workbench.canary import bucket_of
from workbench.desk import Desk
from workbench.records import Draft
from workbench.roles import Officer

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PEOPLE = [f"C{number:09}" for number in range(1, 201)]
ELDER = set(PEOPLE[::2])
"""They are 71; all others are 61."""
SHARE = 30
POLICY = """\
id: allowance
version: 1
audience: citizen
domain: elderly_care
kind: subsidy
level: city
title: {zh: 津贴, en: Allowance}
summary: {zh: 按月发放。, en: Paid monthly.}
agency: {zh: 民政局, en: Civil Affairs Bureau}
document: {title: 办法, number: null, issued_on: null, url: null}
verification: illustrative
true_on: 2026-06-30
effective: {from: 2020-01-01, to: null}
delivery: auto
eligibility: {all: [registered_in_shanghai, age_years >= 65]}
benefit: {period: month, amount: param.elderly_allowance_65_cny_month}
cases:
  - {name: 八十岁, facts: {registered_in_shanghai: true, age_years: 80}, verdict: eligible, amount_cny: 75}
  - {name: 三十岁, facts: {registered_in_shanghai: true, age_years: 30}, verdict: ineligible}
  - {name: 年龄未知, facts: {registered_in_shanghai: true}, verdict: unknown}
"""


@contextmanager
def quiet(_: str) -> Iterator[Report]:
    yield lambda done, total: None


@dataclass
class Town:
    """Two hundred citizens and one policy; `now` is moved by hand."""

    folder: Path
    begin: Begin
    now: datetime = NOW

    def process(self) -> Runtime:
        settings = Settings(home=self.folder / "home", catalogue=self.folder / "catalogue")
        return Runtime(settings, self.begin)

    def desk(self) -> Desk:
        runtime = self.process()
        return desk_of(runtime, population_of(runtime), lambda: self.now)

    def somebody(self, officer_id: str) -> Officer:
        return self.process().officers.officer(officer_id)

    def scheduled(self, desk: Desk, percent: int | None, *changes: tuple[str, str]) -> Draft:
        writer, reviewer = self.somebody("wang.min"), self.somebody("zhou.lan")
        draft = desk.create(writer, policy_id="allowance")
        text = draft.text
        for old, new in changes:
            text = text.replace(old, new)
        draft = desk.save(writer, draft.draft_id, 1, text)
        assert desk.check(writer, draft.draft_id, draft.revision).ok
        _, impact = desk.simulate(writer, draft.draft_id, draft.revision)
        desk.submit(writer, draft.draft_id, draft.revision)
        desk.approve(reviewer, draft.draft_id, draft.revision, confirmed_messages=impact.messages)
        return desk.schedule(writer, draft.draft_id, draft.revision, TODAY, percent)

    def claims(self) -> dict[str, list[Claim]]:
        with self.begin() as connection:
            return {one: claims.of_subject(connection, one) for one in PEOPLE}

    def approve(self, worker: Delivery) -> int:
        """A round of the worker, but for the bank; how many claims it granted."""
        with self.begin() as connection:
            return approve_due(connection, worker.recheck, worker.policies, worker.grounds(), self.now).approved


@pytest.fixture(scope="module")
def town(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    admin = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as session:
        session.execute(sa.text("CREATE DATABASE following"))
    url = sa.make_url(postgres_url).set(database="following").render_as_string(hide_password=False)
    migrate.upgrade(url)
    made = engine(url)
    town = Town(tmp_path_factory.mktemp("town"), transactions(made))
    policy = town.folder / "catalogue/policies/citizen/elderly_care/allowance.yaml"
    policy.parent.mkdir(parents=True)
    policy.write_text(POLICY, encoding="utf-8")
    shutil.copy(DEFAULT_ROOT / "vocabulary.yaml", town.folder / "catalogue")
    shutil.copytree(DEFAULT_ROOT / "parameters", town.folder / "catalogue/parameters")
    process = town.process()
    rows = [f"{one},{1955 if one in ELDER else 1965}-03-05,1" for one in PEOPLE]
    _register(process, town.folder, "population", "citizen", ["id,born,here", *rows],
        "{birth_date: {column: born}, registered_in_shanghai: {column: here, codes: {'1': true}}}")  # fmt: skip
    _register(process, town.folder, "tax", "enterprise", ["id,income", "E000000001,1000"],
        "{revenue_cny_year: {column: income, unit: cny_per_year}}")  # fmt: skip
    with mock.patch("duixian.drafts.now", return_value=NOW):  # what is approved in the town was loaded before
        load_into(process, None)
    hire(process)
    for audience in Audience:
        intake.load_online(process, audience, intake.build_wide(process, audience, TODAY, quiet), quiet)
    yield town
    made.dispose()
    with admin.connect() as session:
        session.execute(sa.text("DROP DATABASE following WITH (FORCE)"))


def _register(process: Runtime, folder: Path, name: str, audience: str, lines: list[str], facts: str) -> None:
    extract, mapping = folder / f"{name}.csv", folder / f"{name}.yaml"
    extract.write_text("\n".join([*lines, ""]), encoding="utf-8")
    mapping.write_text(
        f"register: {name}\naudience: {audience}\nsubject_id: {{column: id}}\nas_of: 2026-11-01\nfacts: {facts}\n"
    )
    intake.import_register(process, extract, mapping, NOW, quiet)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "LOOK_EVERY_S", 0)


def test_where_officers_work_files_change_nothing_that_serves(town):
    process = town.process()
    assert load_into(process, None).policies == 0
    file = town.folder / "changed.yaml"
    file.write_text(POLICY.replace("version: 1", "version: 2"), encoding="utf-8")
    with pytest.raises(PublishThroughWorkbench, match="allowance"):
        load_into(process, file)
    assert process.catalogue.policy("allowance").version == 1
    other = shutil.copytree(town.folder / "catalogue", town.folder / "other")
    values = other / "parameters/citizen_health_and_age.yaml"
    new = "to: 2026-12-31, value: 75}, {from: 2027-01-01, to: null, value: 80}"
    text = values.read_text(encoding="utf-8")
    values.write_text(text.replace("to: null, value: 75}", new), encoding="utf-8")
    process = Runtime(process.settings.model_copy(update={"catalogue": other}), town.begin)
    with pytest.raises(PublishThroughWorkbench, match=r"param\.elderly_allowance_65_cny_month\."):
        load_into(process, None)
    words = other / "vocabulary.yaml"
    shutil.copy(town.folder / "catalogue/parameters/citizen_health_and_age.yaml", values)
    words.write_text(words.read_text(encoding="utf-8").replace("en: Age,", "en: Age now,"), encoding="utf-8")
    process = Runtime(process.settings.model_copy(update={"catalogue": other}), town.begin)
    assert load_into(process, None).vocabulary_version == 2  # words are the operator's


def test_a_canary_is_told_paid_and_rolled_back_for_its_share_alone(town):
    server, desk = town.process(), town.desk()
    with BankClient("http://127.0.0.1:9") as bank:
        worker = Delivery(server, bank, lambda: town.now)
    before, program = server.catalogue, server.program(Audience.CITIZEN, TODAY)
    assert (server.catalogue is before, server.program(Audience.CITIZEN, TODAY) is program) == (True, True)

    town.scheduled(desk, SHARE, (">= 65", ">= 60"))
    told: list[str] = []
    release_due(desk, told.append)
    assert told == ["allowance version 2: canary"]

    # Another process follows, and everybody is served by one version.
    served = {one: server.catalogue_for(one).policy("allowance").version for one in PEOPLE}
    assert served == {one: 2 if bucket_of(one) < SHARE else 1 for one in PEOPLE}
    assert server.catalogue.policy("allowance").version == 1
    decided = {one: server.decide(server.profile(Audience.CITIZEN, one), "allowance", TODAY) for one in PEOPLE[:20]}
    assert {one: decision.policy_version for one, decision in decided.items()} == {one: served[one] for one in decided}

    # The whole city, a slice at a time: nobody twice, nobody left out, and the younger ones only of the canary.
    slices = match_audience(server, Audience.CITIZEN, TODAY, town.now, quiet)
    matched = [{*one.table["subject_id"].to_pylist()} for one in slices]
    assert [len(one) for one in matched] == [one.verdicts.rows for one in slices]
    assert matched == [{one for one in PEOPLE if served[one] == version} for version in (2, 1)]
    expected = {one for one in PEOPLE if one in ELDER or served[one] == 2}
    assert push_matched(server, slices, None, town.now, quiet).claims == len(expected)
    assert push_matched(server, slices, None, town.now, quiet).claims == 0
    opened = {one: [claim.policy_version for claim in held] for one, held in town.claims().items()}
    assert opened == {one: [served[one]] if one in expected else [] for one in PEOPLE}

    # What was opened under a version is judged by it, whatever serves by then.
    town.now += timedelta(hours=1)
    desk.roll_back(town.somebody("wang.min"), "allowance", "wrong age")
    assert {server.catalogue_for(one).policy("allowance").version for one in PEOPLE} == {1}
    with town.begin() as connection:  # the automatic grants count as claimed: their objection window is over
        approve_due(connection, lambda due: [DatabaseUnavailable("", next_step="")] * len(due), {}, {}, town.now)
    town.now += timedelta(days=1)
    assert town.approve(worker) == len(expected)
    granted = {one: [claim.state for claim in held] for one, held in town.claims().items()}
    assert granted == {one: [ClaimState.APPROVED] if one in expected else [] for one in PEOPLE}
    replays = list(Replayer(town.folder / "home", town.begin).every(Scope(None, None), lambda *_: None))
    assert {one.outcome for one in replays} == {Outcome.REPRODUCED}
    assert {one.row.policy_version for one in replays if one.row.occasion == "approval"} == {1, 2}


def test_what_was_claimed_before_a_policy_was_retired_is_judged_on_its_last_day(town):
    server, desk = town.process(), town.desk()
    profile = server.profile(Audience.CITIZEN, PEOPLE[0])
    last = TODAY + timedelta(days=2)
    desk.retire(town.somebody("wang.min"), "allowance", last, "the law ends")
    later = server.served.judge(profile, "allowance", 1, last + timedelta(days=30))
    assert (later.policy_version, later.as_of, later.verdict) == (1, last, "eligible")
    assert server.served.program(Audience.CITIZEN, last + timedelta(days=1)).policies == ()
    desk.roll_back(town.somebody("wang.min"), "allowance", "it goes on")


def test_what_serves_goes_on_serving_while_the_database_is_away(town):
    server = town.process()
    served = server.catalogue

    def away():
        raise DatabaseUnavailable("The database cannot be reached.", next_step="Wait.")

    begin, server.begin = server.begin, away
    assert (server.catalogue, server.trouble) == (served, "The database cannot be reached.")
    with pytest.raises(DatabaseUnavailable):
        server.reload()
    server.begin = begin
    assert (server.catalogue, server.trouble) == (served, None)


def test_an_installation_is_staffed_once(town):
    process = town.process()
    people = process.officers.everybody()
    assert hire(process) == len(people) == 5
    assert {one.agency_id for one in people if not one.citywide} == {"民政局"}
    assert town.desk().standings()[0].version == 1
    assert DraftState.CANARY not in {draft.state for draft in town.desk().drafts(town.somebody("wang.min"))}
