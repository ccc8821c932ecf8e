# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S608 - our own words
"""The one table: each cell of it, and the same for one thing as for a list of them.

Firms are numbers (`code(1)`); what a park may use of them is worked by hand in WORDS.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ceyuan.declarations.source import parse_source
from ceyuan.kernel import NotAllowed, RuleError, UsageError
from ceyuan.office.auditing import acting_for
from ceyuan.office.entitlements import decline, object_to
from ceyuan.office.permissions import (
    PUBLIC,
    Caller,
    actions_of,
    alone,
    caller_of,
    can,
    consents,
    explain,
    matrix,
    may_on,
    owned,
    today,
    where,
)
from ceyuan.office.roles import RoleFile, load_roles, read_roles
from ceyuan.office.users import allow, set_user
from tests.office.money_by_hand import DECIDED, office, promised, scale_id, who
from tests.office.town_by_hand import code, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg import Connection

    from ceyuan.office.database import Database
    from ceyuan.office.memory import Memory

DAY = date(2026, 11, 21)
BEFORE, AFTER = DAY - timedelta(1), DAY + timedelta(1)
LONG_AGO, LATER = date(2025, 1, 1), date(2027, 1, 1)
PARK, OTHER_PARK = "园区一", "园区二"
STATES = ("noticed", "payable", "sent", "paid", "failed", "declined", "withdrawn")
BATCH_STATES = ("columns", "waiting", "done", "failed")
# What firms said to whom: given, from, until; the last word to one counts.
WORDS: dict[int, list[tuple[str, str, bool, date, date | None]]] = {
    1: [(PARK, "checkup", True, LONG_AGO, None)],
    2: [(PARK, "checkup", True, LONG_AGO, None), (PARK, "checkup", False, DAY, None)],
    3: [(PARK, "checkup", True, LONG_AGO, BEFORE)],
    4: [(PARK, "checkup", True, AFTER, LATER)],
    5: [(PARK, "checkup", True, LONG_AGO, DAY)],
    6: [(PARK, "checkup", True, DAY, LATER)],
    7: [(PARK, "checkup", False, LONG_AGO, None), (PARK, "checkup", True, DAY, LATER)],
    8: [(PARK, "elsewhere", True, LONG_AGO, None)],
    9: [(OTHER_PARK, "checkup", True, LONG_AGO, None)],
    10: [(PARK, "checkup", True, LONG_AGO, LATER), (PARK, "checkup", True, AFTER, LATER)],
    11: [(PARK, "checkup", True, LONG_AGO, None), (OTHER_PARK, "checkup", False, DAY,
         None), (PARK, "elsewhere", False, DAY, None)],
    12: [],
}  # fmt: skip
LETS = {PARK: {1, 5, 6, 7, 11}, OTHER_PARK: {9}}
PEOPLE = ("甲", "乙")


@pytest.fixture
def declared() -> RoleFile:
    return load_roles("shanghai")


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.connect() as opened:
        yield opened


@pytest.fixture
def full(conn: Connection) -> Connection:
    """Give tables with rows of several owners in several states."""
    write(conn, "snapshot", id="s", manifest="{}", actor="a")
    write(
        conn, "run", id="r", region="shanghai", as_of=DAY, base_year=2025,
        policies="[]", settings="{}", snapshot_id="s", declarations="d", engine="e",
        counts="{}", root=b"", actor="a",
    )  # fmt: skip
    write(conn, "upload", id="u", name="n", sha256=b"", size=1, actor="a")
    for firm, words in WORDS.items():
        write(conn, "firm_sheet", run_id="r", org=org(firm), code=code(firm),
              name="n", body="{}")  # fmt: skip
        write(conn, "request", kind="need", organisation=code(firm), title="t",
              body="b", actor="a")  # fmt: skip
        write(conn, "claim", kind="correction", record_type="firm", org=org(firm),
              attribute="revenue", stated="1", claimed="2", actor="a")  # fmt: skip
        for party, purpose, is_given, since, until in words:
            write(conn, "consent", code=code(firm), party=party, purpose=purpose,
                  given=is_given, since=since, until=until, actor="a")  # fmt: skip
        for state in STATES:
            name = f"{firm}.{state}"
            write(
                conn, "entitlement", id=name, slot=name, revision=1, policy="p",
                instrument="i", year=2026, subject="firm", org=org(firm),
                party=code(firm), commodity="CNY", amount=1, mode="auto_grant",
                run_id="r", state=state, noticed_on=DAY, object_until=DAY,
                promised_on=DAY, decided_by="a",
            )  # fmt: skip
    for organisation in (PARK, OTHER_PARK, "", code(1)):
        for state in BATCH_STATES:
            write(conn, "park_batch", id=f"{organisation}{state}", upload_id="u",
                  joined="[]", organisation=organisation, actor="a", as_of=DAY,
                  columns="{}", state=state)  # fmt: skip
    for name in (*PEOPLE, "", PARK):
        write(conn, "letter", to=name, subject="s", body="b")
        write(conn, "job", id=f"j{name}", kind="k", said="{}", actor=name)
        write(conn, "delegation", organisation=code(1 + len(name)), delegate=name, since=DAY,
              actor="a")  # fmt: skip
        for state in ("open", "accepted", "done", "declined"):
            write(conn, "erasure_request", record="person", person="p1", actor=name,
                  state=state)  # fmt: skip
    return conn


def write(conn: Connection, table: str, **said: object) -> None:
    names = ", ".join(f'"{name}"' for name in said)
    marks = ", ".join(["%s"] * len(said))
    values = list(said.values())
    conn.execute(f"insert into {table} ({names}) values ({marks})".encode(), values)


class Thing(NamedTuple):
    id: object
    owner: Any
    state: str


def things(conn: Connection, declared: RoleFile, type_: str) -> list[Thing]:
    """Return each row of a type: its id, whose it is, where it stands."""
    said = declared.types[type_]
    own = f'"{said.own}"' if said.own else "''"
    state = f'"{said.state}"' if said.state else "''"
    query = f"select id, {own}, {state} from {said.table} order by id"
    return [Thing(*row) for row in conn.execute(query.encode())]


def found(
    conn: Connection, declared: RoleFile, caller: Caller, type_: str, action: str
) -> list[object]:
    """Return the ids that the predicate lets through, with and without an alias."""
    table = declared.types[type_].table
    clause, values = where(declared, caller, type_, action, on=DAY)
    plain = f"select id from {table} where {clause} order by id"
    ids = [row[0] for row in conn.execute(plain.encode(), values)]
    clause, values = where(declared, caller, type_, action, "x", on=DAY)
    named = (
        f"select x.id from {table} x, run r where {clause} and r.id = 'r' order by 1"
    )
    assert ids == [row[0] for row in conn.execute(named.encode(), values)]
    return ids


def judged(
    rows: list[Thing], declared: RoleFile, caller: Caller, type_: str, action: str
) -> list[object]:
    """Return the ids of the rows for which `may_on` says yes, one by one."""
    lets = {code(firm) for firm in LETS.get(caller.acts_for, ())}
    return [
        one.id
        for one in rows
        if may_on(
            declared, caller, type_, action, owner=one.owner, state=one.state,
            consented=one.owner in lets,
        )
    ]  # fmt: skip


def callers(role: str) -> list[Caller]:
    """Return people of a role: of several organisations, acting for one, limited."""
    made = [
        Caller(name, (role,), organisation)
        for name, organisation in (
            ("甲", code(1)), ("乙", code(9)), ("甲", PARK), ("乙", OTHER_PARK),
            ("甲", ""), ("", ""), (PARK, "市科委"),
        )
    ]  # fmt: skip
    made += [replace(one, behalf=code(5)) for one in made[:3]]
    made += [replace(made[0], scopes=frozenset({"entitlement.list", "job.*"}))]
    return made


# --- one and many ------------------------------------------------------------------


def test_where_finds_exactly_the_rows_that_may_on_allows(
    full: Connection, declared: RoleFile
) -> None:
    seen = set()
    with_rows = ("entitlement", "firm", "claim", "park_batch", "request", "consent",
                 "consent_received", "delegation", "delegation_received", "letter",
                 "job", "erasure")  # fmt: skip
    for type_ in with_rows:
        rows = things(full, declared, type_)
        for action in actions_of(declared, type_):
            for role in declared.roles:
                for caller in callers(role):
                    expected = judged(rows, declared, caller, type_, action)
                    assert found(full, declared, caller, type_, action) == expected, (
                        caller,
                        type_,
                        action,
                    )
                    seen.add((type_, len(expected) not in (0, len(rows))))

    # Of each there was somebody who saw a part of it.
    assert {type_ for type_, is_part in seen if is_part} == set(with_rows)


CONSENTED = ("entitlement", "request")
KNOWN: dict[str, tuple[str, ...]] = {
    "entitlement": STATES,
    "park_batch": BATCH_STATES,
    "request": (),
    "claim": (),
}
ROWS = st.builds(
    lambda role, type_, may, of, when, in_person: {
        "role": role, "type": type_, "may": may,
        "of": "own" if of == "consented" and type_ not in CONSENTED else of,
        "when": [one for one in when if one in KNOWN[type_]],
        "in_person": in_person,
    },
    st.lists(st.sampled_from(["firm", "park", "public"]), min_size=1, unique=True),
    st.sampled_from(["entitlement", "park_batch", "request", "claim"]),
    st.lists(st.sampled_from(["see", "list"]), min_size=1, unique=True),
    st.sampled_from(["own", "consented", "any"]),
    st.lists(st.sampled_from([*STATES, *BATCH_STATES]), max_size=3, unique=True),
    st.booleans(),
)  # fmt: skip
OWN_NOTICED = {"role": "firm", "type": "entitlement", "may": "see", "of": "own",
               "when": ["noticed"]}  # fmt: skip
ANY_TABLE: dict[str, Any] = {
    "roles": {name: {"zh": name, "en": name} for name in ("firm", "park", "public")},
    "actions": {name: {"zh": name, "en": name} for name in ("see", "list")},
    "types": {
        "entitlement": {"zh": "e", "en": "e", "table": "entitlement", "own": "party",
                        "consent": "checkup", "state": "state", "states": STATES},
        "park_batch": {"zh": "b", "en": "b", "table": "park_batch",
                       "own": "organisation", "state": "state",
                       "states": BATCH_STATES},
        "request": {"zh": "r", "en": "r", "table": "request", "own": "organisation",
                    "consent": "checkup"},
        "claim": {"zh": "c", "en": "c", "table": "claim", "own": "org",
                  "owner": "handle"},
    },
    "verbs": {},
    "purposes": {},
}  # fmt: skip


def test_where_and_may_on_agree_under_any_table(full: Connection) -> None:
    rows: dict[str, list[Thing]] = {}

    @given(st.lists(ROWS, max_size=5), st.sampled_from(["firm", "park"]))
    @example([OWN_NOTICED, {**OWN_NOTICED, "when": ["paid"]}], "firm")
    def agree(table: list[dict[str, Any]], role: str) -> None:
        declared = RoleFile.model_validate({**ANY_TABLE, "table": table})
        for type_ in declared.types:
            rows.setdefault(type_, things(full, declared, type_))
            for caller in callers(role):
                assert found(full, declared, caller, type_, "see") == judged(
                    rows[type_], declared, caller, type_, "see"
                )

    agree()


def test_firm_lists_what_is_its_own_and_park_what_it_was_let(
    full: Connection, declared: RoleFile
) -> None:
    """By hand: else both could be wrong alike."""
    firm = Caller("甲", ("firm",), code(2))
    park = Caller("乙", ("park",), PARK)
    on_behalf = Caller("乙", ("firm",), PARK, behalf=code(2))

    assert found(full, declared, firm, "entitlement", "list") == sorted(
        f"2.{state}" for state in STATES
    )
    assert found(full, declared, firm, "entitlement", "object") == ["2.noticed"]
    assert found(full, declared, on_behalf, "entitlement", "object") == ["2.noticed"]
    assert found(full, declared, firm, "entitlement", "approve") == []
    assert found(full, declared, park, "entitlement", "export") == sorted(
        f"{n}.{state}" for n in (1, 5, 6, 7, 11) for state in STATES
    )
    assert found(full, declared, park, "entitlement", "object") == []
    assert found(full, declared, park, "park_batch", "list") == sorted(
        f"{PARK}{state}" for state in BATCH_STATES
    )
    assert found(full, declared, PUBLIC, "entitlement", "list") == []
    assert len(found(full, declared, park, "firm", "search")) == len(LETS[PARK])


def test_consents_are_the_last_word_on_its_days(
    full: Connection, declared: RoleFile
) -> None:
    for party, lets in LETS.items():
        caller = Caller("乙", ("park",), party)
        assert lets == {
            firm
            for firm in WORDS
            if consents(full, declared, caller, "firm", code(firm), on=DAY)
        }
    park = Caller("乙", ("park",), PARK)
    assert not consents(full, declared, park, "payment", code(1), on=DAY)
    assert not consents(full, declared, PUBLIC, "firm", code(1), on=DAY)


def test_where_of_a_state_that_no_column_holds_says_so(declared: RoleFile) -> None:
    firm = Caller("甲", ("firm",), code(1))
    assert may_on(declared, firm, "policy", "comment", state="consultation")
    with pytest.raises(UsageError, match="no column of its state"):
        where(declared, firm, "policy", "comment")


def test_columns_of_the_table_are_columns_of_the_database(
    conn: Connection, declared: RoleFile
) -> None:
    rows = conn.execute(
        "select table_name, column_name from information_schema.columns"
    ).fetchall()
    for name, said in declared.types.items():
        for column in (said.own, said.state):
            assert not column or not said.table or (said.table, column) in rows, name
        assert not said.table or any(said.table == row[0] for row in rows), name


# --- cells, by hand ----------------------------------------------------------------


def cells(declared: RoleFile, role: str, of: str = "") -> set[tuple[str, str, str]]:
    """Return what is allowed to a role: type, action, state."""
    return {
        (cell.type, cell.action, cell.state)
        for cell in matrix(declared)
        if cell.role == role and cell.allowed and (not of or cell.of == of)
    }


READ = ("see", "list", "search", "export")


def test_public_may_read_what_is_public_and_nothing_else(declared: RoleFile) -> None:
    stages = declared.types["policy"].states

    assert cells(declared, "public") == {
        *(("policy", action, stage) for action in READ for stage in stages),
        *((t, a, "") for t in ("policy_text", "policy_stage") for a in READ),
        ("comment", "see", ""), ("comment", "list", ""), ("parameter", "see", ""),
        ("receipt", "verify", ""), ("headline", "see", ""),
    }  # fmt: skip


@pytest.mark.parametrize("role", ["firm", "park"])
def test_firm_and_park_may_with_others_things_what_everybody_may(
    declared: RoleFile, role: str
) -> None:
    comment = {("policy", "comment", "consultation")}
    assert cells(declared, role, "any") == cells(declared, "public", "any") | comment


def test_everybody_who_is_logged_in_comments_in_consultation_and_nobody_else(
    declared: RoleFile,
) -> None:
    able = {
        role
        for role in declared.roles
        if may_on(declared, alone(role), "policy", "comment", state="consultation")
    }

    assert able == set(declared.roles) - {"public"}
    assert not any(
        may_on(declared, alone(role), "policy", "comment", state=state)
        for role in declared.roles
        for state in declared.types["policy"].states
        if state != "consultation"
    )


def test_firm_gets_nothing_by_consent_and_park_only_looks(declared: RoleFile) -> None:
    public = cells(declared, "public", "consented")

    assert cells(declared, "firm", "consented") == public
    assert {
        (type_, action)
        for type_, action, _ in cells(declared, "park", "consented") - public
    } == {(t, a) for t in ("firm", "fact", "entitlement") for a in READ}


def test_auditor_sees_everything_and_changes_nothing_but_what_is_his(
    declared: RoleFile,
) -> None:
    seen = {
        (cell.type, cell.action)
        for cell in matrix(declared)
        if cell.role == "auditor" and cell.allowed and cell.of == "any"
    }

    assert {type_ for type_, action in seen if action == "see"} == set(declared.types)
    assert {action for _, action in seen} == {
        *READ, "verify", "follow", "replay", "see_firms", "comment",
    }  # fmt: skip
    # The comment is every user's, in consultation; of his own he has this.
    own = {cell[:2] for cell in cells(declared, "auditor", "own")} - seen
    assert own == {
        ("job", "stop"), ("token", "make"), ("token", "revoke"), ("erasure", "make"),
    }  # fmt: skip


def test_some_things_are_few_peoples(declared: RoleFile) -> None:
    def able(type_: str, action: str) -> set[str]:
        return {
            role for role in declared.roles if can(declared, alone(role), type_, action)
        }

    assert able("fact", "unmask") == {"officer"}
    assert able("reform", "see_firms") == {"officer", "auditor"}
    assert able("reform", "simulate") == {"analyst"}
    assert able("entitlement", "approve") == {"reviewer"}
    assert able("entitlement", "run") == {"officer"}
    assert able("entitlement", "object") == {"officer", "firm"}
    assert able("payment", "pay") == {"finance"}
    assert able("user", "set") == {"admin"}
    assert able("audit", "see") == {"auditor"}
    assert able("park_batch", "make") == {"park"}
    assert able("firm", "own") == {"firm"}
    assert able("firm", "see") == {"firm", "park", "officer", "reviewer", "auditor"}
    assert able("headline", "see") == set(declared.roles)


def test_analyst_and_leader_see_no_firm_by_name(declared: RoleFile) -> None:
    of_firms = {"firm", "fact", "claim", "entitlement", "notice", "payment", "payee",
                "request", "park_batch", "disagreement"}  # fmt: skip
    for role in ("analyst", "leader", "admin"):
        types = {type_ for type_, _, _ in cells(declared, role)}
        assert types.isdisjoint(of_firms), role
        assert not can(declared, alone(role), "reform", "see_firms")


def test_every_cell_is_what_may_on_says_of_such_a_thing(declared: RoleFile) -> None:
    every = list(matrix(declared))
    for cell in every:
        caller = alone(cell.role)
        mine = owned(declared, caller, cell.type)
        assert cell.allowed == may_on(
            declared,
            caller,
            cell.type,
            cell.action,
            owner=mine if cell.of == "own" else "somebody else",
            state=cell.state,
            consented=cell.of == "consented",
        ), cell

    assert {cell.type for cell in every} == set(declared.types)
    assert {cell.role for cell in every} == set(declared.roles)
    assert len(set(every)) == len(every)


# --- deny by default ---------------------------------------------------------------


def test_what_no_row_allows_nobody_may(declared: RoleFile) -> None:
    admin = alone("admin")
    nobody = Caller("甲", ())

    for type_, action in (("user", "fly"), ("moon", "see"), ("", ""), ("user", "*")):
        assert not can(declared, admin, type_, action)
        assert not may_on(declared, admin, type_, action)
        assert where(declared, admin, type_, action) == ("(false)", [])
    for cell in matrix(declared):
        if cell.role == "public":
            assert cell.allowed == can(
                declared, nobody, cell.type, cell.action, state=cell.state, of=cell.of
            )
    assert not can(declared, Caller("甲", ("gone",)), "user", "see", of="any")


def test_one_without_name_and_organisation_owns_nothing(declared: RoleFile) -> None:
    """Rows of nobody are not his: an empty owner is no owner."""
    for role in declared.roles:
        empty = Caller("", (role,))
        for cell in matrix(declared):
            if cell.role != role or cell.of == "any":
                continue
            assert may_on(
                declared, empty, cell.type, cell.action, owner="", state=cell.state,
                consented=True,
            ) == can(
                declared, alone(role), cell.type, cell.action, state=cell.state,
                of="any",
            )  # fmt: skip


def test_state_that_is_not_told_is_in_none(declared: RoleFile) -> None:
    firm = Caller("甲", ("firm",), code(1))

    assert may_on(
        declared, firm, "entitlement", "object", owner=code(1), state="noticed"
    )
    assert not may_on(declared, firm, "entitlement", "object", owner=code(1))
    assert can(declared, firm, "entitlement", "object")
    assert not can(declared, firm, "entitlement", "object", state="paid")


# --- scopes ------------------------------------------------------------------------


def test_scopes_only_take_away(declared: RoleFile) -> None:
    every = list(matrix(declared))
    for scopes in (
        {"entitlement.see"},
        {"firm.*"},
        {"*"},
        set(),
        {"see", "firm", "*.*"},
    ):
        for cell in every:
            limited = replace(alone(cell.role), scopes=frozenset(scopes))
            is_in = bool(scopes & {"*", f"{cell.type}.*", f"{cell.type}.{cell.action}"})
            assert (cell.allowed and is_in) == can(
                declared, limited, cell.type, cell.action, state=cell.state, of=cell.of
            )


# --- on behalf ---------------------------------------------------------------------


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        set_user(who(opened, "admin"), "admin", ["admin"])
        yield opened


def delegate(memory: Memory, **more: object) -> None:
    said = {"organisation": code(1), "delegate": "乙", "since": DAY, "until": AFTER,
            "actor": "甲", **more}  # fmt: skip
    with memory.transaction() as conn:
        write(conn, "delegation", **said)


def acts(memory: Memory, on: date, name: str = "乙", behalf: str = "") -> bool:
    with memory.transaction() as conn:
        try:
            caller = caller_of(conn, memory, name, behalf=behalf or code(1), on=on)
        except NotAllowed:
            return False
    assert caller == Caller(name, ("firm",), "会计事务所", behalf or code(1))
    return True


def test_delegation_holds_on_its_days_until_it_is_ended(memory: Memory) -> None:
    admin = who(memory, "admin")
    set_user(admin, "乙", ["officer", "park"], organisation="会计事务所")
    set_user(admin, "丙", [], organisation="会计事务所")
    delegate(memory)

    days = {on: acts(memory, on) for on in (BEFORE, DAY, AFTER, AFTER + timedelta(1))}

    assert days == {BEFORE: False, DAY: True, AFTER: True, AFTER + timedelta(1): False}
    assert not acts(memory, DAY, name="丙")
    assert not acts(memory, DAY, behalf=code(2))
    assert not acts(memory, DAY, behalf="会计事务所")
    with memory.transaction() as conn:
        conn.execute("update delegation set ended_by = '甲', ended_at = now()")
    assert not acts(memory, DAY)
    delegate(memory, until=None)
    assert acts(memory, LATER)
    set_user(admin, "乙", ["officer"], organisation="会计事务所", active=False)
    assert not acts(memory, DAY)


def test_delegate_is_the_firm_and_nothing_else(
    memory: Memory, declared: RoleFile
) -> None:
    set_user(who(memory, "admin"), "乙", ["officer", "park"], organisation=PARK)
    delegate(memory)
    with memory.transaction() as conn:
        caller = caller_of(conn, memory, "乙", behalf=code(1), on=DAY)
        himself = caller_of(conn, memory, "乙")

    firm = Caller("乙", ("firm",), code(1))
    for cell in matrix(declared):
        if cell.role != "firm":
            continue
        for owner in (code(1), PARK, "乙", "甲", org(1)):
            asked: Any = {"owner": owner, "state": cell.state}
            able = may_on(declared, caller, cell.type, cell.action, **asked)
            in_person = (cell.type, cell.action) in {
                ("delegation", "give"), ("delegation", "end"), ("token", "make"),
                ("token", "revoke"),
            }  # fmt: skip
            assert able == (
                may_on(declared, firm, cell.type, cell.action, **asked)
                and not in_person
            ), (cell, owner)
    assert can(declared, himself, "entitlement", "run")
    assert not can(declared, caller, "entitlement", "run")
    assert not can(declared, caller, "park_batch", "list")


# --- who asks ----------------------------------------------------------------------


def test_caller_is_a_user_who_is_registered_and_active(memory: Memory) -> None:
    admin = who(memory, "admin")
    set_user(admin, "甲", ["firm"], organisation=code(1))
    set_user(admin, "乙", ["firm"], organisation=code(1), active=False)
    with memory.transaction() as conn:
        conn.execute("update office_user set roles = '{firm,gone}' where name = '甲'")
        assert caller_of(conn, memory, "甲") == Caller("甲", ("firm",), code(1))
        assert caller_of(conn, memory, "") is PUBLIC
        for name, behalf in (("乙", ""), ("丁", ""), ("", code(1))):
            with pytest.raises(NotAllowed):
                caller_of(conn, memory, name, behalf=behalf)


def test_office_without_users_is_open_to_nobody_who_comes_by_a_page(
    office_folder: Path, declared: RoleFile
) -> None:
    with office(office_folder) as memory, memory.transaction() as conn:
        allow(conn, who(memory, "谁都行"), "user.set")
        with pytest.raises(NotAllowed):
            caller_of(conn, memory, "谁都行")
        assert not can(declared, PUBLIC, "user", "set")


def test_today_is_the_offices_day() -> None:
    assert abs(today() - date.today()) <= timedelta(1)  # noqa: DTZ011


# --- a firm and its entitlement ----------------------------------------------------


def test_firm_objects_to_its_own_while_it_is_noticed_and_to_no_other(
    office_folder: Path,
) -> None:
    with office(office_folder) as memory:
        promised(memory)
        admin = who(memory, "admin")
        set_user(admin, "admin", ["admin"])
        for number, name in ((1, "甲"), (2, "乙"), (9, "丙")):
            set_user(admin, name, ["firm"], organisation=code(number))
        said: Any = {"on": DECIDED, "reason": "金额不对"}

        object_to(who(memory, "甲"), scale_id(1), **said)
        decline(who(memory, "乙"), scale_id(2), **said)
        for actor, number in (("甲", 3), ("甲", 2), ("丙", 3), ("乙", 2)):
            with pytest.raises(NotAllowed):
                object_to(who(memory, actor), scale_id(number), **said)
            with pytest.raises(NotAllowed):
                decline(who(memory, actor), scale_id(number), **said)
        with pytest.raises(NotAllowed):
            object_to(who(memory, "甲"), "nothing", **said)
        day = today()
        delegate(memory, organisation=code(3), delegate="丙", since=day, until=day)
        with pytest.raises(NotAllowed), acting_for(code(4)):
            object_to(who(memory, "丙"), scale_id(4), **said)
        with acting_for(code(3)):
            object_to(who(memory, "丙"), scale_id(3), **said)
        with memory.transaction() as conn:
            states = conn.execute(
                "select id, state, objection from entitlement where policy ="
                " 'service_scale' order by id"
            ).fetchall()
            last = conn.execute(
                "select actor, behalf, verb from audit order by seq desc limit 1"
            ).fetchone()

    assert sorted(states) == sorted([
        (scale_id(1), "noticed", True), (scale_id(2), "declined", False),
        (scale_id(3), "noticed", True), (scale_id(4), "noticed", False),
    ])  # fmt: skip
    assert last == ("丙", code(3), "entitle.object")


# --- words -------------------------------------------------------------------------


def test_explain_names_the_roles_the_widest_first(declared: RoleFile) -> None:
    assert explain(declared, "payment", "pay").zh == "财务（finance）"
    said = explain(declared, "entitlement", "object")
    assert (said.zh, said.en) == (
        "经办人（officer）、企业（firm，只限自己的）",
        "officer (officer); firm (firm, of what is his own)",
    )
    assert "园区或孵化器（park，只限企业授权的）" in explain(declared, "firm", "see").zh
    assert "公众（public）" in explain(declared, "policy", "see").zh
    assert explain(declared, "policy", "pay").en == "no role could"


# --- the file ----------------------------------------------------------------------

FILE = """\
roles:
  firm: {zh: 企业, en: firm}
  public: {zh: 公众, en: public}
types:
  policy: {zh: 政策, en: policy}
  entitlement:
    {zh: 应享, en: entitlement, own: party, consent: checkup, state: state,
     states: [noticed, paid]}
  job: {zh: 任务, en: job, own: actor, owner: user}
actions:
  see: {zh: 看, en: see}
verbs:
  entitle.see: {zh: 看, en: see, type: entitlement, action: see}
table:
  - {role: firm, type: entitlement, may: see, of: own}
  - {role: [firm, public], type: policy, may: [see], of: any}
apart:
  entitle.see: [entitle.see]
purposes:
  checkup: {zh: 体检, en: check-up, days: 365, link_days: 30}
"""
FAULTS = {
    "role": ("role: firm,", "role: frim,", 15, "role `frim`", "`firm`"),
    "second role": ("[firm, public]", "[firm, publik]", 16, "`publik`", "`public`"),
    "type": ("type: policy", "type: polcy", 16, "type `polcy`", "`policy`"),
    "action": ("may: [see]", "may: [se]", 16, "action `se`", "`see`"),
    "state": (
        "of: own", "of: own, when: [notised]", 15, "`notised`", "`noticed`"
    ),
    "states": ("of: any", "of: any, when: [draft]", 16, "no states", "states"),
    "own": ("of: any", "of: own", 16, "nobody's own", "`of: any`"),
    "consented": ("of: any", "of: consented", 16, "no purpose", "consent"),
    "purpose": ("consent: checkup", "consent: chekup", 7, "purpose `chekup`", "`checkup`"),
    "consent of a user": (
        "owner: user", "owner: user, consent: checkup", 9, "no firm owns", "`own`"
    ),
    "column": ("own: party", "own: party;--", 7, "`party;--`", "small letters"),
    "no states": ("en: policy}", "en: policy, state: s}", 5, "no states", "`states`"),
    "verb's type": ("type: entitlement, action", "type: entitlment, action", 13,
                    "`entitlment`", "`entitlement`"),
    "verb's action": ("action: see", "action: sea", 13, "`sea`", "`see`"),
    "apart": ("[entitle.see]", "[entitle.sea]", 18, "`entitle.sea`", "`entitle.see`"),
    "part": ("of: any", "for: any", 16, "Extra", "format"),
    "whose": ("of: any", "of: all", 16, "'own', 'consented'", "format"),
}  # fmt: skip


def test_file_without_a_fault_is_read() -> None:
    said = read_roles(parse_source(FILE, name="roles.yaml"))

    assert [row.role for row in said.table] == [("firm",), ("firm", "public")]
    assert said.table[0].may == ("see",)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_in_the_file_is_told_with_its_line_and_the_near_miss(fault: str) -> None:
    old, new, line, what, hint = FAULTS[fault]
    assert FILE.count(old) == 1, "the slip is made once"

    with pytest.raises(RuleError) as caught:
        read_roles(parse_source(FILE.replace(old, new), name="roles.yaml"))

    error = caught.value
    assert (error.code, error.file, error.line) == ("D103", "roles.yaml", line)
    assert what in error.message
    assert hint in error.hint


def test_several_faults_are_told_at_once() -> None:
    text = FILE.replace("role: firm,", "role: frim,").replace("may: [see]", "may: [se]")

    with pytest.raises(RuleError) as caught:
        read_roles(parse_source(text, name="roles.yaml"))

    assert caught.value.line == 15
    assert "also line 16: there is no action `se`" in caught.value.message
