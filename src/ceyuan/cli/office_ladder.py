# SPDX-License-Identifier: Apache-2.0
"""`ceyuan ladder` on the terminal: tiers, transitions, who is one clause away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.cli.opened import mark, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.office.climbed import (
    clause_text,
    state_text,
    tier_rows,
    transition_rows,
    way_rows,
)

if TYPE_CHECKING:
    from ceyuan.office.climbed import Climbed

BAR = 24


def print_ladder(made: Climbed, *, limit: int, locale: str) -> None:
    """Print the ladder of a year."""
    zh = locale == "zh"
    if zh:
        note = f"（{made.year} 年还没有过完）" if made.running else ""
        say(f"{made.year} 年末的梯度，{made.as_of}{note}：{made.firms:,} 家企业")
    else:
        note = f" ({made.year} is not over)" if made.running else ""
        say(f"The ladder of {made.year}, {made.as_of}{note}: {made.firms:,} firms")
    mark(synthetic=made.synthetic)
    rows = tier_rows(made, locale)
    most = max((yes for _, yes, *_ in rows), default=0) or 1
    print_table(
        [
            Column("层级" if zh else "tier"),
            Column("持有" if zh else "held", number=True),
            Column("上年末" if zh else "a year before", number=True),
            Column("不知道" if zh else "not known", number=True),
            Column(""),
        ],
        [
            (
                name,
                "—" if not yes and not no else f"{yes:,}",
                "—" if not yes and not no else f"{before:,}",
                f"{unknown:,}",
                "█" * -(-yes * BAR // most),
            )
            for name, yes, before, no, unknown in rows
        ],
    )
    heads, lines = transition_rows(made, locale)
    say("\n流动（行：上年末；列：年末）" if zh else "\nfrom (rows) to (columns)")
    print_table(
        [Column(""), *(Column(head, number=True) for head in heads)],
        [(name, *(f"{n:,}" if n else "·" for n in counts)) for name, counts in lines],
    )
    say("\n只差一条的，和只缺数据的" if zh else "\none clause away; only data missing")
    print_table(
        [
            Column("层级" if zh else "tier"),
            Column("政策" if zh else "policy"),
            Column("只差一条" if zh else "one clause away", number=True),
            Column("差得最多的一条" if zh else "which clause most often"),
            Column("只缺数据" if zh else "only data missing", number=True),
            Column("缺得最多的一项" if zh else "which fact most often"),
        ],
        [
            (tier, policy, f"{near:,}", clause, f"{missing:,}", fact)
            for tier, policy, near, clause, missing, fact in way_rows(made, locale)
        ],
    )
    for way in made.ways:
        for one in way.near[:limit]:
            say(
                f"    {state_text(made, way.tier, locale)} ← {one.name} {one.code}"
                f"{'：' if zh else ': '}"
                f"{clause_text(made, way.policy, one.clause, locale)}"
            )
