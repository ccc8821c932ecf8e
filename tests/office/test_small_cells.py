# SPDX-License-Identifier: Apache-2.0
"""Few are not told apart, and what is told does not give them away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ceyuan.office.small_cells import LEAST, Span, left_out, total_told, veiled

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40), max_size=6)


def test_counts_of_three_and_more_are_told_exactly() -> None:
    assert {"a": Span(3, 3), "b": Span(0, 0), "c": Span(997, 997)} == veiled(
        {"a": 3, "b": 0, "c": 997}
    )


def test_a_count_of_one_and_of_two_are_told_alike_and_so_is_the_rest() -> None:
    # Of 1,000 in all: one and 999, or two and 998.
    assert veiled({"a": 1, "b": 999}) == veiled({"a": 2, "b": 998})
    assert {"a": Span(1, 2), "b": Span(998, 999)} == veiled({"a": 1, "b": 999})


def test_two_small_counts_leave_the_largest_a_span_of_both() -> None:
    # 1 + 1 of 100: each could be 1 or 2, so that the rest is 96, 97 or 98.
    assert {"a": Span(1, 2), "b": Span(1, 2), "c": Span(96, 98)} == veiled(
        {"a": 1, "b": 1, "c": 98}
    )


@given(COUNTS)
def test_spans_hold_the_counts_and_every_other_count_of_few(
    counts: dict[str, int],
) -> None:
    spans = veiled(counts)

    assert all(spans[k].low <= n <= spans[k].high for k, n in counts.items())
    for name, count in counts.items():
        if 0 < count < LEAST:
            # Moved to the other small count, the largest taking the difference, the
            # same is told: nobody can say which it was.
            largest = max(counts, key=lambda k: counts[k])
            if counts[largest] < LEAST + 1:
                continue
            other = LEAST - count
            moved = {**counts, name: other}
            moved[largest] += count - other
            assert veiled(moved)[name] == spans[name]


def test_a_sum_over_few_is_left_out_with_the_next_smallest() -> None:
    assert (frozenset({"a", "b"}), False) == left_out({"a": 1, "b": 5, "c": 23})


def test_sums_over_few_that_are_many_together_are_left_out_alone() -> None:
    assert (frozenset({"a", "b"}), False) == left_out({"a": 1, "b": 2, "c": 23})


def test_the_only_sum_over_few_hides_the_total_too() -> None:
    assert (frozenset({"a"}), True) == left_out({"a": 2, "b": 0})


def test_sums_over_three_and_more_are_all_told() -> None:
    assert (frozenset(), False) == left_out({"a": 3, "b": 0, "c": 23})


def test_a_sum_left_out_for_another_reason_hides_the_next_smallest_too() -> None:
    # What was paid of `a` would tell what two firms still wait for.
    assert (frozenset({"a", "b"}), False) == left_out(
        {"a": 9, "b": 5, "c": 23}, also={"a"}
    )


@given(COUNTS, st.integers(0, 20))
def test_a_total_is_told_alike_whatever_the_few_beside_it_are(
    counts: dict[str, int], shared: int
) -> None:
    total = max(sum(counts.values()) - shared, max(counts.values(), default=0))
    told = total_told(total, counts.values())

    assert told.low <= total <= told.high
    for name, count in counts.items():
        if 0 < count < LEAST <= total:
            more = LEAST - count - count
            if total + more >= max(LEAST, *({**counts, name: LEAST - count}).values()):
                assert told == total_told(
                    total + more, {**counts, name: LEAST - count}.values()
                )


def test_a_total_beside_no_few_is_told_exactly() -> None:
    assert Span(28, 28) == total_told(28, [5, 23, 0])
    assert Span(1, 2) == total_told(2, [2])
