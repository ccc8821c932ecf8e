# SPDX-License-Identifier: Apache-2.0
"""From cells to Parquet: exact decimals under Chinese headings, marked as invented.

An amount is written as a decimal of its unit, never as a binary float. Every file
says in its name and in its metadata that it is synthetic; `town.yaml` says of every
column which attribute and unit it holds, so that nobody has to guess.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ceyuan.city.town_model import Cells
from ceyuan.city.town_plain import digits_of
from ceyuan.kernel import unit
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ceyuan.city.town_draws import Bits, Ints
    from ceyuan.city.town_said import Rows
    from ceyuan.city.town_sheets import Sheet
    from ceyuan.declarations.facts import Fact

CODE, NAME, YEAR = "统一社会信用代码", "企业名称", "年度"
MARK = "ceyuan.synthetic"
SAID = "虚构合成数据，不对应任何真实单位 (synthetic data, no real organisation)"
PREFIX = "合成_"


@dataclass(frozen=True, slots=True)
class Written:
    """One column of a file: its heading and how a model's cells get into it.

    Args:
        attribute: What it holds.
        heading: As written, with the unit.
        fact: What the dictionary says of it.
        unit: Unit of its numbers; "" where they have none.
        digits: Decimal places of the unit that the model's whole numbers carry.
        keeps: Decimal places that are written.
    """

    attribute: str
    heading: str
    fact: Fact
    unit: str
    digits: int
    keeps: int

    @property
    def type(self) -> pa.DataType:
        """Return the type of the column."""
        match self.fact.kind:
            case "number":
                return pa.decimal128(18, self.keeps) if self.keeps else pa.int64()
            case "flag":
                return pa.bool_()
            case "date":
                return pa.date32()
        return pa.string()

    def array(self, cells: Cells | pa.Array) -> pa.Array:
        """Return cells as they are written."""
        if not isinstance(cells, Cells):
            return cells
        values, known, codes = cells
        empty = None if known is None else ~known
        match self.fact.kind:
            case "number":
                if self.keeps < self.digits:
                    step = 10 ** (self.digits - self.keeps)
                    values = (2 * values + step) // (2 * step)
                if self.keeps:
                    return _decimals(values, known, self.keeps)
                return pa.array(values, pa.int64(), mask=empty)
            case "flag":
                return pa.array(values != 0, pa.bool_(), mask=empty)
            case "date":
                return pa.array(values.astype(np.int32), pa.date32(), mask=empty)
        said = self.fact.codes
        words = [said[c].zh if c in said else c for c in codes]
        return pa.array(words, pa.string()).take(pa.array(values, mask=empty))


def columns(sheet: Sheet, facts: Mapping[str, Fact]) -> list[Written]:
    """Return how the columns of a sheet are written."""
    made = []
    for name in sheet.attributes:
        fact = facts[name]
        own, keeps = fact.unit or "", digits_of(fact)
        digits = keeps
        if fact.kind == "number" and fact.measure.is_money:
            own = sheet.money
            digits = keeps = len(str(int(unit(own).scale))) - 1
        if sheet.keeps is not None and name in sheet.rounded:
            keeps = min(keeps, sheet.keeps)
        shown = own if fact.kind == "number" and own != "1" else ""
        first = fact.headings.zh[0] if fact.headings.zh else fact.zh
        if shown and not first.endswith((shown, f"（{shown}）")):
            first = f"{first}（{shown}）"
        made.append(Written(name, first, fact, shown, digits, keeps))
    return made


class SheetFile:
    """One Parquet file that grows chunk by chunk, one row group each.

    Args:
        folder: Where it is written.
        sheet: What it holds.
        facts: The attributes of its record type.
        seed: Written into its metadata.
    """

    def __init__(
        self, folder: Path, sheet: Sheet, facts: Mapping[str, Fact], *, seed: int
    ) -> None:
        self.sheet = sheet
        self.columns = columns(sheet, facts)
        self.path = folder / f"{PREFIX}{sheet.name}.parquet"
        self.rows = 0
        fields = [pa.field(CODE, pa.string()), pa.field(NAME, pa.string())]
        if sheet.year is not None:
            fields.append(pa.field(YEAR, pa.int32()))
        fields += [pa.field(c.heading, c.type) for c in self.columns]
        self._schema = pa.schema(
            fields, metadata={MARK: SAID, "ceyuan.seed": str(seed)}
        )
        texts = [f.name for f in fields if pa.types.is_string(f.type)]
        self._writer = pq.ParquetWriter(
            self.path,
            self._schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[t for t in texts if t not in {CODE, NAME}],
            store_decimal_as_integer=True,
            write_statistics=False,
        )

    def add(self, rows: Rows, codes: pa.Array, names: pa.Array) -> None:
        """Append the rows of a chunk."""
        at = pa.array(rows.at)
        made: list[Any] = [codes.take(at), names.take(at)]
        if self.sheet.year is not None:
            made.append(pa.array(np.full(len(rows.at), self.sheet.year, np.int32)))
        made += [c.array(rows.cells[c.attribute]) for c in self.columns]
        self.rows += len(rows.at)
        if len(rows.at):
            batch = pa.Table.from_arrays(made, schema=self._schema)
            self._writer.write_table(batch, row_group_size=len(rows.at))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()

    def said(self) -> dict[str, Any]:
        """Return what the manifest says of the file."""
        sheet = self.sheet
        found: dict[str, Any] = {
            "path": self.path.name,
            "record_type": sheet.record_type,
            "source": sheet.source,
            "as_stated": sheet.stated,
            "complete": list(sheet.complete)
            if isinstance(sheet.complete, tuple)
            else sheet.complete,
            "rows": self.rows,
            "sha256": _digest(self.path),
            "code": CODE,
            "name": NAME,
        }
        if sheet.year is not None:
            found |= {"year_column": YEAR, "year": sheet.year}
        first = 3 if sheet.year is None else 4
        found["columns"] = {
            c.heading: {"attribute": c.attribute, "letter": column_letter(place)}
            | ({"unit": c.unit} if c.unit else {})
            for place, c in enumerate(self.columns, start=first)
        }
        return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _decimals(values: Ints, known: Bits | None, places: int) -> pa.Array:
    """Return whole numbers as decimals with so many places, without a float."""
    wide = np.empty((len(values), 2), dtype=np.int64)
    wide[:, 0] = values
    wide[:, 1] = values >> 63
    valid = None
    if known is not None:
        valid = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(
        pa.decimal128(18, places), len(values), [valid, pa.py_buffer(wide)]
    )
