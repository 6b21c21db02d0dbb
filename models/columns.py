"""Which facts and policy attributes a ranker reads: the one place where they are chosen.

Rules admit and the ranker only orders, so a fact may stand here without deciding any entitlement. Left out on
purpose: dates (their durations are here, which do not age with the training set), the area of residence (the district
says as much with fewer words), and what the city should not order by: sex, kind of disability, place of registration.
Position, propensity and the claim itself are never features: they do not exist yet when a slate is ordered.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.amount import PERIODS_PER_YEAR
from domain.facts import Audience
from domain.policy import Policy

FEATURES: Mapping[Audience, tuple[str, ...]] = {
    Audience.CITIZEN: (
        "age_years",
        "registered_in_shanghai",
        "residence_permit",
        "residence_permit_points",
        "months_resident_in_shanghai",
        "residence_district",
        "marital_status",
        "household_size",
        "children_under_3_count",
        "children_under_18_count",
        "elders_over_60_count",
        "lives_alone",
        "household_income_per_person_cny_month",
        "household_assets_per_person_cny",
        "minimum_living_allowance",
        "low_income_household",
        "care_need_level",
        "volunteer_hours",
        "pregnant",
        "months_since_childbirth",
        "chronic_disease_registered",
        "family_doctor_signed",
        "medical_insurance",
        "self_paid_medical_cny_year",
        "school_stage",
        "highest_education",
        "months_since_graduation",
        "employment_status",
        "social_insurance_months",
        "months_unemployed",
        "pension",
        "pension_cny_month",
        "wage_cny_month",
        "skill_certificate",
        "owned_homes_count",
        "housing_area_per_person_m2",
        "renting",
        "rent_cny_month",
        "provident_fund_months",
        "veteran",
        "disability_level",
        "driving_licence",
        "fuel_cars_count",
        "taxable_income_cny_year",
        "supports_parent_over_60",
        "first_home_loan",
        "library_card",
        "waste_sorting_points",
    ),
    Audience.ENTERPRISE: (
        "months_since_registered",
        "registered_district",
        "enterprise_type",
        "industry",
        "key_industry",
        "registered_capital_cny",
        "foreign_invested",
        "branches_count",
        "taxpayer_type",
        "revenue_cny_year",
        "revenue_growth_percent",
        "sales_cny_month",
        "taxable_income_cny_year",
        "total_assets_cny",
        "rd_expense_cny_year",
        "rd_intensity_percent",
        "vat_credit_balance_cny",
        "export_value_cny_year",
        "tax_credit_rating",
        "small_low_profit",
        "employees_count",
        "insured_employees_count",
        "graduates_hired_count",
        "layoff_rate_percent",
        "average_wage_cny_month",
        "trained_employees_count",
        "high_tech_enterprise",
        "technology_sme",
        "srdi_level",
        "rd_staff_share_percent",
        "invention_patents_count",
        "equipment_investment_cny",
        "compute_rent_cny_year",
        "above_scale",
        "loan_balance_cny",
        "loan_interest_cny_year",
        "first_time_borrower",
    ),
}

FEATURE_SERVICE: Mapping[Audience, str] = {
    Audience.CITIZEN: "citizen_ranking",
    Audience.ENTERPRISE: "enterprise_ranking",
}
"""The Feast service that reads these facts, kept with every model version."""

POLICY_WORDS = (
    "policy_id",
    "policy_domain",
    "policy_kind",
    "policy_level",
    "policy_delivery_mode",
    "policy_period",
)
POLICY_NUMBERS = ("policy_materials_count", "policy_unencoded_count")
AMOUNT = "policy_log_amount_cny"
"""log(1 + yuan a year) of this subject's own amount; unknown where the amount is."""
POLICY_COLUMNS = (*POLICY_WORDS, *POLICY_NUMBERS, AMOUNT)


def policy_words(policy: Policy) -> tuple[str, ...]:
    """The values of POLICY_WORDS; a policy that moves no money has the period "none"."""
    return (
        policy.id,
        policy.domain,
        policy.kind,
        policy.level,
        policy.delivery_mode,
        policy.benefit.period or "none",
    )


def policy_numbers(policy: Policy) -> tuple[float, ...]:
    """The values of POLICY_NUMBERS."""
    return (float(len(policy.materials)), float(len(policy.unencoded)))


def periods_per_year(policy: Policy) -> int:
    return PERIODS_PER_YEAR[policy.benefit.period] if policy.benefit.period else 1
