"""The same rules by every system: equal answers first, then all of them side by side in the same rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial, reduce

import numpy as np
import pyarrow as pa

from benchmarks.agreement import Answers, answers_of, row_answers, tally
from benchmarks.bandwidth import Bandwidth
from benchmarks.figures import Figure, Wrong
from benchmarks.ours import Batch
from benchmarks.peers.duckdb import DuckDB
from benchmarks.peers.openfisca import OpenFisca
from benchmarks.peers.polars import Polars
from benchmarks.peers.rows import Cel, JsonLogic, Row, Zen, plain
from benchmarks.population import profiles
from benchmarks.rounds import Work, medians
from benchmarks.rules import Rule
from benchmarks.setting import Setting
from benchmarks.sizes import Sizes


def figures(setting: Setting) -> tuple[list[Figure], list[Wrong]]:
    """Equal answers first, or ResultsDiffer; then the times."""
    engines = _Engines(setting.table, setting.rules, Batch(setting.table, setting.program), setting.sizes)
    wrong = engines.wrong_answers()
    return engines.figures(setting.bandwidth), wrong


class _Engines:
    """All systems, loaded with the same population and the same rules."""

    def __init__(self, table: pa.Table, rules: Sequence[Rule], ours: Batch, sizes: Sizes) -> None:
        self.table = table
        self.rules = rules
        self.ours = ours
        self.sizes = sizes
        self.polars = Polars(table, rules)
        self.duckdb = DuckDB(table.slice(0, sizes.duckdb_rows), rules)
        self.openfisca = OpenFisca(table.slice(0, sizes.openfisca_rows), rules)
        self.row_engines: dict[str, tuple[Cel | Zen | JsonLogic, list[Row]]] = {
            engine.name: (engine, self._rows(rows))
            for engine, rows in (
                (Cel(rules), sizes.cel_rows),
                (Zen(rules), sizes.zen_rows),
                (JsonLogic(rules), sizes.json_logic_rows),
            )
        }

    def _rows(self, count: int) -> list[Row]:
        return [plain(facts) for facts in profiles(self.table.slice(0, count))]

    def wrong_answers(self) -> list[Wrong]:
        """Every system's answers against ours; raises ResultsDiffer where a certain one is not the same."""
        counted = [self._polars_wrong()]
        duckdb = _answers(self.duckdb.run())
        ours = self.ours.answers(0, max(self.sizes.openfisca_rows, self.sizes.duckdb_rows))
        counted.append(tally(DuckDB.name, ours[:, : duckdb.shape[1]], duckdb, three_valued=True))
        openfisca = np.array(self.openfisca.run()).astype(np.int8)
        counted.append(tally(OpenFisca.name, ours[:, : openfisca.shape[1]], openfisca))
        for name, (engine, rows) in self.row_engines.items():
            counted.append(tally(name, ours[:, : len(rows)], row_answers(engine.run(rows))))
        return counted

    def _polars_wrong(self) -> Wrong:
        """Every pair of all subjects, in blocks: at once they would take a byte each."""
        found = self.polars.run()
        blocks = (
            tally(
                Polars.name,
                self.ours.answers(start, _BLOCK_ROWS),
                _answers(found.slice(start, _BLOCK_ROWS).to_arrow()),
                True,
            )
            for start in range(0, found.height, _BLOCK_ROWS)
        )
        return reduce(Wrong.__add__, blocks)

    def figures(self, bandwidth: Bandwidth) -> list[Figure]:
        """All systems in the same rounds; each row tells our time for the same work beside the peer's."""
        works = {
            _CODES: Work(self.ours.from_codes),
            _ARROW: Work(self.ours.from_arrow),
            # A run before it leaves its allocator the memory that ours is given back, too.
            Polars.name: Work(self.polars.run, self.polars.run),
            OpenFisca.name: Work(self.openfisca.run, self.openfisca.prepare),
            DuckDB.name: Work(self.duckdb.run),
            **{name: Work(partial(engine.run, rows)) for name, (engine, rows) in self.row_engines.items()},
        }
        seconds = medians(works, self.sizes.rounds, "Matching side by side")
        limits = {
            _CODES: bandwidth.seconds(self.ours.code_bytes, self.ours.plane_bytes),
            _ARROW: bandwidth.seconds(
                self.table.nbytes + self.ours.code_bytes, self.ours.code_bytes + self.ours.plane_bytes
            ),
        }
        pairs = self.table.num_rows * len(self.rules)
        size = f"{self.table.num_rows:,} × {len(self.rules):,}"
        figures = [
            _against_polars(f"{size}, coded columns to dense planes", 8, seconds, _CODES, limits, pairs),
            _against_polars(f"{size}, raw Arrow to dense planes, coding included", 4, seconds, _ARROW, limits, pairs),
        ]
        ours_ns = seconds[_CODES] / pairs * 1e9
        for peer, least, rows in self._per_pair():
            ns = seconds[peer] / rows / len(self.rules) * 1e9
            figures.append(
                Figure(
                    work=f"one pair, against {peer}",
                    bar=f"≥ {least:,}×",
                    measured=f"{ours_ns:.3f} ns",
                    passed=ns / ours_ns >= least,
                    peer=f"{ns:,.1f} ns ({rows:,} subjects)",
                    ratio=ns / ours_ns,
                    values={"ours_ns": ours_ns, "peer_ns": ns, "ours_from_arrow_ns": seconds[_ARROW] / pairs * 1e9},
                )
            )
        return figures

    def _per_pair(self) -> list[tuple[str, int, int]]:
        """The peers whose cost is told by the pair, the bar, and how many subjects they were given."""
        row_rows = {name: len(rows) for name, (_, rows) in self.row_engines.items()}
        return [
            (OpenFisca.name, 20, self.sizes.openfisca_rows),
            (DuckDB.name, 100, self.sizes.duckdb_rows),
            (Cel.name, 2_000, row_rows[Cel.name]),
            (Zen.name, 10_000, row_rows[Zen.name]),
            (JsonLogic.name, 10_000, row_rows[JsonLogic.name]),
        ]


_CODES = "Duixian from codes"
_ARROW = "Duixian from Arrow"
_BLOCK_ROWS = 50_000


def _against_polars(
    work: str, least: int, seconds: Mapping[str, float], ours: str, limits: Mapping[str, float], pairs: int
) -> Figure:
    here, there = seconds[ours], seconds[Polars.name]
    return Figure(
        work=work,
        bar=f"≥ {least}× {Polars.name}",
        measured=f"{here * 1e3:,.0f} ms ({here / pairs * 1e9:.3f} ns a pair)",
        passed=there / here >= least,
        peer=f"{there * 1e3:,.0f} ms",
        ratio=there / here,
        limit=f"{here / limits[ours]:.1f}×",
        values={"ours": here, "peer": there, "limit": limits[ours]},
    )


def _answers(table: pa.Table) -> Answers:
    """Boolean columns with nulls, one a policy."""
    columns = [column.combine_chunks() for column in table.columns]
    true = np.array([column.fill_null(False).to_numpy(zero_copy_only=False) for column in columns])
    unknown = np.array([column.is_null().to_numpy(zero_copy_only=False) for column in columns])
    return answers_of(true, unknown)
