# SPDX-License-Identifier: Apache-2.0
"""Handles: a number for whomever a record names.

A record says a credit code, or only a name. Its handle is the first eight bytes,
big endian and signed, of the SHA-256 of `uscc:` and the clean code, or of `name:`
and the name as it is compared. The one hard idea: a handle needs no register. Two
importers on two machines give one firm one handle without asking anybody, and a
million firms are numbered without a look-up; only the exceptions, firms with two
codes or a name in place of a code, are events (`ceyuan.facts.store.identity`).

The chance that any two of ten million firms share a handle is 3 in a million.
"""

from __future__ import annotations

import sys
from array import array
from hashlib import sha256
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.identity import name_key
from ceyuan.kernel import UsageError, clean_code

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLEAN = r"^[0-9A-Z]+$"
_PLAIN = r"^[ -~\x{4e00}-\x{9fff}·•。]*$"
_UNSAID = r"[\s·•.,。]"


def handle_of_code(code: str) -> int:
    """Return the handle of a sound credit code.

    >>> handle_of_code("91319999MA00000X2E") == handle_of_code("91319999ma00000x2e ")
    True
    """
    clean = clean_code(code)
    if not clean:
        msg = "a handle needs a credit code (got an empty one)"
        raise UsageError(msg, hint="Use `handle_of_name` for a record without a code.")
    return _first_eight(f"uscc:{clean}")


def handle_of_name(name: str) -> int:
    """Return the handle of a name; `（）` and `()` are one, blanks do not count."""
    key = name_key(name)
    if not key:
        msg = "a handle needs a name (got an empty one)"
        raise UsageError(msg, hint="A record that names nobody has no handle.")
    return _first_eight(f"name:{key}")


def handles(codes: pl.Series, names: pl.Series) -> pl.Series:
    """Return the handles of many records.

    Args:
        codes: Sound credit codes; null or empty where there is none. A code that
            is not sound must not be handed in: its owner is known by name only.
        names: Names, as long as `codes`; null or empty where there is none.

    Returns:
        `org`, Int64; null where a record has neither code nor name.
    """
    if len(codes) != len(names):
        msg = f"as many names as codes are needed (got {len(names)} and {len(codes)})"
        raise UsageError(msg)
    clean = _clean_codes(codes.cast(pl.String))
    # A firm that has a code is not known by its name.
    other = names.cast(pl.String).zip_with(
        clean.is_null(), pl.Series([None], dtype=pl.String)
    )
    by_code = _numbered("uscc:", clean)
    by_name = _numbered("name:", name_keys(other))
    return by_code.zip_with(by_code.is_not_null(), by_name).rename("org")


def name_keys(names: pl.Series) -> pl.Series:
    """Return each name as it is compared (`name_key`); null where it is empty."""
    plain = names.str.normalize("NFKC").str.to_lowercase()
    keys = plain.str.replace_all(_UNSAID, "")
    # Beyond Chinese and ASCII, case folding is more than lower case ("ß").
    rare = ~plain.str.contains(_PLAIN).fill_null(value=True)
    if rare.any():
        found = [name_key(name) for name in names.filter(rare).to_list()]
        keys = keys.scatter(rare.arg_true(), found)
    return pl.select(pl.when(keys != "").then(keys)).to_series()


def _numbered(prefix: str, keys: pl.Series) -> pl.Series:
    """Return the handle of each key; null where there is none."""
    said = keys.is_not_null()
    if said.all():
        return _numbered_keys(prefix, keys)
    numbers = pl.Series([None], dtype=pl.Int64).new_from_index(0, len(keys))
    if not said.any():
        return numbers
    at = said.arg_true()
    return numbers.scatter(at, _numbered_keys(prefix, keys.gather(at)))


def _clean_codes(codes: pl.Series) -> pl.Series:
    """Return codes as `clean_code` has them; null where nothing is left."""
    unclean = ~codes.str.contains(_CLEAN).fill_null(value=True)
    if not unclean.any():
        return codes.clone()
    clean = [clean_code(code) or None for code in codes.filter(unclean).to_list()]
    return codes.clone().scatter(unclean.arg_true(), clean)


def _numbered_keys(prefix: str, keys: pl.Series) -> pl.Series:
    """Return the handle of each key; a key that comes often is hashed once."""
    unique = keys.unique()
    if len(unique) > len(keys) // 2:
        return _all_first_eight(prefix, keys.to_list())
    numbers = _all_first_eight(prefix, unique.to_list())
    return keys.replace_strict(unique, numbers, return_dtype=pl.Int64)


def _first_eight(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big", signed=True)


def _all_first_eight(prefix: str, keys: Iterable[str]) -> pl.Series:
    """Return `_first_eight` of many, without a Python number for each."""
    texts = pl.Series(keys, dtype=pl.String)
    plain = (prefix + texts).cast(pl.Binary).to_list()
    eight = slice(8)
    numbers = array("q", b"".join([one.digest()[eight] for one in map(sha256, plain)]))
    if sys.byteorder == "little":
        numbers.byteswap()
    return pl.Series(numbers, dtype=pl.Int64)
