"""What all parts of the benchmark share: the population, the rules, the program made of them, and the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.bandwidth import Bandwidth, bandwidth
from benchmarks.ours import program_of
from benchmarks.policies import plain_rules
from benchmarks.population import population
from benchmarks.rules import Rule
from benchmarks.sizes import Sizes
from matcher.compile import Program


@dataclass(frozen=True)
class Setting:
    sizes: Sizes
    folder: Path
    table: pa.Table
    rules: Sequence[Rule]
    program: Program
    bandwidth: Bandwidth

    @staticmethod
    def of(sizes: Sizes, folder: Path) -> Setting:
        rules = plain_rules(sizes.policies)
        return Setting(
            sizes=sizes,
            folder=folder,
            table=population(sizes.rows),
            rules=rules,
            program=program_of(rules),
            bandwidth=bandwidth(sizes.rounds, sizes.stream_bytes),
        )
