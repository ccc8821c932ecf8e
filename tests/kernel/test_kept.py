# SPDX-License-Identifier: Apache-2.0
"""What is kept is what was made from the very same things, and only the last few."""

from __future__ import annotations

from ceyuan.kernel.kept import KeptFew


def test_the_same_things_and_key_are_made_once() -> None:
    kept: KeptFew[str] = KeptFew(2)
    made: list[str] = []
    one, alike = {"a": 1}, {"a": 1}

    def ask(of: object, key: int) -> str:
        def make() -> str:
            made.append(f"{id(of) == id(one)} {key}")
            return made[-1]

        return kept.get((of,), key, make)

    assert ask(one, 1) is ask(one, 1)
    assert "False 1" == ask(alike, 1)  # equal, and another thing
    assert ["True 1", "False 1"] == made


def test_the_one_that_was_not_asked_for_the_longest_goes() -> None:
    kept: KeptFew[int] = KeptFew(2)
    made: list[int] = []

    def ask(key: int) -> None:
        def make() -> int:
            made.append(key)
            return key

        assert key == kept.get((kept,), key, make)

    for key in (1, 2, 1, 3, 1, 2):
        ask(key)

    assert [1, 2, 3, 2] == made


def test_what_fails_is_not_kept() -> None:
    kept: KeptFew[int] = KeptFew(2)

    def fail() -> int:
        raise ValueError

    for _ in range(2):
        try:
            kept.get((), 1, fail)
        except ValueError:
            continue
        raise AssertionError

    assert 7 == kept.get((), 1, lambda: 7)
