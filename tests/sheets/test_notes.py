# SPDX-License-Identifier: Apache-2.0
"""Notes are appended; the user's own notes and drawings stay."""

from __future__ import annotations

import re

import xlsxwriter
from lxml import etree

from ceyuan.sheets import NewCell, Note, SheetAdditions, patch_workbook
from tests.sheets.full_workbook import MAIN, make_full, parts_of, rewrite

COMMENTS, VML = "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"
SHEET = "xl/worksheets/sheet1.xml"
RELS = "xl/worksheets/_rels/sheet1.xml.rels"


def notes_of(xml):
    root = etree.fromstring(xml)
    authors = [each.text for each in root.iter(f"{MAIN}author")]
    return {
        item.get("ref"): (
            authors[int(str(item.get("authorId")))],
            "".join(text.text or "" for text in item.iter(f"{MAIN}t")),
        )
        for item in root.iter(f"{MAIN}comment")
    }


def boxes_of(vml):
    """Return the cells that have a box, as row and column from 0."""
    rows = re.findall(rb"<x:Row>(\d+)</x:Row>\s*<x:Column>(\d+)</x:Column>", vml)
    return [(int(row), int(column)) for row, column in rows]


def patch(source, target, notes, sheet="企业"):
    return patch_workbook(
        source, target, additions=[SheetAdditions(sheet, notes=tuple(notes))]
    )


def test_notes_on_a_sheet_with_notes_are_appended(tmp_path):
    full = make_full(tmp_path / "full.xlsx")
    old = parts_of(full)

    patch(full, tmp_path / "o.xlsx", [Note(5, 1, "缺代码\n<&>"), Note(4, 2, "单位?")])

    new = parts_of(tmp_path / "o.xlsx")
    assert {
        "A3": ("园区", "用户自己的批注"),
        "B9": ("园区", "第二条"),
        "B4": ("策源", "单位?"),
        "A5": ("策源", "缺代码\n<&>"),
    } == notes_of(new[COMMENTS])
    assert [(2, 0), (8, 1), (3, 1), (4, 0)] == boxes_of(new[VML])
    # Only the end of the drawing grew, and the sheet itself did not change.
    assert new[VML].startswith(old[VML][: old[VML].rindex(b"</xml")])
    assert old[SHEET] == new[SHEET]
    ids = re.findall(rb'<v:shape id="(_x0000_s\d+)"', new[VML])
    assert 4 == len(set(ids))
    etree.fromstring(new[VML])


def test_notes_on_a_sheet_without_any_make_parts_and_relations(tmp_path):
    source = grid(tmp_path)

    patch(source, tmp_path / "o.xlsx", [Note(1, 1, "注")], sheet="Sheet1")

    new = parts_of(tmp_path / "o.xlsx")
    assert {"A1": ("策源", "注")} == notes_of(new[COMMENTS])
    assert [(0, 0)] == boxes_of(new[VML])
    assert b'data="1"' in new[VML]
    assert b"legacyDrawing" in new[SHEET]
    assert b"../comments1.xml" in new[RELS]
    assert b"../drawings/vmlDrawing1.vml" in new[RELS]
    assert b"vmlDrawing" in new["[Content_Types].xml"]


def test_notes_beside_a_button_use_its_drawing(tmp_path):
    full = make_full(tmp_path / "full.xlsx")
    old = parts_of(full)

    patch(full, tmp_path / "o.xlsx", [Note(3, 2, "注")], sheet="专利表")

    new = parts_of(tmp_path / "o.xlsx")
    grown = [name for name in old if name.endswith(".vml") and old[name] != new[name]]
    assert 1 == len(grown)
    assert b'ObjectType="Button"' in new[grown[0]]
    assert [(2, 1)] == boxes_of(new[grown[0]])
    assert {"B3": ("策源", "注")} == notes_of(new["xl/comments2.xml"])
    assert old["xl/worksheets/sheet2.xml"] == new["xl/worksheets/sheet2.xml"]


def test_notes_on_a_cell_with_the_users_note_are_reported(tmp_path):
    full = make_full(tmp_path / "full.xlsx")

    done = patch(full, tmp_path / "o.xlsx", [Note(3, 1, "我们的")])

    assert [("R141", "企业", 3, "A")] == [
        (p.code, p.sheet, p.row, p.column) for p in done.problems
    ]
    assert ("园区", "用户自己的批注") == notes_of(
        parts_of(tmp_path / "o.xlsx")[COMMENTS]
    )["A3"]


def test_notes_of_our_own_are_renewed_by_the_next_run(tmp_path):
    source = grid(tmp_path)
    patch(
        source,
        tmp_path / "1.xlsx",
        [Note(1, 1, "旧"), Note(2, 1, "留")],
        sheet="Sheet1",
    )

    patch(tmp_path / "1.xlsx", tmp_path / "2.xlsx", [Note(1, 1, "新")], sheet="Sheet1")

    new = parts_of(tmp_path / "2.xlsx")
    assert {"A1": ("策源", "新"), "A2": ("策源", "留")} == notes_of(new[COMMENTS])
    assert [(0, 0), (1, 0)] == boxes_of(new[VML])


def test_notes_by_the_thousand_have_ids_of_their_own(tmp_path):
    full = make_full(tmp_path / "full.xlsx")
    notes = [Note(row, 5, f"第 {row} 行") for row in range(3, 3003)]

    patch(full, tmp_path / "o.xlsx", notes)

    new = parts_of(tmp_path / "o.xlsx")
    ids = [int(n) for n in re.findall(rb'<v:shape id="_x0000_s(\d+)"', new[VML])]
    blocks = re.findall(rb'idmap[^<>]*data="([\d,]+)"', new[VML])[0]
    assert 3002 == len(set(ids)) == len(notes_of(new[COMMENTS]))
    assert {i // 1024 for i in ids} == {int(block) for block in blocks.split(b",")}
    # The first block was the sheet's; 2 belongs to the button of the next sheet.
    assert b"1,3,4" == blocks
    assert any(b'data="2"' in new[name] for name in new if name.endswith(".vml"))


def test_notes_beside_threaded_comments_keep_them(tmp_path):
    full = make_full(tmp_path / "full.xlsx")
    old = parts_of(full)
    threads = b'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment ref="A3" id="{1}"><text>x</text></threadedComment></ThreadedComments>'
    relation = b'<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" Target="../threadedComments/threadedComment1.xml"/>'
    rewrite(
        full,
        {
            "xl/threadedComments/threadedComment1.xml": threads,
            RELS: old[RELS].replace(
                b"</Relationships>", relation + b"</Relationships>"
            ),
        },
    )

    patch(full, tmp_path / "o.xlsx", [Note(4, 2, "注")])

    new = parts_of(tmp_path / "o.xlsx")
    assert threads == new["xl/threadedComments/threadedComment1.xml"]
    assert relation.split(b'"')[5] in new[RELS]
    assert {"A3", "B9", "B4"} == set(notes_of(new[COMMENTS]))


def test_notes_drawing_that_is_no_wellformed_xml_is_kept(tmp_path):
    full = make_full(tmp_path / "full.xlsx")
    vml = parts_of(full)[VML].replace(b"</div>", b"a<br>b</div>")
    assert b"<br>" in vml
    rewrite(full, {VML: vml})

    patch(full, tmp_path / "o.xlsx", [Note(4, 2, "注")])

    new = parts_of(tmp_path / "o.xlsx")[VML]
    assert new.startswith(vml[: vml.rindex(b"</xml")])
    assert (3, 1) in boxes_of(new)


def test_notes_and_cells_together_keep_the_order_of_elements(tmp_path):
    source = tmp_path / "s.xlsx"
    with xlsxwriter.Workbook(source) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "甲")
        sheet.set_header("&C页")
        sheet.add_table("A1:B3")

    patch_workbook(
        source,
        tmp_path / "o.xlsx",
        additions=[
            SheetAdditions(
                "Sheet1",
                (NewCell(1, 4, "去", link="https://a.b/"),),
                (Note(1, 1, "注"),),
            )
        ],
    )

    root = etree.fromstring(parts_of(tmp_path / "o.xlsx")[SHEET])
    names = [etree.QName(item).localname for item in root]
    assert [
        "dimension",
        "sheetViews",
        "sheetFormatPr",
        "sheetData",
        "hyperlinks",
        "pageMargins",
        "headerFooter",
        "legacyDrawing",
        "tableParts",
    ] == [name for name in names if name != "cols"]


def grid(folder):
    path = folder / "source.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_row(0, 0, ["甲", 1])
    return path
