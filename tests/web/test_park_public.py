# SPDX-License-Identifier: Apache-2.0
"""A park's check without consent: the sheet, public data, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ceyuan.office.firm_sheets import sheet_of
from ceyuan.office.memory import open_memory
from tests.web.money_town import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

DAY = "2026-11-21"


def titled(town: Town) -> str:
    """Return the code of a firm that holds a published certificate."""
    from datetime import date

    from ceyuan.office.public_firms import directory

    with open_memory(town.folder, url=town.url) as memory:
        known = directory(memory, date.fromisoformat(DAY))
        ((org,),) = known.titles.select("org").head(1).rows()
        ((code,),) = known.firms.filter(known.firms["org"] == org).select("code").rows()
    return str(code)


def check(manager: Any, do_jobs: Callable[[], list[Any]], *codes: str) -> str:
    rows = "".join(f"企业{n},{code}\r\n" for n, code in enumerate(codes))
    text = f"企业名称,统一社会信用代码\r\n{rows}"
    file = SimpleUploadedFile("几家.csv", text.encode())
    sent = manager.post("/park", {"file": file, "as_of": DAY})
    to = manager.post(sent.headers["Location"], {"go": "1"}).headers["Location"]
    assert ["done"] == [job.state for job in do_jobs()]
    return str(to)


def test_public_certificates_are_used_and_said_and_nothing_else(
    town: Town, client_of: Callable[[str], Any], do_jobs: Callable[[], list[Any]]
) -> None:
    manager, firm = client_of("园区经理"), titled(town)
    assert [] == ask(town, "select * from consent where given")

    to = check(manager, do_jobs, firm, town.paid)

    place = town.folder / ".ceyuan" / "batches" / to.rpartition("/")[2]
    found = json.loads((place / "check.json").read_text("utf-8"))
    page = manager.get(to).content.decode()
    english = manager.get(f"/en{to}").content.decode()
    shown = manager.get(f"{to}/firms/0").content.decode()
    assert "表外补上的数据" in page
    assert "家企业补上了公开的数据：资质证书" in page
    assert "Filled in with public data" in english
    assert "公开的数据 发证部门公布" in shown
    # No value of a firm is there but what its code says: its figures are not public.
    code = {"registrar_class"}
    assert [code, code] == [set(row["facts"]) for row in found["rows"]]
    with open_memory(town.folder, url=town.url) as memory:
        held = sheet_of(memory, firm)
    money = {
        f"{value // 100:,}"
        for value in held.facts.values.values()
        if isinstance(value, int) and not isinstance(value, bool) and value > 10**9
    }
    assert money
    text = re.sub(r"<[^>]+>", " ", page + shown) + json.dumps(found, ensure_ascii=False)
    assert [] == [one for one in money if one in text]


def test_the_page_of_a_firm_tells_what_the_check_saw(
    town: Town, client_of: Callable[[str], Any], do_jobs: Callable[[], list[Any]]
) -> None:
    """What became known after a batch was checked is not on its firms' pages."""
    from ceyuan.office.parks import batch_of
    from ceyuan.office.parks_checked import checked

    to = check(client_of("园区经理"), do_jobs, titled(town))
    with open_memory(town.folder, url=town.url) as memory:
        with memory.transaction() as conn:
            batch = batch_of(conn, to.rpartition("/")[2])
        assert batch.finished_at is not None
        earlier = batch.finished_at.replace(year=2020)
        now = checked(memory, batch, only="\0")[0].table
        then = checked(memory, replace(batch, finished_at=earlier), only="\0")[0].table

    assert now.records["certificates"].records[0]
    assert {} == then.records
