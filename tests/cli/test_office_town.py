# SPDX-License-Identifier: Apache-2.0
"""What the commands of an office say of an invented town: text, JSON, exit codes.

One town is made, decided once, and only read by the tests of this file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import make_conninfo

from ceyuan.cli.run import run
from ceyuan.office.database import VARIABLE
from tests.database import MADE, execute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Ceyuan

DAY = "2026-11-21"
FIRMS = 40
RUN_KEYS = [
    "schema", "run", "snapshot", "as_of", "known_at", "base_year", "region",
    "declarations", "engine", "settings", "synthetic", "actor", "subjects", "counts",
    "amounts_fen", "hanging",
]  # fmt: skip
BATCH_KEYS = [
    "batch", "record", "source", "kind", "rows", "rejected", "root", "known_at",
    "as_stated", "actor", "reason", "synthetic", "withdrawn_at", "files",
]  # fmt: skip


@pytest.fixture(scope="module", name="town")
def _town(
    database_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Give a folder with a town and one run."""
    execute(database_server, f"CREATE DATABASE town_cli TEMPLATE {MADE}")
    folder = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, make_conninfo(database_server, dbname="town_cli"))
        at = ("-C", str(folder))
        made = ("city", "make", "--firms", str(FIRMS), "--seed", "7", "-q")
        assert run([*at, *made]) == 0
        assert run([*at, "run", "--as-of", DAY, "--as", "经办人", "-q"]) == 0
        yield folder
    execute(database_server, "DROP DATABASE town_cli WITH (FORCE)")


@pytest.fixture(name="here")
def _here(town: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(town)
    return town


def _firm(ceyuan: Ceyuan) -> str:
    """Return the code of a firm of whom two sources differ."""
    told = ceyuan("disagreements", "--json", "--as-of", DAY).json
    code: str = told["disagreements"][0]["code"]
    return code


def test_city_made_again_changes_nothing(here: Path, ceyuan: Ceyuan) -> None:
    before = ceyuan("batches", "--json").json

    said = ceyuan("city", "make", "--firms", FIRMS, "--seed", 7, "--json")

    assert said.code == 0
    assert list(said.json) == [
        "schema", "synthetic", "firms", "seed", "folder", "rows", "batches",
    ]  # fmt: skip
    assert said.json["schema"] == "ceyuan.city/1"
    assert said.json["synthetic"] is True
    assert said.json["batches"] == [b["batch"] for b in before["batches"]]
    assert ceyuan("batches", "--json").json == before


def test_batches_are_listed(here: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("batches", "--json")

    assert (said.code, said.err) == (0, "")
    assert list(said.json) == ["schema", "batches"]
    assert said.json["schema"] == "ceyuan.batches/1"
    assert {tuple(b) for b in said.json["batches"]} == {tuple(BATCH_KEYS)}
    assert all(b["synthetic"] for b in said.json["batches"])
    only = ceyuan("batches", "--type", "certificate", "--json").json["batches"]
    assert [b["record"] for b in only] == ["certificate"] * len(only)
    head, *rows = ceyuan("batches").table
    assert head[:3] == ["批次", "类型", "来源"]
    assert [row[0] for row in rows] == [b["batch"] for b in said.json["batches"]]
    assert all(row[-1] == "合成" for row in rows)


def test_run_is_stored_and_listed(here: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("runs", "--json")

    assert (said.code, list(said.json)) == (0, ["schema", "runs"])
    (one,) = said.json["runs"]
    assert list(one) == RUN_KEYS
    assert one["schema"] == "ceyuan.run/1"
    assert (one["as_of"], one["base_year"], one["actor"]) == (DAY, 2025, "经办人")
    assert one["synthetic"] is True
    assert one["subjects"]["firm"] == FIRMS
    firm_policies = [p for p, n in one["counts"].items() if sum(n.values()) == FIRMS]
    assert "hnte_2016" in firm_policies
    head, row = ceyuan("runs").table
    assert row[head.index("判定")] == one["run"]
    assert row[head.index("数据")] == "合成"


def test_run_as_known_before_anything_was_known_is_refused(
    here: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("run", "--as-of", DAY, "--known-at", "2020-01-01", "--json")

    assert (said.code, said.out) == (2, "")
    assert "还没有任何记录" in said.err
    assert len(ceyuan("runs", "--json").json["runs"]) == 1


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_replay_is_equal(here: Path, ceyuan: Ceyuan, quiet: tuple[str, ...]) -> None:
    (one,) = ceyuan("runs", "--json").json["runs"]

    said = ceyuan("replay", one["run"], "--json", *quiet)

    assert said.code == 0
    assert said.json == {
        "schema": "ceyuan.replay/1",
        "run": one["run"],
        "equal": True,
        "decided": sum(one["subjects"].values()),
        "different": 0,
        "engine": {"then": one["engine"], "now": one["engine"]},
        "synthetic": True,
        "differences": [],
    }
    told = ceyuan("replay", one["run"][:-3], *quiet)
    assert told.code == 0
    assert f"{one['run']}：" in told.out
    assert "完全相同" in told.out
    assert "虚构" in told.out
    assert told.err == "" or not quiet


def test_show_names_the_sources_of_a_firm(here: Path, ceyuan: Ceyuan) -> None:
    code = _firm(ceyuan)

    said = ceyuan("show", code, "--as-of", DAY, "--json")

    assert said.code == 0
    assert list(said.json) == ["schema", "code", "name", "synthetic", "facts", "lists"]
    assert (said.json["schema"], said.json["code"]) == ("ceyuan.held/1", code)
    assert {tuple(f) for f in said.json["facts"]} == {
        ("attribute", "year", "value", "differs", "stated")
    }
    differing = [f for f in said.json["facts"] if f["differs"]]
    assert all(len(f["stated"]) > 1 for f in differing)
    assert differing
    told = ceyuan("show", code, "--as-of", DAY)
    assert code in told.out.splitlines()[0]
    assert "虚构" in told.out
    assert "≠" in told.out
    # Before anything was known, nothing is shown of anybody.
    before = ceyuan("show", code, "--known-at", "2020-01-01")
    assert (before.code, before.out) == (2, "")
    # In 2024 the figures of 2025 were still to come.
    then = ceyuan("show", code, "--as-of", "2024-12-31", "--json")
    assert max(f["year"] or 0 for f in then.json["facts"]) == 2024


def test_disagreements_list_both_values(here: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("disagreements", "--as-of", DAY, "--json", "--limit", 500)

    assert said.code == 0
    assert list(said.json) == [
        "schema", "total", "subjects", "synthetic", "counts", "disagreements",
    ]  # fmt: skip
    found = said.json["disagreements"]
    assert said.json["total"] == len(found) == sum(said.json["counts"].values())
    assert {tuple(d) for d in found} == {
        ("code", "name", "key", "attribute", "year", "best", "other")
    }
    assert all(d["best"] != d["other"] for d in found)
    one = found[0]
    mine = ceyuan(
        "disagreements", "--firm", one["code"], "--attribute", one["attribute"],
        "--as-of", DAY, "--json",
    ).json["disagreements"]  # fmt: skip
    assert mine == [
        d for d in found
        if (d["code"], d["attribute"]) == (one["code"], one["attribute"])
    ]  # fmt: skip
    none = ceyuan("disagreements", "--known-at", "2020-01-01", "--json")
    assert (none.code, none.json["total"]) == (0, 0)
    assert "虚构" in ceyuan("disagreements", "--as-of", DAY).out


def test_decision_of_a_firm_is_shown(here: Path, ceyuan: Ceyuan) -> None:
    code = _firm(ceyuan)
    first = ceyuan("runs", "--json").json["runs"][0]["run"]

    said = ceyuan("decision", code, "--run", first, "--policy", "hnte_2016")

    assert said.code == 0
    assert code in said.out
    assert first in said.out
    assert "虚构" in said.out
    as_json = ceyuan("decision", code, "--run", first, "--json")
    assert as_json.json["schema"].startswith("ceyuan.decision/")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["replay", "nope"], "ceyuan runs"),
        (["run", "--as-of", "昨天"], "2026-11-21"),
        (["run", "--known-at", "昨天"], "2026-11-21T09:30:00+08:00"),
        (["show", "没有这样的企业"], "没有叫"),
        (["show", "9131"], "没有叫"),
        (["batches", "--type", "frm"], "`firm`"),
        (["withdraw", "b000", "--reason", "x"], "ceyuan batches"),
        (["withdraw", "b000"], "--reason"),
        (["records", "show", "certificat"], "`certificate`"),
        (["decide", "9", "--accept", "--reason", "x"], "ceyuan claims"),
        (["identity", "undo", "9", "--reason", "x"], "没有编号为 9"),
        (["identity", "settle", "9", "--reason", "x"], "没有编号为 9"),
        (["import", "firm", "没有.csv", "--source", "tax"], "没有.csv"),
        (["import", "firm", "合成城市/town.yaml"], "--source"),
        (["restore", "没有.tar", "--into", "d"], "没有.tar"),
        (["erase", "nobody", "--reason", "本人申请"], "没有这个人"),
        (["correct", "x", "--set", "revenue=1", "--reason", "x"], "没有叫"),
    ],
)
def test_wrong_use_exits_2_and_says_what_is_near(
    here: Path, ceyuan: Ceyuan, arguments: list[str], message: str
) -> None:
    said = ceyuan(*arguments)

    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


def test_records_are_told_without_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ceyuan: Ceyuan
) -> None:
    monkeypatch.chdir(tmp_path)

    listed = ceyuan("records", "list", "--json").json
    shown = ceyuan("records", "show", "person", "--json").json
    forms = ceyuan("records", "forms", "--json").json

    assert list(listed) == ["schema", "types", "sources"]
    assert list(listed["types"][0]) == ["type", "zh", "en", "key", "attributes"]
    assert listed["sources"][0] == "ruling"
    assert list(shown) == ["schema", "type", "zh", "en", "key", "links", "attributes"]
    kept = {a["attribute"]: a["sensitivity"] for a in shown["attributes"]}
    assert kept["person_name"] == "personal"
    assert list(forms["forms"][0]) == ["form", "zh", "en", "record", "source"]
    assert [row[0] for row in ceyuan("records", "list").table[1:]] == [
        one["type"] for one in listed["types"]
    ]
    assert "person_name" in ceyuan("records", "show", "person").out
    assert ceyuan("records", "forms").table[0][0] == "表单"
    assert list(tmp_path.iterdir()) == []


def test_reader_who_leaves_early_is_no_fault(here: Path) -> None:
    root = Path(__file__).parents[2]
    program = "from ceyuan.cli import main; main(['disagreements', '--limit', '500'])"
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read().decode()
    assert (process.returncode, err) == (0, "")
