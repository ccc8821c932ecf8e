# SPDX-License-Identifier: Apache-2.0
"""What was the user's stays the user's, in every part of the workbook."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import python_calamine
import xlsxwriter
from lxml import etree

from ceyuan.kernel import UsageError
from ceyuan.sheets import (
    CellError,
    NewCell,
    NewSheet,
    Note,
    Patched,
    SheetAdditions,
    Style,
    first_free_column,
    patch_workbook,
    read_tables,
    returned_suffix,
)
from tests.sheets.full_workbook import (
    MAIN,
    cells_of,
    make_full,
    others_of,
    part_of,
    parts_of,
    rewrite,
    rows_of,
)

GREEN = Style(bold=True, fill="e7f4ec", color="1b6e3c", wrap=True)
MONEY = Style(number_format="#,##0.00", align="right")
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def full(tmp_path):
    return make_full(tmp_path / "full.xlsx")


def additions_for(column):
    cells = [NewCell(2, column, "结果", GREEN), NewCell(2, column + 1, "金额(万元)")]
    cells += [NewCell(row, column, "可即享 ✓", GREEN) for row in range(3, 43)]
    cells += [NewCell(row, column + 1, Decimal("12.50"), MONEY) for row in (3, 4)]
    cells += [
        NewCell(5, column + 1, date(2025, 11, 21)),
        NewCell(6, column + 1, "=1+1", link="pages/示例 企业.html"),
        NewCell(60, column, None, GREEN),
        NewCell(61, column, 7),
    ]
    notes = (Note(4, 2, "收入像是元，不是万元\n请核对"), Note(5, 1, "缺信用代码 <&>"))
    return SheetAdditions("企业", tuple(cells), notes, {column: 18.0, column + 1: 9.5})


def test_first_free_column_is_right_of_values_tables_and_drawings(full):
    book = read_tables(full)

    # 企业: data to H; a text box of three columns of 64 pixels covers J to L.
    # 专利表: the table ends at D although its last rows are blank.
    assert [13, 5, 2] == [first_free_column(sheet) for sheet in book.sheets]


def test_patch_full_workbook_leaves_every_other_part_alone(full, tmp_path):
    before = full.read_bytes()
    old = parts_of(full)

    done = patch_workbook(
        full, tmp_path / "out.xlsx", additions=[additions_for(16), NewSheet("共性短板")]
    )

    new = parts_of(tmp_path / "out.xlsx")
    changed = {name for name in old if old[name] != new[name]}
    assert before == full.read_bytes()
    assert Patched(("共性短板",)) == done
    assert list(old) == list(new)[: len(old)]
    assert {"xl/worksheets/sheet4.xml"} == set(new) - set(old)
    assert changed == {
        "[Content_Types].xml",
        "docProps/app.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml",
        "xl/styles.xml",
        "xl/workbook.xml",
        SHEET,
        "xl/worksheets/_rels/sheet1.xml.rels",
    }


def test_patch_full_workbook_keeps_every_cell_row_and_element(full, tmp_path):
    old = parts_of(full)[SHEET]

    patch_workbook(full, tmp_path / "out.xlsx", additions=[additions_for(16)])

    new = parts_of(tmp_path / "out.xlsx")[SHEET]
    old_cells, new_cells = cells_of(old), cells_of(new)
    assert old_cells == {place: new_cells[place] for place in old_cells}
    assert {"P", "Q"} == {
        place.rstrip("0123456789") for place in new_cells.keys() - old_cells
    }
    old_rows, new_rows = rows_of(old), rows_of(new)
    assert old_rows == {row: new_rows[row] for row in old_rows}
    assert ["60", "61"] == [row for row in new_rows if row not in old_rows]
    kept = [item for item in others_of(old) if not is_grown(item)]
    assert kept == [item for item in others_of(new) if not is_grown(item)]
    assert b"<extLst>" in old
    assert new.endswith(old[old.index(b"<rowBreaks") :])


def is_grown(item):
    names = (b"<dimension", b"<cols", b"<hyperlinks")
    return item.startswith(names)


def test_patch_full_workbook_grows_dimension_columns_and_links_only(full, tmp_path):
    old = parts_of(full)[SHEET]

    patch_workbook(full, tmp_path / "out.xlsx", additions=[additions_for(16)])

    new = etree.fromstring(parts_of(tmp_path / "out.xlsx")[SHEET])
    root = etree.fromstring(old)
    assert "A1:Q61" == part_of(new, "dimension").get("ref")
    old_columns = [dict(col.attrib) for col in part_of(root, "cols")]
    assert [
        *old_columns,
        {"min": "16", "max": "16", "width": "18.00", "customWidth": "1"},
        {"min": "17", "max": "17", "width": "9.50", "customWidth": "1"},
    ] == [dict(col.attrib) for col in part_of(new, "cols")]
    old_links = [dict(link.attrib) for link in part_of(root, "hyperlinks")]
    links = [dict(link.attrib) for link in part_of(new, "hyperlinks")]
    assert old_links == links[:-1]
    assert "Q6" == links[-1]["ref"]


def test_patch_full_workbook_new_cells_are_read_by_another_program(full, tmp_path):
    patch_workbook(full, tmp_path / "out.xlsx", additions=[additions_for(16)])

    book = python_calamine.load_workbook(tmp_path / "out.xlsx")
    rows = book.get_sheet_by_name("企业").to_python(skip_empty_area=False)
    assert ["结果", "金额(万元)"] == rows[1][15:17]
    assert ["可即享 ✓", 12.5] == rows[2][15:17]
    assert ["可即享 ✓", date(2025, 11, 21)] == rows[4][15:17]
    assert ["可即享 ✓", "=1+1"] == rows[5][15:17]
    assert 7.0 == rows[60][15]
    assert ["示例企业1", 274.5] == rows[2][:2]


def test_patch_full_workbook_styles_are_only_appended(full, tmp_path):
    patch_workbook(full, tmp_path / "out.xlsx", additions=[additions_for(16)])

    old = etree.fromstring(parts_of(full)["xl/styles.xml"])
    new = etree.fromstring(parts_of(tmp_path / "out.xlsx")["xl/styles.xml"])
    assert [item.tag for item in old] == [item.tag for item in new]
    for before, after in zip(old, new, strict=True):
        texts = [etree.tostring(item, method="c14n") for item in before]
        assert texts == [etree.tostring(i, method="c14n") for i in after][: len(texts)]
        if before.get("count"):
            assert str(len(after)) == after.get("count")


def test_patch_twice_works_and_keeps_the_first_result(full, tmp_path):
    patch_workbook(
        full, tmp_path / "one.xlsx", additions=[additions_for(16), NewSheet("短板")]
    )

    again = additions_for(
        first_free_column(read_tables(tmp_path / "one.xlsx").sheets[0])
    )
    done = patch_workbook(
        tmp_path / "one.xlsx",
        tmp_path / "two.xlsx",
        additions=[again, NewSheet("短板")],
    )

    one, two = (read_tables(tmp_path / name) for name in ("one.xlsx", "two.xlsx"))
    assert Patched(("短板 (2)",)) == done
    assert [row[:17] for row in two.sheets[0].rows] == one.sheets[0].rows
    assert [row[15:17] for row in one.sheets[0].rows] == [
        row[17:19] for row in two.sheets[0].rows
    ]


def test_patch_same_input_gives_same_bytes(full, tmp_path):
    wanted = [additions_for(16), NewSheet("短板", (NewCell(1, 1, "甲"),))]

    for name in ("a.xlsx", "b.xlsx"):
        patch_workbook(full, tmp_path / name, additions=wanted)

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_patch_nothing_to_add_gives_the_same_parts(full, tmp_path):
    patch_workbook(full, tmp_path / "out.xlsx", additions=[])

    old, new = parts_of(full), parts_of(tmp_path / "out.xlsx")
    assert {"xl/styles.xml"} >= {name for name in old if old[name] != new[name]}


def test_patch_dangerous_text_is_stored_as_text(tmp_path):
    source = grid(tmp_path, [["甲"]])
    texts = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "a\x07b\r\n\tc",
        "_x0041_",
        "<&>\"'",
        "  x ",
        "\ud800",
    ]
    cells = tuple(NewCell(row, 2, text) for row, text in enumerate(texts, start=1))

    patch_workbook(
        source, tmp_path / "out.xlsx", additions=[SheetAdditions("Sheet1", cells)]
    )

    sheet = read_tables(tmp_path / "out.xlsx").sheets[0]
    assert [*texts[:-1], "\ufffd"] == [row[1] for row in sheet.rows]
    assert b"<f" not in parts_of(tmp_path / "out.xlsx")[SHEET]


def test_patch_text_longer_than_a_cell_is_cut_and_reported(tmp_path):
    source = grid(tmp_path, [["甲"]])
    cells = (NewCell(1, 2, "长" * 32_767), NewCell(2, 2, "长" * 32_768))

    done = patch_workbook(
        source, tmp_path / "out.xlsx", additions=[SheetAdditions("Sheet1", cells)]
    )

    sheet = read_tables(tmp_path / "out.xlsx").sheets[0]
    assert ["长" * 32_767, "长" * 32_766 + "…"] == [row[1] for row in sheet.rows]
    assert [("R140", 2, "B")] == [(p.code, p.row, p.column) for p in done.problems]


def test_patch_decimals_and_large_integers_are_written_exactly(tmp_path):
    source = grid(tmp_path, [["甲"]])
    numbers: list[Decimal | int] = [
        Decimal("0.1"),
        Decimal("1E+3"),
        Decimal("-0.000001"),
        10**15,
    ]
    cells = tuple(NewCell(1, at, number) for at, number in enumerate(numbers, start=2))

    patch_workbook(
        source, tmp_path / "out.xlsx", additions=[SheetAdditions("Sheet1", cells)]
    )

    xml = parts_of(tmp_path / "out.xlsx")[SHEET].decode()
    for written in ("0.1", "1000", "-0.000001", "1000000000000000"):
        assert f"<v>{written}</v>" in xml


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (NewCell(1, 1, "x"), "covered"),
        (NewCell(0, 5, "x"), "outside"),
        (NewCell(1, 16_385, "x"), "outside"),
        (NewCell(1_048_577, 1, "x"), "outside"),
        (NewCell(1, 5, Decimal("NaN")), "not a number"),
    ],
)
def test_patch_wrong_cell_is_refused_and_no_target_appears(tmp_path, cell, why):
    source = grid(tmp_path, [["甲", 1]])

    with pytest.raises(UsageError, match=why):
        patch_workbook(
            source, tmp_path / "out.xlsx", additions=[SheetAdditions("Sheet1", (cell,))]
        )

    assert ["source.xlsx"] == sorted(path.name for path in tmp_path.iterdir())


def test_patch_blank_styled_cell_is_replaced_and_later_cells_stay(tmp_path):
    source = tmp_path / "source.xlsx"
    with xlsxwriter.Workbook(source) as book:
        grey = book.add_format({"bg_color": "#EEEEEE"})
        sheet = book.add_worksheet()
        sheet.write(0, 0, "甲")
        sheet.write_blank(0, 2, None, grey)
        sheet.write(0, 4, "戊")

    patch_workbook(
        source,
        tmp_path / "out.xlsx",
        additions=[
            SheetAdditions(
                "Sheet1",
                (NewCell(1, 3, "丙"), NewCell(1, 2, "乙"), NewCell(1, 9, "壬")),
            )
        ],
    )

    rows = read_tables(tmp_path / "out.xlsx").sheets[0].rows
    assert [["甲", "乙", "丙", None, "戊", None, None, None, "壬"]] == rows


def test_patch_width_inside_a_wide_column_range_splits_it(tmp_path):
    source = tmp_path / "source.xlsx"
    with xlsxwriter.Workbook(source) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "甲")
        sheet.set_column(0, 16_383, 5)

    patch_workbook(
        source,
        tmp_path / "out.xlsx",
        additions=[SheetAdditions("Sheet1", widths={2: 20})],
    )

    cols = part_of(etree.fromstring(parts_of(tmp_path / "out.xlsx")[SHEET]), "cols")
    assert [("1", "1"), ("2", "2"), ("3", "16384")] == [
        (col.get("min"), col.get("max")) for col in cols
    ]


def test_patch_columns_that_the_user_hid_are_shown_where_ours_stand(tmp_path):
    source = tmp_path / "source.xlsx"
    with xlsxwriter.Workbook(source) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "甲")
        sheet.set_column(1, 16_383, None, None, {"hidden": True})

    patch_workbook(
        source,
        tmp_path / "out.xlsx",
        additions=[SheetAdditions("Sheet1", (NewCell(1, 2, "乙"),))],
    )

    cols = part_of(etree.fromstring(parts_of(tmp_path / "out.xlsx")[SHEET]), "cols")
    assert [("2", "2", None), ("3", "16384", "1")] == [
        (col.get("min"), col.get("max"), col.get("hidden")) for col in cols
    ]


@pytest.mark.parametrize("empty", [b"<sheetData/>", b"<sheetData></sheetData>"])
def test_patch_empty_sheet_gets_rows(tmp_path, empty):
    source = grid(tmp_path, [])
    xml = parts_of(source)[SHEET]
    assert b"<sheetData/>" in xml
    rewrite(source, {SHEET: xml.replace(b"<sheetData/>", empty)})

    patch_workbook(
        source,
        tmp_path / "out.xlsx",
        additions=[
            SheetAdditions("Sheet1", (NewCell(2, 2, "乙"),), (Note(2, 2, "注"),))
        ],
    )

    assert [[None, None], [None, "乙"]] == read_tables(tmp_path / "out.xlsx").sheets[
        0
    ].rows


def test_patch_sheet_of_another_producer_is_read_and_patched(tmp_path):
    """Prefixed tags, cells without places, comments, single quotes, CDATA."""
    source = grid(tmp_path, [["甲"]])
    main = MAIN.strip("{}")
    xml = (
        f"<?xml version='1.0' encoding='utf-8'?><x:worksheet xmlns:x='{main}'>"
        "<!-- made elsewhere --><x:sheetData>"
        "<x:row><x:c t='str'><x:v>A&amp;B</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row>"
        "<x:row r='3'><x:c r='B3' t='inlineStr'><x:is><x:r><x:t>富</x:t></x:r>"
        "<x:r><x:t><![CDATA[<文>]]></x:t></x:r></x:is></x:c></x:row>"
        "</x:sheetData></x:worksheet>"
    )
    rewrite(source, {SHEET: xml.encode()})

    patch_workbook(
        source,
        tmp_path / "out.xlsx",
        additions=[
            SheetAdditions(
                "Sheet1",
                (
                    NewCell(1, 4, "一"),
                    NewCell(2, 4, "二"),
                    NewCell(3, 4, "三", link="https://a.b/"),
                ),
                (Note(1, 1, "注"),),
                {4: 12},
            )
        ],
    )

    assert [["A&B", 2], [None, None], [None, "富<文>"]] == read_tables(source).sheets[
        0
    ].rows
    out = read_tables(tmp_path / "out.xlsx")
    assert () == out.problems
    assert [
        ["A&B", 2, None, "一"],
        [None, None, None, "二"],
        [None, "富<文>", None, "三"],
    ] == out.sheets[0].rows


def test_patch_1904_workbook_writes_days_of_its_own_calendar(tmp_path):
    source = tmp_path / "source.xlsx"
    with xlsxwriter.Workbook(source, {"date_1904": True}) as book:
        style = book.add_format({"num_format": "yyyy/m/d"})
        book.add_worksheet().write_datetime(0, 0, date(2025, 1, 2), style)

    patch_workbook(
        source,
        tmp_path / "out.xlsx",
        additions=[SheetAdditions("Sheet1", (NewCell(1, 2, date(2025, 11, 21)),))],
    )

    rows = read_tables(tmp_path / "out.xlsx").sheets[0].rows
    assert [[date(2025, 1, 2), date(2025, 11, 21)]] == rows


def test_patch_workbook_without_styles_gets_a_style_table(tmp_path):
    source = grid(tmp_path, [["甲"]])
    parts = parts_of(source)
    types, rels = parts["[Content_Types].xml"], parts["xl/_rels/workbook.xml.rels"]
    start = rels.index(b"<Relationship Id=", rels.index(b"theme"))
    end = rels.index(b"/>", start) + 2
    assert b"styles" in rels[start:end]
    at = types.index(b'<Override PartName="/xl/styles.xml"')
    rewrite(
        source,
        {
            "xl/styles.xml": None,
            "xl/_rels/workbook.xml.rels": rels[:start] + rels[end:],
            "[Content_Types].xml": types[:at] + types[types.index(b"/>", at) + 2 :],
        },
    )

    patch_workbook(
        source,
        tmp_path / "out.xlsx",
        additions=[SheetAdditions("Sheet1", (NewCell(1, 2, date(2025, 11, 21)),))],
    )

    assert [["甲", date(2025, 11, 21)]] == read_tables(tmp_path / "out.xlsx").sheets[
        0
    ].rows


def test_patch_new_sheet_holds_cells_links_and_unique_name(tmp_path):
    source = grid(tmp_path, [["甲"]])
    new = NewSheet(
        "sheet1",
        (
            NewCell(1, 1, "标题", GREEN),
            NewCell(2, 2, 5),
            NewCell(3, 1, "去", link="#'Sheet1'!A1"),
        ),
        {1: 30.0},
        freeze=(1, 0),
        landscape=True,
    )

    done = patch_workbook(
        source, tmp_path / "out.xlsx", additions=[new, NewSheet("a/b:c?")]
    )

    book = read_tables(tmp_path / "out.xlsx")
    assert ("sheet1 (2)", "a_b_c_") == done.sheet_names
    assert ["Sheet1", "sheet1 (2)", "a_b_c_"] == [sheet.name for sheet in book.sheets]
    assert [["标题", None], [None, 5], ["去", None]] == book.sheets[1].rows
    app = parts_of(tmp_path / "out.xlsx")["docProps/app.xml"].decode()
    assert "<vt:i4>3</vt:i4>" in app
    assert app.index("Sheet1") < app.index("sheet1 (2)") < app.index("a_b_c_")


def test_patch_unknown_sheet_or_same_sheet_twice_is_refused(tmp_path):
    source = grid(tmp_path, [["甲"]])

    with pytest.raises(UsageError, match="no such sheet"):
        patch_workbook(source, tmp_path / "o.xlsx", additions=[SheetAdditions("无")])
    with pytest.raises(UsageError, match="twice"):
        patch_workbook(
            source, tmp_path / "o.xlsx", additions=[SheetAdditions("Sheet1")] * 2
        )


@pytest.mark.parametrize("name", ["source.xlsx", "./x/../source.xlsx", "link.xlsx"])
def test_patch_onto_the_source_is_refused(tmp_path, name):
    source = grid(tmp_path, [["甲"]])
    (tmp_path / "x").mkdir()
    (tmp_path / "link.xlsx").hardlink_to(source)
    before = source.read_bytes()

    with pytest.raises(UsageError, match="one file"):
        patch_workbook(source, tmp_path / name, additions=[])

    assert before == source.read_bytes()


@pytest.mark.parametrize("name", ["out.xls", "out.xlsm", "out", "none/out.xlsx"])
def test_patch_to_a_wrong_target_is_refused(tmp_path, name):
    with pytest.raises(UsageError):
        patch_workbook(grid(tmp_path, [["甲"]]), tmp_path / name, additions=[])


def test_patch_interrupted_leaves_the_old_target_and_no_half_file(
    tmp_path, monkeypatch
):
    source = grid(tmp_path, [["甲"]])
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"the old result")

    def interrupt(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        patch_workbook(source, target, additions=[NewSheet("新")])

    assert b"the old result" == target.read_bytes()
    assert ["out.xlsx", "source.xlsx"] == sorted(
        path.name for path in tmp_path.iterdir()
    )


def test_patch_existing_target_is_replaced(tmp_path):
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"the old result")

    patch_workbook(grid(tmp_path, [["甲"]]), target, additions=[])

    assert [["甲"]] == read_tables(target).sheets[0].rows


def test_patch_error_cells_stay_errors(full, tmp_path):
    patch_workbook(full, tmp_path / "out.xlsx", additions=[additions_for(16)])

    row = read_tables(tmp_path / "out.xlsx").sheets[0].rows[42]
    assert ["有", CellError("#DIV/0!")] == row[4:6]


def grid(folder, rows):
    path = folder / "source.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


def test_patch_signed_workbook_says_that_the_signature_is_void(tmp_path):
    source = grid(tmp_path, [["甲"]])
    rewrite(source, {"_xmlsignatures/sig1.xml": b"<Signature/>"})

    done = patch_workbook(source, tmp_path / "out.xlsx", additions=[NewSheet("新")])

    assert ["R142"] == [p.code for p in done.problems]
    assert b"<Signature/>" == parts_of(tmp_path / "out.xlsx")["_xmlsignatures/sig1.xml"]


def test_patch_workbook_with_macros_keeps_them_and_its_suffix(tmp_path):
    source = grid(tmp_path, [["甲"]])
    types = parts_of(source)["[Content_Types].xml"]
    plain = (
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    )
    macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    changes = {
        "[Content_Types].xml": types.replace(plain, macro),
        "xl/vbaProject.bin": bytes(range(256)),
    }
    source = rewrite(source, changes, target=tmp_path / "source.xlsm")

    kind = read_tables(source).kind
    patch_workbook(source, tmp_path / "out.xlsm", additions=[NewSheet("新")])

    assert ("xlsm", ".xlsm") == (kind, returned_suffix(kind))
    parts = parts_of(tmp_path / "out.xlsm")
    assert bytes(range(256)) == parts["xl/vbaProject.bin"]
    assert macro in parts["[Content_Types].xml"]


def test_patch_never_overwrites_an_uncalculated_formula(tmp_path):
    source = tmp_path / "source.xlsx"
    with xlsxwriter.Workbook(source) as book:
        book.add_worksheet().write_formula(0, 1, "=1+1", None, "")

    with pytest.raises(UsageError, match="not covered"):
        patch_workbook(
            source,
            tmp_path / "out.xlsx",
            additions=[SheetAdditions("Sheet1", (NewCell(1, 2, "x"),))],
        )


def test_patch_day_before_the_calendar_is_written_as_text(tmp_path):
    source = grid(tmp_path, [["甲"]])
    days = (date(1899, 12, 31), date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1))
    cells = tuple(NewCell(1, at, day) for at, day in enumerate(days, start=2))

    patch_workbook(
        source, tmp_path / "out.xlsx", additions=[SheetAdditions("Sheet1", cells)]
    )

    rows = read_tables(tmp_path / "out.xlsx").sheets[0].rows
    assert [["甲", "1899-12-31", *days[1:]]] == rows


def test_patch_row_without_cells_gets_them_and_keeps_its_height(tmp_path):
    source = grid(tmp_path, [["甲"]])
    xml = parts_of(source)[SHEET]
    row = b'<row r="3" ht="40" customHeight="1" spans="1:1"/></sheetData>'
    rewrite(source, {SHEET: xml.replace(b"</sheetData>", row)})

    patch_workbook(
        source,
        tmp_path / "out.xlsx",
        additions=[
            SheetAdditions("Sheet1", (NewCell(2, 2, "乙"), NewCell(3, 2, "丙")))
        ],
    )

    xml = parts_of(tmp_path / "out.xlsx")[SHEET]
    assert {"r": "3", "ht": "40", "customHeight": "1"} == rows_of(xml)["3"]
    assert ["A1", "B2", "B3"] == list(cells_of(xml))


def test_patch_zip_written_as_a_stream_is_copied(tmp_path):
    """Programs that cannot seek put sizes after each part."""
    source = grid(tmp_path, [["甲"]])
    old = parts_of(source)

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in old.items():
            archive.writestr(name, data)
    source.write_bytes(pipe.data)
    with zipfile.ZipFile(source) as archive:
        assert {8} == {info.flag_bits & 8 for info in archive.infolist()}

    patch_workbook(source, tmp_path / "out.xlsx", additions=[NewSheet("新")])

    new = parts_of(tmp_path / "out.xlsx")
    assert old[SHEET] == new[SHEET]
    assert ["Sheet1", "新"] == [
        s.name for s in read_tables(tmp_path / "out.xlsx").sheets
    ]


def test_patch_strict_workbook_stays_strict(tmp_path):
    source = grid(tmp_path, [["甲", 5]])
    strict = {
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    }
    changes = {}
    for name, data in parts_of(source).items():
        for old, new in strict.items():
            data = data.replace(old, new)  # noqa: PLW2901
        changes[name] = data
    rewrite(source, changes)

    patch_workbook(
        source,
        tmp_path / "out.xlsx",
        additions=[
            SheetAdditions(
                "Sheet1",
                (NewCell(1, 3, "丙", GREEN), NewCell(2, 3, "去", link="https://a.b/")),
                (Note(1, 1, "注"),),
            ),
            NewSheet("新", (NewCell(1, 1, "甲", GREEN),)),
        ],
    )

    book = read_tables(tmp_path / "out.xlsx")
    assert [[["甲", 5, "丙"], [None, None, "去"]], [["甲"]]] == [
        s.rows for s in book.sheets
    ]
    for name, data in parts_of(tmp_path / "out.xlsx").items():
        assert b"schemas.openxmlformats.org/spreadsheetml" not in data, name
        assert b"schemas.openxmlformats.org/officeDocument/2006/rel" not in data, name


def test_patch_new_sheet_rows_are_as_high_as_their_wrapped_text(tmp_path):
    source = grid(tmp_path, [["甲"]])
    wrapped = Style(wrap=True)
    cells = (
        NewCell(1, 1, "一二三四五", wrapped),
        NewCell(2, 1, "一二三四五六", wrapped),
        NewCell(3, 1, "一\n二\n三", wrapped),
        NewCell(4, 1, "一二三四五六"),
    )

    patch_workbook(
        source, tmp_path / "out.xlsx", additions=[NewSheet("新", cells, {1: 11.0})]
    )

    # Ten columns of type hold five Chinese signs; a line is 15 points high.
    xml = parts_of(tmp_path / "out.xlsx")["xl/worksheets/sheet2.xml"]
    heights = [row.get("ht") for row in rows_of(xml).values()]
    assert [None, "30", "45", None] == heights
