# SPDX-License-Identifier: Apache-2.0
"""The columns of a record, and the text that its hash is taken of.

A record says whose it is, which one, when it holds in the world, and what is
stated: one column per attribute, empty where nothing is. When it became known to
us stands in the catalogue, not in the file, so that equal content is equal bytes.

The one hard idea is the canonical text: every column that says something as
`name=value`, in the order of the names. Whether an empty column is there or not
does not change it, so the hash of a record outlives a change of the layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.facts.store.salts import all_salted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations.facts import Fact

MARK = "\x1f"
"""Parts the attributes of a key, and the columns of a canonical text."""

BASE: dict[str, Any] = {
    "org": pl.Int64,
    "code": pl.String,
    "name": pl.String,
    "key": pl.String,
    "year": pl.Int16,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "exact": pl.String,
    "void": pl.List(pl.String),
    "known_at": pl.Datetime("us", "UTC"),
    "file": pl.Int16,
    "row": pl.Int32,
    "sha": pl.Binary,
}
"""Columns that are no attribute. `exact`: JSON of numbers that do not fit their
column. `void`: attributes of which it is stated that they are not known. `known_at`
only where people wrote, row by row; elsewhere the whole batch became known at once."""

ORDER = ("org", "key", "year")
_AT_ONCE = 65_536
_UNSAID = frozenset({"file", "row", "sha"})
_KINDS: dict[str, Any] = {
    "flag": pl.Boolean,
    "number": pl.Int64,
    "date": pl.Date,
    "code": pl.String,
    "text": pl.String,
    "codes": pl.List(pl.String),
}


def column_type(attribute: Fact, *, personal: bool = False) -> Any:  # noqa: ANN401
    """Return the type of an attribute's column; what is personal is sealed bytes."""
    return pl.Binary if personal else _KINDS[attribute.kind]


def attributes_of(frame: pl.DataFrame) -> list[str]:
    """Return the columns that are attributes."""
    return [name for name in frame.columns if name not in BASE]


def whole(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with the columns that every record has, of their types."""
    height = frame.height
    made = []
    for name in ("org", "code", "name", "key", "year", "valid_from", "valid_to"):
        if name in frame.columns:
            made.append(frame[name].cast(BASE[name]))
        else:
            made.append(
                pl.Series(name, [None], dtype=BASE[name]).new_from_index(0, height)
            )
    made += [frame[name] for name in sorted(attributes_of(frame))]
    for name in ("exact", "void", "file", "row"):
        kind = BASE[name]
        if name in frame.columns:
            made.append(frame[name].cast(kind))
        else:
            made.append(pl.Series(name, [None], dtype=kind).new_from_index(0, height))
    if "known_at" in frame.columns:
        made.append(frame["known_at"].cast(BASE["known_at"]))
    whole = pl.DataFrame(made)
    return whole.with_columns(pl.col("key").fill_null(""))


def hashes(
    frame: pl.DataFrame, record: str, source: str, *, secret: bytes = b""
) -> pl.Series:
    """Return the salted SHA-256 of each record's canonical text (`salts`)."""
    said = [_said(name, frame.schema[name]) for name in sorted(frame.columns)]
    text = pl.concat_str(
        pl.lit(f"{record}{MARK}{source}"),
        *(one for one in said if one is not None),
        separator=MARK,
        ignore_nulls=True,
    )
    made: list[bytes] = []
    for start in range(0, frame.height, _AT_ONCE):  # the texts are larger than all else
        texts = frame.slice(start, _AT_ONCE).select(text.cast(pl.Binary)).to_series()
        made += all_salted(secret, texts.to_list())
    return pl.Series("sha", made, dtype=pl.Binary)


def canonical(values: Mapping[str, object], record: str, source: str) -> str:
    """Return the canonical text of one record, as `hashes` has it."""
    parts = [f"{record}{MARK}{source}"]
    for name in sorted(values):
        value = values[name]
        if name in _UNSAID or value is None or (name == "key" and value == ""):
            continue
        parts.append(f"{name}={_text(value)}")
    return MARK.join(parts)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, (list, tuple)):
        return ",".join(str(v) for v in value)
    moment = getattr(value, "timestamp", None)
    if moment is not None:  # a moment: microseconds since 1970, whatever the zone
        from datetime import UTC, datetime, timedelta

        assert isinstance(value, datetime)
        since = value.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        return str(since // timedelta(microseconds=1))
    return str(value)


def _said(name: str, kind: pl.DataType) -> pl.Expr | None:
    """Return `name=value`, empty where the column says nothing."""
    if name in _UNSAID:
        return None
    column = pl.col(name)
    if isinstance(kind, pl.List):
        text = column.list.join(",")
    elif kind == pl.Binary:
        text = column.bin.encode("hex")
    elif isinstance(kind, pl.Datetime):
        text = column.to_physical().cast(pl.String)
    elif name == "key":
        text = pl.when(column != "").then(column)
    else:
        text = column.cast(pl.String)
    return pl.lit(f"{name}=") + text
