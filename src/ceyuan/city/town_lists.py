# SPDX-License-Identifier: Apache-2.0
"""The lists that belong to firms: certificates with their dates, patents one by one.

A patent's number is well formed and nobody's: serials from 5,000,000 up are not in
use, each firm has five of every kind and year, and its patents go round the years in
which it has lived, so no number is given twice however large the town is.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ceyuan.city.town_draws import Lots
from ceyuan.city.town_model import Cells, day, year_of
from ceyuan.city.town_said import Rows
from ceyuan.city.town_sheets import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ceyuan.city.town_draws import Bits, Ints, Shape
    from ceyuan.city.town_model import Firms

TITLES: dict[str, int] = {
    "hnte": 3,
    "tech_sme": 1,
    "innovative_sme": 3,
    "zjtx": 3,
    "xjr": 3,
    "sh_little_giant": 2,
}
"""Certificates, each with the years that it holds."""
KINDS = ("invention", "utility_model", "design")
_STATES = ("valid", "pending", "lapsed")
_PER_YEAR = 5
_OLDEST = 12
_FIRST_SERIAL = 5_000_000
_COUNT: Shape = (
    (0, 0),
    (300_000, 0),
    (600_000, 3),
    (850_000, 9),
    (970_000, 30),
    (1_000_000, 60),
)
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def lists(last_year: int) -> Iterable[Sheet]:
    """Yield the lists of certificates and patents."""
    after = last_year + 1
    kept = tuple(name for name in TITLES if name != "sh_little_giant")
    yield Sheet(
        "资质证书",
        "certificate",
        "certificates",
        date(after, 2, 1),
        ("certificate", "certificate_number", "issued_on", "valid_until"),
        _certificates(last_year),
        complete=kept,
    )
    yield Sheet(
        "专利",
        "patent",
        "ip",
        date(after, 1, 31),
        (
            "application_number",
            "patent_type",
            "legal_status",
            "applied_on",
            "granted_on",
        ),
        _patents(last_year),
        complete=True,
    )


def _certificates(last_year: int) -> Callable[[Firms], Rows]:
    def told(firms: Firms) -> Rows:
        parts = [
            part
            for place, name in enumerate(TITLES)
            for part in _terms(firms, name, place, last_year)
        ]
        at, kind, issued, until = (
            np.concatenate([part[field] for part in parts]) for field in range(4)
        )
        number = pa.concat_arrays([part[4] for part in parts])
        order = np.lexsort((issued, kind, at))
        cells = {
            "certificate": Cells(kind[order], None, tuple(TITLES)),
            "certificate_number": number.take(pa.array(order)),
            "issued_on": Cells(issued[order]),
            "valid_until": Cells(until[order]),
        }
        return Rows(at[order], cells)

    return told


def _terms(
    firms: Firms, name: str, place: int, last_year: int
) -> Iterable[tuple[Ints, Ints, Ints, Ints, pa.Array]]:
    """Yield the certificates of a kind, the last term of each firm first.

    Some have let a title lapse: it is on the list and holds no more.
    """
    years, lots = TITLES[name], firms.lots.of(f"title {name}")
    lapsed = firms.has["does_rd"] & ~firms.has[name] & lots.chance(150, "lapsed")
    held = firms.has[name] | lapsed
    year = last_year - lots.below(years, "years back") - years * lapsed
    month, date_ = lots.between(10, 11, "month"), lots.between(1, 28, "day")
    for term in range(4):
        if term:
            held = held & lots.chance(7000, f"held before {term}")
        issued = _days(year - term * years, month, date_)
        held = held & (issued >= firms.born + 200)
        at = np.flatnonzero(held)
        until = _days(year - (term - 1) * years, month, date_)[at]
        number = _text(
            _MARKS[name], (year - term * years)[at], firms.lots.numbers[at], 7
        )
        yield at, np.full(len(at), place), issued[at], until, number


_MARKS = {
    "hnte": "虚构GR",
    "tech_sme": "虚构KJ",
    "innovative_sme": "虚构CX",
    "zjtx": "虚构ZJ",
    "xjr": "虚构XJ",
    "sh_little_giant": "虚构LG",
}


def _patents(last_year: int) -> Callable[[Firms], Rows]:
    def told(firms: Firms) -> Rows:
        parts = [_of_kind(firms, kind, last_year) for kind in range(3)]
        at = np.concatenate([p[0] for p in parts])
        order = np.argsort(at, kind="stable")
        made: dict[str, Any] = {}
        for name in ("patent_type", "legal_status", "applied_on", "granted_on"):
            values = np.concatenate([p[1][name].values for p in parts])[order]
            known = np.concatenate([_known(p[1][name]) for p in parts])[order]
            made[name] = Cells(values, known, parts[0][1][name].codes)
        numbers = pa.concat_arrays([p[2] for p in parts]).take(pa.array(order))
        return Rows(at[order], {"application_number": numbers, **made})

    return told


def counts(firms: Firms, kind: int, last_year: int) -> Ints:
    """Return how many patents of a kind each firm has ever filed."""
    lots, edge = firms.lots.of(f"patents {KINDS[kind]}"), firms.edge
    size = np.where(firms.years[last_year]["employees"].values < 20, 50, 120)
    keen = np.array((15, 70, 100), dtype=np.int64)[firms.keen]
    good = 30 + firms.merit
    share = keen * size * good // 10_000
    found = lots.shaped(_COUNT, "count") * share // (100, 80, 260)[kind]
    most = 1 + firms.years[last_year]["employees"].values // 4
    found = np.minimum(np.where(firms.has["does_rd"], found, found // 8), most)
    if kind == 0:
        found = np.where(firms.has["zjtx"], np.maximum(found, 2), found)
        found = edge.put("inventions", found)
    return np.minimum(found, _PER_YEAR * lived(firms, last_year))


def lived(firms: Firms, last_year: int) -> Ints:
    """Return in how many years, the last one and back, a firm may have filed."""
    end = np.minimum(firms.last, last_year)
    return np.clip(end - year_of(firms.born) + 1, 1, _OLDEST)


def _of_kind(
    firms: Firms, kind: int, last_year: int
) -> tuple[Ints, dict[str, Cells], pa.Array]:
    count = counts(firms, kind, last_year)
    at = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    years = lived(firms, last_year)[at]
    owner = firms.lots.numbers[at]
    lots = Lots(firms.lots.seed, owner * 256 + nth, f"/patent {kind}")
    year = np.minimum(firms.last, last_year)[at] - nth % years
    slot = nth // years
    born = firms.born[at]
    applied = _days(year, lots.between(1, 12, "month"), lots.between(1, 28, "day"))
    applied = np.where(year_of(born) == year, np.maximum(applied, born), applied)
    edge = firms.edge.on("inventions")[at]
    state = np.where(edge, 0, lots.weighed((80, 10, 10), "state"))
    granted = applied + lots.between(*((240, 900), (90, 330), (70, 240))[kind], "wait")
    granted = np.where(edge, np.minimum(granted, day(last_year, 12, 31)), granted)
    late = granted > day(last_year, 12, 31)
    state = np.where(late, 1, state)
    cells = {
        "patent_type": Cells(np.full(len(at), kind), None, KINDS),
        "legal_status": Cells(state, None, _STATES),
        "applied_on": Cells(applied),
        "granted_on": Cells(granted, state != 1),
    }
    return at, cells, _numbers(kind, year, _FIRST_SERIAL + owner * _PER_YEAR + slot)


def _numbers(kind: int, year: Ints, serial: Ints) -> pa.Array:
    """Return patent numbers with their check digit; `codes.patent_number` for many."""
    digits = (year * 10 + kind + 1) * 10**7 + serial
    made = np.empty((len(year), 16), dtype=np.uint8)
    made[:, :2] = (ord("Z"), ord("L"))
    total = np.zeros_like(year)
    for place in range(12):
        one = digits // 10 ** (11 - place) % 10
        made[:, 2 + place] = one + ord("0")
        total += one * _WEIGHTS[place]
    made[:, 14] = ord(".")
    made[:, 15] = np.frombuffer(b"0123456789X", dtype=np.uint8)[total % 11]
    return fixed_text(made)


def _text(mark: str, year: Ints, number: Ints, width: int) -> pa.Array:
    """Return `mark`, the year and a number of fixed width, per row."""
    letters = np.frombuffer(mark.encode(), dtype=np.uint8)
    made = np.empty((len(year), len(letters) + 4 + width), dtype=np.uint8)
    made[:, : len(letters)] = letters
    digits = year * 10**width + number
    wide = 4 + width
    for place in range(wide):
        made[:, len(letters) + place] = digits // 10 ** (wide - 1 - place) % 10 + 48
    return fixed_text(made)


def fixed_text(letters: np.ndarray[Any, np.dtype[np.uint8]]) -> pa.Array:
    """Return rows of UTF-8 bytes as texts."""
    rows, width = letters.shape
    ends = np.arange(rows + 1, dtype=np.int32) * width
    data = np.ascontiguousarray(letters)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(data))


def numbered(mark: str, year: Ints, number: Ints) -> pa.Array:
    """Return the numbers of records: `SYN-DK20250000123`."""
    return _text("SYN-" + mark, year, number, 7)


def _known(cells: Cells) -> Bits:
    if cells.known is None:
        return np.ones(len(cells.values), dtype=np.bool_)
    return cells.known


def _days(year: Ints, month: Ints, date: Ints) -> Ints:
    months = (year - 1970) * 12 + month - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days + date - 1
