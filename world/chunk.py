"""One chunk of the city: this file knows how its people and enterprises are drawn together and tied to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from world.accounts import account_facts
from world.daily_life import daily_facts, housing_facts, service_facts, transport_facts
from world.draws import Array, Column, Draws, Facts
from world.enterprises import INDIVIDUAL, Firms, firms, market_facts, staff_facts
from world.extracts import Numbers, encode, ids, load_registers
from world.health import DISABILITY, disability_of, health_facts
from world.households import DAYS_PER_YEAR, People, people
from world.innovation import conduct_facts, credit_facts, science_facts
from world.livelihood import Schooling, education_facts, insurance_facts, livelihood, schooling, work_facts
from world.marginals import Marginals, load_marginals
from world.population import Gaps, gaps_of, origin_facts, welfare_facts
from world.trades import trade_facts
from world.traits import draw_traits

_WHERE_NEVER = {"months_since_car_scrapped": 240, "appliance_replaced_months": 240, "months_since_penalty": 600}
_TITLES = ("owned_homes_count", "home_purchase_price_cny", "home_listed_for_sale")


@dataclass(frozen=True, slots=True)
class Span:
    """The part of the city that a chunk is: first citizen and enterprise, and how many of each."""

    first_citizen: int
    citizens: int
    first_enterprise: int
    enterprises: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Facts, membership of registers and links of one span; link targets are numbers within the whole city."""

    span: Span
    people: People
    facts: Mapping[str, Facts]  # by register
    listed: Mapping[str, NDArray[np.bool_]]  # by register
    household: Array
    employer: Array
    legal_representative: Array
    traits: Mapping[str, pa.Table]  # by audience
    draws: Draws

    def extract(self, register_name: str) -> pa.Table:
        """The rows of one register, dirty ones among them. Draws: call it once for each register, in one order."""
        register = load_registers()[register_name]
        citizen = register.audience == "citizen"
        numbers = Numbers("C", self.span.first_citizen) if citizen else Numbers("E", self.span.first_enterprise)
        links = {
            "household_id": ("H", self.household),
            "employer_id": ("E", self.employer),
            "legal_representative_id": ("C", self.legal_representative),
        }
        heads = None
        if register_name == "population":  # no enterprise loses its legal representative to the quarantine
            heads = np.zeros(self.span.citizens, dtype=np.bool_)
            heads[self.legal_representative[self.legal_representative >= 0] - self.span.first_citizen] = True
        return encode(
            register, self.facts[register_name], self.listed[register_name], numbers, links, self.people.today,
            self.draws, heads,
        )  # fmt: skip


def draw_chunk(seed: np.random.SeedSequence, span: Span, as_of: date) -> Chunk:
    """Draw people in households and enterprises with their heads and staff; depends on the arguments alone."""
    draws, marginals = Draws(seed), load_marginals()
    crowd = people(draws, span.citizens, marginals, as_of)
    school = schooling(draws, crowd)
    level, kind = disability_of(draws, crowd)
    trade = firms(draws, span.enterprises, marginals, crowd.today)
    heads, founder = _founders(draws, crowd, school, span.enterprises)
    seats = np.cumsum(np.maximum(trade.employees - (trade.kind != INDIVIDUAL), 0)).astype(np.int64)
    work = livelihood(draws, crowd, school, founder, (seats, trade.wage_cny_month), level, marginals)

    gaps = gaps_of(draws, crowd)
    daily = daily_facts(draws, crowd, work)
    insurance = insurance_facts(draws, crowd, work)
    facts: dict[str, Facts] = {
        "population": origin_facts(draws, crowd, marginals, gaps),
        "civil_affairs": welfare_facts(draws, crowd, work, level, marginals, gaps),
        "health": health_facts(draws, crowd, level, gaps),
        "education": _with_gap(education_facts(school), "highest_education", 0.09, gaps),
        "social_insurance": _with_gap(work_facts(draws, crowd, school, work, level), "wage_cny_month", 0.06, gaps),
        "disability": {"disability_level": Column(level), "disability_kind": Column(kind, categories=DISABILITY)},
        "housing": housing_facts(draws, crowd, work, gaps),
        "veterans": service_facts(draws, crowd),
        "transport": transport_facts(draws, crowd, work),
        **{
            register: {fact: (insurance | daily)[fact] for fact in load_registers()[register].fields}
            for register in ("medical_insurance", "provident_fund", "income_tax", "justice", "city_life")
        },
    }
    facts |= _enterprise_facts(draws, trade, heads, crowd, school, facts, marginals)
    listed = _citizen_lists(draws, crowd, facts) | _enterprise_lists(draws, trade, facts)
    for someone in listed.values():  # an extract without rows would look like a failed one
        someone[:1] |= not someone.any()
    employer = np.where(work.employer >= 0, work.employer + span.first_enterprise, -1)
    comfort = np.clip(0.92 - 0.011 * np.maximum(crowd.age - 25, 0), 0.1, 1) + 0.05 * work.tertiary
    firm_comfort = np.clip(0.45 + 0.06 * np.log(trade.employees), 0.2, 0.95)
    return Chunk(
        span=span,
        people=crowd,
        facts=facts,
        listed=listed,
        # The number of a household is that of its first member, so that it is unique in the city.
        household=np.searchsorted(crowd.household, crowd.household) + span.first_citizen,
        employer=employer,
        legal_representative=np.where(heads >= 0, heads + span.first_citizen, -1),
        traits={
            "citizen": draw_traits(draws, ids("C", span.first_citizen + np.arange(span.citizens)), comfort),
            "enterprise": draw_traits(
                draws, ids("E", span.first_enterprise + np.arange(span.enterprises)), firm_comfort
            ),
        },
        draws=draws,
    )


def _founders(draws: Draws, crowd: People, school: Schooling, m: int) -> tuple[Array, NDArray[np.bool_]]:
    """Each enterprise's legal representative, an adult out of school (-1 if there is none), and who is one."""
    founder = np.zeros(len(crowd), dtype=np.bool_)
    able = np.flatnonzero((crowd.age >= 19) & (crowd.age < 76) & (school.stage == 0))
    if not len(able):
        return np.full(m, -1, dtype=np.int64), founder
    wish = np.exp(-(((crowd.age[able] - 42) / 15.0) ** 2)) * np.where(crowd.male[able], 1.0, 0.5)
    order = able[np.argsort(-np.log(draws.uniform(len(able)) + 1e-9) / wish)]
    heads = order[np.arange(m) % len(order)]  # more enterprises than able adults: some head several
    founder[heads] = True
    return draws.rng.permutation(heads), founder


def _enterprise_facts(
    draws: Draws,
    trade: Firms,
    heads: Array,
    crowd: People,
    school: Schooling,
    citizen: Mapping[str, Facts],
    marginals: Marginals,
) -> dict[str, Facts]:
    has_head = heads >= 0
    head = np.where(has_head, heads, 0)
    if len(crowd):
        adult = (crowd.today - crowd.birth_day[head] - 18 * DAYS_PER_YEAR).astype(np.int32)
        since = crowd.today - school.graduated_day[head]
        recent = has_head & (school.education[head] >= 3) & (since >= 0) & (since < 5 * DAYS_PER_YEAR)
        veteran = has_head & citizen["veterans"]["veteran"].values[head]
    else:
        adult = np.full(len(trade), 20_000, dtype=np.int32)
        recent = veteran = has_head
    market, days = market_facts(draws, trade, marginals.districts, np.where(has_head, adult, 20_000))
    accounts, revenue = account_facts(draws, trade, days)
    science = science_facts(draws, trade, days, revenue, accounts)
    return {
        "market": market | trade_facts(draws.apart(), trade, revenue, accounts["total_assets_cny"].values),
        "tax": accounts,
        "employment": staff_facts(draws, trade, days, recent, veteran),
        "science": science,
        "finance": credit_facts(draws, trade, revenue, science),
        "compliance": conduct_facts(draws, trade),
    }


def _with_gap(facts: Facts, fact: str, share: float, gaps: Gaps) -> Facts:
    return facts | {fact: gaps.hide(facts[fact], share)}


def _anything(facts: Facts) -> NDArray[np.bool_]:
    """Who has anything on record that is not the register's word for nothing."""
    found = [
        column.values != _WHERE_NEVER.get(name, 0)
        for name, column in facts.items()
        if column.known is None or not name.endswith("_on")
    ]
    return np.asarray(np.logical_or.reduce(found), dtype=np.bool_)


def _citizen_lists(draws: Draws, crowd: People, facts: Mapping[str, Facts]) -> dict[str, NDArray[np.bool_]]:
    n = len(crowd)
    often = np.where(crowd.registered, 0.98, 0.93).astype(np.float32)
    civil, life, homes = facts["civil_affairs"], facts["transport"], facts["housing"]
    recognised = [civil[f].values for f in civil if civil[f].values.dtype == np.bool_]
    return {
        "population": np.ones(n, dtype=np.bool_),
        "civil_affairs": draws.chance(often) | np.logical_or.reduce(recognised) | (civil["care_need_level"].values > 0),
        "health": draws.chance(often),
        "medical_insurance": facts["medical_insurance"]["medical_insurance"].values < 2,
        "education": draws.chance(often) | (facts["education"]["school_stage"].values > 0),
        "social_insurance": crowd.age >= 16,
        "housing": draws.chance(often) | np.logical_or.reduce([homes[name].values > 0 for name in _TITLES]),
        "provident_fund": facts["provident_fund"]["provident_fund_months"].values > 0,
        "veterans": _anything({f: c for f, c in facts["veterans"].items() if f != "discharged_on"}),
        "disability": facts["disability"]["disability_level"].values > 0,
        "transport": _anything({f: c for f, c in life.items() if f != "oldest_car_emission_standard"}),
        "income_tax": facts["income_tax"]["taxable_income_cny_year"].values > 0,
        "justice": _anything(facts["justice"]),
        "city_life": _anything(facts["city_life"]),
    }


def _enterprise_lists(draws: Draws, trade: Firms, facts: Mapping[str, Facts]) -> dict[str, NDArray[np.bool_]]:
    m = len(trade)
    small = trade.employees < 10
    science = {f: c for f, c in facts["science"].items() if f != "high_tech_certified_on"}
    return {
        "market": np.ones(m, dtype=np.bool_),
        "tax": draws.chance(np.where(small, 0.96, 0.995).astype(np.float32)),
        "employment": draws.chance(np.where(small, 0.97, 0.99).astype(np.float32)),
        "science": _anything(science),
        "finance": _anything(facts["finance"]),
        "compliance": _anything(facts["compliance"]),
    }
