"""Parameters whose values end while a policy still needs them, or soon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from catalogue.lint.findings import Finding, Path, Severity
from catalogue.lint.positions import clauses_with_paths
from catalogue.loader import Catalogue, parameter_names
from catalogue.parameters import first_uncovered_day
from domain.amount import benefit_facts
from domain.derivation import fact_sources, parameter_sources
from domain.expression import clauses
from domain.facts import FactDefinition, Label
from domain.policy import Parameter, Policy
from domain.terms import ParameterRef

SOON = timedelta(days=90)
"""A quarter: what a new value takes from its document to a reviewed and published parameter."""


def parameter_findings(policy: Policy, words: Catalogue, as_of: date) -> Iterator[Finding]:
    """A finding for each parameter of the policy, and of the derived facts that it reads, that ends too early."""
    start = max(as_of, policy.effective_from)
    if policy.effective_to is not None and policy.effective_to < start:
        return
    ending = []
    for name in parameter_names(policy):
        parameter, until = words.parameters[name], _until(policy)
        gap = first_uncovered_day(parameter, start, policy.effective_to)
        if gap is None:
            if policy.effective_to is not None and parameter.values[-1].to == policy.effective_to:
                ending.append(parameter)
            continue
        yield Finding(
            "parameter-ends",
            Severity.ERROR if gap <= start else Severity.WARNING,
            policy.id,
            *_place(policy, ParameterRef(name)),
            Label(
                f"参数 param.{name}（{parameter.label.zh}）在{gap}没有值，而政策{until.zh}。",
                f"param.{name} ({parameter.label.en}) has no value on {gap}, but the policy {until.en}.",
            ),
            Label(
                "请补上届时有效的值及其文件，或让政策届时终止。",
                "Add the value in force then, with its document, or let the policy end with it.",
            ),
        )
    if ending and policy.effective_to is not None and policy.effective_to <= as_of + SOON:
        yield _ending(policy, ending, policy.effective_to, as_of)
    yield from _of_derived_facts(policy, words, start)


def _ending(policy: Policy, parameters: Sequence[Parameter], last: date, as_of: date) -> Finding:
    """The policy ends together with what it names, soon."""
    days, names = (last - as_of).days, [f"param.{one.name}" for one in parameters]
    return Finding(
        "parameter-ends-soon",
        Severity.NOTE,
        policy.id,
        *_place(policy, ParameterRef(parameters[0].name)),
        Label(
            f"{'、'.join(names)}与政策都在{last}到期，还有{days}天。",
            f"{', '.join(names)} and the policy end on {last}, in {days} days.",
        ),
        Label(
            "若政策延续，请及时补上新值并发布新版本；否则无需处理。",
            "If it is to go on, add the new values and publish a new version in time; otherwise nothing need be done.",
        ),
    )


def _of_derived_facts(policy: Policy, words: Catalogue, start: date) -> Iterator[Finding]:
    """Without a value for a parameter of its law, a derived fact is unknown for everybody, whatever the policy says."""
    facts = words.vocabulary.of(policy.audience)
    read = [name for clause in clauses(policy.eligibility) for name in clause.facts()]
    for fact in dict.fromkeys([*read, *benefit_facts(policy.benefit)]):
        gaps = {
            name: gap
            for name in sorted(_parameters_behind(fact, facts))
            if (gap := first_uncovered_day(words.parameters[name], start, policy.effective_to)) is not None
        }
        if not gaps:
            continue
        first, label, until = min(gaps.values()), facts[fact].label, _until(policy)
        ended = [f"param.{name}" for name, gap in gaps.items() if gap == first]
        yield Finding(
            "derived-fact-ends",
            Severity.ERROR if first <= start else Severity.WARNING,
            policy.id,
            *_place(policy, fact),
            Label(
                f"推算事实项“{label.zh}”（{fact}）依据的{'、'.join(ended)}自{first}起没有值，"
                f"届时所有对象的这一项都是未知，而政策{until.zh}。",
                f"From {first} the derived fact {label.en!r} ({fact}) is unknown for everybody, since then"
                f" {', '.join(ended)} {'has' if len(ended) == 1 else 'have'} no value; but the policy {until.en}.",
            ),
            Label("请补上届时有效的值及其文件。", "Add the value in force then, with its document."),
        )


def _parameters_behind(fact: str, facts: Mapping[str, FactDefinition]) -> set[str]:
    """The parameters of a derived fact's law, and of those that it rests on."""
    derivation = facts[fact].derivation
    if derivation is None:
        return set()
    below = (_parameters_behind(name, facts) for name in fact_sources(derivation))
    return set(parameter_sources(derivation)).union(*below)


def _until(policy: Policy) -> Label:
    if policy.effective_to is None:
        return Label("没有终止日期", "has no end")
    return Label(f"有效至{policy.effective_to}", f"is in force until {policy.effective_to}")


def _place(policy: Policy, named: str | ParameterRef) -> tuple[str | None, Path]:
    """The first clause that reads a fact or parameter, and where it stands; the amount where no clause does."""
    for clause, path in clauses_with_paths(policy.eligibility):
        if named in (*clause.facts(), *clause.parts()):
            return clause.text, path
    return None, ("benefit",)
