# SPDX-License-Identifier: Apache-2.0
"""J2: a manager's sheet of tenants, from the upload to the workbook that comes back."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ceyuan.city import make_tenants
from ceyuan.cli.run import run
from ceyuan.declarations import load_region
from tests.web.published import publish_nothing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.town import Town

DAY = "2026-11-21"


def hand_in(client: Any, path: Path, **more: str) -> str:
    """Hand a sheet in; return the address of its columns."""
    with path.open("rb") as file:
        said = {"file": file, "as_of": DAY, "once": "", **more}
        answer = client.post("/park", said)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def test_a_sheet_is_checked_and_comes_back_with_the_same_numbers_as_the_command_line(
    town: Town,
    client_of: Callable[[str], Any],
    do_jobs: Callable[[], list[Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sheet = tmp_path / "园区.xlsx"
    make_tenants(sheet, firms=100)
    client = client_of("园区经理")
    publish_nothing(town)  # the command line reads the sheet alone

    columns = hand_in(client, sheet)
    shown = client.get(columns)
    asked = client.post(columns, {"go": "1"})
    assert asked.status_code == 302, asked.content.decode()
    jobs = do_jobs()
    result = client.get(asked.headers["Location"])

    assert (200, 302, ["done"], 200) == (
        shown.status_code,
        asked.status_code,
        [job.state for job in jobs],
        result.status_code,
    )
    batch = asked.headers["Location"].rpartition("/")[2]
    ours = json.loads(
        (town.folder / ".ceyuan" / "batches" / batch / "check.json").read_text("utf-8")
    )
    monkeypatch.chdir(tmp_path)
    params = [w for one in _settings(town) for w in ("--param", one)]
    assert run(["check", sheet.name, "--as-of", DAY, "--json", "--quiet", *params]) == 0
    theirs = json.loads(capsys.readouterr().out)
    assert theirs["rows"] == ours["rows"]
    back = client.get(f"{asked.headers['Location']}/files/园区.体检.xlsx")
    whole = b"".join(back.streaming_content)
    back.close()
    assert (200, b"PK") == (back.status_code, whole[:2])


def plain(answer: Any) -> str:
    """Return a page without what is another each time: tokens, its own address."""
    text = answer.content.decode()
    text = re.sub(r'value="[A-Za-z0-9]{64}"', "", text)
    return re.sub(r"/park/b[0-9a-f]{16}", "", text)


def _settings(town: Town) -> list[str]:
    from datetime import date

    import psycopg

    from ceyuan.office.settings import settings_in_force

    with psycopg.connect(town.url) as conn:
        said = settings_in_force(conn, date.fromisoformat(DAY))
    rules = load_region("shanghai").rules
    return [f"{k}={v}" for k, v in said.items() if k.partition(".")[0] in rules]


def test_a_batch_of_another_park_is_not_there(
    client_of: Callable[[str], Any], tmp_path: Path
) -> None:
    sheet = tmp_path / "园区.xlsx"
    make_tenants(sheet, firms=100)
    columns = hand_in(client_of("园区经理"), sheet)

    theirs = client_of("另一园区").get(columns)
    nothing = client_of("另一园区").get("/park/b0000000000000000/columns")

    assert (404, 404) == (theirs.status_code, nothing.status_code)
    assert plain(theirs) == plain(nothing)


def test_a_firm_that_consents_is_filled_in_and_one_that_does_not_is_not(
    town: Town,
    client_of: Callable[[str], Any],
    do_jobs: Callable[[], list[Any]],
) -> None:
    manager, firm = client_of("园区经理"), client_of("企业甲")
    text = f"企业名称,统一社会信用代码\r\n甲,{town.firm}\r\n乙,{town.paid}\r\n"

    def check() -> dict[str, Any]:
        file = SimpleUploadedFile("两家.csv", text.encode())
        sent = manager.post("/park", {"file": file, "as_of": DAY})
        to = manager.post(sent.headers["Location"], {"go": "1"}).headers["Location"]
        assert ["done"] == [job.state for job in do_jobs()]
        name = to.rpartition("/")[2]
        place = town.folder / ".ceyuan" / "batches" / name / "check.json"
        found: dict[str, Any] = json.loads(place.read_text("utf-8"))
        return {"batch": name, **{r["uscc"]: r["facts"] for r in found["rows"]}}

    before = check()
    asked = manager.post(f"/park/{before['batch']}/consents", {"firm": town.firm})
    page = manager.get(asked.headers["Location"]).content.decode()
    link = re.search(r'href="http://testserver(/consent/[^"]+)"', page)
    assert link is not None
    refused = client_of("企业乙").get(link[1])  # a link for another firm
    given = firm.post(link[1], {"answer": "yes", "once": "1"})
    during = check()
    of_firm = f"/park/{during['batch']}/firms/0"
    open_ = manager.get(of_firm).content.decode()
    back = firm.post(link[1], {"answer": "no", "once": "2"})
    closed = manager.get(of_firm).content.decode()
    after = check()

    assert (403, 302, 302) == (refused.status_code, given.status_code, back.status_code)
    assert set(before[town.firm]) == set(after[town.firm])
    assert len(during[town.firm]) > len(before[town.firm]) + 20
    assert {"主管部门的数据"} == {
        one["file"] for one in during[town.firm].values() if "file" in one
    }
    assert before[town.paid] == during[town.paid] == after[town.paid]
    # What the page of a firm read while it agreed is not shown after it took it back.
    assert (True, False) == ("主管部门的数据" in open_, "主管部门的数据" in closed)


def test_a_batch_repeated_by_schedule_tells_only_what_changed(
    town: Town,
    client_of: Callable[[str], Any],
    do_jobs: Callable[[], list[Any]],
) -> None:
    import psycopg

    manager = client_of("园区经理")
    text = f"企业名称,统一社会信用代码\r\n甲,{town.firm}\r\n"
    file = SimpleUploadedFile("一家.csv", text.encode())
    sent = manager.post("/park", {"file": file, "as_of": DAY})
    to = manager.post(sent.headers["Location"], {"go": "1"}).headers["Location"]
    do_jobs()
    asked = manager.post(f"{to}/repeat", {"every": "daily"})

    def a_day_later() -> int:
        with psycopg.connect(town.url) as conn:
            conn.execute("update job set not_before = now() where state = 'waiting'")
        assert ["done"] == [job.state for job in do_jobs()]
        with psycopg.connect(town.url) as conn:
            row = conn.execute("select count(*) from letter").fetchone()
        assert row is not None
        return int(row[0])

    same = a_day_later()
    with psycopg.connect(town.url) as conn:
        conn.execute(
            "insert into consent (code, party, purpose, given, since, actor) values"
            " (%s, '样例园区', 'checkup', true, '2026-01-01', '企业甲')",
            (town.firm,),
        )
    changed, again = a_day_later(), a_day_later()

    # The rules of another day may answer otherwise than those of the first check.
    assert 302 == asked.status_code
    assert (same + 1, same + 1) == (changed, again)
