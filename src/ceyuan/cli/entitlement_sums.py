# SPDX-License-Identifier: Apache-2.0
"""`ceyuan entitlement summary|notice`: the money of each policy, what a firm was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.cli.entitlement_told import org_of, print_notices
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.kernel import show_money

if TYPE_CHECKING:
    from ceyuan.office.memory import Memory
    from ceyuan.office.pools import PoolTold


def summary(year: int, region: str, *, as_json: bool) -> None:
    """Show the money of each policy."""
    from ceyuan.office.entitlements import unclaimed
    from ceyuan.office.money_told import is_synthetic
    from ceyuan.office.pools import pool_json, pools

    with opened(region, quiet=as_json) as memory:
        with memory.transaction() as conn:
            found = pools(memory, conn, year)
            claims, firms, fen = unclaimed(conn, year)
            synthetic = is_synthetic(conn)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.entitlement-summary/1",
                    "year": year or None,
                    "synthetic": synthetic,
                    "policies": [pool_json(memory, one) for one in found],
                    "unclaimed": claims,
                    "unclaimed_firms": firms,
                    "unclaimed_fen": fen,
                }
            )
            return
        _print_pools(memory, found)
    say(
        f"应享未到账：{claims:,} 笔，{firms:,} 家，{show_money(fen)} "
        "(entitled and not paid yet)"
    )
    mark(synthetic=synthetic)


def _print_pools(memory: Memory, found: list[PoolTold]) -> None:
    rows = []
    for one in found:
        rule = memory.region.rules.get(one.policy)
        rows.append(
            (
                one.policy,
                rule.said.zh if rule else "",
                one.year,
                *(
                    show_money(fen, unit="万元", with_unit=False)
                    for fen in (
                        one.budget,
                        one.committed,
                        one.payable,
                        one.paid,
                        one.available,
                    )
                ),
                f"{sum(count for count, _, _ in one.states.values()):,}",
            )
        )
    print_table(
        [
            Column("编号"),
            Column("政策"),
            Column("年度"),
            Column("预算（万元）", number=True),
            Column("已承诺（万元）", number=True),
            Column("已批准未到账（万元）", number=True),
            Column("已支付和结算（万元）", number=True),
            Column("可用（万元）", number=True),
            Column("应享笔数", number=True),
        ],
        rows,
    )


def notice(firm: str, region: str, *, as_json: bool) -> None:
    """Show what a firm was told."""
    from ceyuan.office.money_told import is_synthetic, notices

    with opened(region, quiet=as_json) as memory:
        org = org_of(memory, firm)
        with memory.transaction() as conn:
            found = notices(conn, org)
            synthetic = is_synthetic(conn)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.entitlement-notice/1",
                    "synthetic": synthetic,
                    "notices": [{**one, "at": one["at"].isoformat()} for one in found],
                }
            )
            return
        print_notices(memory, found)
    mark(synthetic=synthetic)
