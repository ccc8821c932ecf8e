# SPDX-License-Identifier: Apache-2.0
"""What everybody may know of a firm: its name, its code, the titles that were published.

A firm is public when the business registry or a published list names it; what a park's
sheet or the firm itself says of it is not. Of titles those are told that the issuing
authority published, that are declared public and that hold on the day. Nothing else of
a firm is here, least of all what was decided about it or paid to it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.kernel import clean_code, code_fault
from ceyuan.office.firms import FIRM
from ceyuan.office.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from psycopg import Connection

    from ceyuan.facts.store import Kind, Reading
    from ceyuan.office.memory import Memory

REGISTRY = "registry"
ISSUERS = "certificates"
TITLES = "certificates"
"""The record fact that titles are."""
MOST = 8
LEAST_SIGNS = 2
_COLUMNS = ("certificate_number", "issued_on", "valid_until", "withdrawn_on")
_STATE = """
select (select count(*) from batch), (select max(known_at) from batch),
  (select count(*) from withdrawal), (select max(id) from statement),
  (select max(id) from identity_event)
"""


@dataclass(frozen=True, slots=True)
class Title:
    """A title that was published.

    Args:
        code: Its code in the dictionary.
        zh: Chinese name.
        en: English name.
        number: Number of the certificate; empty where none was published.
        since: Its first day; None where none was published.
        until: Its last day; None where none was published.
    """

    code: str
    zh: str
    en: str
    number: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class PublicFirm:
    """A firm as everybody may know it."""

    code: str
    name: str
    titles: tuple[Title, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for firms found.

    Args:
        firms: The first of them, by name.
        more: How many there are besides.
        synthetic: They are invented.
    """

    firms: tuple[PublicFirm, ...]
    more: int
    synthetic: bool

    @property
    def total(self) -> int:
        """Return how many there are."""
        return len(self.firms) + self.more


@dataclass(frozen=True, slots=True)
class Directory:
    """Every public firm, kept in columns: a city has a million."""

    firms: pl.DataFrame
    titles: pl.DataFrame
    names: dict[str, tuple[str, str]]
    synthetic: bool

    def find(self, said: str) -> Found:
        """Return the firms that a code, a name or a part of a name means.

        Nobody is found by fewer than two signs: this is a look-up, not a list.
        """
        plain = unicodedata.normalize("NFKC", said).strip()
        code = clean_code(plain)
        if not code_fault(code):
            rows = self.firms.filter(pl.col("code") == code)
        elif len(plain) >= LEAST_SIGNS:
            named = pl.col("plain").str.contains(plain.casefold(), literal=True)
            rows = self.firms.filter(named)
        else:
            rows = self.firms.clear()
        some = rows.sort(
            (pl.col("plain") != plain.casefold()), pl.col("name").str.len_chars(),
            "name", "code",
        ).head(MOST)  # fmt: skip
        made = tuple(
            PublicFirm(row["code"], row["name"], tuple(self._titles(row["org"])))
            for row in some.iter_rows(named=True)
        )
        return Found(made, max(0, rows.height - MOST), self.synthetic)

    def _titles(self, org: int) -> Iterator[Title]:
        for row in self.titles.filter(pl.col("org") == org).iter_rows(named=True):
            zh, en = self.names.get(row["certificate"], (row["certificate"],) * 2)
            yield Title(
                row["certificate"],
                zh,
                en,
                row["certificate_number"] or "",
                row["issued_on"],
                row["valid_until"],
            )


_KEPT: Kept[Directory] = Kept(seconds=5)


def directory(memory: Memory, on: date) -> Directory:
    """Return the directory of a day; made anew when records have come or gone."""

    def state() -> object:
        with memory.transaction() as conn:
            return state_of_records(conn)

    return _KEPT.get((memory.database.url, on), state, lambda: _made(memory, on))


def forget() -> None:
    """Forget what is kept; for tests that write and look at once."""
    _KEPT.clear()


def state_of_records(conn: Connection) -> object:
    """Return what changes when a record comes or goes."""
    return conn.execute(_STATE).fetchone()


def _made(memory: Memory, on: date) -> Directory:
    reading = memory.reading(on)
    firms = [_named(reading, FIRM, REGISTRY)]
    titles = pl.DataFrame(schema=_SCHEMA)
    for kind in memory.kinds.values():
        if kind.feeds == TITLES and "certificate" in kind.attributes:
            firms.append(_named(reading, kind.id, ISSUERS))
            titles = _titles(reading, kind, on)
    every = pl.concat(firms).group_by("org").agg(pl.col("code", "name").last())
    if reading.called:
        called = pl.Series(
            [reading.called.get(o, n) for o, n in every.select("org", "name").rows()],
            dtype=pl.String,
        )
        every = every.with_columns(called.alias("name"))
    every = every.with_columns(
        pl.col("name").str.normalize("NFKC").str.to_lowercase().alias("plain")
    )
    fact = memory.region.facts.get(TITLES)
    codes = fact.fields["certificate"].codes if fact is not None else {}
    names = {code: (said.zh, said.en) for code, said in codes.items()}
    return Directory(every, titles, names, reading.synthetic)


_SCHEMA: dict[str, Any] = {
    "org": pl.Int64,
    "certificate": pl.String,
    "certificate_number": pl.String,
    "issued_on": pl.Date,
    "valid_until": pl.Date,
}


def _named(reading: Reading, record: str, source: str) -> pl.DataFrame:
    """Return `org`, `code`, `name` as a source states them."""
    frames = [
        layer.frame.select("org", "code", "name")
        for layer in reading.layers(record, (), more=("code", "name"))
        if layer.source == source and not layer.absorbed
    ]
    empty = pl.DataFrame(schema={"org": pl.Int64, "code": pl.String, "name": pl.String})
    found = pl.concat([empty, *frames], how="vertical_relaxed")
    return found.filter(
        pl.col("org").is_not_null()
        & (pl.col("code").str.len_chars() > 0)
        & (pl.col("name").str.len_chars() > 0)
    )


def _titles(reading: Reading, kind: Kind, on: date) -> pl.DataFrame:
    """Return the published titles that hold on a day, one row each."""
    public = [
        name
        for name in ("certificate", *_COLUMNS)
        if name in kind.attributes and kind.attributes[name].sensitivity == "public"
    ]
    if "certificate" not in public:
        return pl.DataFrame(schema=_SCHEMA)
    frames = [
        layer.frame
        for layer in reading.layers(kind.id, public)
        if layer.source == ISSUERS
    ]
    if not frames:
        return pl.DataFrame(schema=_SCHEMA)
    whole = pl.concat(frames, how="diagonal")
    missing = [
        pl.lit(
            None, dtype=pl.Date if name.endswith(("_on", "_until")) else pl.String
        ).alias(name)
        for name in ("certificate", *_COLUMNS)
        if name not in whole.columns
    ]
    # Of one certificate the last statement counts.
    last = whole.with_columns(missing).unique(["org", "key"], keep="last")
    holds = (
        pl.col("certificate").is_not_null()
        & (pl.col("issued_on").is_null() | (pl.col("issued_on") <= on))
        & (pl.col("valid_until").is_null() | (pl.col("valid_until") >= on))
        & (pl.col("withdrawn_on").is_null() | (pl.col("withdrawn_on") > on))
    )
    return last.filter(holds).select(*_SCHEMA).sort("org", "certificate", "issued_on")
