"""The worker: what is due is approved, paid and followed, round after round."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from uuid import UUID

from delivery.bank import BankClient
from delivery.records import Grounds
from delivery.worker import WorkReport, run, run_once
from domain.budget import NeedOrder
from domain.decision import Decision
from domain.errors import BankUnavailable, DuixianError, ProfileInvalid
from domain.facts import Audience
from domain.policy import Policy
from domain.profile import Profile
from domain.terms import value_of
from duixian import clock
from duixian.desks import desk_of, keep_releasing, population_of, release_due
from duixian.runtime import Runtime
from storage import payments
from storage.claims import Claim

REST_S = 0.2  # Between two looks at the bank's statement while payments are on their way.
BANK_PATIENCE_S = 10.0


class Delivery:
    """The worker's parts: the bank, the rules it evaluates again, and what its decisions rest on."""

    def __init__(self, runtime: Runtime, bank: BankClient, now: Callable[[], datetime] = clock.now) -> None:
        self.runtime = runtime
        self.bank = bank
        self.now = now
        self._served = runtime.served

    @property
    def policies(self) -> Mapping[str, Policy]:
        """What serves, and the last version that did of what serves no more, by id."""
        return _Policies(self.runtime)

    def recheck(self, due: Sequence[Claim]) -> list[Decision | DuixianError]:
        """Each claim's decision on today's facts, by the version that it was opened under, or why there is none.

        A newer version, a canary or a rollback changes nothing for a claim that is on its way.
        """
        day = clock.local_day(self.now())
        decided: dict[UUID, Decision | DuixianError] = {}
        for audience in Audience:
            mine = [claim for claim in due if claim.audience == audience]
            profiles = self._profiles(audience, {claim.subject_id for claim in mine})
            for claim in mine:
                try:
                    profile = profiles.get(claim.subject_id) or self.runtime.profile(audience, claim.subject_id)
                    found = self._served.judge(profile, claim.policy_id, claim.policy_version, day)
                    decided[claim.claim_id] = found
                except DuixianError as error:
                    decided[claim.claim_id] = error
        return [decided[claim.claim_id] for claim in due]

    def _profiles(self, audience: Audience, subject_ids: Set[str]) -> Mapping[str, Profile]:
        try:
            return self.runtime.profiles(audience, subject_ids)
        except ProfileInvalid:
            # One of them has a life event that the vocabulary no longer allows. Read one by one, it is alone in that.
            return {}

    def needs(self, policy: Policy, subject_ids: Sequence[str]) -> list[float | None]:
        """How great each subject's need is by the policy's published order; None where it is not known."""
        order = policy.budget.rationing if policy.budget else None
        if not isinstance(order, NeedOrder):
            return [None] * len(subject_ids)
        day = clock.local_day(self.now())
        parameters = self.runtime.catalogue.parameters_at(day)
        profiles = self._profiles(policy.audience, set(subject_ids))
        facts = [profiles[one].values() if one in profiles else {} for one in subject_ids]
        needs = [value_of(order.need, known, parameters, day) for known in facts]
        return [need if isinstance(need, float) else None for need in needs]

    def grounds(self) -> Grounds:
        """What today's decisions rest on. Takes up what serves now, to which `recheck` keeps until the next round."""
        runtime, day = self.runtime, clock.local_day(self.now())
        self._served = runtime.served
        return {audience: self._served.grounds(runtime.store.loaded_snapshot(audience), day) for audience in Audience}

    def once(self, limit: int = 500) -> WorkReport:
        return run_once(
            self.runtime.begin,
            self.bank,
            self.recheck,
            self.policies,
            self.grounds(),
            self.now(),
            limit=limit,
            needs=self.needs,
        )

    def until_done(self, each_round: Callable[[WorkReport], object], patience_s: float = BANK_PATIENCE_S) -> None:
        """Work until nothing is due and no payment is on its way.

        Raises BankUnavailable when the bank keeps silent for `patience_s` seconds and nothing else is to be done.
        """
        heard_at = time.monotonic()
        while True:
            done = self.once()
            each_round(done)
            if done.settled is not None:
                heard_at = time.monotonic()
            if not done.idle:
                continue
            if done.settled is None:
                if time.monotonic() - heard_at >= patience_s:
                    raise BankUnavailable(
                        "The bank gives no answer; claims were approved, but payments were not followed to their end.",
                        next_step="Check that the bank runs and its address is right, then do this again: nothing is"
                        " paid twice.",
                    )
            else:
                with self.runtime.begin() as connection:
                    if not payments.open_count(connection):
                        return
            time.sleep(REST_S)


class _Policies(Mapping[str, Policy]):
    """By id, looked up when they are asked for: a policy that was rolled back or retired still has claims."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def __getitem__(self, policy_id: str) -> Policy:
        found = self._runtime.served.last_version(policy_id)
        if found is None:
            raise KeyError(policy_id)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(policy.id for policy in self._runtime.catalogue.policies)

    def __len__(self) -> int:
        return len(self._runtime.catalogue.policies)


def run_worker(runtime: Runtime, *, once: bool, interval_s: float, tell: Callable[[str], object]) -> None:
    """Work until interrupted, or, `once`, until nothing more is due. Raises BankUnavailable when no bank is set."""
    url = runtime.settings.bank_url
    if url is None:
        raise BankUnavailable(
            "No bank is set.",
            next_step="Set DUIXIAN_BANK_URL; a bank to try with: .venv/bin/python -m world.bank --data .duixian/bank"
            " --port 8900",
        )
    with BankClient(url) as bank:
        work = Delivery(runtime, bank)
        desk = desk_of(runtime, population_of(runtime))
        if once:
            release_due(desk, tell)
            work.until_done(lambda done: None if done.idle else tell(str(done)))
            return
        stop = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stop.set())
        tell(f"Working; the bank is {url}. Interrupt to end.")
        releases = keep_releasing(desk, tell, stop)
        run(
            runtime.begin,
            bank,
            work.recheck,
            work.policies,
            work.grounds,
            work.now,
            stop,
            interval_s=interval_s,
            needs=work.needs,
        )
        releases.join()
