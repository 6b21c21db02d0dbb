"""What the search calls impossible never happens, for any rule and any profile; what it should find, it finds."""

import itertools
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.lint.atoms import AtomReader
from catalogue.lint.search import Search, TooComplex
from catalogue.lint.values import Interval, Numbers, Words
from domain.evaluate import evaluate
from domain.facts import NUMERIC
from domain.rules import parse
from tests.matcher.rules import AS_OF_DAYS, FACTS, PARAMETERS, many_profiles, rules

BOUNDED = {
    name: replace(fact, minimum=-1.0, maximum=6.0) if fact.type in NUMERIC else fact for name, fact in FACTS.items()
}


def bounded_profiles(seed, count):
    """Profiles whose numbers lie within their facts' bounds, as imports see to it."""
    return [
        {name: None if name[0] in "in" and not within_bounds(value) else value for name, value in profile.items()}
        for profile in many_profiles(seed, count)
    ]


def within_bounds(value):
    return isinstance(value, int | float) and -1 <= value <= 6


def search(parameters=PARAMETERS, steps=20_000):
    return Search(AtomReader(BOUNDED, parameters), steps)


def impossible(*rules_, wanted=True, parameters=PARAMETERS):
    return search(parameters).impossible([(parse(rule), wanted) for rule in rules_])


@settings(max_examples=400)
@given(st.lists(st.tuples(rules, st.booleans()), min_size=1, max_size=3), st.integers(0, 2**32))
def test_what_is_called_impossible_never_happens(wanted, seed):
    demands = [(parse(rule), true) for rule, true in wanted]
    try:
        if not search().impossible(demands):
            return
    except TooComplex:
        return
    draw = random.Random(seed)
    for profile in bounded_profiles(seed, 60):
        day = draw.choice(AS_OF_DAYS)
        assert not all(evaluate(rule, profile, PARAMETERS, day) is true for rule, true in demands)


@settings(max_examples=100)
@given(rules, st.integers(0, 2**32))
def test_with_open_parameters_nothing_possible_under_some_values_is_called_impossible(rule, seed):
    try:
        shut = search({}).impossible([(parse(rule), True)])
    except TooComplex:
        return
    if shut:
        for p, q in itertools.product(map(Decimal, (-5, 0, 2, 3, 50)), repeat=2):
            for profile in bounded_profiles(seed, 10):
                assert evaluate(parse(rule), profile, {"p": p, "q": q}, AS_OF_DAYS[0]) is not True


@pytest.mark.parametrize(
    "rule",
    [
        {"all": ["i1 >= 5", "i1 < 5"]},
        {"all": ["i1 > 4", "i1 < 5"]},  # no whole number between
        {"all": ["n1 > 4", "n1 <= 4"]},
        {"all": ["i1 in [2, 3]", "i1 not in [0, 2, 3]"]},
        {"all": ["c1 == x", "c1 in [y, z]"]},
        {"all": ["c1 != x", "c1 != y", "c1 != z"]},
        {"all": ["b1", {"not": "b1"}]},
        {"all": ["b1 == false", "b1"]},
        {"all": ["r1 within s.x", "r1 not within s"]},
        {"all": ["r1 within s.x.1", "r1 within s.y"]},
        {"all": ["r1 within s", "r1 not within s.x", "r1 not within s.y"]},  # s itself may be either
        {"all": ["d1 >= 2024-03-01", "d1 < 2024-02-29"]},
        {"all": ['t1 == "a"', 't1 == "b"']},
        {"all": ["i1 < i2", "i2 < i1"]},
        {"all": ["i1 < i2", "i1 >= i2"]},
        {"all": ["c1 == fact.c2", "c2 != fact.c1"]},
        {"all": ["years_since(d1) >= 60", "years_since(d1) < 18"]},
        {"all": ["d1 <= as_of", "d1 > as_of"]},
        {"all": ["n1 >= param.q", "n1 < param.p"]},  # 3 and 2.1
        {"all": ["n1 between 2 and 3", {"any": ["n1 < 2", "n1 > 3"]}]},
        {"all": ["n1 between i1 and i2", "n1 < i1"]},
        {"at_least": {"count": 2, "of": ["c1 == x", "c1 == y", "c1 == z"]}},
        {"all": [{"at_least": {"count": 2, "of": ["b1", "b2", "i1 >= 3"]}}, {"not": "b1"}, "i1 < 3"]},
        "i1 > 6",
        "n1 * 2 > 12",
        "n1 + i1 < -2",
        "months_since(d1) < 0",
        "percent(i1, i2) > 1 / 0",
        "i1 > 7 - i1 * 0",
    ],
)
def test_rules_that_nobody_can_meet_are_seen(rule):
    assert impossible(rule)


@pytest.mark.parametrize(
    "rule",
    [
        {"all": ["i1 >= 5", "i1 <= 5"]},
        {"all": ["n1 > 4", "n1 < 5"]},
        {"all": ["c1 == x", "c2 == y"]},
        {"all": ["r1 within s.x", "r1 within s"]},
        {"all": ["n1 * n1 < 0", "n2 > 1"]},  # too deep: it says nothing
        {"at_least": {"count": 2, "of": ["c1 == x", "c2 == y", "c1 == z"]}},
        {"at_least": {"count": 1, "of": ["c1 == x", "c1 == z"]}},
        {"all": ["i1 <= i2", "i2 <= i1"]},
        # What was tried for the first branch must not burden the second.
        {"any": [{"at_least": {"count": 3, "of": ["i1 == 1", "i1 == 1", "i1 == 2", "i1 > 9"]}}, "i1 == 1"]},
        {
            "any": [
                {"all": [{"any": ["i1 == 1", "b1"]}, {"any": ["i1 == 2", "b2"]}, {"not": "b1"}, {"not": "b2"}]},
                "i1 == 0",
            ]
        },
        {"all": ["c1 != fact.c2", "c2 != fact.c1"]},
        "i1 < i2",
        "n1 - n2 == 7",
    ],
)
def test_rules_that_somebody_meets_are_left_alone(rule):
    assert not impossible(rule)


def test_open_parameters_prove_only_what_holds_for_all_values():
    assert impossible({"all": ["n1 >= param.q", "n1 < param.q"]}, parameters={})
    assert not impossible({"all": ["n1 >= param.q", "n1 < param.p"]}, parameters={})


def test_the_core_leaves_out_what_does_not_matter():
    demands = [(parse(rule), True) for rule in ("b1", "i1 >= 5", "c1 == x", "i1 < 2")]
    assert search().core(demands) == [demands[1], demands[3]]


def test_a_search_that_takes_too_long_gives_up():
    wide = {"all": [{"any": [f"i1 == {a}", f"i2 == {b}", "n1 > 7"]} for a in range(5) for b in range(5)]}
    with pytest.raises(TooComplex):
        search(steps=100).impossible([(parse(wide), True)])


numbers = st.builds(
    lambda low, high, low_in, high_in: Interval(min(low, high), max(low, high), low_in, high_in),
    *(st.integers(-3, 3),) * 2,
    *(st.booleans(),) * 2,
)


@given(st.lists(numbers, max_size=4), st.lists(numbers, max_size=4), st.booleans())
def test_sets_of_numbers_are_sets(first, second, whole):
    a, b = Numbers.of(first, whole=whole), Numbers.of(second, whole=whole)
    for value in [one / (1 if whole else 2) for one in range(-8, 9)]:
        inside = _in(a, value)
        assert inside == any(_in(Numbers((one,)), value) for one in first)
        assert _in(a.meet(b), value) == (inside and _in(b, value))
        assert _in(a.complement(), value) is not inside
    assert a.empty == (not any(_in(a, one / 4) for one in range(-16, 17)))


def _in(numbers, value):
    return any(
        (one.low < value or (one.low == value and one.low_in))
        and (value < one.high or (value == one.high and one.high_in))
        for one in numbers.intervals
    )


@given(*(st.builds(Words, st.frozensets(st.sampled_from("abc")), st.booleans()),) * 2)
def test_sets_of_words_are_sets(a, b):
    def has(words, word):
        return (word in words.words) is not words.negated

    for word in "abcd":
        assert has(a.meet(b), word) == (has(a, word) and has(b, word))
        assert has(a.complement(), word) is not has(a, word)
