# SPDX-License-Identifier: Apache-2.0
"""Imports at the desk: read first, then taken; withdrawn with a reason."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ceyuan.facts.store import batches
from ceyuan.office.auditing import trail
from ceyuan.web.opened import memory
from tests.office.town_by_hand import code
from tests.web.desk import asked, main, page, parsed, posted, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Any]
    Do = Callable[[], list[Any]]

LONG = "上海" + "虚构" * 60 + "有限公司"
HEAD = "企业名称,统一社会信用代码,2025年营业收入（万元）,从业人数（人）"
FORMULA = '=HYPERLINK("http://example.cn","点我")'


def sheet(*rows: str, name: str = "园区表.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, ("\ufeff" + "\n".join([HEAD, *rows])).encode())


def good(number: int, name: str = "合成企业") -> str:
    return f"{name}{number},{code(number)},1200,30"


def preview(client: Any, do_jobs: Do, *files: SimpleUploadedFile, **said: str) -> str:
    """Hand files in and let them be read; return the address of their preview."""
    where = posted(
        client, "/work/imports/new",
        files=list(files), record="firm", source="park", as_of="2026-11-20",
        year="2025", synthetic="on", **said,
    )  # fmt: skip
    (job,) = do_jobs()
    assert (job.kind, job.state) == ("import_preview", "done")
    return where


def known() -> dict[str, int]:
    with memory().transaction() as conn:
        return {b.id: b.rows for b in batches(conn)}


def test_preview_registers_nothing_and_the_import_takes_what_it_showed(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    before = known()
    bad = f"错码企业,{code(8)[:-1]},100,3"

    where = preview(client, do_jobs, sheet(good(1), good(2, LONG), good(3), bad))
    shown = page(client.get(where))
    assert known() == before
    again = posted(client, where, reason="园区 11 月报送")
    (job,) = do_jobs()
    batch = client.get(again).headers["Location"]

    assert job.state == "done"
    accepted, rejected = job.result["accepted"], job.result["rejected"]
    text = " ".join(shown.xpath("string(//main)").split())
    assert f"可以导入 {accepted} 条，退回 {rejected} 行" in text
    columns = [(row[1], row[2], row[3]) for row in table(shown)]
    assert ("2025年营业收入（万元）", "营业收入", "万元") in columns
    (new,) = set(known()) - set(before)
    assert batch == f"/work/imports/{new}"
    assert known()[new] == accepted
    with memory().transaction() as conn:
        (row,) = trail(conn, obj=new)
    assert (row["verb"], row["actor"], row["reason"]) == (
        "import.make", "经办人甲", "园区 11 月报送",
    )  # fmt: skip
    told = main(client.get(batch))
    assert "R203" in told  # a code of 17 characters, with its place and mend
    assert "园区 11 月报送" in told


def test_same_file_again_changes_nothing_and_says_so(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    first = posted(client, preview(client, do_jobs, sheet(good(1))), reason="报送")
    do_jobs()
    before = known()

    where = preview(client, do_jobs, sheet(good(1)))
    assert "已经从这个来源导入过" in main(client.get(where))
    again = posted(client, where, reason="再报一次")
    do_jobs()

    batch = client.get(first).headers["Location"]
    assert client.get(again).headers["Location"] == f"{batch}?repeated=1"
    assert "什么也没有改变" in main(client.get(f"{batch}?repeated=1"))
    assert known() == before


def test_two_clicks_import_once(town: Town, client_of: ClientOf, do_jobs: Do) -> None:
    client = client_of("经办人甲")
    where = preview(client, do_jobs, sheet(good(1)))

    said = {"reason": "报送", "once": "the same form"}
    first, second = (client.post(where, said).headers["Location"] for _ in range(2))

    assert first == second
    assert [job.kind for job in do_jobs()] == ["import"]


def test_import_without_a_reason_is_not_asked_for(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    where = preview(client, do_jobs, sheet(good(1)))

    answer = client.post(where, {"reason": "  ", "once": ""})

    assert answer.status_code == 422
    assert parsed(answer).xpath("//div[@role='alert']//a/@href") == ["#id_reason"]
    assert do_jobs() == []


def test_ruling_is_no_source_and_nothing_else_is_typed_in(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("经办人甲")
    for said in ({"source": "ruling"}, {"record": "no_such_type"}, {"form": "none"}):
        asked_for = {
            "files": sheet(good(1)), "record": "firm", "source": "park",
            "as_of": "2026-11-20", "once": "", **said,
        }  # fmt: skip

        assert client.post("/work/imports/new", asked_for).status_code == 422


def test_report_of_problems_has_no_cell_that_runs(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    quoted = '"' + FORMULA.replace('"', '""') + '"'
    rows = [good(1), f"{quoted},{code(9)[:-1]},{quoted},x"]
    again = posted(client, preview(client, do_jobs, sheet(*rows)), reason="报送")
    do_jobs()
    batch = client.get(again).headers["Location"]

    answer = client.get(f"{batch}/problems.csv")

    whole = b"".join(answer.streaming_content).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(whole)) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@" and cell]
    page_text = client.get(batch).content.decode()
    assert FORMULA not in page_text  # what is quoted is escaped


def test_withdrawal_wants_a_reason_and_names_the_runs_that_read_it(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    (name,) = next(
        iter(asked(town.url, "select id from batch where source = 'park' limit 1"))
    )
    where = f"/work/imports/{name}/withdraw"
    readers = [row[0] for row in table(page(client.get(where)))]

    refused = client.post(where, {"reason": "", "once": ""})
    batch = posted(client, where, reason="园区说明填错了年度")

    assert refused.status_code == 422
    assert readers  # the town's runs read it
    assert f"用过它的判定有 {len(readers)} 次" in main(client.get(batch))
    second = client_of("经办人甲").post(where, {"reason": "再撤", "once": ""})
    assert second.status_code == 400
    assert "已经撤回" in main(second)


def test_what_may_not_be_known_is_not_there(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    where = preview(client, do_jobs, sheet(good(1)))

    assert client.get("/work/imports/bnothing").status_code == 404
    assert client.get("/work/imports/..%2F..%2Fetc/problems.csv").status_code == 404
    # Somebody else's preview is his own; a firm knows of no import at all.
    assert client_of("复核人乙").get(where).status_code == 403
    for name in ("企业甲", "园区经理"):
        assert client_of(name).get("/work/imports").status_code == 403
    # An auditor sees what came in and takes nothing back.
    (batch,) = asked(town.url, "select id from batch where source = 'park' limit 1")[0]
    auditor = client_of("审计员")
    assert auditor.get(f"/work/imports/{batch}").status_code == 200
    assert auditor.get(f"/work/imports/{batch}/withdraw").status_code == 403
    assert auditor.get("/work/imports/new").status_code == 403


def test_list_of_imports_is_filtered_by_its_address(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("经办人甲")
    whole = asked(
        town.url,
        "select count(*) from batch where source = 'tax' and record_type = 'firm'",
    )[0][0]

    document = page(client.get("/work/imports?source=tax&record=firm"))

    assert len(table(document)) == whole
    assert {row[2] for row in table(document)} == {"税务"}
