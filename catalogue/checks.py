"""This file knows about the catalogue's own checks: every policy's cases, coverage, counts, and what the cases miss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalogue.cases import default_day
from catalogue.loader import Catalogue, parameter_names
from catalogue.minimums import MINIMUMS, Minimums
from catalogue.variants import judged
from domain.amount import benefit_amount_fen
from domain.decision import Verdict
from domain.errors import DuixianError
from domain.evaluate import evaluate
from domain.expression import All, AnyOf, Between, Clause, Compare, Expression, clauses
from domain.facts import Audience, Value
from domain.policy import Case, Kind, Parameter, Policy, Verification, domains_of

Outcome = tuple[Verdict, int | None]
"""A verdict and, where it is eligible, the amount of one period in fen (None: unknown)."""

Executor = Callable[[Policy, Mapping[str, Value], Mapping[str, Decimal], date], Outcome]
"""What judges one profile: policy, facts (those not named are unknown), parameter values of the day, the day."""


def reference(policy: Policy, facts: Mapping[str, Value], parameters: Mapping[str, Decimal], as_of: date) -> Outcome:
    """The domain's evaluator as an executor."""
    verdict = Verdict.of(evaluate(policy.eligibility, facts, parameters, as_of))
    if verdict is not Verdict.ELIGIBLE:
        return verdict, None
    return verdict, benefit_amount_fen(policy.benefit, facts, parameters, as_of)


REFERENCE: Mapping[str, Executor] = {"reference": reference}


@dataclass(frozen=True)
class CaseFailure:
    """A case that an executor got wrong; `line` is where the case is named in `file`."""

    policy_id: str
    case: str
    executor: str
    file: str
    line: int
    expected: str
    got: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: case {self.case!r} expects {self.expected}, but {self.executor} says {self.got}."
        )


@dataclass(frozen=True)
class CaseGap:
    """A clause that the cases do not hold in place: it could be `fault` and all of them would come out the same."""

    policy_id: str
    clause: str
    fault: str
    file: str

    def __str__(self) -> str:
        return f"{self.file}: {self.clause!r} could be {self.fault} and no case would notice. Add one that would."


@dataclass(frozen=True)
class CheckReport:
    """What the catalogue holds and whether its cases come out right. Counts are by value, in the enums' order."""

    policies: int
    parameters: int
    cases: int
    consultations: int
    consultation_cases: int
    executors: tuple[str, ...]
    by_verification: Mapping[str, int]
    parameters_by_verification: Mapping[str, int]
    by_kind: Mapping[str, int]
    by_domain: Mapping[Audience, Mapping[str, int]]
    shortfalls: tuple[str, ...]
    failures: tuple[CaseFailure, ...]
    case_gaps: tuple[CaseGap, ...]

    @property
    def ok(self) -> bool:
        """Every case came out right and there is enough of everything; gaps in the cases are only a warning."""
        return not (self.failures or self.shortfalls)


def check_catalogue(
    catalogue: Catalogue, executors: Mapping[str, Executor] = REFERENCE, *, minimums: Minimums = MINIMUMS
) -> CheckReport:
    """Run every case of every policy and consultation through every executor, and count what there is.

    Consultations are counted apart. `shortfalls` says in words where there is less than `minimums`.
    """
    policies, drafts = catalogue.policies, catalogue.consultations
    by_domain = {
        audience: {
            str(domain): sum(policy.domain == domain for policy in catalogue.policies_of(audience))
            for domain in domains_of(audience)
        }
        for audience in Audience
    }
    by_kind = Counter(policy.kind for policy in policies)
    marks = Counter(policy.verification for policy in policies)
    parameter_marks = Counter(parameter.verification for parameter in catalogue.parameters.values())
    return CheckReport(
        policies=len(policies),
        parameters=len(catalogue.parameters),
        cases=sum(len(policy.cases) for policy in policies),
        consultations=len(drafts),
        consultation_cases=sum(len(draft.cases) for draft in drafts),
        executors=tuple(executors),
        by_verification={str(mark): marks[mark] for mark in Verification},
        parameters_by_verification={str(mark): parameter_marks[mark] for mark in Verification},
        by_kind={str(kind): by_kind[kind] for kind in Kind},
        by_domain=by_domain,
        shortfalls=tuple(minimums.shortfalls(policies, drafts)),
        failures=tuple(
            failure for policy in (*policies, *drafts) for failure in run_cases(policy, catalogue.parameters, executors)
        ),
        case_gaps=tuple(gap for policy in (*policies, *drafts) for gap in case_gaps(policy, catalogue.parameters)),
    )


def case_day(policy: Policy, case: Case) -> date:
    """The day a case is judged on: its own, or the day on which the policy's facts were known to be true."""
    return case.as_of or default_day(policy.true_on, policy.effective_from)


def run_cases(
    policy: Policy, parameters: Mapping[str, Parameter], executors: Mapping[str, Executor] = REFERENCE
) -> Iterator[CaseFailure]:
    """The cases of one policy, such as an officer's draft, that an executor gets wrong."""
    for case in policy.cases:
        expected = _words(case.verdict, case.amount_fen)
        for name, executor in executors.items():
            try:
                day = case_day(policy, case)
                got = _words(*executor(policy, case.facts, _values(policy, parameters, day), day))
            except DuixianError as error:
                got = f"an error: {error}"
            if got != expected:
                yield CaseFailure(policy.id, case.name, name, policy.file, _line_of(policy, case), expected, got)


def case_gaps(policy: Policy, parameters: Mapping[str, Parameter]) -> Iterator[CaseGap]:
    """The clauses of `policy` that its cases do not hold: none depends on them, or none stands on their boundary."""
    days = [case_day(policy, case) for case in policy.cases]
    values = [_values(policy, parameters, day) for day in days]

    distinct = list(dict.fromkeys(clauses(policy.eligibility)))
    shifts = {clause: list(_shifted_boundaries(clause)) for clause in distinct}
    tried = {clause: [All(()), AnyOf(()), *(shifted for _, shifted in shifts[clause])] for clause in distinct}
    faults = [(clause, replacement) for clause in distinct for replacement in tried[clause]]
    unnoticed = [True] * len(faults)
    for case, of_day, day in zip(policy.cases, values, days, strict=True):
        verdicts = judged(policy.eligibility, faults, case.facts, of_day, day)
        unnoticed = [before and verdict is case.verdict for before, verdict in zip(unnoticed, verdicts, strict=True)]
    rest = iter(unnoticed)
    for clause in distinct:
        true, false, *moved = [next(rest) for _ in tried[clause]]
        if true and false:
            yield CaseGap(policy.id, clause.text, "left out", policy.file)
            continue
        for (words, _), gap in zip(shifts[clause], moved, strict=True):
            if gap:
                yield CaseGap(policy.id, clause.text, words, policy.file)


_SHIFTED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def _shifted_boundaries(clause: Clause) -> Iterator[tuple[str, Expression]]:
    """The same clause with a boundary moved from inside to outside or back, in words and as a rule."""
    match clause.test:
        case Compare(operator=symbol, right=right) if symbol in _SHIFTED:
            shifted = _SHIFTED[symbol]
            yield f"'{shifted}'", Clause(clause.text, clause.left, Compare(shifted, right))
        case Between(low=low, high=high):
            for words, ends in (("without its lower end", (">", "<=")), ("without its upper end", (">=", "<"))):
                yield (
                    words,
                    All(
                        tuple(
                            Clause(clause.text, clause.left, Compare(symbol, operand))
                            for symbol, operand in zip(ends, (low, high), strict=True)
                        )
                    ),
                )


def _values(policy: Policy, parameters: Mapping[str, Parameter], day: date) -> dict[str, Decimal]:
    return {name: parameters[name].at(day) for name in parameter_names(policy)}


def _words(verdict: Verdict, amount_fen: int | None) -> str:
    if verdict is not Verdict.ELIGIBLE:
        return str(verdict)
    return "eligible, amount unknown" if amount_fen is None else f"eligible, {Decimal(amount_fen) / 100:.2f} yuan"


def _line_of(policy: Policy, case: Case) -> int:
    return _first(number for number, line in enumerate(policy.source.splitlines(), 1) if case.name in line)


def _first(numbers: Iterable[int]) -> int:
    return next(iter(numbers), 1)
