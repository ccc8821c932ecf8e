# SPDX-License-Identifier: Apache-2.0
"""Whatever is sent to the interface, it says what is wrong, and nothing breaks."""

from __future__ import annotations

import itertools
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ceyuan.office import runs as runs_of_the_office
from ceyuan.web import serving
from tests.town import one, portal_settings
from tests.web.api_door import ROOT, Door, door
from tests.web.test_api import problem

if TYPE_CHECKING:
    from tests.town import Town

JSON = "application/json"


def unlimited(town: Town) -> None:
    """Let nobody reach a limit."""
    said = portal_settings(town.folder, town.url, api_reads=10**6, api_heavy=10**6)
    serving.configure(said)


def sent(
    path: str, body: bytes | str, *, who: str = "经办人甲", media: str = JSON
) -> Any:
    """Send something as it is."""
    client = Client(raise_request_exception=False)
    headers = door(who).headers
    return client.post(f"{ROOT}/{path}", body, content_type=media, headers=headers)


# --- what is not there ---------------------------------------------------------------


NOT_THERE = (
    "", "nothing", "runs/", "runs/none", "policies/none", "../../etc/passwd",
     "firms/91319999MA00000000", "firms/科技", "entitlements/none", "claims/1",
     "jobs/none", "batches/none", "reforms/none",
     "requests/1", "ledger/entries/none", "ledger/accounts/none", "payments/none",
     "instruments/none", "imports/none", "runs/none/firms/none",
     "receipts/ffffffffffff",
)  # fmt: skip


def test_what_is_not_there_is_said_in_the_same_way(town: Town) -> None:
    auditor = door("审计员")
    for path in NOT_THERE:
        assert problem(auditor.get(f"{ROOT}/{path}"), 404) == {
            "type": "/api#not_found",
            "title": "没有，或者不归你看",
            "status": 404,
            "detail": "没有这样东西；不能让你知道的也这样回答。",
            "hint": "",
            "problems": [],
            "report": "",
        }


@pytest.mark.parametrize(
    "method", ["put", "patch", "delete", "post", "options", "trace"]
)
def test_what_is_not_declared_is_refused(town: Town, method: str) -> None:
    answer = getattr(Client(), method)(f"{ROOT}/runs", headers=door("审计员").headers)

    said = problem(answer, 405)
    assert said["type"] == "/api#method"
    assert answer.headers["Allow"] == "GET"


# --- what is sent --------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"nonsense", b"\xff\xfe", b"\x00", b"[" * 100_000, b'{"a":' * 50_000,
        b'{"value": NaN}', b'{"value": Infinity}', b'{"value": "\\ud800"}',
        b'{"\\udfff": 1}', '{"value": "x"}'.encode("utf-16"), b"1" * 5_000,
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(town: Town, body: bytes) -> None:
    for path in ("receipts/verify", f"firms/{town.firm}/claims", "ledger/verify"):
        answer = sent(path, body, who="审计员" if "ledger" in path else "经办人甲")
        assert answer.status_code in (400, 422), (path, answer.content)
        problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "value",
    [
        {}, [], None, "x", 1, {"reason": "x"}, {"fact": 1, "value": 2, "reason": 3},
        {"fact": "employees@2025", "value": "5", "reason": ""},
        {"fact": "employees@2025", "value": "5", "reason": "x", "actor": "管理员"},
        {"fact": "employees@2025", "value": "\x00", "reason": "x"},
        {"fact": "employees@20255", "value": "5", "reason": "x"},
        {"fact": "x" * 101, "value": "5", "reason": "x"},
    ],
)  # fmt: skip
def test_values_that_are_wrong_are_named_one_by_one(town: Town, value: object) -> None:
    said = problem(sent(f"firms/{town.firm}/claims", json.dumps(value)), 422)

    assert said["type"] == "/api#wrong_values"
    for row in said["problems"]:
        assert row["place"].startswith("body")
        assert row["what"]
    assert said["problems"]
    assert 0 == one(town.url, "select count(*) from claim")


def test_a_receipt_of_nonsense_is_no_receipt(town: Town) -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"a": deep}
    for body in (
        {}, deep, {"format": "ceyuan.receipt/2"}, {"format": "ceyuan.receipt/2", "root": "\x00"},
        {"format": ["x"]}, {"format": "ceyuan.book-receipt/1", "entry": {"sha": 10**400}},
        {"format": "ceyuan.receipt/2", "proof": [{"side": "left", "sha": "zz"}] * 2_000},
        {"id": "'; drop table run; --"},
    ):  # fmt: skip
        answer = sent("receipts/verify", json.dumps(body))
        assert 200 == answer.status_code, answer.content.decode()
        assert json.loads(answer.content)["verdict"] in ("unknown", "altered")


@pytest.mark.parametrize(
    "text", ["", "a: [", "\x00", "reform: [x]", "&a [*a]", "x" * 9]
)
def test_a_reform_of_nonsense_is_no_reform(town: Town, text: str) -> None:
    answer = sent("reforms", json.dumps({"reform": text}), who="分析员")

    assert answer.status_code in (400, 422), answer.content.decode()
    problem(answer, answer.status_code)
    assert 0 == one(town.url, "select count(*) from reform")


def test_a_reform_may_not_be_an_object_of_anything(town: Town) -> None:
    for value in ({}, {"reform": {"a": 1}}, {"reform": "x", "change": [[[[]]]]}):
        answer = sent("simulate", json.dumps({"reform": value}), who="分析员")
        assert answer.status_code in (400, 422), answer.content.decode()
        problem(answer, answer.status_code)
    assert 0 == one(town.url, "select count(*) from job")


@pytest.mark.parametrize(
    "media", ["", "text/plain", "application/xml", "application/x-www-form-urlencoded",
              "multipart/form-data; boundary=x", "application/json, text/html"]
)  # fmt: skip
def test_another_kind_of_body_is_refused(town: Town, media: str) -> None:
    answer = sent("receipts/verify", "{}", media=media)

    said = problem(answer, 415)
    assert said["type"] == "/api#media_type"
    assert answer.headers["Accept"] == JSON


def test_a_form_is_asked_where_files_are_sent(town: Town) -> None:
    answer = sent("imports", "{}")

    problem(answer, 415)
    assert answer.headers["Accept"] == "multipart/form-data"
    problem(sent("imports", b"x", media="multipart/form-data"), 400)
    problem(sent("imports", b"x", media="multipart/form-data; boundary=x"), 422)


def test_a_body_that_is_too_large_is_refused(town: Town) -> None:
    said = problem(sent("receipts/verify", b'"' + b"x" * 3 * 2**20 + b'"'), 413)
    assert said["type"] == "/api#too_large"

    serving.configure(portal_settings(town.folder, town.url, upload_mb=1))
    for size in (2**20 + 1, 4 * 2**20):
        file = SimpleUploadedFile("a.csv", b"x" * size)
        answer = door("园区经理").post("checks", file=file)
        problem(answer, 413)


def test_a_form_of_a_thousand_parts_is_refused(town: Town) -> None:
    file = SimpleUploadedFile("a.csv", b"x")
    answer = Client().post(
        f"{ROOT}/checks",
        {"file": file, "policies": ["x"] * 1_500},
        headers=door("园区经理").headers,
    )
    problem(answer, 422)
    many = [SimpleUploadedFile(f"{at}.csv", b"x") for at in range(150)]
    answer = Client().post(
        f"{ROOT}/checks",
        {"file": file, "beside": many},
        headers=door("园区经理").headers,
    )
    problem(answer, 400)


@pytest.mark.parametrize(
    "name", ["../../x.csv", "x\r\nSet-Cookie: a=b.csv", "a" * 400, "\x00.csv"]
)
def test_a_file_may_be_called_anything(town: Town, name: str) -> None:
    file = SimpleUploadedFile("x.csv", b"\xff\x00nonsense")
    file.name = name  # Django takes a path away, a program does not
    answer = door("园区经理").post("checks", file=file)

    assert answer.status_code in (400, 422), answer.content.decode()
    problem(answer, answer.status_code)
    assert "Set-Cookie" not in answer.headers


# --- what is asked -------------------------------------------------------------------

HOSTILE = (
    "' or 1=1 --",
    "%",
    "_" * 9,
    "\x00",
    "<script>",
    "\r\nX: y",
    "💥" * 30,
    "../" * 9,
)


PATHS = (
    "firms?q=", "policies?q=", "directory?q=", "entitlements?policy=", "reforms?q=",
    "ledger/journal?q=", "audit?about=", "runs/", "firms/", "policies/", "payments/",
    "ledger/entries/", "ledger/accounts/",
)  # fmt: skip


def test_no_words_mean_more_than_they_say(town: Town) -> None:
    unlimited(town)
    doors = [door(who) for who in ("审计员", "分析员", "")]
    for path, words, who in itertools.product(PATHS, HOSTILE, doors):
        answer = Client().get(f"{ROOT}/{path}{quote(words)}", headers=who.headers)
        told = (path, words, answer.content.decode())
        assert answer.status_code in (200, 401, 403, 404, 422), told
        assert "X" not in answer.headers
        # A sign that is no letter asks the library for nothing, so it shows all.
        if answer.status_code == 200 and not path.startswith("policies?"):
            assert [] == json.loads(answer.content)["items"], told


@pytest.mark.parametrize(
    "path", ["policies?Q=x", "runs?limt=1", "me?x", "policies?q=a&q2=b"]
)
def test_what_is_asked_in_vain_is_refused(town: Town, path: str) -> None:
    """A filter that is misspelt would leave out nothing, and nobody would see it."""
    said = problem(door("审计员").get(path), 422)

    (row,) = said["problems"]
    assert (
        row["place"]
        == f"query.{path.rpartition('?')[2].rpartition('&')[2].partition('=')[0]}"
    )
    assert row["what"] == "没有这一项"


def test_no_header_is_made_of_what_is_sent(town: Town) -> None:
    answer = Client().get(
        f"{ROOT}/runs",
        headers={
            "Authorization": "Bearer x\r\nX: y",
            "Accept-Language": "en\r\nX: y",
            "X-Forwarded-For": "1.1.1.1\r\nX: y",
        },
    )

    problem(answer, 401)
    assert "X" not in answer.headers


# --- a fault of ours -----------------------------------------------------------------


def test_a_fault_of_ours_has_a_number_and_says_no_more(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(town.url) as conn:
        conn.execute("alter table run rename column counts to uncounted")
    with caplog.at_level(logging.ERROR):
        said = problem(door("审计员").get("runs"), 500)

    assert said["type"] == "/api#ours"
    assert "uncounted" not in json.dumps(said)
    assert f"report {said['report']}" in caplog.text
    assert runs_of_the_office.__name__.split(".")[0] in caplog.text


def test_a_database_that_is_away_is_said_to_be(town: Town) -> None:
    officer = door("经办人甲")
    assert 200 == officer.get("runs").status_code
    from ceyuan.web import opened

    opened.close()
    away = "host=/nowhere dbname=nothing connect_timeout=1"
    serving.configure(portal_settings(town.folder, away))
    client = Client(raise_request_exception=False)
    answer = client.get(f"{ROOT}/runs", headers=officer.headers)
    opened.close()

    said = problem(answer, 503)
    assert said["type"] == "/api#away"
    assert answer.headers["Retry-After"] == "5"
    assert "nowhere" not in answer.content.decode()


def test_every_kind_of_problem_is_explained(town: Town) -> None:
    from ceyuan.web.api.problems import KINDS

    page = Client().get("/api").content.decode()
    assert not [kind for kind in KINDS if f'id="{kind}"' not in page]


def test_nobody_is_asked_nothing(town: Town) -> None:
    """The smallest thing that somebody could ask."""
    assert 200 == Door().get("headline").status_code
