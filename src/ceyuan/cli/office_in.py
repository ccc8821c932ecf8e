# SPDX-License-Identifier: Apache-2.0
"""`ceyuan import`, `batches`, `withdraw`: what comes in, and what is taken back."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from ceyuan.cli.checking import read_day
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ceyuan.kernel import Problem
    from ceyuan.office.importing import Imported

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """How an import was asked for; see `ceyuan import --help`."""

    source: str
    as_of: str
    form: str
    columns: Path | None
    year: int | None
    complete: bool | frozenset[str] | None
    synthetic: bool
    reason: str
    actor: str
    region: str


def import_(
    record: str, files: Sequence[Path], asked: Asked, *, as_json: bool, quiet: bool
) -> None:
    """Take files in; what is wrong in them is listed, the rest is in."""
    from ceyuan.facts import read_columns
    from ceyuan.office.importing import Said, import_files, with_mark

    talk = Talk(quiet or as_json)
    with opened(asked.region, asked.actor, quiet=quiet, make=True) as memory:
        columns = None
        if asked.columns is not None:
            attributes = memory.kind(record).attributes
            columns = read_columns(asked.columns, dictionary=attributes)
        said = Said(
            source=asked.source,
            as_of=read_day(asked.as_of),
            columns=columns,
            form=memory.records.form(asked.form) if asked.form else None,
            year=asked.year,
            complete=asked.complete,
            reason=asked.reason,
            synthetic=asked.synthetic,
        )
        made = import_files(
            memory, record, files, with_mark(said, files), progress=talk.say
        )
    if as_json:
        print_json(imported_json(made))
        return
    told(made, quiet=quiet)


def imported_json(made: Imported) -> dict[str, Any]:
    """Return what came of an import, schema `ceyuan.import/1`."""
    return {
        "schema": "ceyuan.import/1",
        "batch": made.batch,
        "record": made.record,
        "source": made.source,
        "accepted": made.accepted,
        "rejected": made.rejected,
        "repeated": made.repeated,
        "synthetic": made.synthetic,
        "known_at": None if made.known_at is None else made.known_at.isoformat(),
        "files": [
            {
                "file": f.name,
                "sha256": f.sha256.hex(),
                "accepted": f.rows,
                "rejected": f.rejected,
            }
            for f in made.files
        ],
        "doubts": made.doubts,
        "problems": [problem_json(p) for p in made.problems],
        "notes": [problem_json(p) for p in made.notes],
        "report": None if made.report is None else str(made.report),
    }


def problem_json(problem: Problem) -> dict[str, Any]:
    """Return a problem with its place."""
    return {
        "code": problem.code,
        "message": problem.message,
        "mend": problem.mend,
        "file": problem.file,
        "sheet": problem.sheet,
        "row": problem.row,
        "column": problem.column,
    }


def told(made: Imported, *, quiet: bool) -> None:
    """Say what came of an import."""
    if made.repeated:
        say(f"这些文件已经导入过，什么也没有改变：批次 {made.batch} (nothing changed)")
        return
    say(
        f"批次 {made.batch}：{made.record}，来源 {made.source}，"
        f"导入 {made.accepted:,} 条，退回 {made.rejected:,} 行"
    )
    for file in made.files:
        say(
            f"    {file.name}  {file.rows:,} 条，退回 {file.rejected:,} 行  "
            f"SHA-256 {file.sha256.hex()[:12]}…"
        )
    mark(synthetic=made.synthetic)
    if quiet:
        return
    _list("说明", made.notes)
    _list("问题", made.problems)
    if made.report is not None:
        sys.stderr.write(f"全部问题：{made.report}\n")
    if made.doubts:
        sys.stderr.write(
            f"有 {made.doubts} 个只有名称的单位可能是已知的企业，没有自动合并："
            "`ceyuan identity doubts`\n"
        )


def _list(head: str, problems: Iterable[Problem]) -> None:
    every = list(problems)
    if not every:
        return
    sys.stderr.write(f"{head} {len(every)} 条\n")
    for problem in every[:SHOWN]:
        sys.stderr.write(f"{problem}\n")
    if len(every) > SHOWN:
        sys.stderr.write(f"……另有 {len(every) - SHOWN} 条\n")


def batches(record: str, known_at: str, region: str, *, as_json: bool) -> None:
    """List the batches, as known now or at a moment."""
    from ceyuan.facts.store import batches as every
    from ceyuan.facts.store import known_then
    from ceyuan.office.memory import read_moment

    with opened(region) as memory:
        if record:
            memory.kind(record)
        with memory.transaction() as conn:
            found = known_then(every(conn, record=record), read_moment(known_at))
    if as_json:
        print_json(
            {
                "schema": "ceyuan.batches/1",
                "batches": [
                    {
                        "batch": b.id,
                        "record": b.record,
                        "source": b.source,
                        "kind": b.kind,
                        "rows": b.rows,
                        "rejected": b.rejected,
                        "root": b.root.hex(),
                        "known_at": b.known_at.isoformat(),
                        "as_stated": b.as_stated.isoformat(),
                        "actor": b.actor,
                        "reason": b.reason,
                        "synthetic": b.synthetic,
                        "withdrawn_at": None
                        if b.withdrawn_at is None
                        else b.withdrawn_at.isoformat(),
                        "files": [
                            {"file": f.name, "sha256": f.sha256.hex()} for f in b.files
                        ],
                    }
                    for b in found
                ],
            }
        )
        return
    print_table(
        [
            Column("批次"),
            Column("类型"),
            Column("来源"),
            Column("条数", number=True),
            Column("退回", number=True),
            Column("得知"),
            Column("经手"),
            Column("文件"),
            Column("状态"),
        ],
        [
            (
                b.id,
                b.record,
                b.source,
                f"{b.rows:,}",
                f"{b.rejected:,}",
                f"{b.known_at.astimezone():%Y-%m-%d %H:%M}",
                b.actor,
                "、".join(f.name for f in b.files) or "（逐条写入）",
                ("已撤回 " if b.withdrawn_at else "") + ("合成" if b.synthetic else ""),
            )
            for b in found
        ],
    )


def withdraw(
    batch: str, reason: str, actor: str, region: str, *, as_json: bool
) -> None:
    """Take a batch back; list the runs that used it."""
    from ceyuan.office.withdrawing import withdraw as take_back

    with opened(region, actor) as memory:
        made = take_back(memory, batch, reason=reason)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.withdraw/1",
                "batch": made.batch.id,
                "withdrawn_at": made.at.isoformat(),
                "runs": [
                    {"run": r.id, "as_of": r.as_of.isoformat(), "subjects": n}
                    for r, n in made.runs
                ],
            }
        )
        if made.runs:
            raise typer.Exit(1)
        return
    say(f"批次 {made.batch.id} 已撤回；撤回前所知的一切仍可按 --known-at 读出")
    if not made.runs:
        say("没有判定用过它")
        return
    say("用过它的判定（没有改动，可以重新判定后用 `ceyuan diff` 比较）：")
    for run, subjects in made.runs:
        say(f"    {run.id}  判定日 {run.as_of}  涉及 {subjects:,} 个对象")
    raise typer.Exit(1)
