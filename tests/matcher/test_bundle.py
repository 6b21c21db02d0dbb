"""The best lawful bundle against brute force over all subsets, and what it says of what it leaves out."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.combination import CapSpan, Combination, CombinationTerms, Exclusion, HighestOnly, JointCap
from domain.errors import BundleInvalid, BundleUnsolved
from domain.facts import Audience, Label
from domain.policy import Document, Period, Verification
from domain.terms import ParameterRef
from matcher.bundle.best import Cause, Option, Received, best_bundle
from matcher.bundle.packing import Cap, Packing, pack


def rule(terms: CombinationTerms, name: str = "rule") -> Combination:
    return Combination(
        name, Audience.CITIZEN, Label("规则", "Rule"), Document("某文件"), Verification.ILLUSTRATIVE,
        date(2024, 1, 1), None, terms,
    )  # fmt: skip


def yearly(**fen: int | None) -> list[Option]:
    return [Option(name, amount, Period.YEAR) for name, amount in fen.items()]


def highest_under_caps(taken: Sequence[int], packing: Packing) -> int:
    """By trying every payment of each option in turn; only for small amounts."""

    @lru_cache(None)
    def rest(k: int, rooms: tuple[int, ...]) -> int:
        if k == len(taken):
            return 0
        over = [c for c, cap in enumerate(packing.caps) if taken[k] in cap.members]
        most = min([packing.amounts[taken[k]], *(rooms[c] for c in over)])
        tried = range(most, -1, -1) if over else (most,)
        return max(
            paid + rest(k + 1, tuple(room - paid * (c in over) for c, room in enumerate(rooms))) for paid in tried
        )

    return rest(0, tuple(cap.room for cap in packing.caps))


def highest_under_nested_caps(taken: Sequence[int], packing: Packing) -> int:
    """Paid one by one: with caps of which any two are nested or apart, every order reaches the highest sum."""
    rooms = [cap.room for cap in packing.caps]
    total = 0
    for i in taken:
        over = [c for c, cap in enumerate(packing.caps) if i in cap.members]
        paid = min([packing.amounts[i], *(rooms[c] for c in over)])
        total += paid
        for c in over:
            rooms[c] -= paid
    return total


def best_subset(packing: Packing, highest) -> tuple[int, tuple[int, ...], dict[int, int]]:
    """The highest sum, the first of the smallest subsets that reach it, and each other option's loss."""
    sums = {
        taken: highest(taken, packing)
        for count in range(len(packing.amounts) + 1)
        for taken in combinations(range(len(packing.amounts)), count)
        if all(len(members & set(taken)) <= 1 for members in packing.one_of)
    }
    total = max(sums.values())
    best = next(taken for taken, reached in sums.items() if reached == total)  # smaller subsets come first
    losses = {
        i: total - max(reached for taken, reached in sums.items() if i in taken)
        for i in range(len(packing.amounts))
        if i not in best
    }
    return total, best, losses


@st.composite
def packings(draw: st.DrawFn, amounts: st.SearchStrategy[int], rooms: st.SearchStrategy[int], most: int) -> Packing:
    count = draw(st.integers(0, most))
    if count == 0:
        return Packing([])
    sets = st.frozensets(st.integers(0, count - 1), min_size=1, max_size=5)
    return Packing(
        draw(st.lists(amounts, min_size=count, max_size=count)),
        draw(st.lists(sets, max_size=4)),
        [Cap(*cap) for cap in draw(st.lists(st.tuples(sets, rooms), max_size=4))],
    )


def agrees(packing: Packing, highest) -> None:
    found = pack(packing)
    total, best, losses = best_subset(packing, highest)
    assert (found.total, tuple(found.paid), found.losses) == (total, best, losses)
    assert all(0 <= paid <= packing.amounts[i] for i, paid in found.paid.items())
    assert all(sum(found.paid.get(i, 0) for i in cap.members) <= cap.room for cap in packing.caps)


@settings(max_examples=120, deadline=None)
# Three caps that cross in a ring: half a unit each would be worth more than whole units can be.
@example(Packing([1, 1, 1, 1], [], [Cap(frozenset({i, (i + 1) % 3}), 1) for i in range(3)]))
# Two such rings, linked: by now a whole unit more.
@example(
    Packing(
        [1] * 6,
        [],
        [Cap(frozenset({i + k, (i + 1) % 3 + k}), 1) for k in (0, 3) for i in range(3)] + [Cap(frozenset({0, 3}), 1)],
    )
)
@example(Packing([3, 3, 2, 3, 4, 3, 3], [], [Cap(frozenset({0, 3, 4, 5}), 5), Cap(frozenset({0, 6}), 5)]))
@given(packings(st.integers(0, 4), st.integers(0, 8), 9))
def test_the_bundle_is_the_best_of_all_subsets_under_any_caps(packing):
    agrees(packing, highest_under_caps)


BELOW_THE_CAP_BY_ONE = Packing(
    [9_999_999_997, 1_000_000_000, 999_999_998, 999_999_998],
    [frozenset({0, 1})],
    [Cap(frozenset({0, 1, 2, 3}), 9_999_999_998)],
)
NEAR = st.sampled_from([10**9, 3 * 10**9 + 1, 10**10 - 1]).flatmap(lambda big: st.integers(big - 2, big))


@st.composite
def near_packings(draw: st.DrawFn) -> Packing:
    drawn = draw(packings(NEAR | st.integers(0, 10**10), st.integers(0, 2 * 10**10), 10))
    nested = [cap for k, cap in enumerate(drawn.caps) if all(_nested(cap, other) for other in drawn.caps[:k])]
    return Packing(drawn.amounts, drawn.one_of, nested)


@settings(max_examples=60, deadline=None)
@example(BELOW_THE_CAP_BY_ONE)
@given(near_packings())
def test_amounts_of_a_hundred_million_yuan_that_differ_by_a_fen_are_told_apart(packing):
    agrees(packing, highest_under_nested_caps)


@settings(max_examples=60, deadline=None)
@example(BELOW_THE_CAP_BY_ONE)
@given(near_packings())
def test_where_the_solver_stops_short_the_search_decides(packing):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.bundle.packing._FEW", 0)
        patch.setattr("matcher.bundle.packing._BRANCHES_OF_MANY", 0)

        def stops(*_: object, **__: object) -> None:
            raise BundleUnsolved("no end")

        patch.setattr("matcher.bundle.packing.IntegerProgram.highest", stops)
        agrees(packing, highest_under_nested_caps)


@settings(max_examples=60, deadline=None)
@given(packings(st.integers(0, 4), st.integers(0, 8), 9), st.sampled_from([0, 3, 20]))
def test_where_the_search_takes_long_the_solver_finds_the_same(packing, branches):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.bundle.packing._FEW", 0)
        patch.setattr("matcher.bundle.packing._BRANCHES_OF_MANY", branches)
        agrees(packing, highest_under_caps)


def _nested(one: Cap, other: Cap) -> bool:
    a, b = one.members, other.members
    return a <= b or b <= a or not a & b


@settings(max_examples=60, deadline=None)
@given(packings(st.integers(0, 5), st.integers(0, 9), 12))
def test_a_city_of_rules_gives_the_same_bundle_as_the_bare_problem(packing):
    """The same problems as options and combinations: a third of the caps is spent before, the others are for life."""
    names = [f"p{i:02}" for i in range(len(packing.amounts))]
    rules = [
        rule(HighestOnly(tuple(names[i] for i in members)), f"group-{k}")
        for k, members in enumerate(packing.one_of)
        if len(members) > 1
    ]
    rules += [
        rule(
            JointCap((*(names[i] for i in cap.members), "past"), Decimal(cap.room + 2) / 100, CapSpan.LIFE), f"cap-{k}"
        )
        for k, cap in enumerate(packing.caps)
    ]
    options = [Option(name, amount, Period.YEAR) for name, amount in zip(names, packing.amounts, strict=True)]
    bundle = best_bundle(options, rules, {}, [Received("past", 1, 2)])
    wanted = pack(packing)
    assert {one.policy_id: one.paid_fen for one in bundle.taken} == {names[i]: a for i, a in wanted.paid.items()}
    assert [one.policy_id for one in bundle.left_out] == sorted(set(names) - {names[i] for i in wanted.paid})
    for left in bundle.left_out:
        assert (left.cause is Cause.NOTHING_TO_PAY) == (left.full_fen == 0)
        assert left.cause in (Cause.NOTHING_TO_PAY, Cause.INSTEAD, Cause.CAP_REACHED)
        assert bool(left.combinations) == (left.full_fen != 0)
    assert all(bool(one.cut_by) == (one.paid_fen < one.full_fen) for one in bundle.taken)


def test_the_higher_of_two_that_exclude_each_other_is_taken_and_the_difference_is_told():
    apart = rule(Exclusion("rent", ("loan",)))
    bundle = best_bundle(yearly(rent=500_000, loan=380_000, other=100), [apart], {})
    assert [(one.policy_id, one.paid_fen) for one in bundle.taken] == [("other", 100), ("rent", 500_000)]
    [left] = bundle.left_out
    assert (left.policy_id, left.cause, left.combinations, left.instead) == ("loan", Cause.INSTEAD, (apart,), ("rent",))
    assert left.loss_fen == 120_000


def test_two_lower_ones_together_beat_the_highest_that_excludes_both():
    bundle = best_bundle(yearly(a=100, b=70, c=60), [rule(Exclusion("a", ("b", "c")))], {})
    assert [one.policy_id for one in bundle.taken] == ["b", "c"]
    assert bundle.left_out[0].instead == ("b", "c")
    assert bundle.left_out[0].loss_fen == 30


def test_of_a_group_one_is_paid_and_months_count_twelve_times():
    options = [Option("monthly", 1_000, Period.MONTH), Option("once", 11_999, Period.ONCE)]
    bundle = best_bundle(options, [rule(HighestOnly(("monthly", "once", "not an option")))], {})
    assert [(one.policy_id, one.paid_fen) for one in bundle.taken] == [("monthly", 12_000)]
    assert bundle.left_out[0].loss_fen == 1


def test_a_lower_one_of_a_group_is_taken_where_another_rule_makes_it_worth_more():
    group = rule(HighestOnly(("high", "low")), "group")
    cap = rule(JointCap(("high", "big"), Decimal("1.00"), CapSpan.YEAR), "cap")
    bundle = best_bundle(yearly(high=100, low=80, big=100), [group, cap], {})
    assert [(one.policy_id, one.paid_fen) for one in bundle.taken] == [("big", 100), ("low", 80)]
    assert bundle.left_out[0].combinations == (group,)
    assert bundle.left_out[0].loss_fen == 80


def test_a_cap_cuts_the_last_and_what_was_received_counts_against_it():
    cap = rule(JointCap(("a", "b", "gone"), ParameterRef("limit"), CapSpan.YEAR))
    received = [Received("gone", 1_000, 9_000)]
    bundle = best_bundle(yearly(a=6_000, b=8_000), [cap], {"limit": Decimal(130)}, received)
    assert [(one.policy_id, one.paid_fen, one.full_fen, one.cut_by) for one in bundle.taken] == [
        ("a", 4_000, 6_000, (cap,)),
        ("b", 8_000, 8_000, ()),
    ]


def test_a_cap_for_life_counts_what_earlier_years_paid():
    cap = rule(JointCap(("a",), 100, CapSpan.LIFE))
    bundle = best_bundle(yearly(a=6_000), [cap], {}, [Received("a", 0, 10_000)])
    assert bundle.taken == ()
    assert (bundle.left_out[0].cause, bundle.left_out[0].combinations) == (Cause.CAP_REACHED, (cap,))


def test_what_excludes_a_policy_received_this_year_is_left_out():
    apart = rule(Exclusion("a", ("b",)))
    bundle = best_bundle(yearly(a=100, b=900), [apart], {}, [Received("a", 100, 100)])
    assert [one.policy_id for one in bundle.taken] == ["a"]
    assert (bundle.left_out[0].cause, bundle.left_out[0].instead) == (Cause.ALREADY_RECEIVED, ("a",))


def test_an_unknown_amount_is_left_out_and_said_and_so_is_nothing():
    bundle = best_bundle(yearly(a=None, b=0, c=5), [rule(HighestOnly(("a", "c")))], {})
    assert [one.policy_id for one in bundle.taken] == ["c"]
    assert [(one.policy_id, one.cause) for one in bundle.left_out] == [
        ("a", Cause.UNKNOWN_AMOUNT),
        ("b", Cause.NOTHING_TO_PAY),
    ]


def test_no_options_make_an_empty_bundle():
    assert best_bundle([], [rule(HighestOnly(("a", "b")))], {}) == best_bundle([], [], {})
    assert best_bundle([], [], {}).total_fen == 0


def test_everything_can_be_left_out():
    shut = [rule(JointCap(("a", "b"), 0, CapSpan.YEAR))]
    bundle = best_bundle(yearly(a=5, b=6), shut, {})
    assert (bundle.taken, len(bundle.left_out)) == ((), 2)


def test_exclusions_in_a_ring_leave_one():
    ring = [rule(Exclusion(a, (b,)), f"{a}{b}") for a, b in ("ab", "bc", "ca", "ba")]
    assert [one.policy_id for one in best_bundle(yearly(a=5, b=7, c=6), ring, {}).taken] == ["b"]


def test_equal_bundles_are_settled_by_fewer_policies_and_then_by_id():
    apart = [rule(Exclusion("z", ("a", "b")))]
    assert [one.policy_id for one in best_bundle(yearly(a=4, b=6, z=10), apart, {}).taken] == ["z"]
    pair = [rule(HighestOnly(("b", "a")))]
    bundle = best_bundle(yearly(b=10, a=10), pair, {})
    assert [one.policy_id for one in bundle.taken] == ["a"]
    assert bundle.left_out[0].loss_fen == 0


@pytest.mark.parametrize(
    ("options", "terms", "received"),
    [
        (yearly(a=1), HighestOnly(()), []),
        (yearly(a=1), HighestOnly(("a",)), []),
        (yearly(a=1), JointCap((), 5, CapSpan.YEAR), []),
        (yearly(a=1), JointCap(("a",), -1, CapSpan.YEAR), []),
        (yearly(a=1), Exclusion("a", ("a",)), []),
        (yearly(a=1), Exclusion("a", ()), []),
        (yearly(a=-1), HighestOnly(("a", "b")), []),
        (yearly(a=10**10 + 1), HighestOnly(("a", "b")), []),
        (yearly(a=1) * 2, HighestOnly(("a", "b")), []),
        (yearly(a=1), HighestOnly(("a", "b")), [Received("a", 5, 4)]),
        (yearly(a=1), HighestOnly(("a", "b")), [Received("a", 1, 1)] * 2),
    ],
)
def test_options_and_rules_that_make_no_sense_are_refused(options, terms, received):
    with pytest.raises(BundleInvalid) as caught:
        best_bundle(options, [rule(terms)], {}, received)
    assert caught.value.next_step
