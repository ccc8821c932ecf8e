# SPDX-License-Identifier: Apache-2.0
"""A mail server for tests: it speaks enough SMTP, and keeps what it was handed."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import EmailMessage


@dataclass
class Mails:
    """What a server was handed.

    Args:
        port: Where it listens.
        answers: What it says to an address instead of taking it: `550 no`.
        taken: Sender, receivers and mail, in the order in which they came.
    """

    port: int
    answers: Mapping[str, str]
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@contextmanager
def mail_server(answers: Mapping[str, str] | None = None) -> Iterator[Mails]:
    """Give a server on a port of its own; it ends with the block."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 test")
            sender = ""
            to: list[str] = []
            while line := self.rfile.readline():
                said = line.decode().strip()
                word = said.upper()
                if word.startswith("MAIL FROM:"):
                    sender, to = _address(said), []
                    self._say("250 ok")
                elif word.startswith("RCPT TO:"):
                    address = _address(said)
                    answer = mails.answers.get(address, "250 ok")
                    if answer.startswith("250"):
                        to.append(address)
                    self._say(answer)
                elif word == "DATA":
                    self._say("354 go on")
                    body = b""
                    while (row := self.rfile.readline()) != b".\r\n":
                        body += row.removeprefix(b".") if row[:2] == b".." else row
                    mail = message_from_bytes(body, policy=policy.default)
                    mails.taken.append((sender, to, mail))
                    self._say("250 kept")
                elif word == "QUIT":
                    self._say("221 bye")
                    return
                else:  # EHLO, RSET, NOOP
                    self._say("250 ok")

        def _say(self, answer: str) -> None:
            self.wfile.write(f"{answer}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        mails = Mails(server.server_address[1], answers or {})
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield mails
        finally:
            server.shutdown()
            thread.join(10)


def _address(said: str) -> str:
    return said[said.index("<") + 1 : said.index(">")]
