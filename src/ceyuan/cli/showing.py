# SPDX-License-Identifier: Apache-2.0
"""`ceyuan demo`: the story so far, on invented tenants and on public figures."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from ceyuan.cli.checking import Asked, check
from ceyuan.cli.talk import Talk

DAY = "2026-11-21"
"""The day the invented tenants are made around; their years end in 2025."""
NOTE = "虚构样例数据，不是真实企业 (invented sample data)"


def demo(folder: Path, firms: int, *, quiet: bool) -> None:
    """Make an invented park, check it; then check forty listed companies."""
    from ceyuan.city import make_joined, make_tenants

    talk = Talk(quiet)
    folder.mkdir(parents=True, exist_ok=True)
    talk.say(f"一、造一张 {firms} 家虚构企业的园区表，像真的一样乱")
    park = folder / "园区企业（虚构样例）.xlsx"
    truth = make_tenants(park, firms=firms)
    joined = folder / "合并数据（虚构样例）"
    make_joined(joined, truth)
    talk.say(f"    {park}\n    {joined}/")
    talk.say(
        f"\n二、核对：ceyuan check “{park.name}” --with “{joined.name}” --as-of {DAY}"
    )
    _check(park, joined, "", NOTE, quiet=quiet)
    listed = folder / "上市公司公开年报数据.csv"
    sample = files("ceyuan") / "samples" / "listed_companies.csv"
    listed.write_bytes(sample.read_bytes())
    talk.say("\n三、真实输入：40 家上市科技公司的公开年报数据，只有一年、几列")
    talk.say("    能判的就判，还缺的只问能改变答案的那几项")
    _check(listed, None, "", "数据来自公开年报 (public annual reports)", quiet=quiet)
    sys.stdout.flush()
    talk.say("\n结果在:")
    for path in sorted(folder.iterdir()):
        talk.say(f"    {path}")


def _check(
    file: Path, joined: Path | None, columns: str, note: str, *, quiet: bool
) -> None:
    asked = Asked(
        file,
        DAY,
        (),
        joined,
        Path(columns) if columns else None,
        (),
        "firm",
        "shanghai",
        "zh",
        quiet,
    )
    check(asked, out=None, by="", note=note, as_json=False, dry_run=False)
