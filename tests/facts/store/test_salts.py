# SPDX-License-Identifier: Apache-2.0
"""A hash that stands in another's receipt must not be a guess away from its text."""

from __future__ import annotations

import hashlib

from ceyuan.facts.store.salts import SALT, all_salted, salt_of, salted

SECRET = bytes(range(32))


def test_salted_hash_is_that_of_salt_and_text() -> None:
    salt = hashlib.blake2b(b"revenue=5", digest_size=16, key=SECRET).digest()

    assert salt == salt_of(SECRET, b"revenue=5")
    assert len(salt) == SALT
    assert hashlib.sha256(salt + b"revenue=5").digest() == salted(salt, b"revenue=5")
    assert [salted(salt, b"revenue=5")] == all_salted(SECRET, [b"revenue=5"])


def test_hashes_of_few_possible_texts_cannot_be_tried_without_the_secret() -> None:
    shown = set(all_salted(SECRET, [b"employees=37"]))
    tried = {
        leaf
        for count in range(100)
        for text in [f"employees={count}".encode()]
        for leaf in (
            hashlib.sha256(text).digest(),
            *all_salted(b"", [text]),
            *all_salted(b"another secret", [text]),
        )
    }

    assert not shown & tried


def test_equal_texts_have_equal_hashes_in_one_workspace_only() -> None:
    same = all_salted(SECRET, [b"a", b"b", b"a"])

    assert (same[0], len(set(same))) == (same[2], 2)
    assert not set(same) & set(all_salted(bytes(32), [b"a", b"b"]))
