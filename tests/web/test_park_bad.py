# SPDX-License-Identifier: Apache-2.0
"""J2 with bad input: each file is refused or read, told where and how to mend."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ceyuan.sheets import read_tables
from tests.messy import bad_files
from tests.park import write_csv, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = "2026-11-21"


def send(client: Any, name: str, data: bytes) -> Any:
    """Hand a file in."""
    file = SimpleUploadedFile(name, data)
    return client.post("/park", {"file": file, "as_of": DAY, "once": ""})


@pytest.mark.parametrize(
    "make",
    [bad_files.zip_bomb, bad_files.zip_bomb_that_lies, bad_files.entity_bomb],
    ids=lambda one: one.__name__,
)
def test_a_bomb_is_refused_beside_its_field(
    client_of: Callable[[str], Any], tmp_path: Path, make: Callable[[Path], Any]
) -> None:
    bad = make(tmp_path)

    answer = send(client_of("园区经理"), "表.xlsx", bad.path.read_bytes())

    text = answer.content.decode()
    assert 422 == answer.status_code
    assert '<a href="#id_file">' in text
    assert "<title>错误：" in text


def test_a_hundred_megabytes_are_given_up_at_the_limit(
    client_of: Callable[[str], Any], town: Any
) -> None:
    class Long(io.RawIOBase):
        """A hundred megabytes that are nowhere: made as they are read."""

        left = 100 * 2**20
        name = "大.csv"

        def readable(self) -> bool:
            return True

        def readinto(self, room: Any) -> int:
            size = min(len(room), self.left)
            room[:size] = b"x" * size
            self.left -= size
            return size

    from ceyuan.kernel import InputRejected
    from ceyuan.office.uploads import take_upload
    from ceyuan.web.opened import memory

    long = Long()
    with pytest.raises(InputRejected) as caught:
        take_upload(
            memory("园区经理"),
            "大.csv",
            iter(lambda: long.read(65536) or b"", b""),
            organisation="样例园区",
            most=30 * 2**20,
        )

    assert ["R491"] == [one.code for one in caught.value.problems]
    assert long.left >= 69 * 2**20
    folder = town.folder / ".ceyuan" / "uploads"
    assert [] == list(folder.glob(".*"))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("空.csv", b"", "空文件"),
        ("空.xlsx", b"", "空文件"),
        ("程序.exe", b"MZ\x90", "不是能读的表格"),
        ("图片.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "图片.xlsx"),
        ("只有表头.csv", "企业名称,统一社会信用代码\r\n".encode(), "一家企业"),
    ],
)
def test_what_holds_no_firms_is_told_and_the_form_stays(
    client_of: Callable[[str], Any], name: str, data: bytes, said: str
) -> None:
    answer = send(client_of("园区经理"), name, data)

    assert 422 == answer.status_code
    assert said in answer.content.decode()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-8", "utf-16"])
def test_a_csv_is_read_in_the_encodings_that_excel_writes(
    client_of: Callable[[str], Any], tmp_path: Path, encoding: str
) -> None:
    write_csv(tmp_path / "park.csv")
    text = (tmp_path / "park.csv").read_text("utf-8-sig")

    client = client_of("园区经理")
    answer = send(client, "园区.csv", text.encode(encoding))
    page = client.get(answer.headers["Location"]).content.decode()

    assert 302 == answer.status_code
    assert "企业名称" in page
    assert "\ufffd" not in page


def test_formulas_in_a_csv_come_back_as_text(
    client_of: Callable[[str], Any],
    do_jobs: Callable[[], list[Any]],
    tmp_path: Path,
) -> None:
    evil = '=HYPERLINK("http://evil.example","点我")'
    write_csv(tmp_path / "park.csv")
    lines = (tmp_path / "park.csv").read_text("utf-8-sig").splitlines()
    quoted = '"' + evil.replace('"', '""') + '"'
    lines = [lines[0] + ",备注", *(f"{line},{quoted}" for line in lines[1:])]
    client = client_of("园区经理")

    columns = send(client, "园区.csv", "\r\n".join(lines).encode()).headers["Location"]
    to = client.post(columns, {"go": "1"}).headers["Location"]
    assert ["done"] == [job.state for job in do_jobs()]
    back = client.get(f"{to}/files/园区.体检.xlsx")
    place = tmp_path / "back.xlsx"
    place.write_bytes(b"".join(back.streaming_content))
    back.close()

    import zipfile

    with zipfile.ZipFile(place) as book:
        cells = b"".join(book.read(n) for n in book.namelist() if "worksheets" in n)
    assert b"<f>" not in cells
    # The cell is there, as the text that it was.
    read = [v for row in read_tables(place).sheets[0].rows for v in row]
    assert evil in read


def test_three_hundred_columns_are_shown_and_checked(
    client_of: Callable[[str], Any],
    do_jobs: Callable[[], list[Any]],
    tmp_path: Path,
) -> None:
    write_csv(tmp_path / "park.csv")
    lines = (tmp_path / "park.csv").read_text("utf-8-sig").splitlines()
    more = ",".join(f"说不清的列{n}" for n in range(300))
    rest = ",".join("1" for _ in range(300))
    text = "\r\n".join(
        [f"{lines[0]},{more}", *(f"{line},{rest}" for line in lines[1:])]
    )
    client = client_of("园区经理")

    columns = send(client, "宽.csv", text.encode()).headers["Location"]
    page = client.get(columns)
    fields = {f"fact:宽!{n}": "" for n in ("A", "B")}
    answer = client.post(
        columns, {"go": "1", **{f"was-{k}": "" for k in fields}, **fields}
    )

    assert (200, 302) == (page.status_code, answer.status_code)
    assert ["done"] == [job.state for job in do_jobs()]


def test_a_very_long_name_stays_whole_and_the_file_can_be_fetched(
    client_of: Callable[[str], Any],
    do_jobs: Callable[[], list[Any]],
    tmp_path: Path,
) -> None:
    long = "上海" + "极其" * 200 + "有限公司"
    write_csv(tmp_path / "park.csv")
    text = (tmp_path / "park.csv").read_text("utf-8-sig")
    first = text.splitlines()[1].split(",")
    name = next(cell for cell in first if "公司" in cell)
    client = client_of("园区经理")

    sent = send(client, "表" * 300 + ".csv", text.replace(name, long, 1).encode())
    to = client.post(sent.headers["Location"], {"go": "1"}).headers["Location"]
    assert ["done"] == [job.state for job in do_jobs()]
    page = client.get(to).content.decode()
    back = client.get(f"{to}/files/{'表' * 60}.体检.xlsx")
    back.close()

    assert long in page
    assert 200 == back.status_code


def test_a_macro_workbook_comes_back_as_one_and_nothing_of_it_is_run(
    client_of: Callable[[str], Any],
    do_jobs: Callable[[], list[Any]],
    tmp_path: Path,
) -> None:
    import zipfile

    write_xlsx(tmp_path / "park.xlsx")
    macro = b"\xd0\xcf\x11\xe0 not run"
    place = tmp_path / "park.xlsm"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    with (
        zipfile.ZipFile(tmp_path / "park.xlsx") as old,
        zipfile.ZipFile(place, "w") as new,
    ):
        for item in old.namelist():
            data = old.read(item)
            if item == "[Content_Types].xml":
                data = data.replace(
                    kind, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
                )
            new.writestr(item, data)
        new.writestr("xl/vbaProject.bin", macro)
    client = client_of("园区经理")

    columns = send(client, "宏.xlsm", place.read_bytes()).headers["Location"]
    to = client.post(columns, {"go": "1"}).headers["Location"]
    assert ["done"] == [job.state for job in do_jobs()]
    back = client.get(f"{to}/files/宏.体检.xlsm")
    whole = io.BytesIO(b"".join(back.streaming_content))
    back.close()

    with zipfile.ZipFile(whole) as book:
        assert macro == book.read("xl/vbaProject.bin")
    assert "attachment" in back.headers["Content-Disposition"]
    assert "nosniff" == back.headers["X-Content-Type-Options"]
