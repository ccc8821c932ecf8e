# SPDX-License-Identifier: Apache-2.0
"""People: a slot of the key ring for each, and the erasure of one.

Whoever brings in personal data names the person by something natural, an id number,
say. That value is never written anywhere: what the database holds is its keyed hash
(HMAC-SHA256 under the pepper of the ring), good for finding the slot again and, to
whoever has the database without the ring, for nothing.

The one hard idea is the order of an erasure. Two places must change, a file and the
database, and the machine may stop between them. So the row is locked and everything
is written first, then the key is destroyed, then the transaction commits. If it stops
before the key is gone, nothing has happened; if it stops after, the data are gone and
the row still stands, so the same request finds the person again and finishes. There
is no moment at which the books say "erased" and the key is there.

What stays behind: the slot's number, when and why it was erased; and, until the
table is vacuumed and the log of the database recycled, the keyed hash, from which
without the natural value nothing follows.
"""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from psycopg.pq import TransactionStatus

from ceyuan.kernel import CeyuanError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from psycopg import Connection

    from ceyuan.facts.store.keyring import Keyring

LOCK = 0x6365_7976
"""Makers of persons queue for this; it is held until their transaction ends."""

_CHUNK = 50_000
_ALONE = "select pg_advisory_xact_lock(%s)"
_FIND = "select lookup, slot from person where lookup = any(%s)"
_HIGHEST = "select coalesce(max(slot), 0) from person"
_TAKE = """
select setval(
  pg_get_serial_sequence('person', 'slot'),
  greatest(nextval(pg_get_serial_sequence('person', 'slot')) - 1, %s) + %s)
"""
_ADD = """
insert into person (slot, lookup, created_at)
select slot, lookup, clock_timestamp()
from unnest(%s::bigint[], %s::bytea[]) as made (slot, lookup)
"""
_LOCK_PERSON = "select lookup, erased_at from person where slot = %s for update"
_ERASE = """
update person set lookup = null, erased_at = clock_timestamp()
where slot = %s returning erased_at
"""
_SAY = "insert into erasure (slot, actor, reason, at) values (%s, %s, %s, %s)"
_ERASED = "select slot from person where erased_at is not null order by slot"
_LIVING = "select slot from person where erased_at is null order by slot"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureSaid:
    """What an erasure did.

    Args:
        slot: The person's slot; it is never used again.
        erased_at: When the person was erased.
        already: Everything had been done before; nothing was written now.
        resumed: The key was gone already, an earlier attempt had stopped half-way;
            this one finished it.
    """

    slot: int
    erased_at: datetime
    already: bool = False
    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasuresChecked:
    """How the ring and the books of erasures agree.

    Args:
        destroyed: Slots whose key had come back, with an old copy of the ring, and
            was destroyed again.
        unfinished: Slots whose key is gone and whose row still stands: an erasure
            that stopped half-way; asking again finishes it.
    """

    destroyed: tuple[int, ...]
    unfinished: tuple[int, ...]


def person_slots(
    conn: Connection, keyring: Keyring, naturals: Sequence[str | None]
) -> list[int | None]:
    """Return the slot of each person; who is new gets one, with a key.

    New people are written under a lock that lasts until the transaction ends: call
    it in a transaction of its own, before the one that registers the batch. A slot
    whose import then fails is empty and harms nobody.

    Args:
        conn: The catalogue.
        keyring: The keys of the same workspace.
        naturals: What names each person, the same person as often as wanted; None
            or blank where nobody is named.

    Returns:
        Slots, None where nobody is named.
    """
    seen: dict[str, bytes | None] = {}
    pepper = keyring.pepper
    for natural in naturals:
        if natural is not None and natural not in seen:
            seen[natural] = _lookup(pepper, natural)
    wanted = sorted({lookup for lookup in seen.values() if lookup is not None})
    found: dict[bytes, int] = {}
    if wanted:
        with conn.transaction():
            found = _found(conn, wanted)
            new = [lookup for lookup in wanted if lookup not in found]
            if new:
                found |= _made(conn, keyring, new)
    slots: dict[str | None, int | None] = {
        natural: None if lookup is None else found[lookup]
        for natural, lookup in seen.items()
    }
    return [slots.get(natural) for natural in naturals]


def find_person(conn: Connection, keyring: Keyring, natural: str) -> int | None:
    """Return a person's slot; None: not known, or erased."""
    lookup = _lookup(keyring.pepper, natural)
    if lookup is None:
        return None
    return _found(conn, [lookup]).get(lookup)


def erase(
    conn: Connection,
    keyring: Keyring,
    who: int | str,
    *,
    actor: str,
    reason: str,
) -> ErasureSaid:
    """Destroy a person's key, so that nothing said of them can be read again.

    Doing it again is harmless. When this returns, key and row are both gone for good.

    Args:
        conn: The catalogue.
        keyring: The keys of the same workspace.
        who: The person's slot, or what names them.
        actor: Who does it.
        reason: Why; it is kept for ever, so it must not name the person.

    Raises:
        UsageError: There is no such person; actor or reason is missing or names the
            person; the connection is within a transaction.
    """
    _proper(who, actor, reason)
    if conn.info.transaction_status != TransactionStatus.IDLE:
        msg = "an erasure needs a connection without an open transaction"
        raise UsageError(msg, hint="Commit first; the key does not come back.")
    with conn.transaction():
        slot = who if isinstance(who, int) else find_person(conn, keyring, who)
        row = None
        if slot is not None:
            row = conn.execute(_LOCK_PERSON, (slot,)).fetchone()
        if slot is None or row is None:
            msg = "没有这个人的记录，或者已经删除 (no such person, or erased already)"
            raise UsageError(msg, hint="核对证件号码；已删除的可用密钥位编号查询")
        had_key = keyring.key(slot) is not None
        if row[1] is not None:
            # An old copy of the ring may have brought the key back.
            keyring.destroy(slot)
            return ErasureSaid(slot=slot, erased_at=row[1], already=not had_key)
        done = conn.execute(_ERASE, (slot,)).fetchone()
        assert done is not None
        conn.execute(_SAY, (slot, actor, reason, done[0]))
        keyring.destroy(slot)
    return ErasureSaid(slot=slot, erased_at=done[0], resumed=not had_key)


def check_erasures(conn: Connection, keyring: Keyring) -> ErasuresChecked:
    """Destroy again what an old copy of the ring brought back; name what is half done.

    Run it after a restore and in `ceyuan doctor`.

    Raises:
        CeyuanError: The ring is older than the database, or another one's.
    """
    _belongs(conn, keyring)
    erased = [row[0] for row in conn.execute(_ERASED)]
    back = [
        slot
        for slot, key in zip(erased, keyring.keys(erased), strict=True)
        if key is not None
    ]
    keyring.destroy(*back)
    living = [row[0] for row in conn.execute(_LIVING)]
    gone = [
        slot
        for slot, key in zip(living, keyring.keys(living), strict=True)
        if key is None
    ]
    return ErasuresChecked(destroyed=tuple(back), unfinished=tuple(gone))


def _lookup(pepper: bytes, natural: str) -> bytes | None:
    """Return the keyed hash of what names a person; None when it is blank."""
    plain = "".join(unicodedata.normalize("NFKC", natural).split()).upper()
    return hmac.digest(pepper, plain.encode(), sha256) if plain else None


def _found(conn: Connection, lookups: Sequence[bytes]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for at in range(0, len(lookups), _CHUNK):
        with conn.cursor(binary=True) as cursor:
            cursor.execute(_FIND, (list(lookups[at : at + _CHUNK]),))
            found.update((bytes(lookup), slot) for lookup, slot in cursor)
    return found


def _made(conn: Connection, keyring: Keyring, new: list[bytes]) -> dict[bytes, int]:
    """Give slots to people, except to those whom another importer was quicker with."""
    conn.execute(_ALONE, (LOCK,))
    _belongs(conn, keyring)
    found = _found(conn, new)
    new = [lookup for lookup in new if lookup not in found]
    if not new:
        return found
    # Slots go on behind the end of the ring, too: after a restore of the database
    # the ring may be ahead, and what is sealed under its slots must stay theirs.
    row = conn.execute(_TAKE, (keyring.last, len(new))).fetchone()
    assert row is not None
    slots = range(row[0] - len(new) + 1, row[0] + 1)
    keyring.new(*slots)
    for at in range(0, len(new), _CHUNK):
        part = slice(at, at + _CHUNK)
        conn.execute(_ADD, (list(slots[part]), new[part]))
    return found | dict(zip(new, slots, strict=True))


def _belongs(conn: Connection, keyring: Keyring) -> None:
    """Refuse a ring that lacks slots which the database gave out."""
    row = conn.execute(_HIGHEST).fetchone()
    assert row is not None
    if row[0] > keyring.last:
        msg = (
            f"密钥环 `{keyring.path}` 到 {keyring.last} 为止，数据库已用到 {row[0]} "
            "(this ring is older than the database, or another one's)"
        )
        hint = "把最新的 keys/keyring 副本放回来，再运行 `ceyuan doctor`"
        raise CeyuanError(msg, hint=hint)


def _proper(who: int | str, actor: str, reason: str) -> None:
    if not actor.strip() or not reason.strip():
        msg = "删除个人数据要写明经办人和理由 (an erasure needs an actor and a reason)"
        raise UsageError(msg)
    if isinstance(who, str):
        plain = "".join(unicodedata.normalize("NFKC", who).split()).upper()
        said = "".join(unicodedata.normalize("NFKC", actor + reason).split()).upper()
        if plain and plain in said:
            msg = "理由里写了这个人的号码，它会永久保存 (the reason names the person)"
            raise UsageError(msg, hint="改写理由，不写号码，例如“本人申请，收件 12 号”")
