# SPDX-License-Identifier: Apache-2.0
"""`ceyuan city make`: an invented city, called so wherever it appears."""

from __future__ import annotations

from pathlib import Path

from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.talk import Talk

FOLDER = "合成城市"


def make(
    firms: int,
    seed: int,
    out: Path | None,
    region: str,
    *,
    files_only: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the files of a city, and take them in."""
    from ceyuan.office.towns import make as write
    from ceyuan.office.towns import take_in

    talk = Talk(quiet or as_json)
    folder = out or Path(FOLDER)
    said = write(
        folder,
        firms=firms,
        seed=seed,
        region=region,
        progress=lambda done, whole: talk.progress("造城", done, whole),
    )
    talk.done()
    batches, accepted = [], 0
    if not files_only:
        with opened(region, quiet=quiet or as_json, make=True) as memory:
            town = take_in(memory, said, progress=talk.say)
            batches = [one.batch for one in town.imported]
            accepted = town.accepted
    if as_json:
        print_json(
            {
                "schema": "ceyuan.city/1",
                "synthetic": True,
                "firms": said.firms,
                "seed": said.seed,
                "folder": str(said.folder),
                "rows": said.rows,
                "batches": batches,
            }
        )
        return
    say(
        f"{said.folder}：{said.firms:,} 家虚构企业，{len(said.files)} 个文件，"
        f"{said.rows:,} 行"
    )
    if batches:
        say(f"已导入 {len(batches)} 批，{accepted:,} 条记录")
    mark(synthetic=True)
    talk.say("下一步：ceyuan run --as-of 2026-11-21")
