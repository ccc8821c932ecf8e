# SPDX-License-Identifier: Apache-2.0
"""`ceyuan doctor`: is everything in order, and where does each setting come from."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ceyuan.declarations import read_region
from ceyuan.kernel import CeyuanError
from ceyuan.office.library import run_cases
from ceyuan.office.workspace import FOLDER, Workspace

PARTS = (
    "polars",
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
    here = Workspace(Path.cwd())
    try:
        last = here.recall()
    except CeyuanError:
        return [("上次核对", True, f"还没有（`{FOLDER}` 在当前文件夹）")]
    return [("上次核对", True, f"{last.file}，判定日 {last.as_of}")]


def _settings() -> list[tuple[str, bool, str]]:
    found = []
    for name in ("NO_COLOR", "CEYUAN_NO_PROGRESS"):
        value = os.environ.get(name)
        found.append((name, True, "未设" if value is None else f"{value}（环境变量）"))
    return found
