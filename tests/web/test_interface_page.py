# SPDX-License-Identifier: Apache-2.0
"""What `docs/interface.md` says is so: its program runs, its answers come."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ceyuan.web.api.problems import KINDS
from tests.web.api_door import door, read

if TYPE_CHECKING:
    import pytest

    from tests.town import Town

PAGE = (Path(__file__).parents[2] / "docs" / "interface.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    """Return the blocks of the page in one language."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_the_program_of_the_page_reads_a_whole_list(
    town: Town, live: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = door("审计员")
    monkeypatch.setenv("CEYUAN_TOKEN", auditor.secret)
    (source,) = blocks("python")
    world: dict[str, Any] = {}
    exec(compile(source, "interface.md", "exec"), world)  # noqa: S102 - our own page
    world["HOST"] = f"{live}/api/v1"

    found = list(world["every"]("audit"))
    assert found == auditor.told("audit?limit=200")["items"]
    assert len(found) > 10
    assert world["ask"]("me")["name"] == "审计员"


def test_the_problem_of_the_page_comes_as_it_is_shown(town: Town) -> None:
    (shown,) = [one for one in map(json.loads, blocks("json")) if "type" in one]
    sent = SimpleUploadedFile("x.exe", b"x")
    said = read(door("园区经理").post("checks", file=sent))

    assert said == shown


def test_the_page_names_every_status() -> None:
    rows = re.findall(r"^\| ([\d、]+) \|", PAGE, re.MULTILINE)
    named = {int(one) for row in rows for one in row.split("、")}

    assert named == set(KINDS.values())


def test_the_page_names_scopes_that_there_are(town: Town) -> None:
    from ceyuan.web.api import portal
    from ceyuan.web.api.operations import OPERATIONS

    assert portal.AREAS
    known = {f"{t}.{a}" for one in OPERATIONS.values() for t, a in one.asked}
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", PAGE))
    assert {"entitlement.list", "reform.see_firms", "firm.list"} <= named <= known
