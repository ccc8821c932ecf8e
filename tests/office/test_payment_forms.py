# SPDX-License-Identifier: Apache-2.0
"""Payment files, byte by byte: what goes out, what is read when it comes back."""

from __future__ import annotations

from datetime import date

import pytest

from ceyuan.kernel import InputRejected, UsageError
from ceyuan.office.payment_forms import (
    Back,
    Line,
    load_payment_forms,
    payment_form,
    read_file,
    write_file,
    yuan,
)

BANK = payment_form("shanghai", "bank_csv")
TREASURY = payment_form("shanghai", "treasury_tsv")
LINES = [
    Line(1, "E1.p1", "虚构一号有限公司", "虚构银行", "6222000001", 50_000_001, "奖励 2026"),
    Line(2, "E2.p1", "虚构,二号", "虚构银行", "6222000002", 5, "补贴"),
]  # fmt: skip
HEAD = "支付编号,账号,金额（元）,结果,原因,日期"


def returned(*rows: str, head: str = HEAD) -> bytes:
    return "\r\n".join([head, *rows, ""]).encode("utf-8-sig")


def read(*rows: str, head: str = HEAD) -> list[Back]:
    return read_file(BANK, returned(*rows, head=head), name="回单.csv")


def test_bank_file_has_mark_heading_lines_and_total() -> None:
    # 500,000.01 and 0.05 are 500,000.06.
    assert write_file(BANK, LINES) == (
        b"\xef\xbb\xbf"
        + (
            "序号,支付编号,收款人,开户行,账号,金额（元）,用途\r\n"
            "1,E1.p1,虚构一号有限公司,虚构银行,6222000001,500000.01,奖励 2026\r\n"
            '2,E2.p1,"虚构,二号",虚构银行,6222000002,0.05,补贴\r\n'
            "合计,,,,,500000.06,\r\n"
        ).encode()
    )


def test_treasury_file_is_in_gb18030_with_tabs() -> None:
    data = write_file(TREASURY, LINES)

    # 支 is D6A7 there, 付 is B8B6.
    assert data[:4] == b"\xd6\xa7\xb8\xb6"
    assert data == (
        "支付编号\t收款人全称\t收款人账号\t收款人开户银行\t支付金额\t摘要\r\n"
        "E1.p1\t虚构一号有限公司\t6222000001\t虚构银行\t500000.01\t奖励 2026\r\n"
        "E2.p1\t虚构,二号\t6222000002\t虚构银行\t0.05\t补贴\r\n"
        "合计\t\t\t\t500000.06\t\r\n"
    ).encode("gb18030")


def test_treasury_file_writes_characters_outside_of_gbk() -> None:
    data = write_file(TREASURY, [Line(1, "E1.p1", "𠮷祥公司", "b", "1", 1, "x")])

    # 𠮷 is U+20BB7: 0x10BB7 = 68,535 beyond the first plane. By 12,600, 1,260, 10, 1:
    # 5, 4, 49, 5, counted from 90, 30, 81, 30.
    assert data.split(b"\r\n")[1] == (
        b"E1.p1\t\x95\x34\xb2\x35" + "祥公司\t1\tb\t0.01\tx".encode("gb18030")
    )


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(
    sign: str,
) -> None:
    text = f"{sign}1+1"
    data = write_file(BANK, [Line(1, text, text, text, text, 100, text)])

    cell = f"'{text}"
    quoted = f'"{cell}"' if sign == "\r" else cell
    assert data.decode("utf-8-sig").split("\r\n", 1)[1] == (
        f"1,{quoted},{quoted},{quoted},{quoted},1.00,{quoted}\r\n合计,,,,,1.00,\r\n"
    )


def test_cell_that_is_empty_stays_empty() -> None:
    data = write_file(BANK, [Line(1, "E1.p1", "虚构", "", "1", 100, "")])

    assert data.decode("utf-8-sig").splitlines()[1] == "1,E1.p1,虚构,,1,1.00,"


def test_apostrophe_before_an_account_is_taken_off_when_it_comes_back() -> None:
    (line,) = read("E1.p1,'-6222,1.00,成功,,2026-12-03")

    assert line.account == "-6222"


def test_lines_that_came_back_are_read_with_their_places() -> None:
    found = read(
        "E1.p1,6222000001,500000.01,成功,,2026-12-03",
        "",
        'E2.p1,6222000002,"1,000.5",失败,账户已销户,2026/12/03',
        "E3.p1,6222000003,一千,处理中,别的,昨天",
        "E4.p1,6222000004,1.005,成功,户名不符,20261203",
        "合计,,501000.51,,,",
        "E5.p1",
    )

    day = date(2026, 12, 3)
    assert found == [
        Back(2, "E1.p1", "6222000001", 50_000_001, "paid", "成功", "", day),
        # Line 3 is empty.
        Back(4, "E2.p1", "6222000002", 100_050, "failed", "失败", "closed_account", day),
        Back(5, "E3.p1", "6222000003", None, "", "处理中", "别的", None),
        # Half a fen is no amount.
        Back(6, "E4.p1", "6222000004", None, "paid", "成功", "wrong_holder", day),
        Back(8, "E5.p1", "", None, "", "", "", None),
    ]  # fmt: skip


def test_columns_that_came_back_in_another_order_are_found_by_heading() -> None:
    (line,) = read(
        "2026-12-03,x,成功,,1.00,6222,E1.p1", head="日期,柜员,结果,原因,金额（元）,账号,支付编号"
    )  # fmt: skip

    assert line == Back(2, "E1.p1", "6222", 100, "paid", "成功", "", date(2026, 12, 3))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_file_with_and_without_a_mark_reads_the_same(mark: bytes) -> None:
    data = mark + f"{HEAD}\nE1.p1,1,1.00,成功,,2026-12-03\n".encode()

    (line,) = read_file(BANK, data, name="x")
    assert (line.payment, line.amount) == ("E1.p1", 100)


def test_treasury_file_that_came_back_is_read() -> None:
    text = (
        "支付编号\t收款人账号\t支付金额\t支付结果\t退回原因\t支付日期\r\n"
        "E1.p1\t6222\t12.30\t已退回\t账户已撤销\t2026-12-03\r\n"
    )

    assert read_file(TREASURY, text.encode("gb18030"), name="x") == [
        Back(2, "E1.p1", "6222", 1230, "failed", "已退回", "closed_account",
             date(2026, 12, 3))
    ]  # fmt: skip


def test_file_in_another_encoding_is_rejected() -> None:
    with pytest.raises(InputRejected) as caught:
        read_file(BANK, f"{HEAD}\n".encode("gb18030"), name="回单.csv")

    assert caught.value.message == "`回单.csv` 不是 utf-8-sig 编码 (another encoding)"


def test_bank_file_read_as_the_treasurys_is_rejected() -> None:
    with pytest.raises(InputRejected):
        read_file(TREASURY, returned(), name="x")


def test_file_without_a_column_is_rejected_and_says_which() -> None:
    with pytest.raises(InputRejected) as caught:
        read(head="支付编号,账号,结果,日期")

    assert (
        caught.value.message
        == "`回单.csv` 缺列：金额（元）、原因 (columns are missing)"
    )
    assert caught.value.hint == (
        "回单应有：支付编号、账号、金额（元）、结果、原因、日期"
    )


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n"])
def test_file_without_a_heading_is_rejected(data: bytes) -> None:
    with pytest.raises(InputRejected, match="columns are missing"):
        read_file(BANK, data, name="x")


def test_file_with_a_heading_alone_has_no_lines() -> None:
    assert read() == []


def test_file_far_too_large_is_rejected() -> None:
    with pytest.raises(InputRejected, match="far too large"):
        read_file(BANK, b"x" * 50_000_001, name="x")


@pytest.mark.parametrize(
    "data",
    [
        # Lines that end as on an old Macintosh; a cell of 200,000 letters.
        f"{HEAD}\rE1.p1,1,1.00,成功,,2026-12-03\r".encode(),
        f"{HEAD}\n{'x' * 200_000},1,1.00,成功,,2026-12-03\n".encode(),
    ],
    ids=["carriage returns", "endless cell"],
)
def test_file_that_is_no_table_is_read_or_rejected_and_never_a_crash(
    data: bytes,
) -> None:
    try:
        found = read_file(BANK, data, name="x")
    except InputRejected:
        return
    assert [line.amount for line in found] == [100]


@pytest.mark.parametrize(
    "text",
    ["1e999999", "1e400", "99999999999999999999.00", "NaN", "Infinity", "sNaN", ""],
)
def test_amount_that_no_payment_can_have_is_unreadable(text: str) -> None:
    (line,) = read(f"E1.p1,1,{text},成功,,2026-12-03")

    assert line.amount is None


def test_amount_with_a_trace_beyond_the_fen_is_unreadable() -> None:
    (line,) = read("E1.p1,1,100000.00000000000000000000000000001,成功,,2026-12-03")

    assert line.amount is None


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123_456_789, "1234567.89")],
)
def test_yuan_has_two_decimals_and_no_separators(fen: int, text: str) -> None:
    assert yuan(fen) == text


def test_form_that_is_not_declared_is_wrong_use() -> None:
    with pytest.raises(UsageError) as caught:
        payment_form("shanghai", "fax")

    assert caught.value.hint == "已声明的：bank_csv、treasury_tsv"
    assert list(load_payment_forms("shanghai")) == ["bank_csv", "treasury_tsv"]
