"""The worker: approve, send to the bank, book what it tells; again and again, whatever was down meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from delivery.approval import ApprovalReport, Recheck, approve_due
from delivery.bank import Bank
from delivery.budgeting import Needs, needs_unknown
from delivery.payments import Patience, SubmitReport, submit_due
from delivery.records import Grounds
from delivery.settlement import SettleReport, settle
from domain.errors import BankUnavailable, DuixianError
from domain.policy import Policy
from storage.connection import Begin

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkReport:
    """What one round did; the bank's parts are None when it did not answer."""

    approval: ApprovalReport
    submitted: SubmitReport | None
    settled: SettleReport | None

    @property
    def idle(self) -> bool:
        """Whether nothing was there to do, so that the worker may rest."""
        sent = self.submitted is not None and self.submitted.begun + self.submitted.accepted > 0
        told = self.settled is not None and self.settled.paid + self.settled.rejected + self.settled.returned > 0
        return self.approval.total == 0 and not sent and not told


def run_once(
    begin: Begin,
    bank: Bank,
    recheck: Recheck,
    policies: Mapping[str, Policy],
    grounds: Grounds,
    now: datetime,
    *,
    limit: int = 500,
    patience: Patience = Patience(),  # noqa: B008 - frozen
    needs: Needs = needs_unknown,
) -> WorkReport:
    """One round over at most `limit` claims of each kind. Raises DatabaseUnavailable.

    A bank that does not answer stops the payments only: claims go on being approved.
    """
    with begin() as connection:
        approval = approve_due(connection, recheck, policies, grounds, now, limit, needs)
    submitted: SubmitReport | None = None
    settled: SettleReport | None = None
    try:
        submitted = submit_due(begin, bank, now, limit, patience)
        settled = settle(begin, bank, policies, now, patience)
    except BankUnavailable as error:
        _log.warning("%s", error)
    return WorkReport(approval, submitted, settled)


def run(
    begin: Begin,
    bank: Bank,
    recheck: Recheck,
    policies: Mapping[str, Policy],
    grounds: Callable[[], Grounds],
    clock: Callable[[], datetime],
    stop: threading.Event,
    *,
    interval_s: float = 1.0,
    patience: Patience = Patience(),  # noqa: B008 - frozen
    needs: Needs = needs_unknown,
) -> None:
    """Work until `stop` is set, resting `interval_s` when there is nothing to do.

    A database that is away or a file that cannot be read is told to the log, and the next round tries again.
    """
    while not stop.is_set():
        try:
            report = run_once(begin, bank, recheck, policies, grounds(), clock(), patience=patience, needs=needs)
        except DuixianError as error:
            _log.warning("%s", error)
        else:
            if not report.idle:
                continue
        stop.wait(interval_s)
