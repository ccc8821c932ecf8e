# SPDX-License-Identifier: Apache-2.0
"""Payees out of one table: what is taken, known, refused and why; nothing before that."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import InputRejected, NotAllowed
from ceyuan.office.payees import registered
from ceyuan.office.payees_read import (
    MOST_ROWS,
    PayeeRow,
    look_at_payees,
    register_payees,
)
from ceyuan.office.users import set_user
from tests.office.money_by_hand import (
    FINANCE,
    REVIEWER,
    account_of,
    confirmed,
    office,
    tables,
    who,
)
from tests.office.money_by_hand import payees as register
from tests.office.town_by_hand import code, name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

SINCE = date(2026, 12, 1)
HEAD = "收款方,户名,开户行,账号"
NEW = "6222000000000000317"


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    """Give an office where firms 1 to 3 have an account: since 2026-01-01."""
    with office(office_folder) as opened:
        confirmed(opened)
        register(opened, [1, 2, 3])
        yield who(opened, FINANCE)


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows)).encode()


def refused(memory: Memory, *rows: str) -> list[tuple[int | None, str, str, str]]:
    looked = look_at_payees(memory, table(*rows), name="表.csv", since=SINCE)
    assert ([], []) == (looked.taken, looked.known)
    assert {"表.csv"} == {p.file for p in looked.problems}
    return [(p.row, p.code, p.message, p.mend) for p in looked.problems]


def test_rows_are_taken_known_or_refused_and_nothing_is_written(
    memory: Memory,
) -> None:
    before = tables(memory)
    data = table(
        f"{code(1)},合成企业001,虚构银行,{account_of(1)}",  # as it is registered
        f"{code(2)},合成企业002,虚构银行,{NEW}",  # another number
        f"{name(3)},合成企业003,虚构银行,",  # by its name; closed
        f"{code(4)},合成企业004,虚构银行,6222 0000 1111",  # not registered yet
        "没有这家企业,某,某行,62220001",
        f"{code(5)},,某行,62220001",
    )

    looked = look_at_payees(memory, data, name="表.csv", since=SINCE)

    assert before == tables(memory)
    held = ("合成企业001", "虚构银行", account_of(1))
    assert [PayeeRow(2, code(1), *held, code(1), held)] == looked.known
    assert [
        PayeeRow(
            3, code(2), "合成企业002", "虚构银行", NEW, code(2),
            ("合成企业002", "虚构银行", account_of(2)),
        ),
        PayeeRow(
            4, name(3), "合成企业003", "虚构银行", "", code(3),
            ("合成企业003", "虚构银行", account_of(3)),
        ),
        PayeeRow(
            5, code(4), "合成企业004", "虚构银行", "622200001111", code(4), None
        ),
    ] == looked.taken  # fmt: skip
    assert [
        (6, "L209", "不认识“没有这家企业” (unknown party)"),
        (7, "L208", "没有户名 (no holder)"),
    ] == [(p.row, p.code, p.message) for p in looked.problems]

    assert 3 == register_payees(memory, looked, since=SINCE, reason="年末核对")
    again = look_at_payees(memory, data, name="表.csv", since=SINCE)
    assert ([], 4, 2) == (again.taken, len(again.known), len(again.problems))
    with memory.transaction() as conn:
        assert {
            code(2): ("合成企业002", "虚构银行", NEW, SINCE),
            code(3): ("合成企业003", "虚构银行", "", SINCE),
        } == registered(conn, [code(2), code(3)])
        trail = conn.execute(
            "select object, after::jsonb->>'account', reason, actor from audit"
            " where verb = 'pay.payee' order by seq desc limit 3"
        ).fetchall()
    assert {
        (code(2), "…0317", "年末核对", FINANCE),
        (code(3), "", "年末核对", FINANCE),
        (code(4), "…1111", "年末核对", FINANCE),
    } == set(trail)


def test_an_account_counts_as_known_only_on_the_days_it_is_registered_for(
    memory: Memory,
) -> None:
    data = table(f"{code(1)},合成企业001,虚构银行,{account_of(1)}")

    def known(since: date) -> bool:
        return bool(look_at_payees(memory, data, name="表.csv", since=since).known)

    assert (True, False) == (known(date(2026, 1, 1)), known(date(2025, 12, 31)))


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (",某,某行,62220001", "没有收款方 (no party)"),
        ("{code},,某行,62220001", "没有户名 (no holder)"),
        ("{code},某,,62220001", "有账号，没有开户行 (no bank)"),
        (
            "{code},某,某行,6.222E+18",
            "账号被表格软件改成了科学记数 (the number was rounded by a spreadsheet)",
        ),
        (
            "{code},某,某行,123",
            "账号由 4 到 40 位数字或字母组成 (not an account number)",
        ),
        (
            "{code},某,某行,=1+1",
            "账号由 4 到 40 位数字或字母组成 (not an account number)",
        ),
        ("{code},某\x00,某行,62220001", "户名里有看不见的控制字符 (a control character)"),
        ("{code},某,某\x1b行,62220001", "开户行里有看不见的控制字符 (a control character)"),
        ("{code}," + "某" * 121 + ",某行,62220001", "户名多于 120 字 (too long)"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_whole_is_refused_with_its_line(
    memory: Memory, cells: str, why: str
) -> None:
    assert [(2, "L208", why)] == [
        row[:3] for row in refused(memory, cells.format(code=code(1)))
    ]


def test_a_party_that_stands_more_than_once_is_refused_wherever_it_stands(
    memory: Memory,
) -> None:
    """Its code and its name are one party; neither row may win."""
    rows = (f"{code(1)},甲,某行,62220001", f"{name(1)},乙,某行,62220002")

    said = "在第 2、3 行都有 (the party stands more than once)"
    assert [
        (2, "L210", f"“{code(1)}”{said}", "一个收款方只留一行"),
        (3, "L210", f"“{name(1)}”{said}", "一个收款方只留一行"),
    ] == refused(memory, *rows)


def test_a_part_of_a_name_and_an_unrecorded_code_mean_nobody(memory: Memory) -> None:
    stranger = "91319999MA00000X2E"

    assert [
        (2, "L209", f"不认识“{name(1)[:-1]}” (unknown party)"),
        (
            3,
            "L209",
            f"没有 `{stranger}` 的记录 (nothing is recorded of this code)",
        ),
    ] == [
        row[:3]
        for row in refused(
            memory, f"{name(1)[:-1]},某,某行,62220001", f"{stranger},某,某行,62220001"
        )
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_spreadsheets_save_is_read(memory: Memory, encoding: str) -> None:
    text = f"账号,收款方,备注,开户行,户名\r\n'{NEW},{code(1)},无,虚构银行,某企业\r\n,,,,\r\n"

    looked = look_at_payees(memory, text.encode(encoding), name="表.csv", since=SINCE)

    assert [("某企业", NEW)] == [(r.holder, r.account) for r in looked.taken]
    assert [] == looked.problems


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "`表.csv` 缺列：收款方、户名、开户行、账号 (columns missing)"),
        (table(head="收款方,户名,开户行"), "`表.csv` 缺列：账号 (columns missing)"),
        (table(), "`表.csv` 里没有一行 (no row)"),
        (b"\xff\xfe\x00", "读不了 `表.csv`：不是 UTF-8，也不是 GB 18030 (cannot be read)"),
        (b"x" * 1_000_001, "`表.csv` 大于 1 MB (too large)"),
        (
            table(*["甲,乙,丙,62220001"] * (MOST_ROWS + 1)),
            "`表.csv` 有 5,001 行，至多 5,000 行 (too many rows)",
        ),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_whole(
    memory: Memory, data: bytes, why: str
) -> None:
    with pytest.raises(InputRejected) as caught:
        look_at_payees(memory, data, name="表.csv", since=SINCE)

    assert why == caught.value.message


def test_looking_asks_the_right_that_registering_asks(memory: Memory) -> None:
    data = table(f"{code(1)},甲,某行,62220001")
    looked = look_at_payees(memory, data, name="表.csv", since=SINCE)
    set_user(memory, "管理员", ["admin"])
    set_user(who(memory, "管理员"), REVIEWER, ["reviewer"])
    other = who(memory, REVIEWER)

    with pytest.raises(NotAllowed):
        look_at_payees(other, data, name="表.csv", since=SINCE)
    with pytest.raises(NotAllowed):
        register_payees(other, looked, since=SINCE)
