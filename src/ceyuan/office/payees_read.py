# SPDX-License-Identifier: Apache-2.0
"""Where many parties are paid, out of one table: looked at row by row, then registered.

A row is taken, known (it says what is registered already, so nothing is written), or
refused with its place and reason. Money goes where a row says: so a party is meant by
its code, its whole name or as the book calls it, never by a part of a name; a number
that a spreadsheet has rounded (`6.2E+18`) is refused, and so are two rows of one party.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ceyuan.facts.store.handles import handle_of_code
from ceyuan.kernel import InputRejected, Problem, clean_code, code_fault
from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.firms import FIRM, labels
from ceyuan.office.money_told import known_parties
from ceyuan.office.payees import registered, set_payees
from ceyuan.office.users import allow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from ceyuan.facts.store import Reading
    from ceyuan.office.firms import Firm
    from ceyuan.office.memory import Memory

HEADINGS = ("收款方", "户名", "开户行", "账号")
MOST_ROWS = 5_000
MOST_BYTES = 1_000_000
_ACCOUNT = re.compile(r"[0-9A-Za-z\-]{4,40}\Z")
_ROUNDED = re.compile(r"[0-9.]+[eE]\+?\d+\Z")
_LONGEST = {"收款方": 80, "户名": 120, "开户行": 120, "账号": 80}


@dataclass(frozen=True, slots=True)
class PayeeRow:
    """One row of the table.

    Args:
        row: Its line in the file, from 1, the heading counted.
        said: The party as it is written.
        holder: Name of the account.
        bank: The bank.
        account: The number, without spaces; empty: the account is closed.
        party: How the book calls the party; empty until that is found.
        before: Holder, bank and number that are registered now; None: nothing is.
    """

    row: int
    said: str
    holder: str
    bank: str
    account: str
    party: str = ""
    before: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class PayeesLooked:
    """What a table of payees would do.

    Args:
        file: Its name.
        taken: Rows that would be registered.
        known: Rows that say what is registered already.
        problems: Rows that are refused, each with its place.
    """

    file: str
    taken: list[PayeeRow]
    known: list[PayeeRow]
    problems: list[Problem]

    @property
    def digest(self) -> str:
        """Return a hash of all that would be written, and of what it would replace."""
        words = [
            repr((r.party, r.holder, r.bank, r.account, r.before)) for r in self.taken
        ]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()


def look_at_payees(
    memory: Memory, data: bytes, *, name: str, since: date
) -> PayeesLooked:
    """Return what a table of payees would do; nothing is written.

    Args:
        memory: The office's memory; who asks is its actor.
        data: The CSV file.
        name: What it is called.
        since: The day from which the accounts count.

    Raises:
        InputRejected: It cannot be read at all, or lacks a column.
        NotAllowed: Who asks may not.
    """
    with memory.transaction() as conn:
        allow(conn, memory, "pay.payee")
    whole: list[PayeeRow] = []
    problems: list[Problem] = []
    for row, cells in read_rows(data, name=name):
        one, wrong = _row(row, cells)
        if wrong is None:
            whole.append(one)
        else:
            problems.append(_refused(name, row, "L208", *wrong))
    meant = _parties(memory, {one.said for one in whole})
    rows_of: dict[str, list[int]] = {}
    for one in whole:
        if isinstance(found := meant[one.said], str):
            rows_of.setdefault(found, []).append(one.row)
    with memory.transaction() as conn:
        now = registered(conn, list(rows_of))
    taken: list[PayeeRow] = []
    known: list[PayeeRow] = []
    for one in whole:
        party = meant[one.said]
        if not isinstance(party, str):
            problems.append(_refused(name, one.row, "L209", *party))
        elif len(rows_of[party]) > 1:
            lines = "、".join(map(str, rows_of[party]))
            message = (
                f"“{one.said}”在第 {lines} 行都有 (the party stands more than once)"
            )
            mend = "一个收款方只留一行"
            problems.append(_refused(name, one.row, "L210", message, mend))
        else:
            *was, from_ = now.get(party, (None, None, None, since))
            before = None if was[0] is None else (was[0], was[1], was[2])
            same = before == (one.holder, one.bank, one.account) and from_ <= since
            found_ = replace(one, party=party, before=before)
            (known if same else taken).append(found_)
    problems.sort(key=lambda problem: problem.row or 0)
    return PayeesLooked(name, taken, known, problems)


def register_payees(
    memory: Memory, looked: PayeesLooked, *, since: date, reason: str = ""
) -> int:
    """Register what a table of payees would, and return how many.

    Raises:
        NotAllowed: Who asks may not.
    """
    rows = [(r.party, r.holder, r.bank, r.account) for r in looked.taken]
    return set_payees(memory, rows, since=since, reason=reason)


def read_rows(data: bytes, *, name: str) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a table of payees: the line in the file, the cells by heading.

    Raises:
        InputRejected: It is no CSV text, is too large, or lacks a column.
    """
    if len(data) > MOST_BYTES:
        msg = f"`{name}` 大于 {MOST_BYTES // 1_000_000} MB (too large)"
        raise InputRejected(msg, hint=f"分成几个文件，每个至多 {MOST_ROWS:,} 行")
    reader = csv.DictReader(io.StringIO(_text(data, name), newline=""))
    try:
        rows = [
            (reader.line_num, {h: (row[h] or "").strip() for h in HEADINGS if h in row})
            for row in reader
        ]
    except csv.Error as error:
        msg = f"`{name}` 不是 CSV 表格 (not a CSV file)"
        raise InputRejected(msg, hint="另存为 CSV 再交") from error
    missing = [h for h in HEADINGS if h not in (reader.fieldnames or ())]
    if missing:
        msg = f"`{name}` 缺列：{'、'.join(missing)} (columns missing)"
        raise InputRejected(msg, hint=f"第一行写 {','.join(HEADINGS)}")
    rows = [(line, cells) for line, cells in rows if any(cells.values())]
    if not rows:
        msg = f"`{name}` 里没有一行 (no row)"
        raise InputRejected(msg, hint="每个收款方写一行")
    if len(rows) > MOST_ROWS:
        msg = f"`{name}` 有 {len(rows):,} 行，至多 {MOST_ROWS:,} 行 (too many rows)"
        raise InputRejected(msg, hint="分成几个文件")
    return rows


def _text(data: bytes, name: str) -> str:
    """Return the text of a file as spreadsheets save it here: UTF-8, or GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    msg = f"读不了 `{name}`：不是 UTF-8，也不是 GB 18030 (cannot be read)"
    raise InputRejected(msg, hint="另存为“CSV UTF-8”再交")


def _row(row: int, cells: Mapping[str, str]) -> tuple[PayeeRow, tuple[str, str] | None]:
    """Return a row, and what is wrong with it: why, and how to mend it."""
    said, holder, bank, account = (cells[h].lstrip("'").strip() for h in HEADINGS)
    one = PayeeRow(row, said, holder, bank, account.replace(" ", ""))
    for heading, text in zip(HEADINGS, (said, holder, bank, account), strict=True):
        if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
            why = f"{heading}里有看不见的控制字符 (a control character)"
            return one, (why, "删掉那一格，重新输入")
        if len(text) > _LONGEST[heading]:
            why = f"{heading}多于 {_LONGEST[heading]} 字 (too long)"
            return one, (why, "核对是否写错了列")
    if not said or not holder:
        which = "收款方" if not said else "户名"
        return one, (f"没有{which} (no {'party' if not said else 'holder'})", "补上")
    if one.account and not bank:
        return one, ("有账号，没有开户行 (no bank)", "补上开户行")
    if _ROUNDED.match(one.account):
        why = "账号被表格软件改成了科学记数 (the number was rounded by a spreadsheet)"
        return one, (why, "把这一列设为文本，重新输入账号")
    if one.account and not _ACCOUNT.match(one.account):
        why = "账号由 4 到 40 位数字或字母组成 (not an account number)"
        return one, (why, "核对账号；留空表示已销户")
    return one, None


def _parties(memory: Memory, said: set[str]) -> dict[str, str | tuple[str, str]]:
    """Return how the book calls each party; or why it is not known, and the mend."""
    with memory.transaction() as conn:
        found: dict[str, str | tuple[str, str]] = {
            one: one for one in known_parties(conn, sorted(said))
        }
    rest = sorted(said - set(found))
    if not rest:
        return found
    reading = memory.reading(datetime.now(OFFICE_TIME).date())
    codes = {one: clean_code(one) for one in rest}
    codes = {one: code for one, code in codes.items() if not code_fault(code)}
    found |= _by_code(reading, codes)
    if names := [one for one in rest if one not in codes]:
        found |= _by_name(reading, names)
    return found


def _by_code(
    reading: Reading, codes: Mapping[str, str]
) -> dict[str, str | tuple[str, str]]:
    moved = dict(reading.aliases.select("handle", "org").iter_rows())
    orgs = {one: handle_of_code(code) for one, code in codes.items()}
    orgs = {one: moved.get(handle, handle) for one, handle in orgs.items()}
    firms = labels(reading, FIRM, set(orgs.values()))
    return {
        one: _called(firms[org])
        if org in firms
        else (f"没有 `{one}` 的记录 (nothing is recorded of this code)", "核对信用代码")
        for one, org in orgs.items()
    }


def _by_name(
    reading: Reading, names: Sequence[str]
) -> dict[str, str | tuple[str, str]]:
    """Return whom whole names mean; a part of a name means nobody here."""
    firms: dict[str, list[Firm]] = {name: [] for name in names}
    for firm in labels(reading, FIRM).values():
        if firm.name in firms:
            firms[firm.name].append(firm)
    found: dict[str, str | tuple[str, str]] = {}
    for name, same in firms.items():
        if len(same) == 1:
            found[name] = _called(same[0])
        elif same:
            why = f"叫“{name}”的企业有 {len(same)} 家 (several firms of this name)"
            found[name] = (why, "写信用代码")
        else:
            why = f"不认识“{name}” (unknown party)"
            found[name] = (why, "写信用代码、企业全称，或账上的名字")
    return found


def _called(firm: Firm) -> str:
    return firm.code or f"org{firm.org}"


def _refused(name: str, row: int, code: str, message: str, mend: str) -> Problem:
    return Problem(code=code, message=message, mend=mend, file=name, row=row)
