"""The synthetic city on disk: this file knows how chunks become register extracts, truth and a manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from domain.errors import DuixianError
from world.chunk import Chunk, Span, draw_chunk
from world.extracts import load_registers, write

CHUNK_CITIZENS = 100_000
"""Citizens drawn at once: bounds the memory (about 250 MB), and is part of what the seed means."""
FORMAT = 6
"""Raised with every change that makes the same arguments give another city."""
MANIFEST = "manifest.json"

Progress = Callable[[int, int], None]


class CityInvalid(DuixianError):
    """Sizes that no city has, or a folder that holds something else."""

    code = "city-invalid"


def spans(citizens: int, enterprises: int, chunk: int = CHUNK_CITIZENS) -> Iterator[Span]:
    """The city cut into chunks of at most `chunk` citizens, with enterprises in proportion."""
    parts = max(1, -(-citizens // chunk), -(-enterprises // chunk))
    for part in range(parts):
        first, last = citizens * part // parts, citizens * (part + 1) // parts
        first_firm, last_firm = enterprises * part // parts, enterprises * (part + 1) // parts
        yield Span(first, last - first, first_firm, last_firm - first_firm)


def chunks(citizens: int, enterprises: int, seed: int, as_of: date) -> Iterator[Chunk]:
    """The city's chunks in order; each is drawn from a seed of its own, so that none depends on another."""
    for part, span in enumerate(spans(citizens, enterprises)):
        yield draw_chunk(np.random.SeedSequence(entropy=seed, spawn_key=(part,)), span, as_of)


def generate(
    citizens: int, enterprises: int, seed: int, as_of: date, out: Path, progress: Progress | None = None
) -> Path:
    """Write the city to `out`: extracts/<register>/part-00000.parquet, truth/<audience>/ and manifest.json.

    The same arguments give the same bytes. A city already there with the same arguments is left as it is; another
    one is replaced in one step at the end, so that nothing half-written is ever seen. `progress` is called with
    subjects done and in all. Raises CityInvalid for sizes below zero or a folder that holds no city.
    """
    asked = _parameters(citizens, enterprises, seed, as_of)
    if _existing(out) == asked:
        if progress:
            progress(citizens + enterprises, citizens + enterprises)
        return out
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    rows: dict[str, int] = dict.fromkeys(load_registers(), 0)
    done = 0
    for part, chunk in enumerate(chunks(citizens, enterprises, seed, as_of)):
        name = f"part-{part:05d}.parquet"
        for register in load_registers().values():
            table = chunk.extract(register.name)
            rows[register.name] += table.num_rows
            write(table, partial / "extracts" / register.name / name, register)
        for audience, traits in chunk.traits.items():
            path = partial / "truth" / audience / name
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(traits, path, use_dictionary=False, compression="zstd", store_schema=False)
        done += chunk.span.citizens + chunk.span.enterprises
        if progress:
            progress(done, citizens + enterprises)
    manifest = {"parameters": asked, "rows": rows, "digest": digest_of(partial)}
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    _replace(partial, out)
    return out


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and bytes of a city's Parquet files."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        total.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _parameters(citizens: int, enterprises: int, seed: int, as_of: date) -> dict[str, object]:
    if citizens < 0 or enterprises < 0 or seed < 0 or citizens + enterprises == 0:
        raise CityInvalid(
            f"A city of {citizens} citizens and {enterprises} enterprises with seed {seed} cannot be made.",
            next_step="Give numbers of zero and more, with at least one subject.",
            citizens=citizens,
            enterprises=enterprises,
            seed=seed,
        )
    return {
        "format": FORMAT, "citizens": citizens, "enterprises": enterprises, "seed": seed, "as_of": as_of.isoformat(),
        "chunk_citizens": CHUNK_CITIZENS,
    }  # fmt: skip


def _existing(out: Path) -> object:
    """The parameters of the city in `out`, None if the folder is missing or empty."""
    if (out / MANIFEST).is_file():
        try:
            return json.loads((out / MANIFEST).read_text(encoding="utf-8")).get("parameters")
        except (json.JSONDecodeError, AttributeError):
            return None
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CityInvalid(
            f"{out} is not empty and holds no city.",
            next_step="Choose another folder, or empty this one yourself.",
            path=str(out),
        )
    return None


def _replace(partial: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    partial.rename(out)
    shutil.rmtree(old, ignore_errors=True)
