# SPDX-License-Identifier: Apache-2.0
"""Every bad input that a reader has to meet, with what a good reader says.

    bad = BUILDERS["password_protected"](tmp_path)
    bad.path, bad.is_rejected, bad.says

A rejected file is one clear error and nothing else. In all others the wrong cells or
rows are listed with their places and the remaining firms are read: `good` names the
rows whose figures can all be trusted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.messy import bad_cells, bad_files, bad_headings, bad_streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.messy.sound import Bad

BUILDERS: dict[str, Callable[[Path], Bad]] = {
    build.__name__: build
    for build in (
        bad_files.empty_xlsx,
        bad_files.empty_csv,
        bad_files.empty_sheet,
        bad_files.only_headings,
        bad_files.not_a_workbook,
        bad_files.truncated,
        bad_files.password_protected,
        bad_files.zip_bomb,
        bad_files.zip_bomb_that_lies,
        bad_files.entity_bomb,
        bad_files.unknown_suffix,
        bad_headings.no_name_and_no_code,
        bad_headings.no_heading_at_all,
        bad_headings.missing_headings,
        bad_headings.extra_headings,
        bad_headings.doubled_headings,
        bad_headings.merged_headings,
        bad_headings.merged_name_cells,
        bad_cells.text_in_numbers,
        bad_cells.odd_but_clear_numbers,
        bad_cells.percents,
        bad_cells.totals_rows,
        bad_cells.negative_staff,
        bad_cells.off_by_10000,
        bad_cells.wrong_codes,
        bad_cells.rows_that_disagree,
        bad_cells.rows_that_repeat,
        bad_cells.dates_of_1900,
        bad_cells.dates_from_1904,
        bad_streams.formula_text,
        bad_cells.far_cell,
        bad_streams.csv_gb18030,
        bad_streams.csv_utf16,
        bad_streams.csv_broken_encoding,
        bad_streams.csv_ragged,
        bad_streams.csv_open_quote,
        bad_streams.csv_with_nul,
        bad_streams.million_rows,
        bad_streams.nan_and_inf,
    )
}
