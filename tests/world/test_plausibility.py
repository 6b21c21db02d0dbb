"""What must hold of every single citizen and enterprise, and where registers know little."""

import numpy as np
import pytest
from numpy.typing import NDArray

from world.chunk import Chunk
from world.draws import Column
from world.livelihood import EMPLOYED, FLEXIBLE, RETIRED, STUDENT, UNEMPLOYED
from world.marginals import load_marginals


def fact(sample: Chunk, register: str, name: str) -> Column:
    return sample.facts[register][name]


def is_word(column: Column, *words: str) -> NDArray[np.bool_]:
    return np.isin(column.values, [column.categories.index(word) for word in words])


def test_pensions_are_for_the_retired(sample: Chunk) -> None:
    pension = fact(sample, "social_insurance", "pension")
    drawn = ~is_word(pension, "none")
    assert (fact(sample, "social_insurance", "employment_status").values[drawn] == RETIRED).all()
    assert sample.people.age[drawn].min() >= 50
    assert (fact(sample, "social_insurance", "pension_cny_month").values[~drawn] == 0).all()
    assert drawn.mean() > 0.15


def test_school_stage_fits_the_age(sample: Chunk) -> None:
    stage, age = fact(sample, "education", "school_stage"), sample.people.age
    for word, low, high in (("kindergarten", 3, 5), ("primary", 6, 10), ("junior", 11, 14), ("university", 18, 22)):
        ages = age[is_word(stage, word)]
        assert low <= ages.min() <= ages.max() <= high, word
    assert (fact(sample, "social_insurance", "employment_status").values[is_word(stage, "primary")] == STUDENT).all()


def test_degrees_were_earned_in_the_past_and_not_by_children(sample: Chunk) -> None:
    level, graduated = fact(sample, "education", "highest_education"), fact(sample, "education", "graduated_on")
    assert sample.people.age[is_word(level, "bachelor")].min() >= 22
    assert graduated.known is not None
    assert graduated.values[graduated.known].max() <= sample.people.today
    assert (graduated.values > sample.people.birth_day).all()


def test_wages_are_for_the_employed_and_rise_with_schooling(sample: Chunk) -> None:
    wage = fact(sample, "social_insurance", "wage_cny_month").values
    employed = fact(sample, "social_insurance", "employment_status").values == EMPLOYED
    assert (wage[~employed] == 0).all()
    assert 0.0005 < (wage[employed] < load_marginals().minimum_wage_cny_month).mean() < 0.01
    level = fact(sample, "education", "highest_education")
    medians = [np.median(wage[employed & is_word(level, word)]) for word in ("junior", "college", "bachelor", "master")]
    assert medians == sorted(medians)


def test_unemployment_spells_are_for_the_unemployed(sample: Chunk) -> None:
    status = fact(sample, "social_insurance", "employment_status").values
    assert ((fact(sample, "social_insurance", "months_unemployed").values > 0) <= (status == UNEMPLOYED)).all()
    hardship = fact(sample, "social_insurance", "employment_hardship").values
    assert np.isin(status[hardship], [UNEMPLOYED, FLEXIBLE]).all()
    assert 0 < (status[hardship] == FLEXIBLE).mean() < 0.5
    assert (
        fact(sample, "social_insurance", "unemployment_insurance_months").values
        <= fact(sample, "social_insurance", "social_insurance_months").values
    ).all()


def test_hardship_follows_from_income(sample: Chunk) -> None:
    income = fact(sample, "civil_affairs", "household_income_per_person_cny_month").values
    allowance = fact(sample, "civil_affairs", "minimum_living_allowance").values
    low = fact(sample, "civil_affairs", "low_income_household").values
    assert allowance.any()
    assert low.any()
    assert not (allowance & low).any()
    assert income[allowance].max() < income[low].max() <= np.median(income)
    assert sample.people.registered[allowance].all()


def test_disability_and_care_need_rise_with_age(sample: Chunk) -> None:
    age = sample.people.age
    disabled = fact(sample, "disability", "disability_level").values > 0
    care = fact(sample, "civil_affairs", "care_need_level").values
    assert disabled[age < 30].mean() < disabled[(age >= 40) & (age < 60)].mean() < disabled[age >= 70].mean()
    assert (care[age < 60] == 0).all()
    assert care[(age >= 60) & (age < 70)].mean() < care[age >= 80].mean()


def test_only_women_are_pregnant_or_give_birth(sample: Chunk) -> None:
    male = sample.people.male
    assert not fact(sample, "health", "pregnant").values[male].any()
    assert (fact(sample, "health", "months_since_childbirth").values[male] == 720).all()


def test_ages_of_parents_and_children_fit(sample: Chunk) -> None:
    people = sample.people
    oldest = np.zeros(people.households, dtype=np.int64)
    np.maximum.at(oldest, people.household, people.age)
    children = people.age < 18
    # The chunk's last household may be cut short; all others have a grown-up who could be the parent.
    whole = people.household < people.households - 1
    assert (oldest[people.household][children & whole] - people.age[children & whole]).min() >= 17


def test_links_lead_to_subjects_that_exist(sample: Chunk) -> None:
    heads, employers = sample.legal_representative, sample.employer
    assert ((heads >= 0) & (heads < len(sample.people))).all()
    assert sample.people.age[heads].min() >= 18
    employed = fact(sample, "social_insurance", "employment_status").values == EMPLOYED
    assert (employers < sample.span.enterprises).all()
    assert ((employers >= 0) <= employed).all()
    staff = np.bincount(employers[employers >= 0], minlength=sample.span.enterprises)
    assert (staff <= fact(sample, "employment", "employees_count").values).all()
    assert (sample.household >= 0).all()
    assert (sample.household <= np.arange(len(sample.people))).all()


def test_facts_about_founders_are_facts_about_their_legal_representatives(sample: Chunk) -> None:
    heads = sample.legal_representative
    veteran = fact(sample, "veterans", "veteran").values
    assert (fact(sample, "employment", "founder_veteran").values == veteran[heads]).all()
    founded = fact(sample, "market", "registered_on").values
    grown_up = sample.people.birth_day[heads] + 18 * 365
    assert ((founded >= grown_up) | (founded >= sample.people.today - 31)).all()


def test_enterprise_counts_never_exceed_the_staff(sample: Chunk) -> None:
    employees = fact(sample, "employment", "employees_count").values
    insured = fact(sample, "employment", "insured_employees_count").values
    assert (insured <= employees).all()
    for name in ("graduates_hired_count", "hardship_persons_hired_count", "disabled_employees_count"):
        assert (fact(sample, "employment", name).values <= insured).all()
    assert (fact(sample, "science", "rd_staff_count").values <= employees).all()


@pytest.mark.parametrize(
    ("register", "name"),
    [
        ("civil_affairs", "household_income_per_person_cny_month"),
        ("civil_affairs", "household_assets_per_person_cny"),
        ("housing", "housing_area_per_person_m2"),
        ("housing", "rent_cny_month"),
        ("health", "chronic_disease_registered"),
        ("population", "residence_permit_points"),
        ("health", "months_since_womens_screening"),
    ],
)
def test_five_to_fifteen_per_cent_are_unknown_and_more_of_the_migrants(sample: Chunk, register: str, name: str) -> None:
    known = fact(sample, register, name).known
    assert known is not None
    assert 0.05 <= (~known).mean() <= 0.15
    registered = sample.people.registered
    assert (~known)[~registered].mean() > 1.3 * (~known)[registered].mean()


@pytest.mark.parametrize(
    ("register", "name"),
    [
        ("tax", "total_assets_cny"),
        ("tax", "vat_paid_cny_year"),
        ("tax", "small_taxes_cny_year"),
        ("tax", "new_equipment_unit_price_cny"),
        ("employment", "work_injury_payout_percent"),
    ],
)
def test_small_firms_leave_more_unsaid(sample: Chunk, register: str, name: str) -> None:
    employees = fact(sample, "employment", "employees_count").values
    known = fact(sample, register, name).known
    assert known is not None
    assert 0.05 <= (~known).mean() <= 0.15
    assert (~known)[employees < 20].mean() > 1.5 * (~known)[employees >= 50].mean()


@pytest.mark.parametrize(("register", "name"), [("population", "birth_date"), ("social_insurance", "pension")])
def test_other_facts_are_nearly_complete(sample: Chunk, register: str, name: str) -> None:
    assert fact(sample, register, name).known is None


def test_headquarters_are_recognised_among_foreign_invested_and_large_companies(sample: Chunk) -> None:
    recognised = fact(sample, "market", "headquarters_recognised").values
    foreign = fact(sample, "market", "foreign_invested").values
    employees = fact(sample, "employment", "employees_count").values
    assert 0.001 < recognised.mean() < 0.01
    assert recognised[foreign].mean() > 10 * recognised[~foreign].mean() > 0
    assert np.median(employees[recognised]) > 5 * np.median(employees)


def test_key_industries_gather_in_the_districts_known_for_them(sample: Chunk) -> None:
    industry, district = fact(sample, "science", "key_industry"), fact(sample, "market", "registered_district")
    for word, place, times in (
        ("artificial_intelligence", "xuhui", 3),
        ("artificial_intelligence", "pudong", 1.2),
        ("integrated_circuits", "pudong", 1.8),
        ("biomedicine", "pudong", 1.8),
    ):
        there = is_word(district, place)
        assert there[is_word(industry, word)].mean() > times * there.mean(), (word, place)


def test_firms_of_artificial_intelligence_rent_computing_power(sample: Chunk) -> None:
    rent = fact(sample, "science", "compute_rent_cny_year").values
    trains = is_word(fact(sample, "science", "key_industry"), "artificial_intelligence")
    assert (rent[trains] > 0).mean() > 0.7
    assert (rent[~trains] > 0).mean() < 0.4
    assert (rent[is_word(fact(sample, "market", "enterprise_type"), "individual_business")] == 0).all()


def test_who_lives_together_is_in_one_street_which_lies_in_the_district_known(sample: Chunk) -> None:
    area, district = fact(sample, "population", "residence_area"), fact(sample, "population", "residence_district")
    assert area.known is not None
    assert district.known is not None
    words, places = np.array(area.categories)[area.values], np.array(district.categories)[district.values]
    around = np.char.add("shanghai.", places)
    fits = (words == around) | np.char.startswith(words, np.char.add(around, "."))
    assert fits[district.known].all()
    assert (words[area.known & ~district.known] == "shanghai").all()
    in_street = area.known & (np.char.count(words, ".") == 2)
    streets = {(home, word) for home, word in zip(sample.people.household[in_street], words[in_street], strict=True)}
    assert len({home for home, _ in streets}) == len(streets)
    # Many are known to the district only, so that a rule about a street is open for them.
    listed = np.isin(places, ["huangpu", "xuhui", "changning", "jingan"]) & district.known
    assert 0.6 < in_street[listed].mean() < 0.9
    assert not in_street[~listed].any()


def test_homes_are_listed_by_their_owners_and_bought_by_grown_ups(sample: Chunk) -> None:
    listed = fact(sample, "housing", "home_listed_for_sale").values
    held = fact(sample, "housing", "listed_home_held_months").values
    price = fact(sample, "housing", "home_purchase_price_cny").values
    area = fact(sample, "housing", "home_purchase_area_m2").values
    assert fact(sample, "housing", "owned_homes_count").values[listed].min() >= 1
    assert ((held > 0) == listed).all()
    assert ((price > 0) == (area > 0)).all()
    assert sample.people.age[price > 0].min() >= 24
    assert 0.01 < (price > 0).mean() < 0.04
    # Who sells often buys at the same time.
    assert (price[listed] > 0).mean() > 3 * (price > 0).mean()


def test_cars_on_order_and_charged_ones_are_for_drivers(sample: Chunk) -> None:
    drives = fact(sample, "transport", "driving_licence").values
    ordered = fact(sample, "transport", "new_energy_car_price_cny").values > 0
    owned = fact(sample, "transport", "new_energy_cars_count").values > 0
    assert drives[ordered | owned].all()
    assert ordered.any()
    scrapped = fact(sample, "transport", "months_since_car_scrapped").values < 240
    assert ordered[scrapped].mean() > 1.5 * ordered[drives & ~scrapped].mean()


def test_a_complaint_has_a_kind_and_a_price_and_without_one_there_is_neither(sample: Chunk) -> None:
    complains = fact(sample, "city_life", "consumer_complaint_open").values
    assert (is_word(fact(sample, "city_life", "complaint_kind"), "none") == ~complains).all()
    assert ((fact(sample, "city_life", "complaint_price_cny").values > 0) == complains).all()


def test_members_of_rural_collectives_live_in_the_outer_districts_and_whole_households_are(sample: Chunk) -> None:
    member, people = fact(sample, "civil_affairs", "rural_member").values, sample.people
    assert people.registered[member].all()
    district = fact(sample, "population", "residence_district")
    outer, inner = is_word(district, "chongming"), is_word(district, "huangpu", "xuhui", "jingan")
    assert member[outer & people.registered].mean() > 0.3
    assert not member[inner].any()
    members, registered = (people.count_by_household(some) for some in (member, people.registered))
    assert (members[member] == registered[member]).all()


def test_only_women_are_screened_and_only_workers_save_for_a_pension_of_their_own(sample: Chunk) -> None:
    assert (fact(sample, "health", "months_since_womens_screening").values[sample.people.male] == 720).all()
    saves = fact(sample, "social_insurance", "individual_pension_account").values
    status = fact(sample, "social_insurance", "employment_status")
    assert is_word(status, "employed", "self_employed", "flexible")[saves].all()
    assert 0.1 < saves.mean() < 0.25


def test_some_enterprises_are_in_their_first_year_and_they_are_small(sample: Chunk) -> None:
    days = sample.people.today - fact(sample, "market", "registered_on").values
    new = days < 365
    assert 0.05 < new.mean() < 0.15
    assert (days < 31).any()
    assert np.median(fact(sample, "employment", "employees_count").values[new]) < 10


def test_a_few_firms_were_founded_to_employ_people_with_a_disability(sample: Chunk) -> None:
    insured = fact(sample, "employment", "insured_employees_count").values
    share = fact(sample, "employment", "disabled_employees_count").values / np.maximum(insured, 1)
    welfare = (share >= 0.25) & (insured >= 20)
    assert 0 < welfare.mean() < 0.005


def test_who_has_just_retired_may_still_have_provident_fund_savings(sample: Chunk) -> None:
    months = fact(sample, "provident_fund", "provident_fund_months").values
    retired = fact(sample, "social_insurance", "employment_status").values == RETIRED
    assert (months[retired] > 0).any()
    assert sample.people.age[retired & (months > 0)].max() < 63
    assert not fact(sample, "provident_fund", "provident_fund_loan").values[retired].any()


def test_classes_of_size_follow_the_standard_of_the_trade(sample: Chunk) -> None:
    size = fact(sample, "market", "enterprise_size")
    makes = is_word(fact(sample, "market", "industry"), "manufacturing")
    company = ~is_word(fact(sample, "market", "enterprise_type"), "individual_business")
    employees = fact(sample, "employment", "employees_count").values
    revenue = fact(sample, "tax", "revenue_cny_year").values
    at_least_small = makes & company & (employees >= 20) & (revenue >= 3e6)
    assert (is_word(size, "micro")[makes & company] == ~at_least_small[makes & company]).all()
    assert is_word(size, "large")[makes & company & (employees >= 1000) & (revenue >= 4e8)].all()
    assert is_word(size, "micro", "small")[~company].all()
    shares = [is_word(size, word).mean() for word in ("micro", "small", "medium", "large")]
    assert shares == sorted(shares, reverse=True)


def test_reliefs_are_for_those_who_can_have_them(sample: Chunk) -> None:
    sales = fact(sample, "tax", "sales_cny_month").values
    small = is_word(fact(sample, "tax", "taxpayer_type"), "small_scale")
    assert (fact(sample, "tax", "vat_paid_cny_year").values[small & (sales <= 100_000)] == 0).all()
    revenue = fact(sample, "tax", "revenue_cny_year").values
    software = fact(sample, "tax", "software_sales_cny_year").values
    codes = is_word(fact(sample, "science", "key_industry"), "software")
    assert (software <= revenue).all()
    special = ~is_word(fact(sample, "tax", "site_use"), "none")
    owns = fact(sample, "tax", "land_property_tax_cny_year").values > 0
    assert owns[special].mean() > 3 * owns[~special].mean()
    assert (software[codes] > 0).mean() > 0.4 > 10 * (software[~codes] > 0).mean()
    profit = fact(sample, "tax", "first_profit_on")
    assert profit.known is not None
    assert 0.25 < (~profit.known).mean() < 0.45
    first = profit.values[profit.known].astype("datetime64[D]")
    assert (first == first.astype("datetime64[Y]")).all()
    founded = fact(sample, "market", "registered_on").values[profit.known]
    assert (founded.astype("datetime64[D]").astype("datetime64[Y]") <= first.astype("datetime64[Y]")).all()


def test_what_funds_ask_for_goes_with_trade_and_certificate(sample: Chunk) -> None:
    key = fact(sample, "science", "key_industry")
    trains = is_word(key, "artificial_intelligence")
    sales = fact(sample, "science", "ai_sales_cny_year").values
    assert (sales[trains] > 0).mean() > 0.7 > 10 * (sales[~trains] > 0).mean()
    tried = ~is_word(fact(sample, "science", "clinical_trial_phase"), "none")
    assert is_word(key, "biomedicine")[tried].all()
    certified = fact(sample, "science", "high_tech_enterprise").values
    for register, name in (("science", "public_project_grant_cny_year"), ("finance", "equity_financing_two_years_cny")):
        has = fact(sample, register, name).values > 0
        assert has[certified].mean() > 5 * has[~certified].mean() > 0, name
    overdue = fact(sample, "finance", "loan_overdue").values
    assert overdue.any()
    assert (fact(sample, "finance", "loan_balance_cny").values[overdue] > 0).all()


def test_a_penalty_for_the_environment_is_one_of_the_last_three_years(sample: Chunk) -> None:
    since = fact(sample, "compliance", "months_since_penalty").values
    assert since[fact(sample, "compliance", "environmental_penalty").values].max() < 36
    assert 0.03 < (since < 600).mean() < 0.15
