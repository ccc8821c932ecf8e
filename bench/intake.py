# SPDX-License-Identifier: Apache-2.0
"""How fast files of records are read, beside reading them as plain text.

`python -m bench.intake [ROWS]` writes a table of invented firms (code, name, year,
ten figures; one cell in a hundred is dirty) as csv and as Parquet, reads each in a
process of its own, and prints rows a second and the most memory that was used.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import polars as pl

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_MONEY = (
    "营业收入（万元）",
    "研发费用（万元）",
    "资产总额（万元）",
    "净资产（万元）",
    "净利润（万元）",
    "纳税总额（万元）",
    "高新技术产品收入（万元）",
)
_PEOPLE = ("职工总数", "科技人员数", "研发人员数")
_DIRTY = ("约300", "1.2亿", "无", "12,34", "abc", "500-800", " 1200 ", "#N/A")


def code(number: int) -> str:
    """Return a sound credit code made from a number."""
    body = "91310000M"
    for _ in range(8):
        number, place = divmod(number, 31)
        body += _ALPHABET[place]
    total = sum(_ALPHABET.index(c) * pow(3, at, 31) for at, c in enumerate(body))
    return body + _ALPHABET[-total % 31]


def write(folder: Path, rows: int) -> None:
    """Write the invented table."""
    draw = random.Random(7)
    size = [int(draw.paretovariate(1.1) * 20) % 50_000 + 5 for _ in range(rows)]
    columns: dict[str, list[object]] = {
        "统一社会信用代码": [code(number // 3 + 1_000_000) for number in range(rows)],
        "企业名称": [f"上海虚构{number // 3}号科技有限公司" for number in range(rows)],
        "年度": [2023 + number % 3 for number in range(rows)],
    }
    for heading in _MONEY:
        columns[heading] = [round(n * draw.uniform(5, 60), 2) for n in size]
    whole = size
    for heading in _PEOPLE:
        whole = [max(1, int(n * 0.7)) for n in whole]
        columns[heading] = list(whole)
    clean = pl.DataFrame(columns)
    clean.write_parquet(folder / "clean.parquet", row_group_size=65_536)
    text = clean.cast(pl.String)
    for heading in (*_MONEY, *_PEOPLE):
        dirty = draw.sample(range(rows), rows // 100)
        words = [draw.choice(_DIRTY) for _ in dirty]
        column = text[heading].scatter(dirty, pl.Series(words))
        text = text.with_columns(column)
    text.write_csv(folder / "dirty.csv")
    text.write_parquet(folder / "text.parquet", row_group_size=65_536)


def read(path: Path, *, plain: bool) -> None:
    """Read one file in this process and print what it took."""
    if plain:
        began = time.perf_counter()
        frame = pl.read_csv(path, infer_schema=False)
        told = "plain text"
    else:
        from ceyuan.declarations import load_records, load_region
        from ceyuan.facts.intake import read_rows

        facts = load_region("shanghai").facts
        record = load_records("shanghai").type("firm")
        began = time.perf_counter()
        found = read_rows(path, record, facts=facts, as_of=date(2026, 11, 21))
        frame = found.frame
        told = f"{len(found.problems)} problems, {found.rejected} rejected"
    took = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak, cpu = used.ru_maxrss / 2**20, used.ru_utime + used.ru_stime
    print(
        f"{path.name:14} {frame.height:>10,} rows  {took:6.2f} s  "
        f"{cpu:6.2f} s of processors  "
        f"{frame.height / took:>11,.0f} rows/s  {peak:5.2f} GB  {told}"
    )


def main() -> None:
    """Write the files and read each in a process of its own."""
    if len(sys.argv) == 4 and sys.argv[1] == "write":
        write(Path(sys.argv[2]), int(sys.argv[3]))
        return
    if len(sys.argv) == 4:
        read(Path(sys.argv[2]), plain=sys.argv[3] == "plain")
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run("write", str(folder), str(rows))
        for file, way in (
            ("dirty.csv", "plain"),
            ("dirty.csv", "checked"),
            ("text.parquet", "checked"),
            ("clean.parquet", "checked"),
        ):
            _run("read", str(folder / file), way)


def _run(*words: str) -> None:
    """Run this file in a process of its own: a child inherits the memory's peak."""
    subprocess.run([sys.executable, __file__, *words], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
