"""A small city for delivery: five policies, a rule book that tests rewrite, a bank in memory and one as a process."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from delivery.bank import Order, Outcome, Statement, StatementEntry
from delivery.decide import Candidate, History, Push, decide
from delivery.engine import Provenance, push
from delivery.records import Grounds
from domain.decision import Decision, Evidence, Reason, Requirement, Verdict
from domain.decision import Outcome as ReasonOutcome
from domain.errors import BankUnavailable, DuixianError
from domain.facts import Audience, Label
from domain.grammar import parse_clause
from domain.policy import (
    Benefit,
    DeliveryMode,
    Document,
    FixedAmount,
    Kind,
    Level,
    NoMoney,
    Period,
    Policy,
    Verification,
)
from domain.rules import parse
from storage import claims
from storage import policies as policy_statements
from storage.claims import Claim
from storage.connection import Begin

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def _policy(id_: str, kind: Kind, mode: DeliveryMode, amount_cny: int | None, period: Period | None) -> Policy:
    amount = NoMoney() if amount_cny is None else FixedAmount(Decimal(amount_cny))
    return Policy(
        id=id_,
        version=1,
        audience=Audience.CITIZEN,
        domain="elderly_care",
        kind=kind,
        level=Level.CITY,
        title=Label(f"{id_}政策", f"Policy {id_}"),
        summary=Label("说明。", "What it is."),
        agency=Label("民政局", "Civil Affairs Bureau"),
        document=Document("办法"),
        verification=Verification.ILLUSTRATIVE,
        true_on=date(2026, 1, 1),
        effective_from=date(2020, 1, 1),
        effective_to=None,
        eligibility=parse({"all": ["age_years >= 60"]}),
        benefit=Benefit(amount, period),
        delivery_mode=mode,
        source=f"id: {id_}\n",
    )


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def policies() -> dict[str, Policy]:
    """A monthly allowance (75 yuan), an automatic grant (300), a service, a tax relief and a hint."""
    made = [
        _policy("allowance", Kind.SUBSIDY, DeliveryMode.ONE_CLICK, 75, Period.MONTH),
        _policy("grant", Kind.FUND, DeliveryMode.AUTO, 300, Period.ONCE),
        _policy("service", Kind.SERVICE, DeliveryMode.ONE_CLICK, None, None),
        _policy("relief", Kind.TAX, DeliveryMode.ONE_CLICK, 500, Period.YEAR),
        _policy("hint", Kind.SERVICE, DeliveryMode.INFORM, None, None),
    ]
    return {policy.id: policy for policy in made}


@pytest.fixture
def provenance() -> Provenance:
    return Provenance("snapshot-1", "catalogue-1", {("allowance", 1): {"elderly_age_years": "60"}}, "model-1")


@pytest.fixture
def grounds(provenance: Provenance) -> Grounds:
    return {Audience.CITIZEN: provenance}


@dataclass
class Rules:
    """Who is entitled to what, as the tests have it; everybody to everything unless said otherwise."""

    policies: Mapping[str, Policy]
    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    amounts_fen: dict[str, int | None] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def recheck(self, due: Sequence[Claim]) -> list[Decision | DuixianError]:
        return [self(claim.subject_id, claim.policy_id) for claim in due]

    def __call__(self, subject_id: str, policy_id: str) -> Decision:
        self.asked.append((subject_id, policy_id))
        verdict = self.verdicts.get((subject_id, policy_id), Verdict.ELIGIBLE)
        form = self.policies[policy_id].benefit.form
        fixed = int(Decimal(str(form.amount)) * 100) if isinstance(form, FixedAmount) else 0
        outcomes = {
            Verdict.ELIGIBLE: ReasonOutcome.MET,
            Verdict.INELIGIBLE: ReasonOutcome.UNMET,
            Verdict.UNKNOWN: ReasonOutcome.MISSING,
        }
        age = None if verdict is Verdict.UNKNOWN else 65 if verdict is Verdict.ELIGIBLE else 59
        reason = Reason(
            Requirement(parse_clause("age_years >= 60"), ("age_years",), ">=", "years"),
            outcomes[verdict],
            age,
            60,
            (Evidence("age_years", age, "population", date(2026, 11, 1)),),
        )
        amount_fen = self.amounts_fen.get(policy_id, fixed) if verdict is Verdict.ELIGIBLE else None
        return Decision(subject_id, policy_id, 1, date(2026, 11, 24), verdict, amount_fen, (reason,))


@pytest.fixture
def rules(policies: dict[str, Policy]) -> Rules:
    return Rules(policies)


@pytest.fixture
def city(begin: Begin, policies: dict[str, Policy], now: datetime) -> Begin:
    """The database, with the policies published."""
    with begin() as connection:
        policy_statements.publish(connection, policies.values(), now)
    return begin


Pusher = Callable[..., list[Claim]]


@pytest.fixture
def pushed(city: Begin, policies: dict[str, Policy], rules: Rules, provenance: Provenance, now: datetime) -> Pusher:
    """Push one policy to subjects (default: one), and give their claims."""

    def make(policy_id: str = "allowance", subjects: Sequence[str] = ("p1",)) -> list[Claim]:
        candidates = [Candidate(subject_id, policy_id, 1, rules("", policy_id).amount_fen) for subject_id in subjects]
        pushes: list[Push] = decide(candidates, policies, History(), now)
        with city() as connection:
            push(connection, pushes, lambda one: rules(one.subject_id, one.policy.id), provenance, now)
            held = [claims.of_subject(connection, subject_id) for subject_id in subjects]
        return [next(one for one in each if one.policy_id == policy_id) for each in held]

    return make


class MemoryBank:
    """A bank that keeps its word in memory; tests choose fates and take it down."""

    def __init__(self) -> None:
        self.orders: dict[UUID, Order] = {}
        self.status: dict[UUID, tuple[str, str | None]] = {}
        self.entries: list[StatementEntry] = []
        self.down = False
        self.lose_replies = False
        self.submissions = 0

    def _up(self) -> None:
        if self.down:
            raise BankUnavailable("The bank is down.", next_step="Wait.")

    def book_id(self) -> str:
        self._up()
        return "book-1"

    def submit(self, orders: Sequence[Order]) -> list[Outcome]:
        self._up()
        self.submissions += 1
        answers = []
        for order in orders:
            held = self.orders.setdefault(order.payment_id, order)
            self.status.setdefault(order.payment_id, ("pending", None))
            status, cause = self.status[order.payment_id]
            answers.append(Outcome(order.payment_id, status if held == order else "conflict", cause))
        if self.lose_replies:
            raise BankUnavailable("No reply.", next_step="Ask.")
        return answers

    def outcomes(self, payment_ids: Sequence[UUID]) -> list[Outcome]:
        self._up()
        return [Outcome(one, *self.status[one]) for one in payment_ids if one in self.status]

    def statement(self, after: int, limit: int = 1000) -> Statement:
        self._up()
        return Statement("book-1", tuple(one for one in self.entries if one.sequence > after)[:limit])

    def tell(self, payment_id: UUID, kind: str, cause: str | None = None, amount_fen: int | None = None) -> None:
        """Let something happen to a payment, and put it on the statement."""
        order = self.orders[payment_id]
        self.status[payment_id] = (kind, cause)
        amount_fen = order.amount_fen if amount_fen is None else amount_fen
        self.entries.append(StatementEntry(len(self.entries) + 1, payment_id, kind, amount_fen, cause, NOW))

    def tell_all(self, kind: str, cause: str | None = None) -> None:
        """Let the same happen to every payment that is pending."""
        for payment_id, (status, _) in list(self.status.items()):
            if status == "pending":
                self.tell(payment_id, kind, cause)


@pytest.fixture
def bank() -> MemoryBank:
    return MemoryBank()


@dataclass
class BankProcess:
    """The real bank; `kill` is kill -9, `start` starts it on the same book."""

    folder: Path
    options: Sequence[str] = ()
    process: subprocess.Popen[str] | None = None
    url: str = ""

    def start(self, *more: str) -> str:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "world.bank", "--data", str(self.folder), *self.options, *more],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = str(json.loads(self.process.stdout.readline())["url"])
        return self.url

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


@pytest.fixture
def bank_process(tmp_path: Path) -> Iterator[BankProcess]:
    bank = BankProcess(tmp_path / "bank")
    yield bank
    bank.kill()
