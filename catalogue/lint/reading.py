"""One policy read with the parameters of one day, and what can be proved with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from catalogue.lint.atoms import AtomReader
from catalogue.lint.findings import Finding, Path, Severity
from catalogue.lint.search import Demand, Search, TooComplex
from domain.expression import Expression
from domain.facts import FactDefinition, Label, Vocabulary
from domain.policy import Policy

STEPS = 100_000
"""What one reading may take, about a third of a second; a rule of 50 clauses takes some thousand."""


@dataclass(frozen=True)
class Reading:
    """A policy with what is proved of it.

    `parameters`: the values of `day`; one without a value then is left open. `ahead`: the day is not today's, but one
    on which a parameter changes.
    """

    policy: Policy
    vocabulary: Vocabulary
    parameters: Mapping[str, Decimal]
    day: date
    ahead: bool = False

    @cached_property
    def search(self) -> Search:
        return Search(AtomReader(self.facts, self.parameters), STEPS)

    @cached_property
    def _open(self) -> Search:
        return Search(AtomReader(self.facts, {}), STEPS)

    @property
    def facts(self) -> Mapping[str, FactDefinition]:
        return self.vocabulary.of(self.policy.audience)

    def rests_on_values(self, demands: Iterable[Demand]) -> bool:
        """Whether demands that are impossible today might not be with other values of the parameters."""
        try:
            return not self._open.impossible(demands)
        except TooComplex:
            return True

    def finding(
        self, code: str, severity: Severity, about: Expression | str | None, path: Path, message: Label, proposal: Label
    ) -> Finding:
        """A finding on this policy; one that only holds from a later day on says so."""
        if self.ahead:
            message = Label(f"自{self.day}起：{message.zh}", f"From {self.day}: {message.en}")
        text = about if isinstance(about, str) else getattr(about, "text", None)
        return Finding(code, severity, self.policy.id, text, path, message, proposal)
