# SPDX-License-Identifier: Apache-2.0
"""`ceyuan demo`: the story so far, on invented tenants and on public figures."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from ceyuan.cli.called import called
from ceyuan.cli.checking import Asked, check
from ceyuan.cli.showing_money import show_money_steps
from ceyuan.cli.talk import Talk
from ceyuan.kernel import CeyuanError

DAY = "2026-11-21"
"""The day the invented tenants are made around; their years end in 2025."""
TODAY = "2026-12-03"
"""The day that the portal of the demonstration stands at: the last of the story."""
CITY = 1_000
"""So many firms has the city of the demonstration."""
NOTE = "虚构样例数据，不是真实企业 (invented sample data)"


def demo(folder: Path, firms: int, *, quiet: bool) -> None:
    """Make an invented park, check it; then check forty listed companies."""
    from ceyuan.city import make_joined, make_tenants

    talk, how = Talk(quiet), called(folder)
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
    _remember(folder, talk, how)
    sys.stdout.flush()
    talk.say("\n结果在:")
    for path in sorted(folder.iterdir()):
        talk.say(f"    {path}")


def _remember(folder: Path, talk: Talk, how: str) -> None:
    """Make a city smaller than a real one, take it in, decide, correct, reform.

    Args:
        folder: The working folder.
        talk: What is said on the way.
        how: How this program is called in that folder by whoever reads it.
    """
    from ceyuan.cli import office, office_city, office_reform, office_runs

    sample = files("ceyuan") / "samples" / "reform.yaml"
    (folder / "示例改革（虚构）.yaml").write_bytes(sample.read_bytes())
    with contextlib.chdir(folder):
        talk.say(
            f"\n四、一个会记事的办公室：造一座 {CITY:,} 家虚构企业的城市（比真的小），"
            f"按来源导入\n    ceyuan city make --firms {CITY} --seed 7"
        )
        office_city.make(
            CITY, 7, None, "shanghai", files_only=False, as_json=False, quiet=True
        )
        talk.say(f"\n五、全部判定，存下来: ceyuan run --as-of {DAY}")
        office_runs.run(DAY, "", (), "", "shanghai", as_json=False, quiet=True)
        talk.say("\n    按存下的重算一遍: ceyuan replay last")
        office_runs.replay("last", "shanghai", as_json=False, quiet=True)
        talk.say("\n六、来源之间说法不同的地方: ceyuan disagreements --limit 5")
        office.disagreements(
            "", "", "firm", DAY, "", 5, "shanghai", as_json=False, locale="zh"
        )
        talk.say("\n七、梯度: ceyuan ladder --year 2025 --limit 1")
        office_runs.ladder(
            2025, "", 1, "shanghai", as_json=False, quiet=True, locale="zh"
        )
        talk.say(
            "\n八、试一项改革: ceyuan simulate 示例改革（虚构）.yaml --by tier "
            f"--as-of {DAY}"
        )
        office_reform.simulate(
            office_reform.Asked(
                Path("示例改革（虚构）.yaml"),
                DAY,
                "",
                (),
                ("tier",),
                "",
                "",
                ("", "", ""),
                3,
                "shanghai",
                "zh",
            ),
            as_json=False,
            quiet=True,
        )
        show_money_steps(talk, DAY)
        _portal(talk, how)
        code = _paid()
        talk.say("\n接着看，每行一条命令，贴上就能用:")
        for words in (
            f"decision {code}",
            f"receipt {code}",
            "entitlement list",
            "ledger journal",
            "doctor",
        ):
            talk.say(f"    {how} {words}")


def _paid() -> str:
    """Return the credit code of a firm that was paid."""
    from ceyuan.office.entitlements import listed
    from ceyuan.office.memory import open_memory

    with open_memory(Path()) as memory, memory.transaction() as conn:
        firms = [one for one in listed(conn, state="paid") if one.subject == "firm"]
    return firms[0].party


def _portal(talk: Talk, how: str) -> None:
    """Give everybody a login and say how the portal is opened.

    Raises:
        CeyuanError: The portal could not be prepared.
    """
    Path(".ceyuan/demo-day").write_text(f"{TODAY}\n", encoding="ascii")
    talk.say("\n十五、门户：同一个办公室，在浏览器里；演示账户（正式启动会拒绝它们）")
    # The portal is another face; it is started, not imported.
    done = subprocess.run(
        [sys.executable, "-m", "ceyuan.web", "demo-logins"],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        msg = f"演示停在这里：门户没有准备好 (the demo stops here)\n{done.stderr}"
        raise CeyuanError(msg)
    sys.stdout.write(done.stdout)
    sys.stdout.flush()
    talk.say(f"\n    打开门户，然后看 http://127.0.0.1:8000/ :\n    {how} serve")


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
