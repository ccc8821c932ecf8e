# SPDX-License-Identifier: Apache-2.0
"""What cannot be used at all is one clear answer each."""

from __future__ import annotations

import struct
import zipfile
import zlib

import pytest
import xlsxwriter

from ceyuan.kernel import InputRejected, UsageError
from ceyuan.sheets import NewSheet, package, patch_workbook, read_tables
from tests.sheets import old_workbook as old
from tests.sheets.full_workbook import parts_of, rewrite

SHEET = "xl/worksheets/sheet1.xml"
FILEPASS = old.record(0x002F, struct.pack("<H", 1) + b"\0" * 52)


def refused(path):
    """Return the code with which both reading and writing refuse the file."""
    with pytest.raises(InputRejected) as reading:
        read_tables(path)
    with pytest.raises(InputRejected) as writing:
        patch_workbook(path, path.parent / "out.xlsx", additions=[NewSheet("新")])
    assert not (path.parent / "out.xlsx").exists()
    problem = reading.value.problems[-1]
    assert path.name == problem.file
    assert problem.mend
    assert problem.code == writing.value.problems[-1].code
    return problem.code


def test_read_missing_file_is_wrong_use_and_names_the_near_miss(tmp_path):
    (tmp_path / "tenants.xlsx").touch()

    with pytest.raises(UsageError, match="no such file") as error:
        read_tables(tmp_path / "tenant.xlsx")

    assert "tenants.xlsx" in error.value.hint


def test_read_folder_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="a folder"):
        read_tables(tmp_path)


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\0" * 99])
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_read_empty_file_is_refused(tmp_path, name, data):
    assert "R101" == refused(written(tmp_path / name, data))


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n...",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"<html><table><tr><td> </td></tr></table><p>1</p></html>",
        b"<?xml version='1.0'?><Workbook/>",
        bytes(range(256)) * 4,
        old.OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"),
    ],
)
def test_read_other_file_is_refused_as_no_spreadsheet(tmp_path, data):
    assert "R109" == refused(written(tmp_path / "a.xls", data))


def test_read_archive_is_refused_as_no_spreadsheet(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("名单.csv", "a,b")

    assert "R109" == refused(path)


@pytest.mark.parametrize("kind", ["ods", "xlsb"])
def test_read_formats_not_supported_are_refused_by_name(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "mimetype",
            "application/vnd.oasis.opendocument.spreadsheet" * (kind == "ods"),
        )
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", "x")

    assert "R109" == refused(path)


def test_read_zip_of_a_future_version_is_refused(tmp_path):
    path = grid(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 6] = 99
    path.write_bytes(data)

    assert "R106" == refused(path)


def test_read_damaged_xls_is_refused_even_when_the_library_panics(tmp_path):
    # A sheet record (BOUNDSHEET8) that ends before its name.
    stream = old.begin(5) + old.record(0x0085, b"\1\1") + old.record(0x000A)
    path = written(tmp_path / "a.xls", old.ole(stream))

    assert "R106" == refused(path)


def test_read_document_of_another_office_program_is_refused(tmp_path):
    path = grid(tmp_path)
    workbook = parts_of(path)["xl/workbook.xml"]
    rewrite(path, {"xl/workbook.xml": b'<w:document xmlns:w="urn:w"/>'})

    assert workbook
    assert "R108" == refused(path)


def test_read_xlsx_with_a_password_is_refused(tmp_path):
    data = old.OLE + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512

    assert "R104" == refused(written(tmp_path / "a.xlsx", data))


def test_read_xls_with_a_password_is_refused(tmp_path):
    assert "R104" == refused(
        written(tmp_path / "a.xls", old.ole(old.workbook(b"", globals_=FILEPASS)))
    )


def test_read_encrypted_zip_member_is_refused(tmp_path):
    path = grid(tmp_path)
    data = bytearray(path.read_bytes())
    # Bit 0 of the flags, in every local header and directory entry.
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(mark, start + 4)
    path.write_bytes(data)

    assert "R104" == refused(path)


def test_read_declared_gigabytes_is_refused_without_unpacking(tmp_path):
    path = bomb(tmp_path, declared=3 * 1024**3, real=1000)

    assert "R105" == refused(path)


def test_read_high_ratio_is_refused_without_unpacking(tmp_path):
    size = package.RATIO_FROM + 1
    path = bomb(tmp_path, declared=size, real=1000)

    assert "R105" == refused(path)


def test_read_part_larger_than_declared_stops_while_unpacking(tmp_path):
    path = bomb(tmp_path, declared=1000, real=50_000_000)

    assert "R105" == refused(path)


def test_read_many_parts_that_sum_to_gigabytes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(package, "MAX_UNPACKED", 5_000)

    assert "R105" == refused(grid(tmp_path))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_read_truncated_zip_is_refused(tmp_path, share):
    path = grid(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    assert "R106" == refused(path)


def test_read_damaged_part_is_refused(tmp_path):
    path = grid(tmp_path)
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo(SHEET).header_offset + 30 + len(SHEET) + 20
    data = bytearray(path.read_bytes())
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)

    assert "R106" == refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [SHEET, SHEET.upper()])
def test_read_two_parts_of_one_name_are_refused(tmp_path, name):
    path = grid(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "<worksheet/>")

    assert "R107" == refused(path)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>"""


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", SHEET, "xl/sharedStrings.xml", "xl/styles.xml"]
)
def test_read_document_type_is_refused_in_any_part(tmp_path, part):
    path = grid(tmp_path)
    xml = parts_of(path)[part]
    body = xml[xml.index(b"?>") + 2 :]
    rewrite(path, {part: BOMB + body})

    with pytest.raises(InputRejected, match="DOCTYPE") as error:
        read_tables(path)

    assert "R108" == error.value.problems[-1].code


@pytest.mark.parametrize(
    ("part", "data"),
    [
        ("xl/workbook.xml", b"<workbook"),
        (SHEET, b"<worksheet></worksheet>"),
        (SHEET, b"<worksheet><sheetData><row r='1'>"),
        (SHEET, b""),
        ("xl/_rels/workbook.xml.rels", b"no xml"),
    ],
)
def test_read_broken_xml_is_refused(tmp_path, part, data):
    path = grid(tmp_path)
    rewrite(path, {part: data})

    with pytest.raises(InputRejected) as error:
        read_tables(path)

    assert "R108" == error.value.problems[-1].code


def test_read_workbook_without_sheets_is_refused(tmp_path):
    path = grid(tmp_path)
    workbook = parts_of(path)["xl/workbook.xml"]
    start, end = workbook.index(b"<sheets>"), workbook.index(b"</sheets>")
    rewrite(path, {"xl/workbook.xml": workbook[: start + 8] + workbook[end:]})

    with pytest.raises(InputRejected) as error:
        read_tables(path)

    assert "R103" == error.value.problems[-1].code


def test_read_sheet_whose_part_is_missing_is_a_problem_and_others_go_on(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("甲")
        book.add_worksheet("乙").write(0, 0, 1)
    rewrite(path, {SHEET: None})

    book = read_tables(path)

    assert [("乙", [[1]])] == [(sheet.name, sheet.rows) for sheet in book.sheets]
    assert [("R108", "甲")] == [(p.code, p.sheet) for p in book.problems]


def test_read_blank_workbook_is_a_problem(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet()

    book = read_tables(path)

    assert [[]] == [sheet.rows for sheet in book.sheets]
    assert ["R102"] == [p.code for p in book.problems]


def test_read_name_that_points_outside_is_reported_and_nothing_is_extracted(tmp_path):
    path = grid(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../evil.txt", "x")

    book = read_tables(path)

    assert [["甲", 1]] == book.sheets[0].rows
    assert ["R112"] == [p.code for p in book.problems]
    assert ["a.xlsx"] == [each.name for each in tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["a.xls", "a.csv", "a.dat"])
def test_read_wrong_suffix_goes_on_with_what_it_is(tmp_path, name):
    path = grid(tmp_path).rename(tmp_path / name)

    book = read_tables(path)

    assert ("xlsx", [["甲", 1]]) == (book.kind, book.sheets[0].rows)
    assert ["R113"] == [p.code for p in book.problems]


def test_read_csv_named_xlsx_is_read_as_text(tmp_path):
    book = read_tables(written(tmp_path / "a.xlsx", "名称,数\n甲,1\n".encode()))

    assert ("csv", [["名称", "数"], ["甲", "1"]]) == (book.kind, book.sheets[0].rows)
    assert ["R113"] == [p.code for p in book.problems]


def written(path, data):
    path.write_bytes(data)
    return path


def grid(folder):
    path = folder / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_row(0, 0, ["甲", 1])
    return path


def bomb(folder, *, declared, real):
    """Make a workbook whose sheet declares one size and unpacks to another."""
    path = grid(folder)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", b"\0" * real)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, declared)
    if declared < real:
        # A liar gives the checksum of what it declares.
        struct.pack_into("<L", data, at + 16, zlib.crc32(b"\0" * declared))
    path.write_bytes(data)
    return path
