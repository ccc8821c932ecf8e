# SPDX-License-Identifier: Apache-2.0
"""Who may do what with which thing: one table, asked by every face in the same way.

A *caller* is whoever asks: in his roles, for his organisation or on behalf of another,
perhaps through a token that allows less. `may_on` judges one thing, `where` the same
for all rows of a table at once, as a predicate of SQL, so that a list, an export or a
search cannot show what a page would refuse. What no row of the table allows, nobody
may. An office without users is no exception here; only `users.allow` knows that one.

```
may_on(declared, firm, "entitlement", "object", owner=code, state="noticed")
where(declared, firm, "entitlement", "list")  # ('("party" = %s)', [code])
```
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ceyuan.declarations.parts import Text
from ceyuan.kernel import NotAllowed, UsageError, clean_code, code_fault
from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.roles import FIRM_ROLE, PUBLIC_ROLE, load_roles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg import Connection

    from ceyuan.office.memory import Memory
    from ceyuan.office.roles import RoleFile, Row, TypeSaid

Of: TypeAlias = Literal["own", "consented", "any"]
EVERYTHING = "*"
_WHOSE: Mapping[Of, tuple[str, str]] = {
    "any": ("", ""),
    "own": ("，只限自己的", ", of what is his own"),
    "consented": ("，只限企业授权的", ", of firms that consented"),
}
"""Whose things, the widest first."""
_USER = "select organisation, roles, active from office_user where name = %s"
_DELEGATED = """
select exists (select from delegation
  where organisation = %(for)s and delegate = %(by)s and ended_at is null
    and since <= %(on)s and (until is null or until >= %(on)s))
"""
# The last word of each firm to one organisation about one purpose counts.
_CONSENTED = """
select said.code from (
  select distinct on (code) code, given, since, until from consent
  where party = %s and purpose = %s order by code, id desc) said
where said.given and said.since <= %s and (said.until is null or said.until >= %s)
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks.

    Args:
        name: A user's name; empty: somebody who is not logged in.
        roles: His roles; everybody is `public` besides.
        organisation: His own organisation: a firm's credit code, or a name.
        behalf: The organisation that he acts for; empty: he asks for himself.
        scopes: What his token allows: `type.action`, `type.*` or `*`; None: he came
            without one, and nothing is taken away.
    """

    name: str
    roles: tuple[str, ...]
    organisation: str = ""
    behalf: str = ""
    scopes: frozenset[str] | None = None

    @property
    def acts_for(self) -> str:
        """Return the organisation whose things are his own now."""
        return self.behalf or self.organisation


PUBLIC = Caller("", (PUBLIC_ROLE,))
"""Anybody, not logged in."""


def today() -> date:
    """Return the office's day."""
    return datetime.now(OFFICE_TIME).date()


def caller_of(
    conn: Connection,
    memory: Memory,
    name: str,
    *,
    behalf: str = "",
    on: date | None = None,
) -> Caller:
    """Return a user as a caller; without a name, the public.

    On behalf of an organisation he is its firm's user and nothing else, neither what
    he is himself nor what others are there.

    Args:
        conn: The transaction.
        memory: The office's memory.
        name: Who he is.
        behalf: The organisation that he acts for.
        on: The day that delegations are held against; the office's own by default.

    Raises:
        NotAllowed: He is no user, no longer active, or has no delegation today.
    """
    if not name and not behalf:
        return PUBLIC
    row = conn.execute(_USER, (name,)).fetchone()
    if row is None:
        msg = f"`{name}` 没有登记 (not a user)"
        raise NotAllowed(msg, hint="请管理员登记")
    organisation, roles, active = row
    if not active:
        msg = f"`{name}` 已停用 (no longer active)"
        raise NotAllowed(msg, hint="请管理员恢复")
    if behalf:
        day = on or today()
        asked = {"for": behalf, "by": name, "on": day}
        found = conn.execute(_DELEGATED, asked).fetchone()
        if found is None or not found[0]:
            msg = f"`{name}` 现在不能代办 `{behalf}` 的事 (no delegation on {day})"
            raise NotAllowed(msg, hint="请这家企业在“委托代办”里委托")
        return Caller(name, (FIRM_ROLE,), organisation, behalf)
    known = load_roles(memory.region.id).roles
    return Caller(name, tuple(role for role in roles if role in known), organisation)


def may_on(
    declared: RoleFile,
    caller: Caller,
    type_: str,
    action: str,
    *,
    owner: str | int = "",
    state: str = "",
    consented: bool = False,
) -> bool:
    """Return whether a caller may do something with one thing.

    Args:
        declared: The table.
        caller: Who asks.
        type_: What it is.
        action: What he wants to do.
        owner: Whose it is, as the type's `own` column has it; empty: nobody's.
        state: Where it stands; empty: it has no state.
        consented: Whether its firm's consent to his organisation holds today, for
            the purpose that the type names (`consents`).
    """
    own = owned(declared, caller, type_)
    return any(
        (
            row.of == "any"
            or (is_own and str(owner) == own)
            or (by_consent and consented)
        )
        and (not row.when or state in row.when)
        for row, is_own, by_consent in _rows(declared, caller, type_, action)
    )


def can(
    declared: RoleFile,
    caller: Caller,
    type_: str,
    action: str,
    *,
    state: str = "",
    of: Of | Literal[""] = "",
) -> bool:
    """Return whether there is a thing with which a caller may do something.

    Args:
        declared: The table.
        caller: Who asks.
        type_: What it would be.
        action: What he would do.
        state: In which state it would be; empty: in whichever.
        of: Whose it would be: his own, that of a firm that consented, or of somebody
            else (`any`); empty: whosever.
    """
    return any(
        (not of or row.of in (of, "any"))
        and (not row.when or not state or state in row.when)
        for row, _, _ in _rows(declared, caller, type_, action)
    )


def where(
    declared: RoleFile,
    caller: Caller,
    type_: str,
    action: str,
    alias: str = "",
    *,
    on: date | None = None,
) -> tuple[str, list[Any]]:
    """Return the predicate of the rows with which a caller may do something.

    It holds for exactly the rows for which `may_on` says yes. Its words come from the
    table alone; whatever a caller brings is a parameter.

    Args:
        declared: The table.
        caller: Who asks.
        type_: What the rows are.
        action: What he wants to do.
        alias: Of their table in the query; empty: none.
        on: The day that consents are held against; the office's own by default.

    Returns:
        The predicate, in brackets, and the values of its `%s`, in order.

    Raises:
        UsageError: It asks for a state, and the type has no column of it.
    """
    said = declared.types.get(type_)
    own = owned(declared, caller, type_)
    parts: list[tuple[str, list[Any]]] = []
    for row, is_own, by_consent in _rows(declared, caller, type_, action):
        assert said is not None
        clauses: list[str] = []
        values: list[Any] = []
        if is_own:
            clauses.append(f"{_column(alias, said.own)} = %s")
            values.append(int(own) if said.owner == "handle" else own)
        if by_consent:
            clauses.append(f"{_column(alias, said.own)} in ({_CONSENTED})")
            day = on or today()
            values += [caller.acts_for, said.consent, day, day]
        if row.when:
            if not said.state:
                msg = f"`{type_}` 没有状态这一列 (no column of its state)"
                raise UsageError(msg, hint="按单个对象问：`may_on(…, state=…)`")
            clauses.append(f"{_column(alias, said.state)} = any(%s)")
            values.append(list(row.when))
        if not clauses:
            return "(true)", []
        part = (" and ".join(clauses), values)
        if part not in parts:
            parts.append(part)
    if not parts:
        return "(false)", []
    return (
        "(" + " or ".join(f"({one})" for one, _ in parts) + ")",
        [value for _, values in parts for value in values],
    )


def consents(
    conn: Connection,
    declared: RoleFile,
    caller: Caller,
    type_: str,
    code: str,
    *,
    on: date | None = None,
) -> bool:
    """Return whether a firm lets a caller's organisation use a type of its things.

    Args:
        conn: The transaction.
        declared: The table.
        caller: Who asks.
        type_: What is asked for; it names the purpose.
        code: The firm's credit code.
        on: The day; the office's own by default.
    """
    said = declared.types.get(type_)
    if said is None or not said.consent or not caller.acts_for:
        return False
    day = on or today()
    found = conn.execute(
        f"select %s in ({_CONSENTED})",
        (code, caller.acts_for, said.consent, day, day),
    ).fetchone()
    return found is not None and bool(found[0])


def owned(declared: RoleFile, caller: Caller, type_: str) -> str:
    """Return what stands in the `own` column of what is a caller's; empty: nothing."""
    said = declared.types.get(type_)
    if said is None or not said.own:
        return ""
    if said.owner == "user":
        return caller.name
    if said.owner == "organisation":
        return caller.acts_for
    code = clean_code(caller.acts_for)
    if code_fault(code):
        return ""
    # Polars comes with it, which most who ask do without.
    from ceyuan.facts.store.handles import handle_of_code

    return str(handle_of_code(code))


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table, worked out: may a role alone do this or not.

    Args:
        role: The role; what is allowed to the public is allowed to it too.
        type: What it is done with.
        action: What is done.
        state: Where the thing stands; empty: it has no states.
        of: Whose it is: his own, of a firm that consented, somebody else's (`any`).
        allowed: Whether he may.
    """

    role: str
    type: str
    action: str
    state: str
    of: Of
    allowed: bool


def matrix(declared: RoleFile) -> Iterator[Cell]:
    """Yield every cell: each role, each action that a type knows, state and owner."""
    callers = {role: alone(role) for role in declared.roles}
    for type_, said in declared.types.items():
        whose: list[Of] = ["any"]
        if said.consent:
            whose.insert(0, "consented")
        if said.own:
            whose.insert(0, "own")
        for action in actions_of(declared, type_):
            for role, caller in callers.items():
                for state in said.states or ("",):
                    for of in whose:
                        allowed = can(
                            declared, caller, type_, action, state=state, of=of
                        )
                        yield Cell(role, type_, action, state, of, allowed)


def alone(role: str) -> Caller:
    """Return somebody who is in one role and no other."""
    if role == PUBLIC_ROLE:
        return PUBLIC
    # A sound code that is nobody's: where a number follows from it, there is one.
    return Caller(role, (role,), "91319999MA00000X2E")


def actions_of(declared: RoleFile, type_: str) -> list[str]:
    """Return the actions that a row or a verb knows of a type, in the file's order."""
    named = {
        action for row in declared.table if type_ in row.type for action in row.may
    }
    named |= {verb.action for verb in declared.verbs.values() if verb.type == type_}
    return [action for action in declared.actions if action in named]


def explain(declared: RoleFile, type_: str, action: str) -> Text:
    """Return in words which roles could do something."""
    zh, en = [], []
    for name, role in declared.roles.items():
        whose = {
            row.of
            for row in declared.table
            if name in row.role and type_ in row.type and action in row.may
        }
        if not whose:
            continue
        widest = next(of for of in _WHOSE if of in whose)
        zh.append(f"{role.zh}（{name}{_WHOSE[widest][0]}）")
        en.append(f"{role.en} ({name}{_WHOSE[widest][1]})")
    return Text(
        zh="、".join(zh) or "没有哪个角色可以", en="; ".join(en) or "no role could"
    )


def _rows(
    declared: RoleFile, caller: Caller, type_: str, action: str
) -> Iterator[tuple[Row, bool, bool]]:
    """Yield the rows that count for a caller: each, by ownership, by consent.

    A row about what is his own says nothing to somebody who has nothing.
    """
    if not _in_scope(caller, type_, action):
        return
    said: TypeSaid | None = declared.types.get(type_)
    if said is None:
        return
    roles = {*caller.roles, PUBLIC_ROLE}
    for row in declared.table:
        if action not in row.may or type_ not in row.type:
            continue
        if roles.isdisjoint(row.role) or (row.in_person and caller.behalf):
            continue
        is_own, by_consent = row.of == "own", row.of == "consented"
        if is_own and not owned(declared, caller, type_):
            continue
        if by_consent and not caller.acts_for:
            continue
        yield row, is_own, by_consent


def _in_scope(caller: Caller, type_: str, action: str) -> bool:
    if caller.scopes is None:
        return True
    return not caller.scopes.isdisjoint({f"{type_}.{action}", f"{type_}.*", EVERYTHING})


def _column(alias: str, name: str) -> str:
    quoted = '"' + name + '"'
    return f"{alias}.{quoted}" if alias else quoted
