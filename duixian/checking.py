"""The catalogue's cases run through every executor: the reference, one profile at a time, and a whole table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pyarrow as pa

from catalogue.checks import REFERENCE, Executor, Outcome, run_cases
from catalogue.loader import Catalogue
from domain.decision import Verdict
from domain.errors import CatalogueInvalid, Problem
from domain.facts import Value, Vocabulary
from domain.policy import Policy
from features.cells import ARROW_TYPES
from matcher.amounts import amounts_fen
from matcher.batch.match import match_table
from matcher.compile import Program, compile_policies
from matcher.online.match import match_profile


def executors(vocabulary: Vocabulary) -> Mapping[str, Executor]:
    """All three, by name."""
    last: list[tuple[Policy, Mapping[str, Decimal], date, Program]] = []

    def compiled(policy: Policy, parameters: Mapping[str, Decimal], as_of: date) -> Program:
        """A policy's cases come one after the other, most of them of one day: it is compiled once for them."""
        for held, named, day, program in last:
            if held is policy and day == as_of and named == parameters:
                return program
        program = compile_policies([policy], vocabulary, parameters, policy.audience, as_of)
        last[:] = [(policy, parameters, as_of, program)]
        return program

    def online(policy: Policy, facts: Mapping[str, Value], parameters: Mapping[str, Decimal], as_of: date) -> Outcome:
        program = compiled(policy, parameters, as_of)
        [match] = match_profile(program, facts)
        return match.verdict, match.amount_fen if match.verdict is Verdict.ELIGIBLE else None

    def batch(policy: Policy, facts: Mapping[str, Value], parameters: Mapping[str, Decimal], as_of: date) -> Outcome:
        program = compiled(policy, parameters, as_of)
        columns = {
            name: pa.array([facts.get(name)], ARROW_TYPES[fact.type])
            for name, fact in vocabulary.of(policy.audience).items()
        }
        table = pa.table(columns)
        verdicts = match_table(program, table)
        verdict = Verdict.of(None if verdicts.unknown(0)[0] else bool(verdicts.true(0)[0]))
        fen, known = amounts_fen(program, policy, table)
        return verdict, int(fen[0]) if verdict is Verdict.ELIGIBLE and known[0] else None

    return {**REFERENCE, "online": online, "batch": batch}


def require_cases(catalogue: Catalogue, policies: tuple[Policy, ...]) -> None:
    """Raise CatalogueInvalid with every case of `policies` that an executor gets wrong."""
    runs = executors(catalogue.vocabulary)
    failures = [failure for policy in policies for failure in run_cases(policy, catalogue.parameters, runs)]
    if failures:
        step = "Mend the rule or the case."
        raise CatalogueInvalid(
            [
                Problem(one.file, one.line, 1, f"{one.executor} says {one.got}, the case {one.expected}.", step)
                for one in failures
            ]
        )
