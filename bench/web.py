# SPDX-License-Identifier: Apache-2.0
"""Measure the portal: twenty readers at once, the try-out, an upload, page weight.

    python -m bench.web [FIRMS] [FOLDER]

A workspace of its own in a temporary folder (or in FOLDER, where it is kept and found
again the next time): an invented city (10,000 firms unless said otherwise), one run,
its firm sheets, entitlements, and `ceyuan serve` as an office starts it, on this
machine, with the readers beside it on the same cores. The machine's
limit stands beside: the same readers on the portal's health page, which does nothing
but ask the database for 1.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import io
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = "2026-11-21"
READERS = 20
SECONDS = 12.0
WARM = 2.0
MADE = "bench-made"
"""Stands in a folder whose city is whole."""


class Reader:
    """One reader with one connection and his cookies."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and the body as it came."""
        sent = {"Accept-Encoding": "gzip", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        try:
            self.connection.request(method, path, body or None, sent)
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:  # kept open for too long: once more
            self.connection.close()
            self.connection.request(method, path, body or None, sent)
            answer = self.connection.getresponse()
        whole = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, whole

    def page(self, path: str) -> str:
        """Return a page's text."""
        status, headers, body = self.ask("GET", path)
        if status != 200:
            msg = f"{path}: {status}"
            raise RuntimeError(msg)
        plain = (
            gzip.decompress(body)
            if "gzip" in headers.get("content-encoding", "")
            else body
        )
        return plain.decode()

    def post(self, path: str, said: dict[str, str], page: str = "") -> dict[str, str]:
        """Send the form of a page; return the headers of the answer."""
        token = re.search(
            r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(page or path)
        )
        assert token is not None
        body = urlencode({"csrfmiddlewaretoken": token[1], **said}).encode()
        status, headers, _ = self.ask(
            "POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded"}
        )
        if status not in (200, 302):
            msg = f"POST {path}: {status}"
            raise RuntimeError(msg)
        return headers


def log_in(port: int, name: str, password: str) -> Reader:
    """Return a reader who is logged in."""
    reader = Reader(port)
    reader.post("/account/login/", {"login": name, "password": password})
    return reader


def under_load(
    port: int, paths: list[str], cookies: list[dict[str, str]]
) -> list[float]:
    """Let all readers read for a while; return the milliseconds of each page."""
    found: list[float] = []
    lock = threading.Lock()
    begin = time.monotonic()

    def read(number: int) -> None:
        reader = Reader(port)
        reader.cookies = dict(cookies[number % len(cookies)]) if cookies else {}
        mine = []
        at = number
        while (now := time.monotonic()) < begin + WARM + SECONDS:
            path = paths[at % len(paths)]
            at += 7
            status, _, _ = reader.ask("GET", path)
            assert status == 200, (path, status)
            if now > begin + WARM:
                mine.append((time.monotonic() - now) * 1000)
        with lock:
            found.extend(mine)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(READERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def told(what: str, found: list[float], target: str = "") -> dict[str, object]:
    """Return a line: how many a second, median and 95th percentile in milliseconds."""
    cut = statistics.quantiles(found, n=100)
    line: dict[str, object] = {
        "what": what,
        "pages": len(found),
        "per_second": round(len(found) / SECONDS),
        "p50_ms": round(cut[49], 1),
        "p95_ms": round(cut[94], 1),
        "p99_ms": round(cut[98], 1),
    }
    if target:
        line["target"] = target
    print(json.dumps(line, ensure_ascii=False), flush=True)
    return line


def weight(reader: Reader, path: str) -> int:
    """Return the bytes of a page with all that it loads, as they go over the line."""
    _, _, body = reader.ask("GET", path)
    text = reader.page(path)
    whole = len(body)
    for one in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text)):
        _, _, file = reader.ask("GET", one)
        whole += len(file)
    return whole


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def served(folder: Path, port: int) -> Iterator[None]:
    """Serve a folder's office as an office does."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "ceyuan.web", "serve", "--port", str(port)],
        cwd=folder,
        env={**os.environ, "CEYUAN_SECOND_FACTOR": "offered"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if f":{port}/" in line and "策源" in line:
                break
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextlib.contextmanager
def workspace(said: list[str]) -> Iterator[Path]:
    """Yield the folder that was said, else one that ends with the measuring."""
    with contextlib.ExitStack() as stack:
        folder = Path(
            said[0] if said else stack.enter_context(tempfile.TemporaryDirectory())
        )
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)
        yield folder


def prepare(folder: Path, firms: int) -> None:
    """Make the city, a run, entitlements, firm sheets and logins."""
    from ceyuan.cli import office_city, office_runs
    from ceyuan.cli.showing_money import show_money_steps
    from ceyuan.cli.talk import Talk
    from ceyuan.office.memory import open_memory

    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        open_memory(folder) as memory,
    ):
        office_city.make(
            firms, 7, None, "shanghai", files_only=False, as_json=False, quiet=True
        )
        office_runs.run(DAY, "", (), "", "shanghai", as_json=False, quiet=True)
        show_money_steps(Talk(quiet=True), DAY)
        from ceyuan.office.firm_sheets import make_sheets
        from ceyuan.office.runs import find

        make_sheets(memory, find(memory, "last"))
    subprocess.run(
        [sys.executable, "-m", "ceyuan.web", "demo-logins"], cwd=folder, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def upload(reader: Reader, sheet: Path) -> float:
    """Hand a sheet in and wait for its result; return the seconds."""
    begin = time.monotonic()
    token = re.search(
        r'name="csrfmiddlewaretoken" value="([^"]+)"', reader.page("/park")
    )
    assert token is not None
    mark = "ceyuan-bench-boundary"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("csrfmiddlewaretoken", token[1]), ("as_of", DAY))
    ]
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="park.xlsx"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = "".join(parts).encode() + head.encode() + sheet.read_bytes()
    body += f"\r\n--{mark}--\r\n".encode()
    status, headers, _ = reader.ask(
        "POST",
        "/park",
        body,
        **{"Content-Type": f"multipart/form-data; boundary={mark}"},
    )
    assert status == 302, status
    columns = urlsplit(headers["location"]).path
    to = reader.post(columns, {"go": "1"})["location"]
    while "firms-list" not in reader.page(to):
        time.sleep(0.1)
    return time.monotonic() - begin


def main() -> None:
    """Measure everything and say it."""
    from ceyuan.city import make_tenants
    from ceyuan.web.demo import PASSWORD

    firms = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with workspace(sys.argv[2:]) as folder:
        begin = time.monotonic()
        if not (folder / MADE).exists():
            prepare(folder, firms)
            (folder / MADE).touch()
        print(
            json.dumps(
                {"what": "made", "firms": firms, "s": round(time.monotonic() - begin)}
            ),
            flush=True,
        )
        port = free_port()
        with served(folder, port):
            firm = log_in(port, "企业用户", PASSWORD)
            park = log_in(port, "园区经理", PASSWORD)
            told("health page (the limit)", under_load(port, ["/health"], []))
            public = [
                "/",
                "/policies",
                "/policies/tech_sme_2017",
                "/en/policies/hnte_2016",
            ]
            told("public pages", under_load(port, public, []), "p95 <= 150 ms")
            told(
                "J1 my entitlements",
                under_load(port, ["/me", "/en/me"], [firm.cookies]),
                "p95 <= 400 ms",
            )
            one = re.findall(r'href="(/me/[a-z0-9_]+)"', firm.page("/me"))[:6]
            told(
                "J1 one entitlement",
                under_load(port, one, [firm.cookies]),
                "p95 <= 400 ms",
            )
            tries = []
            for number in range(20):
                then = time.monotonic()
                firm.page(f"/me/try?set=rd_expense%3D{600 + number}%E4%B8%87%E5%85%83")
                tries.append((time.monotonic() - then) * 1000)
            print(
                json.dumps(
                    {
                        "what": "try-out",
                        "p95_ms": round(sorted(tries)[18], 1),
                        "target": "<= 300 ms",
                    }
                ),
                flush=True,
            )
            sheet = folder / "park.xlsx"
            make_tenants(sheet, firms=200)
            seconds = [round(upload(park, sheet), 2) for _ in range(3)]
            print(
                json.dumps(
                    {
                        "what": "200 rows, upload to result",
                        "s": seconds,
                        "target": "<= 5 s",
                    }
                ),
                flush=True,
            )
            for path, reader in (
                ("/", Reader(port)),
                ("/policies", Reader(port)),
                ("/policies/hnte_2016", Reader(port)),
                ("/me", firm),
            ):
                kb = weight(reader, path) / 1024
                print(
                    json.dumps(
                        {
                            "what": f"weight of {path}",
                            "kb_gzip": round(kb, 1),
                            "target": "<= 60",
                        }
                    ),
                    flush=True,
                )


if __name__ == "__main__":
    main()
