"""A clock that is moved by hand, a log with its anchor, people of two agencies, a policy that serves, and a village."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalogue.checks import REFERENCE, reference
from catalogue.lifecycle import DraftState
from catalogue.lint.findings import FactStatistics
from catalogue.loader import Catalogue, load_parameter_text, load_policy_text, load_vocabulary_text
from domain.decision import Verdict
from domain.expression import Expression
from domain.facts import Audience, Value
from domain.policy import Policy
from duixian.loading import Loaded, load, served
from storage.connection import Begin
from workbench.audit import AuditLog
from workbench.basis import basis_of
from workbench.desk import Desk
from workbench.impact import Count, Counts, Impact
from workbench.officers import Officers
from workbench.records import Draft, Parts, Progress
from workbench.roles import Officer, Role

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def anchor_file(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "anchors"


@pytest.fixture
def log(begin: Begin, anchor_file: Path) -> AuditLog:
    return AuditLog(begin, anchor_file)


@pytest.fixture
def officers(begin: Begin, clock: Clock, log: AuditLog) -> Officers:
    made = Officers(begin, clock, log)
    made.set_agency("上海市民政局", citywide=False)
    made.set_agency("上海市文化和旅游局", citywide=False)
    made.set_agency("上海市大数据中心", citywide=True)
    return made


@pytest.fixture
def hire(officers: Officers) -> Callable[..., Officer]:
    def hire(officer_id: str, *roles: Role, agency: str = "上海市民政局") -> Officer:
        return officers.set_officer(officer_id, officer_id.title(), agency, roles)

    return hire


VOCABULARY = """\
units:
  none: {zh: "", en: ""}
  years: {zh: 岁, en: years}
  cny_per_month: {zh: 元/月, en: CNY a month}
districts: &districts {xuhui: {zh: 徐汇区, en: Xuhui}}
registers:
  population: {zh: 人口登记, en: Population register}
citizen:
  age_years: {type: integer, unit: years, zh: 年龄, en: Age, register: population, fresh_days: 30}
  registered_in_shanghai: {type: boolean, unit: none, zh: 本市户籍, en: Registered, register: population, fresh_days: 9}
  registered_district:
    {type: category, unit: none, zh: 区, en: District, register: population, fresh_days: 30, categories: *districts}
enterprise:
  employees_count: {type: integer, unit: none, zh: 人数, en: Employees, register: population, fresh_days: 30}
"""
PARAMETERS = """\
old_age_years:
  label: {zh: 年龄, en: Age}
  unit: years
  document: {title: 办法}
  verification: illustrative
  values: [{from: 2020-01-01, to: null, value: AGE}]
"""
POLICY = """\
id: ID
version: VERSION  # counted by hand
audience: citizen
domain: elderly_care
kind: subsidy
level: city
title: {zh: 乘车补贴, en: Bus allowance}
summary: {zh: 说明。, en: What it is.}
agency: {zh: AGENCY, en: The agency}
document: {title: 办法}
verification: illustrative
true_on: 2026-01-01
effective: {from: 2026-01-01, to: null}
eligibility:
  all:
    - registered_in_shanghai
    - age_years >= LIMIT
benefit: {period: month, amount: AMOUNT}
delivery: one_click
cases:
  - {name: 老人, facts: {registered_in_shanghai: true, age_years: 90}, verdict: eligible, amount_cny: AMOUNT}
  - {name: 青年, facts: {registered_in_shanghai: true, age_years: 20}, verdict: ineligible}
  - {name: 不知年龄, facts: {registered_in_shanghai: true}, verdict: unknown}
"""
CIVIL_AFFAIRS, CULTURE, CITYWIDE = "上海市民政局", "上海市文化和旅游局", "上海市大数据中心"


def policy_text(
    policy_id: str = "bus-pass",
    version: int = 1,
    *,
    agency: str = CIVIL_AFFAIRS,
    limit: str = "param.old_age_years",
    amount: int = 20,
) -> str:
    text = POLICY.replace("AMOUNT", str(amount)).replace("VERSION", str(version)).replace("LIMIT", limit)
    return text.replace("ID", policy_id).replace("AGENCY", agency)


@pytest.fixture(name="policy_text")
def _policy_text() -> Callable[..., str]:
    return policy_text


@dataclass
class Served:
    """What serves, in the database; tests change words and load policies past the desk."""

    begin: Begin
    clock: Clock
    first: str
    vocabulary: str = VOCABULARY
    old_age_years: int = 70
    read: Loaded | None = None

    def load(self, *texts: str) -> None:
        self.read = None  # tests that begin many times have other texts under the same numbers
        words = load_vocabulary_text(self.vocabulary, "vocabulary.yaml")
        parameter = load_parameter_text(PARAMETERS.replace("AGE", str(self.old_age_years)), "parameters.yaml", words)
        parameters = {parameter.name: parameter}
        policies = tuple(load_policy_text(text, "policy.yaml", words, parameters) for text in texts)
        with self.begin() as connection:
            load(connection, Catalogue(words, parameters, policies, ""), policies, self.clock())

    def loaded(self) -> Loaded:
        with self.begin() as connection:
            self.read = served(connection, self.read)
        assert self.read is not None
        return self.read

    def catalogue(self) -> Catalogue:
        return self.loaded().catalogue


@pytest.fixture(name="served")
def _served(begin: Begin, clock: Clock) -> Served:
    made = Served(begin, clock, policy_text())
    made.load(made.first)
    return made


@pytest.fixture
def wipe(begin: Begin) -> Callable[[], None]:
    """Forget drafts and all that served, for tests that begin many times."""

    def wipe() -> None:
        with begin() as connection:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # past keys and guards
            for table in ("standing", "impact", "draft_event", "draft_revision", "draft", "policy_version"):
                connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - names from this list

    return wipe


@dataclass
class Village:
    """A population of a hundred people, aged 0 to 99, all registered; judged by the reference, one by one."""

    people: list[dict[str, Value]] = field(
        default_factory=lambda: [{"age_years": age, "registered_in_shanghai": True} for age in range(100)]
    )
    snapshot: str = "wide-1"
    serves: Callable[[], Catalogue] | None = None
    """With whose words what is served is judged; None: with the draft's."""

    def impact(
        self, draft: Policy, served: Policy | None, words: Catalogue, as_of: date, progress: Progress | None = None
    ) -> Impact:
        after = self._verdicts(draft, words, as_of)
        now = self.serves() if self.serves else words
        before = self._verdicts(served, now, as_of) if served else [Verdict.INELIGIBLE] * len(after)
        pairs = Counter(zip(before, after, strict=True))
        gain = sum(n for (old, new), n in pairs.items() if new is Verdict.ELIGIBLE is not old)
        lose = sum(n for (old, new), n in pairs.items() if old is Verdict.ELIGIBLE is not new)
        return Impact(
            policy_id=draft.id,
            version=draft.version,
            audience=draft.audience,
            as_of=as_of,
            snapshot_id=self.snapshot,
            subjects=len(after),
            before=_counts(before) if served else None,
            after=_counts(after),
            gain=gain,
            lose=lose,
            lose_unknown=pairs[Verdict.ELIGIBLE, Verdict.UNKNOWN],
            becomes_unknown=0,
            missing=(),
            cost_before_fen_year=self._cost(served, now, as_of) if served else None,
            cost_after_fen_year=self._cost(draft, words, as_of),
            amount_unknown_before=0,
            amount_unknown=0,
            budget_fen=None,
            places=None,
            messages=gain,
            groups=(),
            basis=basis_of(draft, served, words, self.snapshot, as_of),
        )

    def count(self, audience: Audience, rule: Expression, words: Catalogue, as_of: date) -> Count:
        raise NotImplementedError

    def statistics(self, audience: Audience, as_of: date) -> Mapping[str, FactStatistics]:
        return {}

    def _verdicts(self, policy: Policy, words: Catalogue, as_of: date) -> list[Verdict]:
        return [reference(policy, one, words.parameters_at(as_of), as_of)[0] for one in self.people]

    def _cost(self, policy: Policy, words: Catalogue, as_of: date) -> int:
        judged = [reference(policy, one, words.parameters_at(as_of), as_of) for one in self.people]
        return sum(12 * (amount or 0) for _, amount in judged)


def _counts(verdicts: Sequence[Verdict]) -> Counts:
    counts = Counter(verdicts)
    return Counts(counts[Verdict.ELIGIBLE], counts[Verdict.UNKNOWN], counts[Verdict.INELIGIBLE])


@pytest.fixture
def village(served: Served) -> Village:
    return Village(serves=served.catalogue)


@pytest.fixture
def parts(begin: Begin, clock: Clock, log: AuditLog, served: Served, village: Village) -> Parts:
    return Parts(
        begin=begin,
        clock=clock,
        log=log,
        population=village,
        words=served.catalogue,
        executors=lambda _: REFERENCE,
        lint=lambda *_: (),
    )


@pytest.fixture
def desk(parts: Parts) -> Desk:
    return Desk(parts)


@pytest.fixture
def wang(hire: Callable[..., Officer]) -> Officer:
    """An officer of the agency whose policy serves."""
    return hire("wang", Role.OFFICER)


@pytest.fixture
def li(hire: Callable[..., Officer]) -> Officer:
    """Another, of the same agency."""
    return hire("li", Role.OFFICER)


@pytest.fixture
def zhou(hire: Callable[..., Officer]) -> Officer:
    """A reviewer of the same agency."""
    return hire("zhou", Role.REVIEWER)


@pytest.fixture
def stranger(hire: Callable[..., Officer]) -> Officer:
    """Officer and reviewer of another agency."""
    return hire("sun", Role.OFFICER, Role.REVIEWER, agency=CULTURE)


@dataclass
class Way:
    """Takes a draft some way along, as officers would, on the first day."""

    desk: Desk
    writer: Officer
    reviewer: Officer

    def simulated(self, text: str | None = None) -> Draft:
        draft = (
            self.desk.create(self.writer, text=text) if text else self.desk.create(self.writer, policy_id="bus-pass")
        )
        checked = self.desk.check(self.writer, draft.draft_id, 1)
        assert checked.ok, checked
        return self.desk.simulate(self.writer, draft.draft_id, 1)[0]

    def submitted(self, text: str | None = None) -> Draft:
        return self.desk.submit(self.writer, self.simulated(text).draft_id, 1)

    def approved(self, text: str | None = None) -> Draft:
        draft = self.submitted(text)
        impact = self.desk.impact(self.writer, draft.draft_id)
        assert impact is not None
        return self.desk.approve(self.reviewer, draft.draft_id, 1, confirmed_messages=impact.messages)

    def scheduled(self, text: str | None = None, canary_percent: int | None = None) -> Draft:
        draft = self.approved(text)
        return self.desk.schedule(self.writer, draft.draft_id, 1, TODAY, canary_percent)

    def canary(self, text: str | None = None, percent: int = 10) -> Draft:
        draft = self.scheduled(text, percent)
        return self.desk.release(self.writer, draft.draft_id, 1, DraftState.CANARY)

    def published(self, text: str | None = None) -> Draft:
        draft = self.scheduled(text)
        return self.desk.release(self.writer, draft.draft_id, 1, DraftState.PUBLISHED)


@pytest.fixture
def way(desk: Desk, wang: Officer, zhou: Officer) -> Way:
    return Way(desk, wang, zhou)
