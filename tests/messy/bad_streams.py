# SPDX-License-Identifier: Apache-2.0
"""Bad csv files and column files."""

from __future__ import annotations

import csv
import itertools
from typing import TYPE_CHECKING

from tests.messy.sound import CODES, HEADINGS, NAMES, Bad, five_firms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.messy.body import Written


def _csv(path: Path, rows: Sequence[Sequence[Written]], encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            writer.writerow(["" if value is None else str(value) for value in row])


def formula_text(folder: Path) -> Bad:
    """Text that begins like a formula: it comes back as text, never as a formula."""
    path = folder / "注入.csv"
    rows = five_firms((2, 0, '=HYPERLINK("http://example.invalid","样例")'))
    rows[2][0] = "+样例乙（虚构）有限公司"
    _csv(path, rows, "utf-8")
    return Bad(
        path=path,
        is_rejected=False,
        says="以等号、加号开头的文字照文字处理",
        good=(2, 3, 4, 5, 6),
    )


def csv_gb18030(folder: Path) -> Bad:
    path = folder / "国标.csv"
    _csv(path, five_firms(), "gb18030")
    return Bad(path=path, is_rejected=False, says="照读", good=(2, 3, 4, 5, 6))


def csv_utf16(folder: Path) -> Bad:
    path = folder / "宽字节.csv"
    _csv(path, five_firms(), "utf-16")
    return Bad(
        path=path,
        is_rejected=False,
        says="有字节序标记，照读；读不了就说是UTF-16，请另存为UTF-8",
        good=(2, 3, 4, 5, 6),
    )


def csv_broken_encoding(folder: Path) -> Bad:
    path = folder / "乱码.csv"
    path.write_bytes("企业名称,从业人数\n".encode() + b"\xff\xfe\x81,12\n" * 3)
    return Bad(path=path, is_rejected=True, says="既不是UTF-8也不是GB18030")


def csv_ragged(folder: Path) -> Bad:
    path = folder / "长短行.csv"
    rows = five_firms()
    rows[2] = rows[2][:3]
    rows[3] = [*rows[3], "多出", "两格"]
    _csv(path, rows, "utf-8")
    return Bad(
        path=path,
        is_rejected=False,
        says="第3行少三格，缺的算没有；第4行多两格，多的不读",
        places=((4, ""),),
        good=(2, 4, 5, 6),
    )


def csv_open_quote(folder: Path) -> Bad:
    path = folder / "引号未闭.csv"
    _csv(path, five_firms(), "utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write('"样例己（虚构）有限公司,12\n')
    return Bad(
        path=path,
        is_rejected=False,
        says="第7行起引号没有闭合",
        places=((7, ""),),
        good=(2, 3, 4, 5, 6),
    )


def csv_with_nul(folder: Path) -> Bad:
    path = folder / "空字节.csv"
    _csv(path, five_firms(), "utf-8")
    path.write_bytes(path.read_bytes().replace(b"1003", b"10\x0003"))
    return Bad(
        path=path,
        is_rejected=False,
        says="第5行营业收入里有空字节，不采用",
        places=((5, "D"),),
        good=(2, 3, 4, 6),
    )


def _many_codes(count: int) -> Iterator[str]:
    """Yield valid credit codes; only the last two letters are worked anew each time."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    place = {letter: index for index, letter in enumerate(letters)}
    digit = {letter: int(letter, 36) for letter in letters}
    power = [pow(3, place_of, 31) for place_of in range(18)]
    inner = (3, 7, 9, 10, 5, 8, 4, 2)
    made = 0
    while made < count:
        four = "".join(letters[made // 961 // 31**n % 31] for n in (3, 2, 1, 0))
        head = "91319999MA" + four
        within = sum(digit[c] * w for c, w in zip(head[8:], inner, strict=False))
        outer = sum(place[c] * w for c, w in zip(head, power, strict=False))
        for pair in itertools.product(letters, repeat=2):
            one, two = pair
            check = -(within + digit[one] * 4 + digit[two] * 2) % 11
            third = "X" if check == 10 else str(check)
            total = outer + sum(
                place[c] * w
                for c, w in zip((one, two, third), power[14:], strict=False)
            )
            yield head + one + two + third + letters[-total % 31]
        made += 961


def million_rows(folder: Path, rows: int = 1_000_000) -> Bad:
    """A csv of so many firms, written row by row."""
    path = folder / "百万行.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number, code in enumerate(itertools.islice(_many_codes(rows), rows)):
            name = f"样例第{number}号（虚构）有限公司"
            staff = number % 700 + 1
            writer.writerow([name, code, staff, 1000, 80, "2015-03-01"])
    return Bad(
        path=path,
        is_rejected=False,
        says="照读，有进度，内存有上限",
        good=(2, rows + 1),
    )


def nan_and_inf(folder: Path) -> Bad:
    """Floats that are no numbers, in a column file; rows count from 2 as in a sheet."""
    import pyarrow as pa
    from pyarrow import parquet

    path = folder / "非数.parquet"
    revenue = [1000.0, float("nan"), float("inf"), float("-inf"), 1004.0]
    table = pa.table(
        {
            "企业名称": list(NAMES),
            "统一社会信用代码": list(CODES),
            "从业人数（人）": [40, 41, 42, 43, 44],
            "2025年营业收入（万元）": revenue,
        }
    )
    parquet.write_table(table, path)
    return Bad(
        path=path,
        is_rejected=False,
        says="NaN当作没有数，无穷大不是数",
        places=((4, "D"), (5, "D")),
        good=(2, 6),
    )
