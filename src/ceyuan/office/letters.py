# SPDX-License-Identifier: Apache-2.0
"""Messages to users: kept where they are read, and mailed where there is a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection

_WRITE = """
insert into letter ("to", about, subject, body) values (%s, %s, %s, %s) returning id
"""
_READ = """
select id, "to", about, subject, body, known_at, sent_at, read_at, fault from letter
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to a user.

    Args:
        id: Its number.
        to: The user's name.
        about: An address of the portal that it is about.
        subject: What it is about, in a line.
        body: What it says.
        known_at: When it was written.
        sent_at: When it was mailed; None: not, or not yet.
        read_at: When it was opened in the portal.
        fault: Why it could not be mailed.
    """

    id: int
    to: str
    about: str
    subject: str
    body: str
    known_at: datetime
    sent_at: datetime | None
    read_at: datetime | None
    fault: str


def write_letter(
    conn: Connection, to: str, subject: str, body: str, *, about: str = ""
) -> int:
    """Write a message in the caller's transaction; return its number."""
    # A line break in a subject would be a header of its own in a mail.
    plain = " ".join(subject.split())
    row = conn.execute(_WRITE, (to, about, plain, body)).fetchone()
    assert row is not None
    return int(row[0])


def letters_to(conn: Connection, to: str, *, limit: int = 50) -> list[Letter]:
    """Return a user's messages, the newest first."""
    rows = conn.execute(
        _READ + 'where "to" = %s order by id desc limit %s', (to, limit)
    )
    return [Letter(*row) for row in rows]


def letter_to(conn: Connection, number: int, to: str) -> Letter | None:
    """Return a message to a user; None where it is none of his."""
    row = conn.execute(_READ + 'where id = %s and "to" = %s', (number, to)).fetchone()
    return None if row is None else Letter(*row)


def unread(conn: Connection, to: str) -> int:
    """Return how many messages a user has not opened yet."""
    row = conn.execute(
        'select count(*) from letter where "to" = %s and read_at is null', (to,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def note_read(conn: Connection, number: int, to: str) -> None:
    """Note that a user has opened a message of his."""
    conn.execute(
        'update letter set read_at = coalesce(read_at, now()) where id = %s and "to" = %s',
        (number, to),
    )


def note_all_read(conn: Connection, to: str) -> None:
    """Note that a user has seen all that was written to him."""
    conn.execute(
        'update letter set read_at = now() where "to" = %s and read_at is null', (to,)
    )


def unsent(conn: Connection, *, limit: int = 50) -> list[Letter]:
    """Return messages that were not mailed yet, and take them for this transaction."""
    rows = conn.execute(
        _READ + "where sent_at is null and fault = '' order by id limit %s"
        " for update skip locked",
        (limit,),
    )
    return [Letter(*row) for row in rows]


def note_sent(conn: Connection, number: int, *, fault: str = "") -> None:
    """Note that a message was mailed, or why it could not be."""
    if fault:
        conn.execute(
            "update letter set fault = %s where id = %s", (fault[:500], number)
        )
    else:
        conn.execute("update letter set sent_at = now() where id = %s", (number,))
