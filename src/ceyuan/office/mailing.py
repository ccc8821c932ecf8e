# SPDX-License-Identifier: Apache-2.0
"""Letters that are mailed, beside being read in the portal.

A letter is mailed at least once: it is marked in the transaction in which it was handed
to the server, so a machine that stops in between hands it over again. What the server
refuses for good is kept as a fault of the letter; when the server is away nothing is
marked, and the letter goes with the next round.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import unquote, urlsplit

from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.office.letters import note_sent, unsent

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from psycopg import Connection

    from ceyuan.office.letters import Letter
    from ceyuan.office.memory import Memory

_ADDRESS = """
select a.email from auth_user a join office_user u on u.name = a.username
where u.name = %s and u.active
"""
NO_ADDRESS = "没有电子邮箱，只在网站里看 (no e-mail address)"
SCHEMES = ("smtp", "smtp+tls", "smtps")
SECONDS = 10


class MailAway(CeyuanError):
    """The mail server cannot be reached, or does not take our word."""


class Refused(CeyuanError):
    """The mail server refuses a letter for good."""


class Server(Protocol):
    """What hands mails over, open for as long as a round lasts."""

    def send(self, mail: EmailMessage) -> None:
        """Hand a mail over.

        Raises:
            MailAway: Not now.
            Refused: Never.
        """


@dataclass(frozen=True, slots=True)
class Round:
    """What came of a round.

    Args:
        sent: Letters that were handed over.
        faults: Letters that cannot be.
        away: Why the round ended early; empty: it did not.
    """

    sent: int
    faults: int
    away: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """Where letters are mailed through, and as whom.

    Args:
        url: `smtp://user:password@host:587`; `smtp+tls` begins in the clear and turns
            to TLS, `smtps` is TLS from the start.
        sender: The address that they come from.
        site: Address of the portal, for links; empty: none are made.
    """

    url: str
    sender: str
    site: str = ""

    def check(self) -> None:
        """See that the address can be read.

        Raises:
            UsageError: It cannot.
        """
        split = urlsplit(self.url)
        if split.scheme not in SCHEMES or not split.hostname:
            msg = "CEYUAN_MAIL_URL 不是邮件服务器的地址 (not an address of one)"
            raise UsageError(msg, hint="例如 smtp+tls://用户:密码@mail.example.cn:587")

    def open(self) -> AbstractContextManager[Server]:
        """Return the server, open while the block lasts.

        Raises:
            MailAway: It cannot be reached.
        """
        return _Smtp(self.url)


class _Smtp:
    """A mail server, spoken to by SMTP."""

    def __init__(self, url: str) -> None:
        self._split = urlsplit(url)
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        said = self._split
        host = said.hostname or ""
        context = ssl.create_default_context()
        try:
            if said.scheme == "smtps":
                self._smtp = smtplib.SMTP_SSL(
                    host, said.port or 465, timeout=SECONDS, context=context
                )
            else:
                self._smtp = smtplib.SMTP(host, said.port or 25, timeout=SECONDS)
                if said.scheme == "smtp+tls":
                    self._smtp.starttls(context=context)
            if said.username:
                self._smtp.login(unquote(said.username), unquote(said.password or ""))
        except (OSError, smtplib.SMTPException) as error:
            raise self._away(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._smtp is not None:
            self._smtp.close()

    def send(self, mail: EmailMessage) -> None:
        assert self._smtp is not None
        try:
            self._smtp.send_message(mail)
        except (
            smtplib.SMTPRecipientsRefused,
            smtplib.SMTPSenderRefused,
            smtplib.SMTPDataError,
            smtplib.SMTPNotSupportedError,
        ) as error:
            if _for_good(error):
                msg = f"邮件服务器不收 (the mail server refuses): {_said(error)}"
                raise Refused(msg) from error
            raise self._away(error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> MailAway:
        where = f"{self._split.hostname}:{self._split.port or ''}"
        msg = f"邮件服务器 {where} 连不上 (the mail server is away): {_said(error)}"
        return MailAway(msg)


def _for_good(error: smtplib.SMTPException) -> bool:
    """Return whether trying again is of no use: a code from 500 on."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPNotSupportedError):  # of letters in an address
        return True
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def deliver(memory: Memory, post: Post, *, most: int = 200) -> Round:
    """Mail the letters that were not mailed yet; each in a transaction of its own."""
    sent = faults = 0
    try:
        with post.open() as server:
            for _ in range(most):
                with memory.transaction() as conn:
                    done = _one(conn, post, server)
                if done is None:
                    break
                sent, faults = sent + done, faults + (not done)
    except MailAway as away:
        return Round(sent, faults, away.message)
    return Round(sent, faults)


def is_waiting(memory: Memory) -> bool:
    """Return whether a letter waits to be mailed."""
    with memory.transaction() as conn:
        return bool(unsent(conn, limit=1))


def _one(conn: Connection, post: Post, server: Server) -> bool | None:
    """Mail the next letter; False: it cannot be, None: there is none."""
    found = unsent(conn, limit=1)
    if not found:
        return None
    letter = found[0]
    row = conn.execute(_ADDRESS, (letter.to,)).fetchone()
    if row is None or not row[0]:
        note_sent(conn, letter.id, fault=NO_ADDRESS)
        return False
    try:
        server.send(mail_of(letter, row[0], post))
    except (Refused, ValueError) as error:  # of a header that is none
        note_sent(conn, letter.id, fault=str(error))
        return False
    note_sent(conn, letter.id)
    return True


def mail_of(letter: Letter, address: str, post: Post) -> EmailMessage:
    """Return a letter as a mail.

    Raises:
        ValueError: The address cannot stand in a header.
    """
    mail = EmailMessage()
    mail["From"] = Address("策源 Ceyuan", addr_spec=post.sender)
    mail["To"] = Address(addr_spec=address)
    mail["Subject"] = letter.subject
    mail["Date"] = formatdate(letter.known_at.timestamp(), usegmt=True)
    mail["Message-ID"] = f"<letter-{letter.id}@{post.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    link = f"\n\n{post.site.rstrip('/')}{letter.about}" if _leads(post, letter) else ""
    mail.set_content(f"{letter.body}{link}\n")
    return mail


def _leads(post: Post, letter: Letter) -> bool:
    """Return whether there is an address of the portal to lead to."""
    about = letter.about
    return bool(post.site) and about.startswith("/") and not about.startswith("//")
