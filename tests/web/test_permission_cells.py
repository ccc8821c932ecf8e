# SPDX-License-Identifier: Apache-2.0
"""Every cell of the table of permissions that has a door, by the door itself.

For each role somebody is in it and in no other; he asks pages with his session and
operations with a token. What the table allows is answered, and nothing else is: not
the thing alone, nor as one of a list.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from ceyuan.office.permissions import Cell, matrix
from ceyuan.office.roles import load_roles
from ceyuan.web import serving
from tests.town import portal_settings
from tests.web.cell_doors import API, DOORS, Way
from tests.web.cell_things import Things, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.town import Town

REFUSED = (401, 403, 404)
NARROWER = {
    # Who comments is asked for his name, though the table lets everybody.
    ("public", "policy", "comment", "consultation"),
}
"""Cells that the table allows and a door does not, each with its reason."""
WITHOUT = {
    "audit": "search see",
    "batch": "export list search",
    "claim": "export search",
    "comment": "export search",
    "consent": "export list search see",
    "consent_ask": "export make search see",
    "consent_asked": "export list search see",
    "consent_received": "export list search see",
    "delegation": "export search see",
    "delegation_received": "export list search see",
    "disagreement": "export search see",
    "done_for": "export list search see",
    "entitlement": "export search",
    "erasure": "export search",
    "fact": "export search unmask",
    "firm": "export list",
    "import": "export search see",
    "instrument": "export search",
    "job": "export search",
    "ladder": "export list search",
    "ledger": "limit search",
    "letter": "export search",
    "notice": "export search see",
    "overview": "export list search",
    "parameter": "export search",
    "park_batch": "search",
    "payee": "export search see",
    "payment": "search",
    "policy_stage": "export search",
    "policy_text": "export list search",
    "receipt": "export list search",
    "reform": "search",
    "request": "export search",
    "run": "export search",
    "token": "export search see",
    "upload": "export list make search see",
    "user": "export search",
}
"""What is allowed to some, or to nobody, without a door of its own: a list is searched
as it is listed, and saved as it is seen."""
SOME = ("", "noticed", "paid", "need", "consultation", "open", "done")
"""States in which the second door to the same is tried too."""
Answers = dict[tuple[object, ...], tuple[int, str]]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands are refused here; nobody reads of each."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def ask(
    things: Things, role: str, way: Way, address: str, said: dict[str, Any] | None
) -> tuple[int, str]:
    """Return how a door answers, and what, as far as it says whether a thing is told."""
    answer: Any
    if way.face == API and way.files:
        headers = things.doors[role].headers
        answer = Client().post(f"/api/v1/{address}", said, headers=headers)
    elif way.face == API:
        door = things.doors[role]
        answer = door.get(address) if said is None else door.post(address, said)
    else:
        client = things.pages[role]
        answer = client.get(address) if said is None else client.post(address, said)
    if answer.status_code == 302 and "/account/login" in answer.headers["Location"]:
        return 401, ""
    whole = getattr(answer, "streaming_content", None)
    body = answer.content if whole is None else b"".join(whole)
    if not way.marks or answer.status_code != 200:
        return answer.status_code, ""
    return 200, body.decode()


def walk(things: Things, cell: Cell, way: Way, answers: Answers) -> str:
    """Return what is wrong with a cell at a door; empty: nothing."""
    at = things.of(cell.role, cell.type, cell.of, cell.state)
    at |= things.made.get((cell.type, cell.action), {}) | {"whose": cell.of}
    address = way.address.format(**at)
    said: dict[str, Any] | None = None
    if way.said is not None:
        said = {
            name: one.format(**at) if isinstance(one, str) else one
            for name, one in way.said.items()
        }
    key = (cell.role, way.face, address, str(said))
    if key not in answers:
        answers[key] = ask(things, cell.role, way, address, said)
    status, text = answers[key]
    is_let = status not in REFUSED
    if way.marks and status == 200:
        is_let = way.marks.format(**at) in text
    if is_let == cell.allowed and status < 500:
        return ""
    which = f"{cell.role} {cell.type}.{cell.action} of {cell.of} {cell.state}".strip()
    return f"{which}, allowed: {cell.allowed}: {way.address} answers {status}"


@pytest.mark.slow
def test_every_cell_with_a_door(town: Town) -> None:
    said = portal_settings(town.folder, town.url, api_reads=10**6, api_heavy=10**6)
    serving.configure(said)
    things, declared = made(town), load_roles("shanghai")
    answers: Answers = {}
    wrong: list[str] = []
    walked = 0

    for cell in matrix(declared):
        ways = [
            way
            for at, way in enumerate(DOORS.get((cell.type, cell.action), ()))
            if cell.of in way.whose
            and cell.role in (way.roles or declared.roles)
            and (at == 0 or cell.state in SOME)
        ]
        walked += bool(ways)
        if (cell.role, cell.type, cell.action, cell.state) not in NARROWER:
            wrong += [bad for way in ways if (bad := walk(things, cell, way, answers))]

    assert "" == "\n".join(wrong)
    assert walked > 4_300
    assert len(answers) > 4_300


def test_the_cells_without_a_door_are_known() -> None:
    """A right without a door is no hole; that there is none is said here."""
    declared = load_roles("shanghai")
    found = {(cell.type, cell.action) for cell in matrix(declared)}
    without: dict[str, str] = {}
    for type_, action in sorted(found - set(DOORS)):
        without[type_] = f"{without.get(type_, '')} {action}".strip()

    assert DOORS.keys() <= found
    assert WITHOUT == without
