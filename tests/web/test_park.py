# SPDX-License-Identifier: Apache-2.0
"""J2: a manager's sheet of tenants, from the upload to the workbook that comes back."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ceyuan.city import make_tenants
from ceyuan.cli.run import run
from ceyuan.declarations import load_region

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
