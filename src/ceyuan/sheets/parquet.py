# SPDX-License-Identifier: Apache-2.0
"""Read a Parquet file as one sheet whose first row is the column names."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ceyuan.sheets.model import CellError, CellValue, Sheet

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.sheets.problems import ProblemLog

_BATCH = 65_536


def read_parquet(path: Path, log: ProblemLog) -> tuple[Sheet, ...]:
    """Return the file as one sheet; NaN and infinities become errors in cells."""
    # Imported late: a spreadsheet must not wait for it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names: list[CellValue] = list(file.schema_arrow.names)
            rows: list[list[CellValue]] = [names]
            for batch in file.iter_batches(batch_size=_BATCH):
                columns = [
                    [cell_of(value) for value in column.to_pylist()]
                    for column in batch.columns
                ]
                rows.extend([list(line) for line in zip(*columns, strict=True)])
    except (pa.ArrowException, OSError, ValueError) as error:
        raise log.rejection(
            "R106",
            f"Parquet 文件损坏，读不出来 (damaged Parquet file): {error}",
            mend="重新导出这个文件 (export the file again)",
        ) from error
    return (Sheet(path.stem, rows, used_columns=len(names)),)


def cell_of(value: object) -> CellValue:
    """Return a value of a typed table as the cell it would be in a sheet."""
    if value is None or isinstance(value, (str, bool, int)):
        return value or None if value == "" else value
    if isinstance(value, float):
        if math.isnan(value):
            return CellError("NaN")
        if math.isinf(value):
            return CellError("Inf" if value > 0 else "-Inf")
        return int(value) if value.is_integer() else Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            return CellError(str(value))
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return value
    return str(value)
