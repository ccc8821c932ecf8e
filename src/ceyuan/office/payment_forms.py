# SPDX-License-Identifier: Apache-2.0
"""How payment files look, as declared: written out, and read when they come back.

Amounts stand in yuan with two decimals and are read as exact decimals. A cell that a
spreadsheet could run as a formula is written with an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Literal

from ceyuan.declarations.parts import Part, build
from ceyuan.declarations.region import REGIONS, _folders
from ceyuan.declarations.source import read_source
from ceyuan.kernel import InputRejected, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_BYTES = 50_000_000
_YUAN = re.compile(r"(\d{1,13})(?:\.(\d{1,2}))?")


class ColumnSaid(Part):
    """A column: its heading, and what stands in it."""

    heading: str
    gives: Literal[
        "line", "payment", "holder", "bank", "account", "amount", "purpose",
        "outcome", "reason", "day",
    ]  # fmt: skip


class FormSaid(Part):
    """A form of payment files."""

    zh: str
    en: str
    encoding: str
    delimiter: str
    out: tuple[ColumnSaid, ...]
    total: ColumnSaid | None = None
    back: tuple[ColumnSaid, ...]
    outcomes: dict[str, Literal["paid", "failed"]]
    reasons: dict[str, str]


class FormFile(Part):
    """`payment_forms.yaml`."""

    forms: dict[str, FormSaid]


@cache
def load_payment_forms(region: str) -> Mapping[str, FormSaid]:
    """Return the forms of a region, its parents' included."""
    found: dict[str, FormSaid] = {}
    for folder in _folders(region):
        path = folder / "payment_forms.yaml"
        if path.is_file():
            name = path.relative_to(REGIONS).as_posix()
            found |= build(FormFile, read_source(path, name=name)).forms
    return found


def payment_form(region: str, name: str) -> FormSaid:
    """Return a form.

    Raises:
        UsageError: There is none of this name.
    """
    forms = load_payment_forms(region)
    if name not in forms:
        msg = f"没有支付文件格式 `{name}` (no such form)"
        raise UsageError(msg, hint=f"已声明的：{'、'.join(forms)}")
    return forms[name]


@dataclass(frozen=True, slots=True)
class Line:
    """One payment as it is written out."""

    line: int
    payment: str
    holder: str
    bank: str
    account: str
    amount: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Back:
    """One line as it came back.

    Args:
        line: Its place in the file, from 1, the heading counted.
        payment: Which payment it says it is.
        account: Which account.
        amount: In fen; None where it cannot be read.
        outcome: `paid`, `failed`, or empty where the word is not known.
        word: The word that stood there.
        reason: Why it failed, as the bank says.
        day: On which day; None where it cannot be read.
    """

    line: int
    payment: str
    account: str
    amount: int | None
    outcome: str
    word: str
    reason: str
    day: date | None


def write_file(form: FormSaid, lines: Sequence[Line]) -> bytes:
    """Return a payment file: a heading, a line per payment, the total."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=form.delimiter, lineterminator="\r\n")
    writer.writerow([c.heading for c in form.out])
    for one in lines:
        writer.writerow([_cell(one, c.gives) for c in form.out])
    if form.total is not None:
        total = yuan(sum(one.amount for one in lines))
        row = ["" for _ in form.out]
        row[0] = form.total.heading
        at = [c.gives for c in form.out].index("amount")
        row[at] = total
        writer.writerow(row)
    return text.getvalue().encode(form.encoding)


def _cell(one: Line, gives: str) -> str:
    if gives == "amount":
        return yuan(one.amount)
    text = str(getattr(one, gives))
    runs = bool(text) and text[0] in "=+-@\t\r" and gives != "line"
    return f"'{text}" if runs else text


def yuan(fen: int) -> str:
    """Return fen as yuan with two decimals, without separators."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def read_file(form: FormSaid, data: bytes, *, name: str) -> list[Back]:
    """Return the lines of a file that came back.

    Raises:
        InputRejected: It cannot be read, or lacks a column.
    """
    if len(data) > MOST_BYTES:
        msg = f"`{name}` 大得不合理：{len(data):,} 字节 (far too large)"
        raise InputRejected(msg)
    try:
        text = data.decode(form.encoding)
    except (UnicodeDecodeError, LookupError) as error:
        msg = f"`{name}` 不是 {form.encoding} 编码 (another encoding)"
        raise InputRejected(msg, hint="请银行按约定的编码重发，或换 --form") from error
    try:
        lines = io.StringIO(text, newline=None)
        rows = list(csv.reader(lines, delimiter=form.delimiter))
    except csv.Error as error:
        msg = f"`{name}` 读不成表 (not readable as a table): {error}"
        raise InputRejected(msg, hint="请银行按约定的格式重发") from error
    heads = [cell.strip() for cell in rows[0]] if rows else []
    missing = [c.heading for c in form.back if c.heading not in heads]
    if missing:
        msg = f"`{name}` 缺列：{'、'.join(missing)} (columns are missing)"
        raise InputRejected(
            msg, hint=f"回单应有：{'、'.join(c.heading for c in form.back)}"
        )
    places = {c.gives: heads.index(c.heading) for c in form.back}
    found = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        said = {
            gives: _plain(row[at]) if at < len(row) else ""
            for gives, at in places.items()
        }
        if form.total is not None and row[0].strip() == form.total.heading:
            continue
        found.append(
            Back(
                number,
                said["payment"],
                said["account"],
                _fen(said["amount"]),
                form.outcomes.get(said["outcome"], ""),
                said["outcome"],
                form.reasons.get(said["reason"], said["reason"]),
                _day(said["day"]),
            )
        )
    return found


def _plain(cell: str) -> str:
    """Return a cell's text on one line, without what no table has."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", cell).strip().lstrip("'")


def _fen(text: str) -> int | None:
    found = _YUAN.fullmatch(text.replace(",", ""))
    if found is None:
        return None
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _day(text: str) -> date | None:
    plain = text.replace("/", "-")
    if len(plain) == 8 and plain.isdigit():
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    try:
        return date.fromisoformat(plain)
    except ValueError:
        return None
