# SPDX-License-Identifier: Apache-2.0
"""A root over any number of leaves, and proofs that cannot be bent."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.facts.store.merkle import EMPTY, Proof, proof, proofs, root


def leaves(count: int) -> list[bytes]:
    return [hashlib.sha256(str(n).encode()).digest() for n in range(count)]


def node(children: list[bytes]) -> bytes:
    return hashlib.sha256(b"\x01" + b"".join(children)).digest()


def slow_root(level: list[bytes]) -> bytes:
    if not level:
        return hashlib.sha256(b"\x02").digest()
    while True:
        level = [node(level[at : at + 16]) for at in range(0, len(level), 16)]
        if len(level) == 1:
            return level[0]


@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 17, 255, 256, 257, 4097])
def test_root_is_that_of_the_tree_drawn_out(count: int) -> None:
    assert root(leaves(count)) == slow_root(leaves(count))
    assert root(b"".join(leaves(count))) == slow_root(leaves(count))


def test_root_of_nothing_is_not_that_of_anything() -> None:
    assert root([]) == EMPTY
    assert root([EMPTY]) != EMPTY


@given(
    st.integers(1, 600).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1)))
)
def test_proof_leads_from_a_leaf_to_the_root_and_from_no_other(case) -> None:
    count, index = case
    all_ = leaves(count)

    made = proof(all_, index)

    assert made.root(all_[index]) == root(all_)
    assert made.root(all_[index - 1]) is None or count == 1
    assert made.root(hashlib.sha256(b"another").digest()) is None


def test_proofs_of_many_are_those_of_each() -> None:
    all_ = leaves(300)
    assert proofs(all_, [299, 0, 17]) == [proof(all_, n) for n in (299, 0, 17)]


def test_proof_with_another_place_or_sibling_leads_elsewhere() -> None:
    all_ = leaves(40)
    made = proof(all_, 20)
    (place, siblings), above = made.levels[0], made.levels[1:]

    moved = Proof(((place + 1, siblings), *above))
    bent = Proof(((place, siblings[:-1] + bytes([siblings[-1] ^ 1])), *above))

    assert moved.root(all_[20]) is None
    assert bent.root(all_[20]) is None
    assert Proof(((-1, siblings), *above)).root(all_[20]) is None


def test_root_depends_on_order_and_on_each_leaf() -> None:
    all_ = leaves(20)
    assert (
        len({root(all_), root(all_[::-1]), root(all_[:-1]), root(all_ + all_[:1])}) == 4
    )
