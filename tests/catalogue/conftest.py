"""A small catalogue of one policy and its parameters, for tests to break."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from catalogue.loader import DEFAULT_ROOT

POLICY_PATH = "policies/citizen/elderly_care/bus-pass.yaml"
PARAMETERS_PATH = "parameters/bus.yaml"

POLICY = """\
id: bus-pass
version: 1
audience: citizen
domain: elderly_care
kind: subsidy
level: city
title: {zh: 乘车补贴, en: Bus allowance}
summary: {zh: 老人乘车补贴。, en: An allowance for buses.}
agency: {zh: 交通委, en: Transport office}
document: {title: 关于乘车补贴的通知, number: null, issued_on: null, url: null}
verification: illustrative
true_on: 2025-01-01
effective: {from: 2024-01-01, to: 2027-12-31}
eligibility:
  all:
    - registered_in_shanghai
    - age_years >= param.bus_age_years
    - any:
        - residence_district in [xuhui, minhang]
        - not: driving_licence
benefit:
  period: month
  amount: param.bus_cny_month
delivery: one_click
materials:
  - {label: {zh: 身份证, en: Identity card}, replaced_by: {zh: 电子身份证, en: Electronic identity card}}
cases:
  - name: 七十岁徐汇居民
    facts: {registered_in_shanghai: true, age_years: 70, residence_district: xuhui}
    verdict: eligible
    amount_cny: 20
  - name: 六十九岁
    facts: {registered_in_shanghai: true, age_years: 69, residence_district: xuhui}
    verdict: ineligible
  - name: 年龄未知
    facts: {registered_in_shanghai: true, residence_district: xuhui}
    verdict: unknown
"""

PARAMETERS = """\
bus_age_years:
  label: {zh: 年龄, en: Age}
  unit: years
  document: {title: 关于乘车补贴的通知}
  verification: illustrative
  values: [{from: 2020-01-01, to: null, value: 70}]
bus_cny_month:
  label: {zh: 金额, en: Amount}
  unit: cny_per_month
  document: {title: 关于乘车补贴的通知}
  verification: illustrative
  values:
    - {from: 2020-01-01, to: 2024-12-31, value: 15}
    - {from: 2025-01-01, to: null, value: 20}
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A valid catalogue's folder."""
    shutil.copy(DEFAULT_ROOT / "vocabulary.yaml", tmp_path)
    (tmp_path / "parameters").mkdir()
    shutil.copy(DEFAULT_ROOT / "parameters/derived_facts.yaml", tmp_path / "parameters")
    for name, text in ((POLICY_PATH, POLICY), (PARAMETERS_PATH, PARAMETERS)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def write(root: Path) -> Write:
    """Write one more file, or another text of a file, into the catalogue."""

    def write_file(name: str, text: str) -> Path:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file
