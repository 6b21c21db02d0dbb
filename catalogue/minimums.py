"""This file knows about how much the catalogue must hold, at least: policies by domain and kind, cases of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.facts import Audience
from domain.policy import Kind, Policy, domains_of


@dataclass(frozen=True)
class Minimums:
    """Counts of policies and of the cases of each; an audience or kind that is left out has no minimum."""

    policies: int
    cases_of_each: int
    by_kind: Mapping[Kind, int]
    in_each_domain: Mapping[Audience, int]

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {least}" for kind, least in self.by_kind.items())
        domains = ", ".join(f"{least} in each {audience} domain" for audience, least in self.in_each_domain.items())
        return f"{self.policies} policies, {self.cases_of_each} cases of each; {kinds}; {domains}"

    def shortfalls(self, policies: tuple[Policy, ...], drafts: tuple[Policy, ...] = ()) -> Iterator[str]:
        """What `policies` fall short of, in words; of `drafts` only the cases are counted."""
        if len(policies) < self.policies:
            yield f"The catalogue has {len(policies)} policies, at least {self.policies} are needed."
        for audience, least in self.in_each_domain.items():
            domains = Counter(policy.domain for policy in policies if policy.audience is audience)
            for domain in domains_of(audience):
                if domains[domain] < least:
                    yield f"The domain {domain} has {domains[domain]} policies, at least {least} are needed."
        kinds = Counter(policy.kind for policy in policies)
        for kind, least in self.by_kind.items():
            if kinds[kind] < least:
                yield f"Of the kind {kind} there are {kinds[kind]} policies, at least {least} are needed."
        for policy in (*policies, *drafts):
            if len(policy.cases) < self.cases_of_each:
                has = f"{policy.id} has {len(policy.cases)} cases"
                yield f"{policy.file}: {has}, at least {self.cases_of_each} are needed."


MINIMUMS = Minimums(
    policies=160,
    cases_of_each=5,
    by_kind={Kind.SERVICE: 40, Kind.FUND: 20, Kind.SUBSIDY: 1, Kind.TAX: 25},
    in_each_domain={Audience.CITIZEN: 6, Audience.ENTERPRISE: 8},
)
"""What the city's catalogue must hold: `duixian catalogue check` fails below it, and so does a test."""

NO_MINIMUMS = Minimums(policies=0, cases_of_each=0, by_kind={}, in_each_domain={})
"""For a policy that is checked by itself."""
