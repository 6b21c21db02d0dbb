"""Simulated people who act on what they are told, over HTTP alone, as a phone would.

Each reads its inbox, opens some messages, claims with one click what it wants, and later confirms what arrived and
judges it; others ignore it. What somebody does with a message or a claim follows from the seed and that id alone:
another run with the same seed does what is still to do and nothing else, whoever ignored ignores again.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from http import HTTPStatus
from types import TracebackType
from typing import Any

import httpx
import pyarrow as pa

Progress = Callable[[int, int], None]
Wishes = Mapping[tuple[str, str], float]
"""How likely a subject claims a policy once it has read of it, by (subject id, policy id)."""

OPENS = 0.85
CONFIRMS = 0.80
JUDGES = 0.65
UNKNOWN_WISH = 0.25
PAGE = 100
ATTEMPTS = 4
PATIENCE_S = 0.2
"""Waited after a failure that may pass, doubled each time."""
_PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})

_GRADES = ((0.55, 5), (0.85, 4), (0.94, 3), (0.98, 2), (1.0, 1))
_WORDS = {
    5: ("没跑一次腿，钱就到账了。", "消息来得及时，一键就办好了。", "非常方便，给政府点赞。"),
    4: ("整体很顺利。", "到账比预想的快。", "说明清楚，办理方便。"),
    3: ("还可以，希望进度能更清楚。", "一般，等了一段时间。"),
    2: ("说明看不太懂，问了几次。", "等得有点久。"),
    1: ("到账太慢，也没有人通知进度。", "页面不好用，老人看不明白。"),
}


@dataclass(frozen=True)
class Tally:
    """What the crowd did in one run."""

    people: int = 0
    opened: int = 0
    claimed: int = 0
    confirmed: int = 0
    judged: int = 0
    refused: int = 0
    """Answered with 4xx: what was wanted is not possible any more."""
    failed: int = 0
    """People whose visit broke off; they can be sent again."""

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally)))


def wishes_of(pairs: pa.Table) -> Wishes:
    """Wishes from a table of subject_id, policy_id, relevance (world.behaviour.pair_truth)."""
    columns = (pairs[name].to_pylist() for name in ("subject_id", "policy_id", "relevance"))
    return {(subject, policy): relevance for subject, policy, relevance in zip(*columns, strict=True)}


class Crowd:
    """People at their phones; a context manager that closes its connections.

    `base_url` is the API's address, `workers` how many visit at once, `transport` another way to reach it (tests).
    """

    def __init__(
        self,
        base_url: str,
        seed: int,
        wishes: Wishes | None = None,
        *,
        workers: int = 8,
        timeout_s: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base_url, self._seed, self._wishes = base_url, seed, wishes or {}
        self._workers, self._timeout_s, self._transport = workers, timeout_s, transport
        self._local = threading.local()
        self._clients: list[httpx.Client] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Crowd:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()
        self._local = threading.local()

    def act(
        self, subject_ids: Sequence[str], token_for: Callable[[str], str], progress: Progress | None = None
    ) -> Tally:
        """Everybody of `subject_ids` visits once with the token that `token_for` gives for its id."""
        total = Tally()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="crowd") as pool:
            visits = pool.map(lambda subject: self._visit(subject, token_for(subject)), subject_ids)
            for done, tally in enumerate(visits, start=1):
                total += tally
                if progress:
                    progress(done, len(subject_ids))
        return total

    def _visit(self, subject_id: str, token: str) -> Tally:
        client = self._client()
        person = _Person(client, self._seed, self._wishes, subject_id, {"Authorization": f"Bearer {token}"})
        try:
            return person.visit()
        except (httpx.HTTPError, _BrokenOff):
            return person.tally + Tally(people=1, failed=1)

    def _client(self) -> httpx.Client:
        """One client a thread: connections stay open between the people it stands for."""
        client: httpx.Client | None = getattr(self._local, "client", None)
        if client is None:
            # The environment's proxies have nothing to do with a server of our own.
            client = httpx.Client(
                base_url=self._base_url, timeout=self._timeout_s, transport=self._transport, trust_env=False
            )
            self._local.client = client
            with self._lock:
                self._clients.append(client)
        return client


class _BrokenOff(Exception):
    """The server could not answer a read."""


class _Person:
    """One subject during one visit."""

    def __init__(
        self, client: httpx.Client, seed: int, wishes: Wishes, subject_id: str, headers: dict[str, str]
    ) -> None:
        self._client, self._seed, self._wishes = client, seed, wishes
        self._subject_id, self._headers = subject_id, headers
        self.tally = Tally()

    def visit(self) -> Tally:
        messages = self._inbox()
        read = {message["message_id"] for message in messages if message["read_at"] is not None}
        for message in messages:
            if message["message_id"] not in read and self._draw("open", message["message_id"]) < OPENS:
                if self._post(f"/v1/messages/{message['message_id']}/seen"):
                    self.tally += Tally(opened=1)
                read.add(message["message_id"])
        told = {message["claim_id"] for message in messages if message["message_id"] in read} - {None}
        if told:  # whoever was told nothing has no claim to look after
            for claim in self._get(f"/v1/subjects/{self._subject_id}/claims")["claims"]:
                if claim["claim_id"] in told:
                    self._look_after(claim)
        return self.tally + Tally(people=1)

    def _inbox(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        while True:
            older = {"before": messages[-1]["created_at"]} if messages else {}
            page = self._get(f"/v1/subjects/{self._subject_id}/inbox", {"limit": str(PAGE)} | older)["messages"]
            messages += page
            if len(page) < PAGE:
                return messages

    def _look_after(self, claim: dict[str, Any]) -> None:
        claim_id, actions = claim["claim_id"], set(claim["actions"])
        if "claim" in actions:
            wish = self._wishes.get((self._subject_id, claim["policy_id"]), UNKNOWN_WISH)
            wanted = self._draw("claim", claim_id) < wish
            body = {"policy_id": claim["policy_id"]}
            if wanted and self._post(f"/v1/subjects/{self._subject_id}/claims", body):
                self.tally += Tally(claimed=1)
            return
        if "confirm" in actions and self._draw("confirm", claim_id) < CONFIRMS:
            if not self._post(f"/v1/claims/{claim_id}/confirm"):
                return
            self.tally += Tally(confirmed=1)
        elif claim["state"] != "confirmed":
            return  # nothing has arrived, or it does not care
        if "rate" in actions and self._draw("judge", claim_id) < JUDGES:
            mood = self._draw("grade", claim_id)
            grade = next(grade for bound, grade in _GRADES if mood <= bound)
            words = _WORDS[grade]
            judged = {"grade": grade, "words": words[int(self._draw("words", claim_id) * len(words))]}
            if self._post(f"/v1/claims/{claim_id}/review", judged):
                self.tally += Tally(judged=1)

    def _draw(self, what: str, about: str) -> float:
        """A number from 0 to below 1 that the seed, the deed and the id fix for good."""
        digest = hashlib.blake2b(f"{self._seed}|{what}|{about}".encode(), digest_size=7).digest()
        return int.from_bytes(digest) / 2**56

    def _get(self, path: str, params: dict[str, str] | None = None) -> Any:
        answer = self._ask("GET", path, params=params)
        if not answer.is_success:
            raise _BrokenOff(f"{path} answered {answer.status_code}")
        return answer.json()

    def _post(self, path: str, body: dict[str, Any] | None = None) -> bool:
        answer = self._ask("POST", path, json=body)
        if answer.is_client_error:
            self.tally += Tally(refused=1)
        elif not answer.is_success:
            raise _BrokenOff(f"{path} answered {answer.status_code}")
        return answer.is_success

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask again when the server is briefly away; every request here may be repeated without harm."""
        for attempt in range(1, ATTEMPTS):
            try:
                answer = self._client.request(method, path, headers=self._headers, **request)
                if answer.status_code not in _PASSING:
                    return answer
            except httpx.TransportError:
                pass
            time.sleep(PATIENCE_S * 2 ** (attempt - 1))
        return self._client.request(method, path, headers=self._headers, **request)
