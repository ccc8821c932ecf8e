# SPDX-License-Identifier: Apache-2.0
"""An account's limits changed and holds that are over freed, by who may, on record."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.ledger import balance, expire_holds, limit_account
from ceyuan.ledger import queries as q
from ceyuan.office.auditing import audit
from ceyuan.office.moving_typed import typed_amount
from ceyuan.office.users import allow

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from ceyuan.ledger import Balance
    from ceyuan.office.memory import Memory

NONE = ("无", "none")
"""What is typed for no limit at all."""
_PATHS = "select path from ledger_account order by id limit 20000"


def account_path(conn: Connection, said: str) -> str:
    """Return the path of the account that is meant.

    Raises:
        UsageError: There is none; the nearest one is named.
    """
    if conn.execute(q.OPENED, ([said],)).fetchone():
        return said
    every = [path for (path,) in conn.execute(_PATHS)]
    near = get_close_matches(said, every, n=1, cutoff=0.5)
    near = near or [path for path in every if said and said in path][:1]
    msg = f"没有账户 `{said}` (there is no such account)"
    raise UsageError(
        msg,
        hint=f"是不是 `{near[0]}`？ (did you mean it?)"
        if near
        else "`ceyuan ledger accounts` 列出账户",
    )


def limit(
    memory: Memory,
    path: str,
    *,
    floor: str = "",
    ceiling: str = "",
    reason: str,
    dry_run: bool = False,
) -> tuple[Balance, Balance]:
    """Give an account another floor or ceiling; return it before and after.

    Args:
        memory: The office's memory; its actor asks.
        path: The account.
        floor: As typed; empty: as it is, `无`: none.
        ceiling: The same.
        reason: Why.
        dry_run: See whether it could be done, and take it back.

    Raises:
        NotAllowed: Who asks may not.
        Refused: The account is beyond the limit already.
        UsageError: There is no such account, or an amount cannot be read.
    """
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg, hint="加上 --reason “……”")
    if not (floor or ceiling):
        msg = "要写明新的下限或上限 (a floor or a ceiling is asked)"
        raise UsageError(msg, hint="--ceiling 100万元；--ceiling 无 表示取消")
    with memory.transaction() as conn, conn.transaction(force_rollback=dry_run):
        allow(conn, memory, "ledger.limit")
        before = balance(conn, account_path(conn, path))
        counted = memory.declared.instruments.commodities[before.commodity]

        def typed(text: str, old: int | None, name: str) -> int | None:
            if not text:
                return old
            return None if text in NONE else typed_amount(text, counted, of=name)

        low, high = (
            typed(floor, before.floor, "--floor"),
            typed(ceiling, before.ceiling, "--ceiling"),
        )
        limit_account(
            conn,
            path,
            floor=low,
            ceiling=high,
            actor=memory.actor,
            reason=reason,
        )
        audit(
            conn,
            "ledger.limit",
            [
                (
                    path,
                    {"floor": before.floor, "ceiling": before.ceiling},
                    {"floor": low, "ceiling": high},
                )
            ],
            actor=memory.actor,
            reason=reason,
        )
        after = balance(conn, path)
    return before, after


def expire(memory: Memory, on: date, *, dry_run: bool = False) -> int:
    """Free the holds whose last day is over; return how many that were.

    Raises:
        NotAllowed: Who asks may not.
    """
    done = 0
    with memory.transaction() as conn, conn.transaction(force_rollback=dry_run):
        allow(conn, memory, "move.system")
        while fresh := expire_holds(conn, on, actor=memory.actor):
            done += fresh
    return done
