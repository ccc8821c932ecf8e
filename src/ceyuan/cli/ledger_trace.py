# SPDX-License-Identifier: Apache-2.0
"""`ceyuan ledger trace|follow|limit|expire`: one entry, one yuan, limits, holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.cli.entitlement_told import entry_json
from ceyuan.cli.ledger import balance_json, commodity_word, print_entries
from ceyuan.cli.money import KINDS, Amounts, agreed, day_said, in_words, somebody_or_yes
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.office.booked import seal_book

if TYPE_CHECKING:
    from ceyuan.ledger import Entry
    from ceyuan.office.memory import Memory


@dataclass(frozen=True, slots=True)
class LimitAsked:
    """Limits as they were typed."""

    path: str
    floor: str
    ceiling: str
    reason: str
    actor: str
    region: str


def trace(name: str, region: str, *, as_json: bool) -> None:
    """Show one entry and all that belongs to it."""
    from ceyuan.ledger import trace as find
    from ceyuan.office.book_out import one_moment
    from ceyuan.office.money_told import is_synthetic

    with opened(region, quiet=as_json) as memory:
        with one_moment(memory) as conn:
            made = find(conn, name)
            synthetic = is_synthetic(conn)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.ledger-trace/1",
                    "synthetic": synthetic,
                    "entry": entry_json(made.entry),
                    "of": None if made.of is None else entry_json(made.of),
                    "by": [entry_json(one) for one in made.by],
                    "linked": [entry_json(one) for one in made.linked],
                }
            )
            return
        _print_one(memory, made.entry)
        for word, some in (
            ("它了结或冲正的 (what it ended)", [made.of] if made.of else []),
            ("了结或冲正它的 (what ended it)", list(made.by)),
            ("同一组的 (posted together)", list(made.linked)),
        ):
            if some:
                say(f"\n{word}")
                print_entries(memory, some)
    mark(synthetic=synthetic)


def _print_one(memory: Memory, one: Entry) -> None:
    amount = Amounts.of(memory, {one.commodity, ""}).cell(one.amount, one.commodity)
    word = commodity_word(memory, one.commodity)
    say(f"{one.id}  {KINDS[one.kind]}  {amount}（{word}）")
    say(f"    借 {one.debit}\n    贷 {one.credit}")
    say(f"    生效 {one.effective}，记下 {one.known_at.astimezone():%Y-%m-%d %H:%M:%S}")
    if one.expires is not None:
        say(f"    冻结到 {one.expires} 为止")
    say(f"    科目 {one.code}，事由 {one.cause}，经手 {one.actor}")
    say(f"    序号 {one.seq}，散列 {one.sha.hex()}")


def follow(name: str, limit: int, region: str, *, back: bool, as_json: bool) -> None:
    """Show where the money of an entry went, or where it came from."""
    from ceyuan.ledger import follow as steps_of
    from ceyuan.office.book_out import one_moment
    from ceyuan.office.money_told import is_synthetic

    with opened(region, quiet=as_json) as memory:
        with one_moment(memory) as conn:
            steps = steps_of(conn, name, forward=not back, limit=limit)
            synthetic = is_synthetic(conn)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.ledger-follow/1",
                    "synthetic": synthetic,
                    "back": back,
                    "steps": [
                        {
                            "depth": one.depth,
                            "most": one.most,
                            "entry": entry_json(one.entry),
                            "beside": [entry_json(e) for e in one.beside],
                        }
                        for one in steps
                    ],
                }
            )
            return
        amounts = Amounts.of(memory, {one.entry.commodity for one in steps})
        print_table(
            [
                Column("步", number=True),
                Column("生效"),
                Column("借"),
                Column("贷"),
                Column(amounts.head("金额"), number=True),
                Column(amounts.head("其中至多"), number=True),
                Column("科目"),
                Column("分录"),
                Column("同时"),
            ],
            [
                (
                    one.depth,
                    one.entry.effective,
                    one.entry.debit,
                    one.entry.credit,
                    amounts.cell(one.entry.amount, one.entry.commodity),
                    amounts.cell(one.most, one.entry.commodity),
                    one.entry.code,
                    one.entry.id,
                    "；".join(
                        f"{e.debit} → {e.credit} "
                        f"{in_words(memory, e.amount, e.commodity)}"
                        for e in one.beside
                    ),
                )
                for one in steps
            ],
        )
    say("※ 账户里的钱没有记号：每一步说的是至多这么多走了这条路 (at most)")
    mark(synthetic=synthetic)


def limit(asked: LimitAsked, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Change an account's floor or ceiling: show, ask, write."""
    from ceyuan.office.limiting import limit as verb

    somebody_or_yes(yes=yes, dry_run=dry_run, as_json=as_json)
    with opened(asked.region, asked.actor, quiet=as_json) as memory:

        def change(*, dry: bool) -> tuple[Any, Any]:
            return verb(
                memory,
                asked.path,
                floor=asked.floor,
                ceiling=asked.ceiling,
                reason=asked.reason,
                dry_run=dry,
            )

        before, after = change(dry=dry_run or not yes)
        if not as_json:
            amounts = Amounts.of(memory, {before.commodity})
            print_table(
                [
                    Column(before.path),
                    Column(amounts.head("原来"), number=True),
                    Column(amounts.head("改为"), number=True),
                ],
                [
                    (
                        word,
                        amounts.cell(old, before.commodity) or "无",
                        amounts.cell(new, before.commodity) or "无",
                    )
                    for word, old, new in (
                        ("下限", before.floor, after.floor),
                        ("上限", before.ceiling, after.ceiling),
                    )
                ],
            )
        if not (dry_run or yes):
            if not agreed("调整吗？ (change it?)"):
                return
            before, after = change(dry=False)
        if not dry_run:
            seal_book(memory)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.ledger-limit/1",
                "dry_run": dry_run,
                "before": {"floor": before.floor, "ceiling": before.ceiling},
                **balance_json(after),
            }
        )
        return
    say(
        "※ 试算，没有写入 (dry run, nothing was written)"
        if dry_run
        else "已调整 (changed)"
    )


def expire(
    on: str, actor: str, region: str, *, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Free the holds whose last day is over: count, ask, write."""
    from ceyuan.office.limiting import expire as verb

    somebody_or_yes(yes=yes, dry_run=dry_run, as_json=as_json)
    day = day_said(on)
    with opened(region, actor, quiet=as_json) as memory:
        count = verb(memory, day, dry_run=dry_run or not yes)
        if not (dry_run or yes) and count:
            say(f"{day} 之前到期的冻结：{count:,} 笔 (holds that are over)")
            if not agreed("释放吗？ (free them?)"):
                return
            count = verb(memory, day)
        if not dry_run:
            seal_book(memory)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.ledger-expire/1",
                "on": day.isoformat(),
                "dry_run": dry_run,
                "count": count,
            }
        )
        return
    if dry_run:
        say(f"※ 试算：{day} 会释放 {count:,} 笔冻结 (dry run, nothing was written)")
    else:
        say(f"{day}：释放 {count:,} 笔到期的冻结 (freed)")
