"""One profile against every policy: each distinct predicate is tested at most once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.amount import benefit_amount_fen
from domain.decision import Verdict
from domain.evaluate import kleene_all, kleene_any, kleene_at_least
from domain.facts import Value
from domain.policy import Policy
from domain.terms import value_of
from matcher.compile import Inverse, Leaf, Node, Program, Quorum, encode

_UNTESTED = object()


@dataclass(frozen=True)
class Match:
    """One policy's verdict; `amount_fen` of one period, None unless eligible or possible and known."""

    policy: Policy
    verdict: Verdict
    amount_fen: int | None


def match_profile(program: Program, values: Mapping[str, Value]) -> list[Match]:
    """Verdicts in the order of `program.policies`; a fact missing from `values` is unknown."""
    tested: list[object] = [_UNTESTED] * len(program.predicates)

    def holds(node: Node) -> bool | None:
        if isinstance(node, Leaf):
            found = tested[node.predicate]
            if found is _UNTESTED:
                predicate = program.predicates[node.predicate]
                value = value_of(program.columns[predicate.column].term, values, program.parameters, program.as_of)
                found = predicate.evaluate(None if value is None else encode(value))
                tested[node.predicate] = found
            return found  # type: ignore[return-value]  # the sentinel never leaves the branch above
        if isinstance(node, Inverse):
            inner = holds(node.item)
            return None if inner is None else not inner
        if isinstance(node, Quorum):
            return kleene_at_least(node.count, (holds(item) for item in node.items))
        return (kleene_all if node.conjunctive else kleene_any)(holds(item) for item in node.items)

    matches = []
    for policy, tree in zip(program.policies, program.trees, strict=True):
        verdict = Verdict.of(holds(tree))
        amount = (
            None if verdict is Verdict.INELIGIBLE else benefit_amount_fen(policy.benefit, values, program.parameters)
        )
        matches.append(Match(policy, verdict, amount))
    return matches
