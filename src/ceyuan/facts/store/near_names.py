# SPDX-License-Identifier: Apache-2.0
"""Which names come near which, and why.

    same           the same name, as names are compared
    brackets       the same but for brackets or the order around them
    form           the same but for 有限公司, 有限责任公司, 股份有限公司 …
    one_character  one character more, less, other, or two neighbours swapped

The one hard idea is how to find one character among a million names without
comparing each with each: two names are one character apart only if they become equal
when one character is left out of one or both. So every shortened form of the asked
names is hashed, the known names are shortened at one place after another, and only
those whose hash is among them are looked at closely.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from ceyuan.facts.store.handles import name_keys

LIKENESS: Final = ("same", "brackets", "form", "one_character")
MOST = 5
"""A name that is one character away from more firms than this is merely common."""

_BRACKETS = r"[()\[\]{}<>《》〈〉【】〔〕「」『』\"'“”‘’\-_/&、]"
_FORM = (
    r"(?:集团)?(?:有限责任公司|股份有限公司|有限公司|股份公司|总公司|公司"
    r"|co\.?,?ltd\.?|limited|ltd|inc|corp)$"
)
_LEAST = 4
_LONGEST = 60
_KINDS = pl.Enum(LIKENESS)


def near_names(asked: pl.DataFrame, told: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return which asked names come near which known ones, and how many are crowded.

    Args:
        asked: `org`, `name`, each name once.
        told: `org`, `code`, `name`.
    """
    asked = _with_keys(asked)
    told = _with_keys(
        told.rename({"org": "candidate", "name": "known_name"}), "known_name"
    )
    found = [_joined(asked, told, "key", "same")]
    rest = asked.join(found[0], on="org", how="anti")
    # A name that lost its brackets and its order is the bag of its characters.
    found.append(_joined(rest, told, "bare", "brackets"))
    shaped = pl.col("key") != pl.col("bare")
    found.append(
        pl.concat(
            [
                _joined(rest.filter(shaped), told, "bag", "brackets"),
                _joined(rest, told.filter(shaped), "bag", "brackets"),
            ]
        )
    )
    found.append(_joined(rest, told, "core", "form"))
    nearest = pl.concat(found)
    rest = rest.join(nearest, on="org", how="anti")
    close = _one_apart(rest, told)
    counts = close.group_by("org").agg(firms=pl.col("candidate").n_unique())
    crowded = counts.filter(pl.col("firms") > MOST)
    close = close.join(crowded, on="org", how="anti")
    pairs = (
        pl.concat([nearest, close])
        .with_columns(pl.col("likeness").cast(_KINDS))
        .sort("org", "likeness", "candidate", "known_name", "code", nulls_last=True)
        .unique(["org", "candidate"], keep="first", maintain_order=True)
        .with_columns(pl.col("likeness").cast(pl.String))
    )
    return pairs, crowded.height


def _with_keys(frame: pl.DataFrame, column: str = "name") -> pl.DataFrame:
    """Add the forms in which names are compared, each looser than the one before."""
    key = name_keys(frame[column]).alias("key")
    bare = pl.col("key").str.replace_all(_BRACKETS, "")
    core = pl.col("bare").str.replace(_FORM, "")
    return (
        frame.with_columns(key)
        .drop_nulls("key")
        .with_columns(bare=bare)
        .with_columns(
            bag=pl.col("bare").str.split("").list.sort().list.join(""),
            core=pl.when(core.str.len_chars() >= 2).then(core),  # noqa: PLR2004
        )
    )


def _joined(
    asked: pl.DataFrame, told: pl.DataFrame, by: str, likeness: str
) -> pl.DataFrame:
    """Return the pairs that are equal in one form; nobody comes near himself."""
    return (
        asked.select("org", "name", by)
        .join(told.select("candidate", "code", "known_name", by), on=by)
        .filter(pl.col("org") != pl.col("candidate"))
        .select("org", "name", "candidate", "code", "known_name")
        .with_columns(likeness=pl.lit(likeness))
    )


def _one_apart(asked: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that are one character apart."""
    length = pl.col("core").str.len_chars()
    fits = (length >= _LEAST) & (length <= _LONGEST)
    left = asked.filter(fits).select("org", "core")
    right = told.filter(fits).with_row_index("at").select("at", "candidate", "core")
    forms = _shortened(left, "org")
    hashes = forms["form"].unique()
    near: list[pl.DataFrame] = []
    if left.height:
        for place in range(-1, _LONGEST):
            part = _shorten(right, place, "at")
            if part.height:
                near.append(part.filter(pl.col("form").is_in(hashes.implode())))
    if not near:
        return _joined(asked.clear(), told, "core", "one_character")
    hits = forms.join(pl.concat(near), on="form").select("org", "at").unique()
    pairs = (
        hits.join(asked.select("org", "name", "core"), on="org")
        .join(
            told.filter(fits).with_row_index("at").rename({"core": "known_core"}),
            on="at",
        )
        .filter(pl.col("org") != pl.col("candidate"))
    )
    apart = pl.Series(
        [
            one_apart(a, b)
            for a, b in zip(pairs["core"], pairs["known_core"], strict=True)
        ],
        dtype=pl.Boolean,
    )
    return (
        pairs.filter(apart)
        .select("org", "name", "candidate", "code", "known_name")
        .with_columns(likeness=pl.lit("one_character"))
    )


def one_apart(a: str, b: str) -> bool:
    """Return whether one character differs, is missing, or two neighbours swapped.

    >>> (
    ...     one_apart("华新科技", "华兴科技"),
    ...     one_apart("华新科技", "华新"),
    ...     one_apart("ab", "ba"),
    ... )
    (True, False, True)
    """
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    short, long = sorted((a, b), key=len)
    at = next((i for i, c in enumerate(short) if c != long[i]), len(short))
    if len(a) != len(b):
        return short[at:] == long[at + 1 :]
    if a[at + 1 :] == b[at + 1 :]:
        return True
    return a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]


def _shortened(frame: pl.DataFrame, number: str) -> pl.DataFrame:
    """Return each name as it is and with each one of its characters left out."""
    longest = frame["core"].str.len_chars().max()
    places = range(-1, longest if isinstance(longest, int) else 0)
    return pl.concat([_shorten(frame, place, number) for place in places])


def _shorten(frame: pl.DataFrame, place: int, number: str) -> pl.DataFrame:
    """Return the hashes of the names without the character at a place; -1: whole."""
    core = pl.col("core")
    if place < 0:
        return frame.select(number, form=core.hash())
    cut = core.str.slice(0, place) + core.str.slice(place + 1)
    return frame.filter(core.str.len_chars() > place).select(number, form=cut.hash())
