"""How many a rule holds for while it is being written."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes.workbench.office import PREFIX, TAG, AtDesk, failures
from api.schemas.workbench.counting import CountAnswer, CountRequest
from catalogue.loader import Catalogue
from catalogue.rules import read_rule
from catalogue.yaml_positions import Page
from domain.errors import CatalogueInvalid
from domain.expression import Expression
from domain.facts import Audience
from workbench.roles import Act

router = APIRouter(prefix=PREFIX, tags=[TAG])


@router.post(
    "/count",
    summary="Count whom a rule holds for",
    description="Over the whole living population, by the words that serve today. Nothing of it is kept. For those who "
    "may write drafts.",
    responses=failures(
        409,
        body=True,
        s400={
            "code": "catalogue-invalid",
            "detail": "The catalogue has 1 problem:\nrule.yaml:2:5: There is no fact 'ag'. Did you mean 'age_years'?\n",
            "next_step": "Mend these lines; nothing was counted.",
            "data": {"problems": ["rule.yaml:2:5: There is no fact 'ag'. Did you mean 'age_years'?"]},
        },
        s409={
            "code": "parameter-expired",
            "detail": "Parameter 'elderly_age_years' has no value in force on 2026-11-24.",
            "next_step": "Add a dated value for that day, with its document.",
            "data": {"parameter": "elderly_age_years", "as_of": "2026-11-24"},
        },
    ),
)
def count(office: AtDesk, asked: CountRequest) -> CountAnswer:
    """Eligible, unknown and ineligible."""
    office.require(Act.WRITE)
    words, today = office.words, office.today
    rule = _rule(asked.rule, asked.audience, words)
    return CountAnswer.of(office.parts.population.count(asked.audience, rule, words, today), today)


def _rule(text: str, audience: Audience, words: Catalogue) -> Expression:
    page = Page("rule.yaml", text)
    if page.root is not None:
        units = {name: parameter.unit for name, parameter in words.parameters.items()}
        rule, _ = read_rule(page, page.root, words.vocabulary, audience, units)
        if not page.problems:
            return rule
    raise CatalogueInvalid(page.problems, next_step="Mend these lines; nothing was counted.")
