# SPDX-License-Identifier: Apache-2.0
"""Writing into the book: accounts opened, transfers posted, holds expired.

Everything runs in the caller's transaction, so that what caused a transfer and the
transfer become known together or not at all. The rules are kept by the database's
function `ledger_post` (see the migration for why that order); here they are asked and
a refusal is turned into words.

>>> from datetime import date
>>> Transfer(
...     id="v1",
...     debit="a",
...     credit="b",
...     amount=1,
...     commodity="CNY",
...     code="x",
...     cause="c",
...     effective=date(2026, 1, 1),
... ).kind
'transfer'
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from ceyuan.kernel import UsageError
from ceyuan.ledger import queries as q
from ceyuan.ledger.model import KINDS, MOST, Balance, Posted, Transfer
from ceyuan.ledger.refusals import Refused, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from ceyuan.ledger.model import Account, AccountSet

_PLAIN = re.compile(r"[^\x00-\x1f\x7f\\]{1,200}\Z")
_LONGEST = 200
_PATH = re.compile(r"[^/\x00-\x1f\x7f\\]+(/[^/\x00-\x1f\x7f\\]+)*")
_COMMODITY = re.compile(r"[A-Z]([A-Z0-9_.-]{0,22}[A-Z0-9])?")
_WIDEST = 10**18
"""No limit is wider than this: sums have to fit 64 bits."""


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the database's functions raise into `Refused`.

    Raises:
        Refused: The book does not take what was asked.
    """
    try:
        yield
    except psycopg.errors.NumericValueOutOfRange as error:
        raise Refused("L101", {"id": "—", "amount": "超出范围"}) from error
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "ledger_transfer_id_key":
            raise
        # Written meanwhile, over other accounts: so it was not the same body.
        raise Refused("L102", {"id": _taken(error)}) from error
    except psycopg.Error as error:
        found = refusal(error)
        if found is None:
            raise
        raise found from error


def post(
    conn: psycopg.Connection,
    transfers: Sequence[Transfer],
    *,
    actor: str,
    link: str | None = None,
) -> list[Posted]:
    """Post transfers, all or none, in the order given.

    Args:
        conn: A connection in a transaction of the caller's.
        transfers: What is asked. Limits are judged after each in turn; what one names
            (a hold, a transfer) has to be in the book before this call.
        actor: Who asks.
        link: What is written beside each as its group; by default the first one's id
            where there are several.

    Returns:
        One answer per transfer; `fresh` is False for what was in the book already.

    Raises:
        Refused: One of them cannot be posted; none is.
    """
    if not transfers:
        return []
    for one in transfers:
        _proper(one)
    if link is None:
        link = transfers[0].id if len(transfers) > 1 else ""
    with refusals():
        rows = conn.execute(
            q.POST,
            (
                [t.id for t in transfers],
                [t.kind for t in transfers],
                [t.debit for t in transfers],
                [t.credit for t in transfers],
                [t.amount for t in transfers],
                [t.commodity for t in transfers],
                [t.code for t in transfers],
                [t.cause for t in transfers],
                [t.effective for t in transfers],
                [t.of for t in transfers],
                [t.expires for t in transfers],
                [link] * len(transfers),
                _actor(actor),
            ),
        ).fetchall()
    return [Posted(*row) for row in rows]


def _proper(one: Transfer) -> None:
    """See that a transfer says what its kind needs, before the database is asked."""
    if one.amount is not None and (
        isinstance(one.amount, bool) or not isinstance(one.amount, int)
    ):
        raise Refused("L101", {"id": one.id, "amount": str(one.amount)})
    if one.amount is not None and not 0 < one.amount <= MOST:
        raise Refused("L101", {"id": one.id, "amount": one.amount})
    for what, text in (("编号", one.id), ("科目", one.code), ("事由", one.cause)):
        if not _PLAIN.match(text):
            raise Refused("L116", {"id": one.id[:40], "what": what})
    for what, text in (
        ("账户", one.debit),
        ("账户", one.credit),
        ("币种", one.commodity),
    ):
        if text and not _PLAIN.match(text):
            raise Refused("L116", {"id": one.id, "what": what})
    if one.kind not in KINDS:
        msg = f"`{one.kind}` is no kind of transfer"
        raise UsageError(msg, hint=f"one of {', '.join(KINDS)}")
    names = one.kind in ("post", "void", "expire", "reverse")
    if names != bool(one.of):
        msg = (
            f"`{one.id}`: a {one.kind} {'names' if names else 'does not name'} another"
        )
        raise UsageError(msg, hint="`of` is the id of a hold or a transfer")
    if names and (one.debit or one.credit or one.commodity or one.expires):
        msg = f"`{one.id}`: accounts and commodity are those of `{one.of}`"
        raise UsageError(msg, hint="leave debit, credit, commodity and expires empty")
    if one.kind in ("void", "expire") and one.amount is not None:
        msg = f"`{one.id}`: a {one.kind} frees the whole hold"
        raise UsageError(msg, hint="leave the amount empty; to pay a part, `post` it")
    if not names and one.amount is None:
        raise Refused("L101", {"id": one.id, "amount": "没有写"})


def _taken(error: psycopg.Error) -> str:
    """Return the id that a unique index found twice."""
    found = re.search(r"\(id\)=\((.*)\)", error.diag.message_detail or "")
    return found[1] if found else "—"


def _actor(actor: str) -> str:
    if not _PLAIN.match(actor):
        msg = "`actor` 为空、过长或含控制字符 (who is asking?)"
        raise UsageError(msg)
    return actor


def plain(text: str) -> str:
    """Return a text on one line, as the book keeps it."""
    return re.sub(r"[\x00-\x1f\x7f\\]+", " ", text).strip()[:1000]


def open_accounts(
    conn: psycopg.Connection,
    accounts: Sequence[Account],
    *,
    actor: str,
    reason: str = "",
) -> int:
    """Open the accounts that are not open yet; return how many that were.

    Raises:
        Refused: One of them is open already, for another commodity or side.
    """
    if not accounts:
        return 0
    for one in accounts:
        _openable(one)
    # What is there already is the rule, and one look costs a sixth of asking to open.
    there = {
        path: (commodity, side)
        for path, commodity, side in conn.execute(
            q.OPENED, ([a.path for a in accounts],)
        )
    }
    if all(there.get(a.path) == (a.commodity, a.side) for a in accounts):
        return 0
    with refusals():
        row = conn.execute(
            q.OPEN,
            (
                [a.path for a in accounts],
                [a.commodity for a in accounts],
                [a.side for a in accounts],
                [a.floor for a in accounts],
                [a.ceiling for a in accounts],
                [a.opened for a in accounts],
                [" ".join(a.sets) for a in accounts],
                _actor(actor),
                plain(reason),
            ),
        ).fetchone()
    assert row is not None
    return int(row[0])


def _openable(one: Account) -> None:
    """See that an account can be opened: it begins with nothing, inside its limits.

    Raises:
        Refused: Its path, commodity, side or limits are not those of any account.
    """
    low, high = one.floor or 0, one.ceiling or 0
    for what, wrong in (
        ("账户路径", not _PATH.fullmatch(one.path) or len(one.path) > _LONGEST),
        ("币种", not _COMMODITY.fullmatch(one.commodity)),
        ("方向", one.side not in ("debit", "credit")),
        ("下限（不超过 0）", low > 0 or low < -_WIDEST),
        ("上限（不低于 0）", high < 0 or high > _WIDEST),
    ):
        if wrong:
            raise Refused("L116", {"id": one.path[:80], "what": what})


def open_sets(
    conn: psycopg.Connection,
    sets: Sequence[AccountSet],
    *,
    actor: str,
    reason: str = "",
) -> int:
    """Make the account sets that are not there yet; return how many that were.

    Raises:
        UsageError: A name has a space or a control character.
    """
    if not sets:
        return 0
    for one in sets:
        if not _PLAIN.match(one.name) or " " in one.name:
            msg = f"`{one.name}` is no name of a set: empty, long, or with a space"
            raise UsageError(msg)
        high = one.ceiling or 0
        if high < 0 or high > _WIDEST or not _COMMODITY.fullmatch(one.commodity):
            raise Refused("L116", {"id": one.name[:80], "what": "上限或币种"})
    made = conn.execute(
        q.OPEN_SETS,
        (
            [s.name for s in sets],
            [s.commodity for s in sets],
            [s.ceiling for s in sets],
        ),
    ).fetchall()
    if made:
        count = len(made)
        _note(
            conn,
            "set",
            subjects=[name for name, _, _ in made],
            commodities=[commodity for _, commodity, _ in made],
            floors=[None] * count,
            ceilings=[ceiling for _, _, ceiling in made],
            days=[None] * count,
            actor=actor,
            reason=reason,
        )
    return len(made)


def _note(
    conn: psycopg.Connection,
    kind: str,
    *,
    subjects: list[str],
    commodities: list[str],
    floors: Sequence[int | None],
    ceilings: Sequence[int | None],
    days: Sequence[date | None],
    actor: str,
    reason: str,
) -> None:
    blank = [""] * len(subjects)
    conn.execute(
        q.NOTE,
        (
            kind,
            subjects,
            commodities,
            blank,
            list(floors),
            list(ceilings),
            list(days),
            blank,
            _actor(actor),
            plain(reason),
        ),
    )


def locked(conn: psycopg.Connection, paths: Sequence[str]) -> dict[str, Balance]:
    """Return what accounts have, locked until the caller's transaction ends."""
    rows = conn.execute(q.LOCK, (sorted(set(paths)),)).fetchall()
    return {row[0]: Balance(*row) for row in rows}


def _one(conn: psycopg.Connection, path: str) -> Balance:
    found = locked(conn, [path])
    if path not in found:
        raise Refused("L103", {"id": "—", "account": path})
    return found[path]


def close_account(
    conn: psycopg.Connection, path: str, on: date, *, actor: str, reason: str = ""
) -> None:
    """Close an account that has nothing and no hold; it takes no transfer any more.

    Raises:
        Refused: There is no such account, it is closed, or it is not empty.
    """
    there = _one(conn, path)
    if there.closed is not None:
        said = {"id": "—", "account": path, "day": str(there.closed)}
        raise Refused("L104", {**said, "effective": str(on)})
    held = there.going + there.coming
    if there.has or held:
        said = {"account": path, "commodity": there.commodity}
        raise Refused("L118", {**said, "has": there.has, "held": held})
    last = (conn.execute(q.LAST_EFFECTIVE, (path,)).fetchone() or (None,))[0]
    if last is not None and last > on:
        raise Refused("L135", {"account": path, "last": str(last), "day": str(on)})
    conn.execute(q.CLOSE, (on, path))
    _note(
        conn,
        "close",
        subjects=[path],
        commodities=[there.commodity],
        floors=[None],
        ceilings=[None],
        days=[on],
        actor=actor,
        reason=reason,
    )


def limit_account(
    conn: psycopg.Connection,
    path: str,
    *,
    floor: int | None,
    ceiling: int | None,
    actor: str,
    reason: str = "",
) -> None:
    """Give an account another floor and ceiling.

    Raises:
        Refused: There is no such account, or it is beyond them already.
    """
    there = _one(conn, path)
    low, high = there.has - there.going, there.has + there.coming
    for limit in (floor, ceiling):
        if limit is not None and abs(limit) > _WIDEST:
            raise Refused("L116", {"id": path, "what": "界限"})
    for limit, reached, wrong in (
        (floor, low, floor is not None and low < floor),
        (ceiling, high, ceiling is not None and high > ceiling),
    ):
        if wrong:
            said = {"account": path, "commodity": there.commodity}
            raise Refused("L119", {**said, "limit": limit, "reached": reached})
    conn.execute(q.LIMIT, (floor, ceiling, path))
    _note(
        conn,
        "limit",
        subjects=[path],
        commodities=[there.commodity],
        floors=[floor],
        ceilings=[ceiling],
        days=[None],
        actor=actor,
        reason=reason,
    )


def limit_set(
    conn: psycopg.Connection,
    name: str,
    ceiling: int | None,
    *,
    actor: str,
    reason: str = "",
) -> None:
    """Give an account set another ceiling.

    Raises:
        Refused: There is no such set, or it is beyond the ceiling already.
    """
    row = conn.execute(q.SET + " for no key update", (name,)).fetchone()
    if row is None:
        raise Refused("L103", {"id": "—", "account": name})
    _, commodity, _, reached = row
    if ceiling is not None and reached > ceiling:
        said = {"account": name, "commodity": commodity}
        raise Refused("L119", {**said, "limit": ceiling, "reached": reached})
    conn.execute(q.SET_LIMIT, (ceiling, name))
    _note(
        conn,
        "ceiling",
        subjects=[name],
        commodities=[commodity],
        floors=[None],
        ceilings=[ceiling],
        days=[None],
        actor=actor,
        reason=reason,
    )


def expire_holds(
    conn: psycopg.Connection, as_of: date, *, actor: str, limit: int = 10_000
) -> int:
    """Free the holds whose last day is before a day; return how many that were."""
    due = conn.execute(q.DUE, (as_of, limit)).fetchall()
    asked = [
        Transfer(
            id=_expiry(name),
            kind="expire",
            of=name,
            code="expire",
            cause=f"到期 {expires}",
            effective=as_of,
        )
        for name, expires in due
    ]
    try:
        with conn.transaction():
            return sum(one.fresh for one in post(conn, asked, actor=actor, link=""))
    except Refused:
        # One of them cannot be freed (its account is closed, say): the others can.
        return sum(_expired(conn, one, actor) for one in asked)


def _expiry(name: str) -> str:
    """Return the id of what expires a hold: of the same hold always the same."""
    whole = f"expire:{name}"
    if len(whole) <= _LONGEST:
        return whole
    return f"expire:{hashlib.sha256(name.encode()).hexdigest()}"


def _expired(conn: psycopg.Connection, one: Transfer, actor: str) -> bool:
    try:
        with conn.transaction():
            return post(conn, [one], actor=actor, link="")[0].fresh
    except Refused:
        return False
