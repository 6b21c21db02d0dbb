"""The demo's people at their phones: they read, claim, and later confirm and judge, over HTTP like anybody."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.auth import issue_token
from domain.facts import Audience
from duixian import clock
from duixian.progress import Report
from duixian.ranking import Log
from duixian.runtime import Runtime, audience_of
from features import wide
from world.crowd import Crowd, Tally, wishes_of

TOKEN_MINUTES = 30


def choose(runtime: Runtime, people: int, seed: int) -> list[str]:
    """The subjects that act, the same for the same city and seed; both audiences in proportion."""
    ids = [
        wide.read(wide.latest(runtime.home, audience), columns=["subject_id"])["subject_id"] for audience in Audience
    ]
    everybody = pa.chunked_array([chunk for column in ids for chunk in column.chunks])
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(everybody), size=min(people, len(everybody)), replace=False)
    return list(everybody.take(pa.array(np.sort(chosen))).to_pylist())


def visit(runtime: Runtime, address: str, subjects: list[str], seed: int, report: Report) -> Tally:
    """Everybody of `subjects` looks once at what the city has told them and does what is still to do."""
    key = runtime.settings.signing_key()

    def token_for(subject_id: str) -> str:
        return issue_token(key, subject_id, audience_of(subject_id), TOKEN_MINUTES, clock.now())

    wanted = pa.array(subjects, pa.string())
    pairs = pa.concat_tables(
        [
            table.filter(pc.is_in(table["subject_id"], value_set=wanted))
            for table in (pq.read_table(Log(runtime.home).truth(audience)) for audience in Audience)
        ]
    )
    with Crowd(address, seed, wishes_of(pairs)) as crowd:
        return crowd.act(subjects, token_for, report)
