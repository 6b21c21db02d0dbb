"""Decisions made again after everything they rested on has changed: rules, parameters, words, facts and files."""

import contextlib
import io
import os
import re
import shutil
import sys
import unittest.mock
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from catalogue.loader import DEFAULT_ROOT, load_catalogue, parameter_names
from delivery.approval import approve_due
from delivery.bank import BankClient
from domain.decision import Verdict
from domain.errors import (
    CatalogueInvalid,
    CatalogueNotLoaded,
    SnapshotMissing,
    UnknownDecision,
    VersionAltered,
    VersionUnreadable,
)
from domain.facts import Audience
from domain.profile import Fact, FactStatus, Profile
from duixian import intake, replaying
from duixian.cli import main
from duixian.delivering import Delivery
from duixian.drafts import load_into
from duixian.matching import match_audience
from duixian.population import LivingPopulation
from duixian.progress import Report
from duixian.pushing import push_matched
from duixian.replaying import Difference, Outcome, Replay, Replayer
from duixian.runtime import Runtime
from duixian.settings import Settings
from features import wide
from features.past import PastProfiles
from matcher.compile import compile_policies
from matcher.reasons.explain import explain
from storage import life_events, migrate, tables, vocabularies
from storage import parameters as stored_parameters
from storage.connection import Begin, Connection, engine, transactions
from storage.decisions import DecisionRow, Scope
from storage.life_events import LifeEvent

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
OLD, YOUNGER, YOUNG = "C000000001", "C000000002", "C000000003"
PARAMETERS = "parameters/citizen_health_and_age.yaml"
POLICY = "policies/citizen/elderly_care/allowance.yaml"
ABOUT = """id: allowance
version: {version}
audience: citizen
domain: elderly_care
kind: subsidy
level: city
title: {{zh: 津贴, en: Allowance}}
summary: {{zh: 按月发放。, en: Paid monthly.}}
agency: {{zh: 民政局, en: Civil Affairs Bureau}}
document: {{title: 办法, number: null, issued_on: null, url: null}}
verification: illustrative
true_on: 2026-06-30
effective: {{from: 2020-01-01, to: null}}
delivery: auto
"""
FIRST = (
    ABOUT.format(version=1)
    + """eligibility: {all: [registered_in_shanghai, age_years >= param.elderly_allowance_age_years]}
benefit:
  period: month
  brackets:
    fact: age_years
    steps: [{from: 65, amount: param.elderly_allowance_65_cny_month},
            {from: 80, amount: param.elderly_allowance_80_cny_month}]
cases:
  - {name: 六十六岁, facts: {registered_in_shanghai: true, age_years: 66}, verdict: eligible, amount_cny: 75}
  - {name: 三十岁, facts: {registered_in_shanghai: true, age_years: 30}, verdict: ineligible}
  - {name: 年龄未知, facts: {registered_in_shanghai: true}, verdict: unknown}
"""
)
SECOND = (
    ABOUT.format(version=2)
    + """eligibility: {all: [lives_alone, age_years >= param.elderly_allowance_age_years]}
benefit: {period: month, amount: param.elderly_allowance_80_cny_month}
cases:
  - {name: 独居, facts: {lives_alone: true, age_years: 85}, verdict: eligible, amount_cny: 190}
  - {name: 七十岁, facts: {lives_alone: true, age_years: 70}, verdict: ineligible}
  - {name: 年龄未知, facts: {lives_alone: true}, verdict: unknown}
"""
)


@contextmanager
def quiet(_: str) -> Iterator[Report]:
    yield lambda done, total: None


@dataclass(frozen=True)
class Town:
    """Three citizens, one enterprise and one policy, in a database and home of their own."""

    folder: Path
    url: str
    begin: Begin

    @property
    def catalogue(self) -> Path:
        return self.folder / "catalogue"

    def runtime(self) -> Runtime:
        """What a newly started process works with."""
        settings = Settings(home=self.folder / "home", catalogue=self.catalogue, database_url=self.url)
        return Runtime(settings, self.begin)

    def edit(self, file: str, *changes: tuple[str, str]) -> None:
        path = self.catalogue / file
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def build(self, runtime: Runtime, day: date) -> None:
        for audience in Audience:
            path = intake.build_wide(runtime, audience, day, quiet)
            intake.load_online(runtime, audience, path, quiet)

    def report(self, runtime: Runtime, subject_id: str, at: datetime, **changes: str) -> None:
        """A life event, as the server takes it."""
        event = LifeEvent(uuid4(), subject_id, "citizen", "correction", changes, at.date(), at)
        with self.begin() as connection:
            life_events.record(connection, event)
        runtime.store.push(Audience.CITIZEN, subject_id, dict(changes), event.as_of)

    def approve(self, runtime: Runtime, at: datetime) -> None:
        """A round of the worker, but for the bank."""
        with BankClient("http://127.0.0.1:9") as bank, self.begin() as connection:
            work = Delivery(runtime, bank, lambda: at)
            approve_due(connection, work.recheck, work.policies, work.grounds(), at)

    def replays(self, subject_id: str | None = None, since: datetime | None = None) -> list[Replay]:
        scope = Scope(subject_id, since)
        return list(Replayer(self.folder / "home", self.begin).every(scope, lambda done, total: None))

    def rows(self, subject_id: str) -> list[DecisionRow]:
        return sorted((one.row for one in self.replays(subject_id)), key=lambda row: row.made_at)

    @contextmanager
    def altered(self, table: sa.Table, changes: dict[str, str], **where: object) -> Iterator[None]:
        """Change one row of the database (column to SQL) as nobody may; put it back afterwards."""
        with self._past_the_guards() as connection:
            chosen = sa.select(table).filter_by(**where)
            row = connection.execute(chosen).mappings().one()
            this = sa.and_(*(column == row[column.name] for column in table.primary_key))
            sql = {name: sa.text(expression) for name, expression in changes.items()}
            connection.execute(sa.update(table).where(this).values(sql))
        try:
            yield
        finally:
            with self._past_the_guards() as connection:
                connection.execute(sa.update(table).where(this).values(dict(row)))

    @contextmanager
    def _past_the_guards(self) -> Iterator[Connection]:
        with self.begin() as connection:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            yield connection


def write_catalogue(folder: Path, policy: str) -> None:
    """The city's words and parameters with one policy."""
    (folder / POLICY).parent.mkdir(parents=True)
    (folder / POLICY).write_text(policy, encoding="utf-8")
    shutil.copy(DEFAULT_ROOT / "vocabulary.yaml", folder)
    shutil.copytree(DEFAULT_ROOT / "parameters", folder / "parameters")


def register(runtime: Runtime, folder: Path, name: str, header: str, rows: list[str], mapping: str) -> None:
    extract, about = folder / f"{name}.csv", folder / f"{name}.yaml"
    extract.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    about.write_text(f"register: {name}\n{mapping}", encoding="utf-8")
    intake.import_register(runtime, extract, about, NOW, quiet)


@pytest.fixture(scope="module")
def empty_town(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    admin = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as session:
        session.execute(sa.text("CREATE DATABASE town"))
    url = sa.make_url(postgres_url).set(database="town").render_as_string(hide_password=False)
    migrate.upgrade(url)
    made = engine(url)
    yield Town(tmp_path_factory.mktemp("town"), url, transactions(made))
    made.dispose()
    with admin.connect() as session:
        session.execute(sa.text("DROP DATABASE town WITH (FORCE)"))


@pytest.fixture(scope="module")
def town(empty_town: Town) -> Town:
    """Two offers, two grants of which one rests on a life event; and then all of it changed.

    The policy has another rule, its parameters have other values for the same days, the life event is corrected,
    profiles are built anew, and the files are gone.
    """
    town, folder = empty_town, empty_town.folder
    write_catalogue(town.catalogue, FIRST)
    runtime = town.runtime()
    people = [f"{OLD},1955-03-05,1", f"{YOUNGER},1960-03-05,1", f"{YOUNG},1990-03-05,1"]
    facts = "facts:\n  birth_date: {column: born}\n  registered_in_shanghai: {column: here, codes: {'1': true}}\n"
    register(
        *(runtime, folder, "population", "id,born,here", people),
        f"audience: citizen\nsubject_id: {{column: id}}\nas_of: 2026-11-01\n{facts}",
    )
    register(
        *(runtime, folder, "tax", "id,income", ["E000000001,1000"]),
        "audience: enterprise\nsubject_id: {column: id}\nas_of: 2026-11-01\n"
        "facts:\n  revenue_cny_year: {column: income, unit: cny_per_year}\n",
    )
    load_into(runtime, None)
    town.build(runtime, TODAY)
    matched = match_audience(runtime, Audience.CITIZEN, TODAY, NOW, quiet)
    assert push_matched(runtime, matched, None, NOW, quiet).claims == 2
    town.report(runtime, YOUNGER, NOW + timedelta(hours=1), birth_date="1945-03-05")
    town.approve(runtime, NOW + timedelta(hours=2))

    town.edit(PARAMETERS, ("value: 65}", "value: 82}"), ("value: 180}", "value: 190}"))
    (town.catalogue / POLICY).write_text(SECOND, encoding="utf-8")
    town.edit("vocabulary.yaml", ("zh: 年龄, en: Age", "zh: 岁数, en: Years of age"))
    runtime = town.runtime()
    load_into(runtime, None)
    town.report(runtime, YOUNGER, NOW + timedelta(days=1), birth_date="1990-03-05")
    town.build(runtime, TODAY + timedelta(days=1))
    shutil.rmtree(town.catalogue)
    return town


@pytest.fixture
def grant(town: Town) -> DecisionRow:
    """The younger one's grant, which rests on the life event."""
    return next(row for row in town.rows(YOUNGER) if row.occasion == "approval")


def test_what_was_decided_is_reproduced_though_all_it_rested_on_has_changed(town, grant):
    found = town.replays()
    assert [(one.outcome, one.differences) for one in found] == [(Outcome.REPRODUCED, ())] * 4
    assert [(one.occasion, one.amount_fen) for one in town.rows(YOUNGER)] == [("push", 7500), ("approval", 18000)]
    assert (grant.policy_version, grant.vocabulary_version) == (1, 1)
    assert set(grant.parameter_versions.values()) == {1}
    runtime = town.runtime()
    now = [
        runtime.decide(runtime.profile(Audience.CITIZEN, one), "allowance", TODAY + timedelta(days=1))
        for one in (OLD, YOUNGER)
    ]
    assert [(one.policy_version, one.verdict) for one in now] == [(2, Verdict.INELIGIBLE)] * 2


def test_what_is_served_needs_no_files(town):
    catalogue = town.runtime().catalogue
    assert not town.catalogue.exists()
    assert catalogue.policy("allowance").version == 2
    assert catalogue.parameters_at(TODAY)["elderly_allowance_age_years"] == 82
    assert catalogue.vocabulary.fact(Audience.CITIZEN, "age_years").label.zh == "岁数"


def one(town: Town, row: DecisionRow) -> Replay:
    return Replayer(town.folder / "home", town.begin).one(row.decision_id)


AGE, ALLOWANCE = "elderly_allowance_age_years", "elderly_allowance_80_cny_month"


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("verdict", "'unknown'", [("verdict", "unknown", "eligible")]),
        ("amount_fen", "99900", [("amount_fen", 99900, 18000)]),
        (
            "reasons",
            "jsonb_set(reasons, '{1,value}', '66')",
            [(f"reasons[2: age_years >= param.{AGE}].value", 66, 81)],
        ),
        (
            "parameters",
            f"jsonb_set(parameters, '{{{AGE}}}', to_jsonb('50'::text))",
            [(f"parameters.{AGE}", "50", "65")],
        ),
        (
            "parameter_versions",
            f"jsonb_set(parameter_versions, '{{{ALLOWANCE}}}', '2')",
            [("amount_fen", 18000, 19000), (f"parameters.{ALLOWANCE}", "180", "190")],
        ),
    ],
)
def test_a_stored_decision_that_was_tampered_with_is_found_to_the_value(town, grant, column, value, found):
    with town.altered(tables.decision, {column: value.replace(":", r"\:")}, decision_id=grant.decision_id):
        replay = one(town, grant)
    assert replay.outcome is Outcome.DIFFERS
    assert [(each.what, each.stored, each.replayed) for each in replay.differences] == found


@pytest.mark.parametrize(("column", "value"), [("policy_version", "2"), ("reasons", "reasons - 0")])
def test_another_rule_or_a_reason_left_out_is_no_reproduction(town, grant, column, value):
    with town.altered(tables.decision, {column: value}, decision_id=grant.decision_id):
        assert one(town, grant).outcome is not Outcome.REPRODUCED


def test_a_rewritten_rule_or_parameter_is_found_by_its_digest(town, grant):
    rule = {"policy_id": "allowance", "version": 1}
    with town.altered(tables.policy_version, {"text": "replace(text, '65,', '60,')"}, **rule):
        assert isinstance(one(town, grant).obstacle, VersionAltered)
    threshold = {"name": AGE, "version": 1}
    with town.altered(tables.parameter_version, {"text": "replace(text, '65', '60')"}, **threshold):
        assert isinstance(one(town, grant).obstacle, VersionAltered)


def test_words_that_this_program_no_longer_reads_are_named_once_for_all_that_rests_on_them(town, monkeypatch):
    old = {"text": "'units: 5'", "digest": "encode(sha256(convert_to('units: 5', 'UTF8')), 'hex')"}
    reading = unittest.mock.Mock(side_effect=vocabularies.text)
    monkeypatch.setattr(vocabularies, "text", reading)
    with town.altered(tables.vocabulary_version, old, version=1):
        found = town.replays()
    assert all(isinstance(each.obstacle, VersionUnreadable) for each in found)
    assert "vocabulary version 1:1:" in str(found[0].obstacle)
    assert reading.call_count == 1


def test_a_decision_without_its_snapshot_cannot_be_replayed_and_says_which_is_gone(town, grant):
    [path] = (town.folder / "home/wide/citizen").glob(f"{grant.snapshot_id}.parquet")
    away = path.rename(town.folder / "away.parquet")
    try:
        found = town.replays()
    finally:
        away.rename(path)
    assert [each.outcome for each in found] == [Outcome.IMPOSSIBLE] * 4
    assert all(isinstance(each.obstacle, SnapshotMissing) for each in found)
    assert grant.snapshot_id in str(found[0].obstacle)


def test_a_decision_from_before_versions_were_kept_says_so(town, grant):
    with town.altered(tables.decision, {"vocabulary_version": "NULL"}, decision_id=grant.decision_id):
        assert isinstance(one(town, grant).obstacle, CatalogueNotLoaded)


def test_a_life_event_that_came_in_while_it_was_decided_counts_as_read_if_that_is_what_was_decided(town, grant):
    a_moment_later = {"received_at": "received_at + interval '1 hour 3 seconds'"}
    with town.altered(tables.life_event, a_moment_later, subject_id=YOUNGER, as_of=TODAY):
        assert one(town, grant).outcome is Outcome.REPRODUCED
    long_after = {"received_at": "received_at + interval '2 hours'"}
    with town.altered(tables.life_event, long_after, subject_id=YOUNGER, as_of=TODAY):
        replay = one(town, grant)
    assert replay.outcome is Outcome.DIFFERS
    assert Difference("amount_fen", 18000, 7500) in replay.differences


def test_while_profiles_are_brought_to_a_new_snapshot_a_decision_may_rest_on_the_one_before(town, grant):
    newer = wide.latest(town.folder / "home", Audience.CITIZEN).stem
    assert newer != grant.snapshot_id
    with town.altered(tables.decision, {"snapshot_id": f"'{newer}'"}, decision_id=grant.decision_id):
        replay = one(town, grant)
    assert (replay.outcome, replay.snapshot_id) == (Outcome.REPRODUCED, grant.snapshot_id)
    [told] = [row for row in town.rows(YOUNGER) if row.occasion == "push"]
    with town.altered(tables.decision, {"snapshot_id": f"'{newer}'"}, decision_id=told.decision_id):
        assert one(town, told).outcome is Outcome.DIFFERS  # the table itself was matched


def test_decisions_are_read_page_by_page_each_once(town, monkeypatch):
    monkeypatch.setattr(replaying, "DECISIONS_PER_READ", 1)
    assert len({each.row.decision_id for each in town.replays()}) == 4
    assert [each.row.occasion for each in town.replays(since=NOW + timedelta(hours=1))] == ["approval"] * 2


def test_an_unknown_decision_is_an_error(town):
    with pytest.raises(UnknownDecision):
        Replayer(town.folder / "home", town.begin).one(uuid4())


def test_a_past_profile_is_what_the_feature_store_gave(town):
    runtime = town.runtime()
    past = PastProfiles(
        runtime.home, runtime.catalogue.vocabulary, Audience.CITIZEN, runtime.store.loaded_snapshot(Audience.CITIZEN)
    )
    past.read([OLD, YOUNGER, YOUNG])
    with town.begin() as connection:
        events = life_events.of_subjects(connection, [OLD, YOUNGER, YOUNG])
    assert len(events[YOUNGER]) == 2
    for subject_id in (OLD, YOUNGER, YOUNG):
        profile = past.profile(subject_id, events.get(subject_id, []))
        assert profile == runtime.profile(Audience.CITIZEN, subject_id)


def test_a_draft_is_weighed_with_the_parameters_that_would_be_loaded_with_it(town, tmp_path):
    catalogue = tmp_path / "catalogue"
    write_catalogue(catalogue, FIRST.replace("version: 1", "version: 3"))
    file = catalogue / PARAMETERS
    file.write_text(file.read_text(encoding="utf-8").replace("value: 65}", "value: 30}"), encoding="utf-8")
    runtime = Runtime(Settings(home=town.folder / "home", catalogue=catalogue), town.begin)
    population = LivingPopulation(runtime.home, runtime.begin, lambda: runtime.catalogue)
    served = runtime.catalogue.policy("allowance")
    impact = population.impact(runtime.files.policy("allowance"), served, runtime.files, TODAY)
    assert impact.before is not None
    assert (impact.before.eligible, impact.after.eligible, impact.gain, impact.lose) == (0, 3, 3, 0)


@pytest.mark.parametrize("audience", Audience)
def test_a_policy_is_explained_alone_as_among_all_others(audience):
    catalogue = load_catalogue()
    policies = catalogue.in_force(audience, TODAY)
    words, parameters = catalogue.vocabulary, catalogue.parameters_at(TODAY)
    together = compile_policies(policies, words, parameters, audience, TODAY)
    verdicts = set()
    for index, policy in enumerate(together.policies):
        named = {name: parameters[name] for name in parameter_names(policy)}
        alone = compile_policies([policy], words, named, audience, TODAY)
        for case in policy.cases:
            facts = {name: Fact(value, "tax", TODAY, FactStatus.KNOWN) for name, value in case.facts.items()}
            profile = Profile("X", audience, facts)
            decision = explain(alone, 0, profile)
            assert decision.to_json() == explain(together, index, profile).to_json()
            verdicts.add(decision.verdict)
    assert verdicts == set(Verdict)


def test_words_that_a_loaded_policy_needs_cannot_be_loaded_away(begin, tmp_path):
    catalogue = tmp_path / "catalogue"
    write_catalogue(catalogue, FIRST)
    settings = Settings(home=tmp_path / "home", catalogue=catalogue)
    load_into(Runtime(settings, begin), None)
    (catalogue / POLICY).unlink()
    file = catalogue / PARAMETERS
    text = file.read_text(encoding="utf-8")
    thresholds = re.sub(rf"({AGE}:\n.*\n  unit: )years", r"\1months", text)
    file.write_text(thresholds, encoding="utf-8")
    with pytest.raises(CatalogueInvalid, match=r"(?s)allowance version 1, as loaded:.*load newer versions"):
        load_into(Runtime(settings, begin), None)
    with begin() as connection:
        assert {version for _, version, _ in stored_parameters.newest(connection)} == {1}


def command(town: Town, *arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    given = {"DUIXIAN_HOME": str(town.folder / "home"), "DUIXIAN_DATABASE_URL": town.url}
    with (
        unittest.mock.patch.dict(os.environ, given),
        unittest.mock.patch.object(sys, "argv", ["duixian", "replay", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
    return status, out.getvalue()


def test_the_command_tells_what_differs_and_ends_with_it(town, grant):
    assert command(town, str(grant.decision_id))[0] == 0
    status, printed = command(town, "--all", "--since", "2026-11-24")
    assert (status, "4 decisions: 4 reproduced" in printed) == (0, True)
    with town.altered(tables.decision, {"amount_fen": "99900"}, decision_id=grant.decision_id):
        status, printed = command(town, "--subject", YOUNGER)
    assert status == 3
    assert re.search("amount_fen +│ 99900 +│ 18000", printed)
    with town.altered(tables.decision, {"snapshot_id": "'nowhere'"}, decision_id=grant.decision_id):
        status, printed = command(town, "--all")
    assert (status, "snapshot nowhere of citizens is gone" in printed) == (4, True)


@pytest.mark.parametrize("arguments", [("no-id",), (str(uuid4()),)])
def test_the_command_knows_no_such_decision(town, arguments):
    status, printed = command(town, *arguments)
    assert (status, f"There is no decision {arguments[0]!r}" in printed) == (1, True)


@pytest.mark.parametrize("arguments", [(), ("--all", "--subject", OLD), (str(uuid4()), "--since", "2026-11-24")])
def test_the_command_wants_to_know_what_to_replay(town, arguments):
    assert command(town, *arguments)[0] == 2
