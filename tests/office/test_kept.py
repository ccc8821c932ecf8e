# SPDX-License-Identifier: Apache-2.0
"""What is kept in the process until its state changes."""

from __future__ import annotations

import threading

from ceyuan.office.kept import MOST, Kept


def test_a_value_is_made_once_for_each_state() -> None:
    made: list[int] = []
    state = [1]
    kept: Kept[int] = Kept(seconds=0)

    def make() -> int:
        made.append(state[0])
        return state[0] * 10

    def get() -> int:
        return kept.get("key", lambda: state[0], make)

    first = [get(), get()]
    state[0] = 2
    later = [get(), get()]

    assert ([10, 10], [20, 20], [1, 2]) == (first, later, made)


def test_a_state_is_not_asked_for_again_within_its_seconds() -> None:
    asked: list[str] = []
    kept: Kept[str] = Kept(seconds=3600)

    def state() -> object:
        asked.append("state")
        return None

    answers = [kept.get("key", state, lambda: "value") for _ in range(3)]

    assert (["value"] * 3, ["state"]) == (answers, asked)


def test_others_get_what_there_is_while_one_makes_it_anew() -> None:
    state = [1]
    begun, go = threading.Event(), threading.Event()
    kept: Kept[str] = Kept(seconds=0)

    def make() -> str:
        if state[0] == 2:
            begun.set()
            go.wait(10)
        return f"of {state[0]}"

    kept.get("key", lambda: state[0], make)
    state[0] = 2
    slow = threading.Thread(target=lambda: kept.get("key", lambda: state[0], make))
    slow.start()
    begun.wait(10)
    meanwhile = kept.get("key", lambda: state[0], make)
    go.set()
    slow.join(10)

    assert ("of 1", "of 2") == (meanwhile, kept.get("key", lambda: state[0], make))


def test_no_more_than_so_many_are_kept() -> None:
    made: list[int] = []
    kept: Kept[int] = Kept(seconds=3600)

    def get(key: int) -> int:
        def make() -> int:
            made.append(key)
            return key

        return kept.get(key, lambda: None, make)

    for key in range(MOST + 1):
        get(key)
    get(MOST)
    get(0)  # the one that was looked at longest ago had to go

    assert [*range(MOST + 1), 0] == made
