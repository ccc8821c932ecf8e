# SPDX-License-Identifier: Apache-2.0
"""Hashes that cannot be guessed: what a receipt shows of others tells nothing.

A proof holds the hashes of a record's neighbours. Of a short record (one firm, one
figure) a hash alone is as good as the record: whoever knows the rest tries all figures.
So what is hashed begins with a salt, made from the text and a secret of the workspace;
the receipt of a record holds its own salt and no other. Equal texts have equal hashes,
within one workspace, which keeps repeated imports recognisable.
"""

from __future__ import annotations

from hashlib import blake2b, sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SALT = 16


def salt_of(secret: bytes, text: bytes) -> bytes:
    """Return the salt of a text: 16 bytes."""
    return blake2b(text, digest_size=SALT, key=secret).digest()


def salted(salt: bytes, text: bytes) -> bytes:
    """Return the hash of a text under its salt: 32 bytes."""
    return sha256(salt + text).digest()


def all_salted(secret: bytes, texts: Iterable[bytes]) -> list[bytes]:
    """Return the hash of each text under its own salt."""
    return [
        sha256(blake2b(text, digest_size=SALT, key=secret).digest() + text).digest()
        for text in texts
    ]
