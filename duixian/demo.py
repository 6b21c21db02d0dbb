"""The main job: a synthetic city through every stage, from its registers to judged benefits.

Each stage asks whether its work is done already, so that a second run is quick and changes nothing it should not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from delivery.bank import BankClient
from delivery.worker import WorkReport
from domain.errors import DuixianError, PublishThroughWorkbench
from domain.facts import Audience
from duixian import clock
from duixian.crowding import choose, visit
from duixian.database import revive
from duixian.delivering import Delivery
from duixian.desks import desk_of, population_of, release_due
from duixian.drafts import load_into
from duixian.intake import build_wide, import_city, load_online
from duixian.matching import Matched, match_audience
from duixian.processes import child
from duixian.progress import ProgressBar
from duixian.pushing import push_matched
from duixian.ranking import champion, train_first
from duixian.runtime import Runtime
from duixian.staff import hire
from world.city import generate

BANK_DELAY_S = 0.2


@dataclass(frozen=True)
class City:
    """The demo's city; `people` of it, chosen by the seed, open their inbox and act."""

    citizens: int = 20_000
    enterprises: int = 3_000
    seed: int = 1
    people: int = 600


@dataclass(frozen=True)
class Demo:
    """What the stages share."""

    runtime: Runtime
    city: City
    bar: ProgressBar
    tell: Callable[[str], object]

    @contextmanager
    def stage(self, title: str) -> Iterator[None]:
        started = time.monotonic()
        self.tell(f"[bold]{title}[/]")
        yield
        self.tell(f"[dim]  {time.monotonic() - started:.1f} s[/]")

    def run(self) -> dict[Audience, list[Matched]]:
        """All stages up to the pushes; returns what was matched."""
        now = clock.now()
        today = clock.local_day(now)
        folder = self.runtime.home / "city"
        with self.stage("1. A synthetic city writes its registers"):
            self._generate(folder, today)
        with self.stage("2. The registers come in"):
            rows = bad = 0
            for imported in import_city(self.runtime, folder, now, self.bar):
                rows, bad = rows + imported.rows_accepted, bad + imported.rows_quarantined
            self.tell(f"  {rows:,} rows accepted, {bad:,} in quarantine")
        with self.stage("3. The catalogue is loaded"):
            try:
                loaded = load_into(self.runtime, None)
                self.tell(f"  {loaded.policies} policy versions loaded, {loaded.known} known before")
            except PublishThroughWorkbench as refused:
                self.tell(f"  {refused}")
            self.tell(f"  {hire(self.runtime)} officers work on it")
        with self.stage("4. Profiles are built and loaded into the feature store"):
            for audience in Audience:
                load_online(self.runtime, audience, build_wide(self.runtime, audience, today, self.bar), self.bar)
        with self.stage("5. Everybody is matched against every policy"):
            matched = {audience: match_audience(self.runtime, audience, today, now, self.bar) for audience in Audience}
        with self.stage("6. Rankers learn from impressions"):
            for audience in Audience:
                self.tell(
                    "  " + train_first(self.runtime, matched[audience][-1], folder, self.city.seed, now, self.bar)
                )
        with self.stage("7. Everybody is told first"):
            self._tell_everybody(matched)
        return matched

    def _tell_everybody(self, matched: Mapping[Audience, Sequence[Matched]]) -> None:
        for audience, slices in matched.items():
            order = champion(self.runtime.settings, audience)
            pushed = push_matched(self.runtime, slices, order, clock.now(), self.bar)
            self.tell(f"  {audience}: {pushed.messages:,} messages, {pushed.claims:,} claims opened")

    def _generate(self, folder: Path, today: date) -> None:
        """Keep a city of the same size and seed even if it was drawn on an earlier day: registers age, too."""
        city = self.city
        as_of = today
        manifest = folder / "manifest.json"
        if manifest.exists():
            held = json.loads(manifest.read_text())["parameters"]
            asked = {"citizens": city.citizens, "enterprises": city.enterprises, "seed": city.seed}
            if asked.items() <= held.items():
                as_of = date.fromisoformat(held["as_of"])
        with self.bar("Synthetic city") as report:
            generate(city.citizens, city.enterprises, city.seed, as_of, folder, report)

    @contextmanager
    def outside(self) -> Iterator[tuple[str, Delivery]]:
        """The server and the bank, each a process of its own, and the worker between database and bank."""
        settings = self.runtime.settings
        home = settings.home.resolve()
        bank = ("world.bank", "--port", "0", "--data", str(home / "bank"), "--delay-s", str(BANK_DELAY_S))
        server = ("duixian", "serve", "--demo", "--host", settings.host, "--port", str(settings.port))
        with (
            child(bank, home / "logs" / "bank.log") as bank_line,
            child(server, home / "logs" / "server.log") as server_line,
            BankClient(json.loads(bank_line)["url"]) as client,
        ):
            yield address_in(server_line), Delivery(self.runtime, client)

    def people_act(self, address: str, work: Delivery) -> None:
        """People claim, the city approves and pays, people confirm what arrived and judge it."""
        seed = self.city.seed
        people = choose(self.runtime, self.city.people, seed)
        with self.stage("8. People open their inbox and claim"), self.bar("People at their phones") as report:
            first = visit(self.runtime, address, people, seed, report)
        self.tell(f"  {first.people:,} people, {first.opened:,} messages opened, {first.claimed:,} claimed")
        with self.stage("9. Claims are approved, the bank pays"):
            self.deliver(work)
        with self.stage("10. People confirm what arrived, and judge it"), self.bar("People at their phones") as report:
            second = visit(self.runtime, address, people, seed, report)
        self.tell(f"  {second.confirmed:,} confirmed, {second.judged:,} judged")

    def keep_delivering(self, work: Delivery) -> None:
        """Tell what is published, approve and pay what is claimed, until interrupted, whatever is away meanwhile."""
        desk = desk_of(self.runtime, population_of(self.runtime))
        told = self.runtime.served
        with suppress(KeyboardInterrupt):
            while True:
                try:
                    release_due(desk, self.tell)
                    if (now_serves := self.runtime.served) is not told:
                        self._follow()
                        told = now_serves
                    idle = work.once().idle
                except DuixianError as error:
                    self.tell(f"{error}")
                    revive(self.runtime.settings)
                    idle = True
                if idle:
                    time.sleep(1)

    def _follow(self) -> None:
        """What has begun to serve is matched and told at once; in a city the next day's `duixian push` does it."""
        now = clock.now()
        day = clock.local_day(now)
        self._tell_everybody(
            {audience: match_audience(self.runtime, audience, day, now, self.bar) for audience in Audience}
        )

    def deliver(self, work: Delivery) -> None:
        """Work until every claim has come to rest: granted, paid or refused."""
        handled = 0
        with self.bar("Approving and paying") as report:

            def count(done: WorkReport) -> None:
                nonlocal handled
                handled += done.approval.total + (done.settled.paid if done.settled else 0)
                report(handled, None)

            work.until_done(count)


def address_in(line: str) -> str:
    """The address in the server's first line."""
    return next(word for word in line.split() if word.startswith("http"))
