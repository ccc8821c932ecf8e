# SPDX-License-Identifier: Apache-2.0
"""Every cell of the table of permissions that has a door, by the door itself.

For each role somebody is in it and in no other; he asks pages with his session and
operations with a token. What the table allows is answered, and nothing else is: not
the thing alone, nor as one of a list.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.office.permissions import Cell, actions_of, matrix
from ceyuan.office.roles import load_roles
from tests.town import portal_settings
from tests.web.cell_doors import API, DOORS, Way
from tests.web.cell_things import Things, made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

REFUSED = (401, 403, 404)


def asked(things: Things, cell: Cell, way: Way) -> tuple[int, str]:
    """Return how a door answers to a role about a thing, and what."""
    at = things.of(cell.role, cell.type, cell.of, cell.state)
    at |= things.made.get((cell.type, cell.action), {})
    at |= {"whose": cell.of}
    address = way.address.format(**at)
    said = way.said
    if said is not None:
        said = {name: str(v).format(**at) if isinstance(v, str) else v for name, v in said.items()}
    if way.face == API:
        door = things.doors[cell.role]
        if said is None:
            answer = door.get(address)
        elif way.files:
            from django.test import Client
            answer = Client().post(f"/api/v1/{address}", said, headers=door.headers)
        else:
            answer = door.post(address, said)
    else:
        client = things.pages[cell.role]
        answer = client.get(address) if said is None else client.post(address, said)
    text = ""
    if way.marks and answer.status_code == 200:
        whole = getattr(answer, "streaming_content", None)
        text = (answer.content if whole is None else b"".join(whole)).decode()
    if answer.status_code == 302 and "/account/login" in answer.headers["Location"]:
        return 401, ""
    return answer.status_code, text


def is_let(things: Things, cell: Cell, way: Way, answers: dict[Any, Any]) -> tuple[bool, int]:
    at = things.of(cell.role, cell.type, cell.of, cell.state)
    at |= things.made.get((cell.type, cell.action), {})
    at |= {"whose": cell.of}
    key = (cell.role, way.face, way.address.format(**at), str(way.said), cell.of if way.said else "")
    if key not in answers:
        answers[key] = asked(things, cell, way)
    status, text = answers[key]
    if way.marks and status == 200:
        return way.marks.format(**at) in text, status
    return status not in REFUSED, status


def test_every_cell(town: Town, do_jobs: Callable[[], Any]) -> None:
    from ceyuan.web import serving
    import time
    serving.configure(portal_settings(town.folder, town.url, api_reads=10**6, api_heavy=10**6))
    t=time.time()
    things = made(town)
    print("made", time.time()-t)
    from tests.web.lab_by_hand import save
    declared = load_roles("shanghai")
    answers: dict[Any, Any] = {}
    wrong = []
    walked = Counter()
    spent = Counter()
    for cell in matrix(declared):
        for way in DOORS.get((cell.type, cell.action), []):
            if cell.of not in way.whose and cell.allowed:
                continue
            t=time.time()
            try:
                found, status = is_let(things, cell, way, answers)
            except KeyError as e:
                wrong.append((cell, way.address, f"key {e}"))
                continue
            spent[(cell.type,cell.action,way.address)] += time.time()-t
            if found != cell.allowed or status >= 500:
                wrong.append((f"{cell.role} {cell.type}.{cell.action} {cell.state} {cell.of} {cell.allowed}", way.address, status))
            walked[cell] += 1
    print(len(walked), sum(walked.values()), len(answers))
    print(spent.most_common(25), sum(spent.values()))
    for one in wrong[:300]: print(one)
    print(len(wrong))
    assert False
