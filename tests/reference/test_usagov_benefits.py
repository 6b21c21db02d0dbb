"""Real federal benefits, all of them, in the language of our rules: by hand, by the reference, online and in batch."""

import itertools
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from domain.decision import Verdict
from domain.evaluate import evaluate
from domain.expression import All, clauses
from domain.facts import Audience, FactType, Value, Vocabulary
from domain.policy import Policy
from domain.rules import parse
from domain.typecheck import clause_errors
from matcher.batch.kernel import BEST, PORTABLE
from matcher.batch.match import match_table
from matcher.compile import compile_policies
from matcher.online.match import match_profile
from tests.reference import usagov
from tests.reference.usagov import READINGS, Condition, Criterion, FederalBenefit, fact_name
from tests.reference.usagov_texts import TEXTS, TODAY, accepts, possible_answers

pytestmark = pytest.mark.reference

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "usagov_cases.yaml").read_text(encoding="utf-8"))
ARROW = {FactType.BOOLEAN: pa.bool_(), FactType.CATEGORY: pa.string(), FactType.DATE: pa.date32()}


@dataclass(frozen=True)
class Federal:
    """What the folder holds, converted once for all tests."""

    folder: Path
    criteria: Mapping[str, Criterion]
    vocabulary: Vocabulary
    benefits: Mapping[str, FederalBenefit]
    policies: tuple[Policy, ...]

    def conditions(self) -> Iterator[tuple[FederalBenefit, Condition]]:
        for benefit in self.benefits.values():
            for condition in benefit.conditions:
                yield benefit, condition

    def judged(self, people: list[dict[str, Value]], as_of: date) -> list[dict[str, Verdict]]:
        """Each person's verdicts by benefit, on which the reference, the online and the batch executor must agree."""
        program = compile_policies(self.policies, self.vocabulary, {}, Audience.CITIZEN, as_of)
        facts = self.vocabulary.of(Audience.CITIZEN)
        table = pa.table(
            {
                name: pa.array([person.get(name) for person in people], type=ARROW[fact.type])
                for name, fact in facts.items()
            }
        )
        batch = [match_table(program, table, path=path) for path in (PORTABLE, BEST)]
        planes = [(verdicts.all_true(), verdicts.all_unknown()) for verdicts in batch]
        found = []
        for j, person in enumerate(people):
            self.vocabulary.check(Audience.CITIZEN, person)
            reference = [Verdict.of(evaluate(policy.eligibility, person, {}, as_of)) for policy in self.policies]
            assert [match.verdict for match in match_profile(program, person)] == reference
            for true, unknown in planes:
                in_batch = [
                    Verdict.of(None if open_to_question else bool(met))
                    for met, open_to_question in zip(true[:, j], unknown[:, j], strict=True)
                ]
                assert in_batch == reference
            found.append({policy.id: verdict for policy, verdict in zip(self.policies, reference, strict=True)})
        return found


@pytest.fixture(scope="session")
def federal(reference_data: Path) -> Federal:
    folder = reference_data / "usagov_benefits"
    if not folder.is_dir():
        pytest.skip("reference data: DUIXIAN_REFERENCE_DATA has no folder usagov_benefits")
    criteria = usagov.read_criteria(folder)
    benefits = usagov.read_benefits(folder, criteria)
    return Federal(
        folder,
        criteria,
        usagov.vocabulary(criteria),
        {benefit.id: benefit for benefit in benefits},
        tuple(usagov.policy(benefit) for benefit in benefits),
    )


def test_all_61_benefits_and_all_247_conditions_become_rules(federal: Federal) -> None:
    pages = sorted((federal.folder / "content" / "benefits").glob("*.md"))
    # Counted in the raw text, apart from the converter.
    written = {page.stem: re.findall(r"criteriaKey: *(\S+)", page.read_text(encoding="utf-8")) for page in pages}
    assert len(pages) == len(federal.policies) == 61
    assert sum(map(len, written.values())) == 247
    assert {policy.id for policy in federal.policies} == written.keys()
    for policy in federal.policies:
        assert isinstance(policy.eligibility, All)
        for item, key in zip(policy.eligibility.items, written[policy.id], strict=True):
            assert fact_name(key) in [name for clause in clauses(item) for name in clause.facts()]


def test_every_clause_is_sound_in_the_vocabulary_made_of_the_questions(federal: Federal) -> None:
    faults = [
        error
        for policy in federal.policies
        for clause in clauses(policy.eligibility)
        for error in clause_errors(clause, federal.vocabulary, Audience.CITIZEN, {})
    ]
    assert faults == []


def test_the_one_word_that_its_question_does_not_offer_is_refused(federal: Federal) -> None:
    refused = {
        (benefit.id, condition.criterion.key)
        for benefit, condition in federal.conditions()
        for clause in clauses(parse(condition.encoded))
        if list(clause_errors(clause, federal.vocabulary, Audience.CITIZEN, {}))
    }
    assert refused == {("va-health-care-program-for-dependent", "applicant_marital_status")}


def test_only_the_postcode_which_no_benefit_reads_has_no_fact(federal: Federal) -> None:
    facts = federal.vocabulary.of(Audience.CITIZEN)
    assert [key for key, one in federal.criteria.items() if one.fact not in facts] == ["applicant_disaster_zone"]


def test_each_condition_accepts_exactly_its_acceptable_values(federal: Federal) -> None:
    answers_tried = 0
    for benefit, condition in federal.conditions():
        rule = parse(condition.encoded)
        for answer in (None, *possible_answers(condition.criterion)):
            holds = evaluate(rule, {condition.criterion.fact: answer}, {}, TODAY)
            assert holds is accepts(condition, answer), (benefit.id, condition.criterion.key, answer)
            answers_tried += 1
    assert answers_tried > 247 * 3


def test_the_text_rules_where_it_says_more_than_its_encoding(federal: Federal) -> None:
    read_by_hand = {
        (benefit.id, condition.criterion.key)
        for benefit, condition in federal.conditions()
        if condition.rule != condition.encoded
    }
    assert read_by_hand == READINGS.keys()
    assert {benefit for benefit, _ in READINGS} == TEXTS.keys()


@pytest.mark.parametrize("benefit", sorted(TEXTS))
def test_a_reading_by_hand_says_what_its_text_says(benefit: str, federal: Federal) -> None:
    [condition] = [one for one in federal.benefits[benefit].conditions if (benefit, one.criterion.key) in READINGS]
    rule = parse(condition.rule)
    asked = sorted({name for clause in clauses(rule) for name in clause.facts()})
    facts = federal.vocabulary.of(Audience.CITIZEN)
    offered = {one.fact: possible_answers(one) for one in federal.criteria.values() if one.fact in facts}
    people = [
        dict(zip(asked, answers, strict=True))
        for answers in itertools.product(*(offered.get(name, (True, False)) for name in asked))
    ]
    assert len(people) >= 4
    for person in people:
        assert evaluate(rule, person, {}, TODAY) is TEXTS[benefit](person), person


def test_no_number_in_a_condition_s_text_is_lost(federal: Federal) -> None:
    for benefit, condition in federal.conditions():
        if condition.criterion.type == "date":
            lost = set(re.findall(r"\d+", condition.text)) - set(re.findall(r"[1-9]\d*", str(condition.rule)))
            assert not lost, (benefit.id, condition.text, condition.rule)


def test_the_forty_cases_touch_many_benefits_and_every_verdict() -> None:
    assert len(CASES) == len({case["case"] for case in CASES}) == 40
    assert len({case["benefit"] for case in CASES}) >= 20
    assert min(Counter(Verdict(case["verdict"]) for case in CASES)[verdict] for verdict in Verdict) >= 9


@pytest.mark.parametrize("case", CASES, ids=[f"{case['benefit']}: {case['case']}" for case in CASES])
def test_all_executors_give_the_verdict_worked_out_by_hand(case: dict[str, Any], federal: Federal) -> None:
    person = {fact_name(key): value for key, value in case["answers"].items()}
    [verdicts] = federal.judged([person], case["as_of"])
    assert verdicts[case["benefit"]] == case["verdict"]

    held = {
        condition.criterion.key: evaluate(parse(condition.rule), person, {}, case["as_of"])
        for condition in federal.benefits[case["benefit"]].conditions
    }
    match Verdict(case["verdict"]):
        case Verdict.INELIGIBLE:
            assert {key for key, holds in held.items() if holds is False} == set(case["decides"])
        case Verdict.UNKNOWN:
            assert {key for key, holds in held.items() if holds is None} == set(case["decides"])
        case Verdict.ELIGIBLE:
            assert held.keys() >= set(case["decides"])


def test_all_executors_agree_on_people_at_the_edge_of_every_benefit(federal: Federal) -> None:
    chance = random.Random(247)
    people = [_near(benefit, federal, chance) for benefit in federal.benefits.values() for _ in range(12)]
    verdicts = federal.judged(people, TODAY)
    seen = {(benefit, verdict) for one in verdicts for benefit, verdict in one.items()}
    # Every rule was seen to say all three, so that agreeing means something.
    assert len(seen) == len(federal.policies) * len(Verdict)


def _near(benefit: FederalBenefit, federal: Federal, chance: random.Random) -> dict[str, Value]:
    """Somebody who qualifies, or would but for an answer or two that are missing or different."""
    facts = federal.vocabulary.of(Audience.CITIZEN)
    person: dict[str, Value] = {name: chance.random() < 0.9 for name in usagov.ASKED_IN_PASSING}
    for criterion in federal.criteria.values():
        if criterion.fact in facts:
            person[criterion.fact] = chance.choice(possible_answers(criterion))
    for condition in benefit.conditions:
        right = [answer for answer in possible_answers(condition.criterion) if accepts(condition, answer)]
        person[condition.criterion.fact] = chance.choice(right)
    for name in chance.sample(sorted(person), chance.choice([0, 0, 1, 3])):
        del person[name]
    if chance.random() < 0.5:
        criterion = chance.choice(benefit.conditions).criterion
        person[criterion.fact] = chance.choice((None, *possible_answers(criterion)))
    return person
