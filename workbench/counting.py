"""How many a rule holds for while it is being written, before it is any policy's."""

from __future__ import annotations

from datetime import date

from catalogue.loader import Catalogue
from domain.expression import Expression
from domain.facts import Audience, Label
from domain.policy import Benefit, DeliveryMode, Document, Kind, Level, NoMoney, Policy, Verification, domains_of
from matcher.batch.match import count_table
from matcher.compile import compile_policies
from workbench.measuring import Subjects

_NOTHING = Label("", "")


def count_rule(
    audience: Audience, rule: Expression, words: Catalogue, subjects: Subjects, as_of: date
) -> tuple[int, int, int]:
    """How many of the subjects are eligible by the rule, unknown and ineligible.

    Raises ParameterExpired and UnknownFact.
    """
    parameters = words.parameters_at(as_of)
    program = compile_policies([_stand_in(audience, rule, as_of)], words.vocabulary, parameters, audience, as_of)
    [[eligible, unknown, ineligible]] = count_table(program, subjects.coded(program)).tolist()
    return eligible, unknown, ineligible


def _stand_in(audience: Audience, rule: Expression, as_of: date) -> Policy:
    """Programs are made of policies: one that has this rule and is nothing else."""
    return Policy(
        id="rule",
        version=1,
        audience=audience,
        domain=domains_of(audience)[0],
        kind=Kind.SERVICE,
        level=Level.CITY,
        title=_NOTHING,
        summary=_NOTHING,
        agency=_NOTHING,
        document=Document(title=""),
        verification=Verification.ILLUSTRATIVE,
        true_on=as_of,
        effective_from=as_of,
        effective_to=None,
        eligibility=rule,
        benefit=Benefit(NoMoney()),
        delivery_mode=DeliveryMode.INFORM,
    )
