"""Reference, online and batch agree on random rules and profiles, unknowns included."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.amount import benefit_amount_fen
from domain.decision import Verdict
from domain.evaluate import evaluate
from domain.facts import Audience, FactDefinition, FactType, Label, Value, Vocabulary
from domain.policy import (
    Benefit,
    Brackets,
    DeliveryMode,
    Document,
    FixedAmount,
    Kind,
    Level,
    NoMoney,
    Period,
    PerUnit,
    Policy,
    Share,
    Step,
    Verification,
)
from domain.profile import Fact, FactStatus, Profile
from domain.rules import parse
from domain.terms import ParameterRef
from matcher.batch import amounts_fen, match_table
from matcher.compile import compile_policies
from matcher.explain import explain
from matcher.online import match_profile

NAME = Label("名", "name")
TYPES = {"i": "integer", "n": "number", "b": "boolean", "c": "category", "d": "date"}
ARROW = {"i": pa.int64(), "n": pa.float64(), "b": pa.bool_(), "c": pa.string(), "d": pa.date32()}
FACTS = {
    name: FactDefinition(
        name, Audience.CITIZEN, FactType(TYPES[name[0]]), "none", NAME, "r", 1, dict.fromkeys("xyz", NAME)
    )
    for name in ("i1", "i2", "n1", "b1", "b2", "c1", "d1")
}
WORDS = Vocabulary({Audience.CITIZEN: FACTS}, {}, {"none": Label("", "")})
PARAMETERS = {"p": Decimal("2.1"), "q": Decimal(3), "rate": Decimal("12.5")}
DAY = date(2024, 2, 27)

numbers = st.sampled_from([-1, 0, 1, 2, 3, 4])
doubles = st.sampled_from([-1.0, 0.0, 0.1, 2.1, 2.5, 3.0, 0.3]) | st.floats(-1e6, 1e6, allow_subnormal=False)
days = st.integers(0, 5).map(lambda n: DAY + timedelta(days=n))
OF_TYPE: dict[str, st.SearchStrategy[Value]] = {
    "i": numbers,
    "n": doubles,
    "b": st.booleans(),
    "c": st.sampled_from("xyz"),
    "d": days,
}
profiles = st.fixed_dictionaries({name: st.none() | OF_TYPE[name[0]] for name in FACTS})


@st.composite
def clause(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(sorted(FACTS)))
    kind = name[0]
    if kind == "b":
        return draw(st.sampled_from([name, f"{name} == false", f"{name} != true"]))
    if kind == "c":
        words = ", ".join(draw(st.lists(st.sampled_from("xyz"), min_size=1, max_size=2)))
        return draw(st.sampled_from([f"{name} in [{words}]", f"{name} not in [{words}]", f"{name} != x"]))
    operand = days.map(str) if kind == "d" else st.sampled_from(["-1", "0", "2.1", "3", "param.p", "param.q"])
    a, b = draw(operand), draw(operand)
    symbol = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    return draw(st.sampled_from([f"{name} {symbol} {a}", f"{name} between {a} and {b}"]))


rules = st.recursive(
    clause(),
    lambda below: (
        st.builds(lambda items: {"all": items}, st.lists(below, min_size=1, max_size=3))
        | st.builds(lambda items: {"any": items}, st.lists(below, min_size=1, max_size=3))
        | st.builds(lambda item: {"not": item}, below)
    ),
    max_leaves=8,
)
forms = st.sampled_from(
    [
        NoMoney(),
        FixedAmount(ParameterRef("p")),
        Brackets("i1", (Step(Decimal(1), 10), Step(Decimal(3), ParameterRef("q")))),
        Share("n1", ParameterRef("rate"), 500),
        Share("n1", 15),
        PerUnit("i2", ParameterRef("p"), 7),
    ]
)


def policy(number: int, rule: object, form: object) -> Policy:
    return Policy(
        id=f"policy-{number}", version=1, audience=Audience.CITIZEN, domain="health", kind=Kind.FUND,
        level=Level.CITY, title=NAME, summary=NAME, agency=NAME, document=Document("d"),
        verification=Verification.ILLUSTRATIVE, true_on=DAY, effective_from=DAY, effective_to=None,
        eligibility=parse(rule), benefit=Benefit(form, Period.ONCE), delivery_mode=DeliveryMode.ONE_CLICK,  # type: ignore[arg-type]
    )  # fmt: skip


def table(rows: list[Mapping[str, Value]]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], type=ARROW[name[0]]) for name in FACTS})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example([("i1 != 2.1", NoMoney())], [dict.fromkeys(FACTS) | {"i1": 2}])  # a fraction against a column of integers
@given(st.lists(st.tuples(rules, forms), min_size=1, max_size=6), st.lists(profiles, min_size=1, max_size=20))
def test_reference_online_and_batch_give_the_same_verdicts_and_amounts(written, rows):
    policies = [policy(number, *parts) for number, parts in enumerate(written)]
    program = compile_policies(policies, WORDS, PARAMETERS, Audience.CITIZEN, DAY)
    columns = table(rows)
    verdicts = match_table(program, columns)
    for j, row in enumerate(rows):
        for i, match in enumerate(match_profile(program, row)):
            wanted = evaluate(policies[i].eligibility, row, PARAMETERS, DAY)
            batch = None if verdicts.unknown[i, j] else bool(verdicts.true[i, j])
            assert match.verdict is Verdict.of(wanted)
            assert batch is wanted
            profile = Profile("s", Audience.CITIZEN, {n: Fact(v, "r", DAY, FactStatus.KNOWN) for n, v in row.items()})
            decision = explain(policies[i], profile, WORDS, PARAMETERS, DAY)
            assert decision.verdict is match.verdict
            assert decision.amount_fen == match.amount_fen
    for one in policies:
        fen, known = amounts_fen(program, one, columns)
        wanted_fen = [benefit_amount_fen(one.benefit, row, PARAMETERS) for row in rows]
        assert [int(f) if k else None for f, k in zip(fen, known, strict=True)] == wanted_fen
    assert np.array_equal(verdicts.counts().sum(axis=1), np.full(len(policies), len(rows)))


@settings(max_examples=200, deadline=None)
@given(rules, profiles)
def test_deciding_a_missing_fact_settles_only_what_was_unknown(rule, row):
    one = policy(0, rule, NoMoney())
    profile = Profile("s", Audience.CITIZEN, {n: Fact(v, "r", DAY, FactStatus.KNOWN) for n, v in row.items()})
    decision = explain(one, profile, WORDS, PARAMETERS, DAY)
    missing = set(decision.missing_facts)
    assert (decision.verdict is Verdict.UNKNOWN) == bool(missing)
    assert all(row[name] is None for name in missing)
    # Filling in every missing fact must decide the verdict: the named set is enough.
    sample: dict[str, Value] = {"i": 1, "n": 1.0, "b": True, "c": "x", "d": DAY}
    filled = {n: sample[n[0]] if n in missing else v for n, v in row.items()}
    if missing:
        assert evaluate(one.eligibility, filled, PARAMETERS, DAY) is not None
