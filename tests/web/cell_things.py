# SPDX-License-Identifier: Apache-2.0
"""For each role somebody who is in it and no other, and things of every type.

Everybody is of one organisation, a firm, by its credit code: its things are his own.
Another firm consented to that its data are used by it; those of a third are strange to
him. What belongs to a user is there once for each, and once for a stranger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import Jsonb

from ceyuan.facts.store.handles import handle_of_code
from ceyuan.office.claiming import typed_claim
from ceyuan.office.consents import answer, ask, asked
from ceyuan.office.reform_job import KIND
from ceyuan.office.reforms import save, usual_asking
from ceyuan.office.roles import load_roles
from ceyuan.office.tokens import digest_of
from ceyuan.office.users import set_user
from ceyuan.web.opened import memory
from ceyuan.web.showing import today
from tests.web.api_door import Door
from tests.web.conftest import session_of
from tests.web.lab_by_hand import text_of

if TYPE_CHECKING:
    from tests.town import Town

STATES = ("noticed", "payable", "sent", "paid", "failed", "declined", "withdrawn")
STAGES = ("need", "draft", "consultation", "issued", "interpreted", "repealed")
POLICIES = (
    "tech_sme_2017", "hnte_2016", "sh_voucher_2025", "xjr_2026", "guarantee_2024",
    "incubator_2025",
)  # fmt: skip
"""One for each stage."""
STRANGER = "陌生人"
OF = ("own", "consented", "any")
_ENTITLEMENT = """
insert into entitlement
select %(id)s, %(id)s, 1, policy, instrument, year, subject, %(org)s, key, %(party)s,
  name, commodity, amount, mode, %(state)s, noticed_on, %(until)s, promised_on,
  '经办人甲', approved_by, objection, synthetic, made_at, run_id
from entitlement where state = 'paid' order by id limit 1
"""
_PAYMENT = """
insert into payment
select %(id)s, line, %(party)s, holder, bank, account, amount, state, cause, null,
  batch_id from payment order by id limit 1
"""


@dataclass(slots=True)
class Things:
    """People and things; `of(role, type, whose, state)` gives what an address needs.

    Args:
        town: The town.
        pages: A client for each role that is logged in.
        doors: A program for each role, with a token that takes nothing away.
        made: What was made, by type and whose it is, or by type alone.
    """

    town: Town
    pages: dict[str, Any] = field(default_factory=dict)
    doors: dict[str, Door] = field(default_factory=dict)
    made: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    @property
    def codes(self) -> dict[str, str]:
        """Return the firms, by whose they are."""
        town = self.town
        return {"own": town.firm, "consented": town.paid, "any": town.other}

    def of(self, role: str, type_: str, whose: str, state: str) -> dict[str, str]:
        """Return what an address needs that is about a thing."""
        code = self.codes[whose]
        policy = POLICIES[STAGES.index(state)] if state in STAGES else POLICIES[0]
        keys = (
            (type_, whose, state, role),
            (type_, whose, state),
            (type_, whose, role),
            (type_, whose),
            (type_,),
        )
        found = next((self.made[key] for key in keys if key in self.made), {})
        return {"code": code, "policy": policy, "role": role, **found}


def secret_of(role: str) -> str:
    """Return a token that takes nothing away."""
    return f"cy_{role}".ljust(46, "0")


def made(town: Town) -> Things:
    """Make people and things."""
    things = Things(town)
    roles = load_roles("shanghai").roles
    _people(things, [role for role in roles if role != "public"])
    with psycopg.connect(town.url) as conn:
        _of_firms(things, conn)
        _of_users(things, conn, [role for role in roles if role != "public"])
        _of_the_office(things, conn)
    return things


def _people(things: Things, roles: list[str]) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    office = memory("管理员")
    for role in [*roles, STRANGER]:
        said = [] if role == STRANGER else [role]
        code = things.codes["any" if role == STRANGER else "own"]
        set_user(office, f"格-{role}", said, organisation=code, reason="test")
        User.objects.create_user(username=f"格-{role}")
        if role == STRANGER:
            continue
        client = Client(raise_request_exception=False)
        client.cookies["sessionid"] = session_of(f"格-{role}")
        things.pages[role] = client
        things.doors[role] = Door(secret_of(role))
    things.pages["public"] = Client(raise_request_exception=False)
    things.doors["public"] = Door()
    other, own = things.codes["consented"], things.codes["own"]
    for whose, code, party in (
        ("own", own, other), ("consented", other, own), ("any", things.codes["any"], other),
    ):  # fmt: skip
        (one,) = [
            one
            for one in ask(
                memory("管理员"),
                [(code, "")],
                party=party,
                purpose="checkup",
                on=today(),
            )
            if one.code == code
        ]
        things.made["consent", whose] = {"party": party, "id": one.id}
    with office.transaction() as conn:
        question = asked(conn, things.made["consent", "consented"]["id"], today())
    answer(memory("企业乙"), question, given=True, on=today())
    for whose, code in things.codes.items():
        made_ = typed_claim(
            office, firm=code, fact="employees", year=2025, value="7", reason="cell",
            on=today(),
        )  # fmt: skip
        things.made["claim", whose] = {"id": str(made_.id)}


def _of_firms(things: Things, conn: psycopg.Connection) -> None:
    """Make what belongs to firms."""
    for at, (whose, code) in enumerate(things.codes.items()):
        org = handle_of_code(code)
        for number, state in enumerate(STATES):
            name = f"{at}{number}ce11"
            conn.execute(
                _ENTITLEMENT,
                {
                    "id": name,
                    "org": org,
                    "party": code,
                    "state": state,
                    "until": today() + timedelta(days=5),
                },
            )
            things.made["entitlement", whose, state] = {"id": name}
        conn.execute(_PAYMENT, {"id": f"cell.{whose}", "party": code})
        things.made["payment", whose] = {"id": f"cell.{whose}"}
        conn.execute(
            "insert into payee (party, holder, bank, account, valid_from, actor) "
            "values (%s, 'cell', 'bank', '1234567890', '2026-01-01', 'x')",
            (code,),
        )
        things.made["payee", whose] = {"id": code}
        things.made["notice", whose] = _row(
            conn,
            "insert into notice (id, org, party, body, actor) "
            "values (%s, %s, %s, %s, 'x') returning id",
            f"notice{at}", org, code, Jsonb({"items": []}),
        )  # fmt: skip
        things.made["request", whose] = _row(
            conn,
            "insert into request (kind, organisation, title, body, actor) "
            "values ('obstacle', %s, %s, 'cell', 'x') returning id::text",
            code, f"cell {whose}",
        )  # fmt: skip
        things.made["delegation", whose] = _row(
            conn,
            "insert into delegation (organisation, delegate, since, actor) "
            "values (%s, %s, '2026-01-01', 'x') returning id::text",
            code, f"cell-{whose}",
        )  # fmt: skip
        upload = f"{at}" * 12
        conn.execute(
            "insert into upload (id, name, sha256, size, organisation, actor) "
            "values (%s, 'a.csv', %s, 1, %s, 'x')",
            (upload, bytes([at]) * 32, code),
        )
        things.made["park_batch", whose] = _row(
            conn,
            "insert into park_batch (id, joined, organisation, actor, as_of, columns, "
            "upload_id) values (%s, '[]', %s, 'x', %s, %s, %s) returning id",
            f"{at}" * 10, code, today(), Jsonb({"rows": 1}), upload,
        )  # fmt: skip
        things.made["consent_ask", whose] = things.made["park_batch", whose]
    for type_ in ("firm", "fact", "receipt"):
        for whose, code in things.codes.items():
            things.made[type_, whose] = {"id": code}


def _of_users(things: Things, conn: psycopg.Connection, roles: list[str]) -> None:
    """Make what belongs to users, for each and for a stranger."""
    later = datetime.now(UTC) + timedelta(days=1)
    for at, role in enumerate([*roles, STRANGER]):
        name, key = f"格-{role}", ("own", role) if role != STRANGER else ("any",)
        things.made["token", *key] = _row(
            conn,
            "insert into api_token (id, name, actor, digest, scopes, expires_at) "
            "values (%s, %s, %s, %s, '[\"*\"]', %s) returning id",
            f"{at:02}token", f"cell-token-{role}.", name, digest_of(f"cell {role}"),
            later,
        )  # fmt: skip
        things.made["token", *key]["name"] = f"cell-token-{role}."
        if role != STRANGER:
            conn.execute(
                "insert into api_token (id, name, actor, digest, scopes, expires_at) "
                "values (%s, 'door', %s, %s, '[\"*\"]', %s)",
                (f"{at:02}door", name, digest_of(secret_of(role)), later),
            )
        things.made["job", *key] = _row(
            conn,
            "insert into job (id, kind, said, state, result, actor, finished_at) "
            "values (%s, 'ladder', '{\"year\": 2026}', 'done', '{}', %s, now()) "
            "returning id",
            f"{at:02}ce11", name,
        )  # fmt: skip
        things.made["letter", *key] = _row(
            conn,
            'insert into letter ("to", subject, body) values (%s, %s, \'cell\') '
            "returning id::text",
            name, f"cell-letter-{role}.",
        )  # fmt: skip
        things.made["letter", *key]["subject"] = f"cell-letter-{role}."
        things.made["user", *key] = {"id": name}
        for state in ("open", "accepted", "done", "declined"):
            whose = [key[0], f"{state}"] if role == STRANGER else ["own", state, role]
            things.made["erasure", *whose] = _row(
                conn,
                "insert into erasure_request (record, person, state, actor) "
                "values ('person', '', %s, %s) returning id::text",
                state, name,
            )  # fmt: skip

    for type_ in (
        "token",
        "job",
        "letter",
        "user",
    ):  # the public has nothing of its own
        things.made[type_, "own", "public"] = things.made[type_, "any"]
    for state in ("open", "accepted", "done", "declined"):
        things.made["erasure", "own", state, "public"] = things.made[
            "erasure", "any", state
        ]


def _of_the_office(things: Things, conn: psycopg.Connection) -> None:
    """Make, or find, what belongs to nobody."""
    office = memory("格-analyst")
    reform = save(office, text_of(), usual_asking(office, today()))
    job = _row(
        conn,
        "insert into job (id, kind, said, actor) values ('5100ce11', %s, %s, "
        "'格-analyst') returning id",
        KIND, Jsonb({"reform": reform.id, "as_of": "2026-11-21"}),
    )  # fmt: skip
    things.made["reform",] = {"id": reform.id, "job": job["id"]}
    for policy, stage in zip(POLICIES, STAGES, strict=True):
        conn.execute(
            "insert into policy_stage (policy, stage, since, until, actor) "
            "values (%s, %s, %s, %s, 'x')",
            (policy, stage, today() - timedelta(days=3), today() + timedelta(days=9)),
        )
    things.made["comment",] = _row(
        conn,
        "insert into comment (policy, body, actor) values (%s, 'cell-comment', 'x') "
        "returning id::text",
        POLICIES[2],
    )
    things.made["comment",]["policy"] = POLICIES[2]
    for type_, question in (
        ("batch", "select min(id) from batch"),
        ("import", "select min(id) from batch"),
        ("run", "select max(id) from run"),
        ("ledger", "select min(id) from ledger_transfer"),
    ):
        things.made[type_,] = _row(conn, question)
    every = memory().declared.instruments.instruments
    moves = {
        move.role: {"instrument": name, "move": key}
        for name, one in every.items()
        for key, move in one.said.moves.items()
    }
    for role in ("officer", "finance", "bank", "provider", "system"):
        things.made["instrument", f"move_{role}"] = moves[role]
    things.made["ledger",] |= {
        "account": _row(conn, "select min(path) from ledger_account")["id"]
    }


def _row(conn: psycopg.Connection, question: str, *given: object) -> dict[str, str]:
    found = conn.execute(question.encode(), given).fetchone()
    assert found is not None
    return {"id": found[0]}
