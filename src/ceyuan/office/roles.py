# SPDX-License-Identifier: Apache-2.0
"""`roles.yaml`: the one table of who may do what, read and checked.

A row allows a role some actions on a type of thing: anybody's, one's own, or that of a
firm that consented; in some of its states, or in all. The table is read whole or not
at all: a name that means nothing is told with its line and the nearest one that does,
so that a slip of the pen neither opens nor shuts a door without anybody knowing.
What a row means is in `ceyuan.office.permissions`; which steps of a case are another
person's (`apart`) is asked by `ceyuan.office.users`.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from ceyuan.declarations.parts import Part, Text, build
from ceyuan.declarations.region import REGIONS, _folders
from ceyuan.declarations.source import read_source
from ceyuan.kernel import RuleError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ceyuan.declarations.source import Path_, Source

PUBLIC_ROLE = "public"
"""Everybody is in this role, also who is not logged in."""
FIRM_ROLE = "firm"
"""What somebody is who acts on behalf of a firm."""
_COLUMN = re.compile(r"[a-z][a-z0-9_]*\Z")
_MOST_FAULTS = 6


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]
"""One name, or a list of them."""


class TypeSaid(Part):
    """A type of thing: how it is called, and where it says whose it is.

    Args:
        zh: Its name.
        en: Its name.
        table: Where its rows stand; empty: they are worked out.
        own: The column that says whose a row is; empty: nobody's in particular.
        owner: What that column holds: an organisation as a user's `organisation` has
            it, the number that follows from its credit code, or a user's name.
        consent: For which purpose a firm can let others use what is its own.
        state: The column that says where a row stands; empty: no column does.
        states: The states that it can be in.
    """

    zh: str
    en: str
    table: str = ""
    own: str = ""
    owner: Literal["organisation", "handle", "user"] = "organisation"
    consent: str = ""
    state: str = ""
    states: tuple[str, ...] = ()


class VerbSaid(Text):
    """A verb of the office: its names, and the action that it is."""

    type: str
    action: str


class Purpose(Text):
    """What a firm can let others use its data for.

    Args:
        days: So many days a consent holds, unless it is taken back.
        link_days: So many days the link stands that asks for it.
    """

    days: int
    link_days: int


class Row(Part):
    """A row of the table: who may do what with which things.

    Args:
        role: Roles.
        type: Types.
        may: Actions.
        of: Whose things: anybody's, one's own, of a firm that consented.
        when: In which states; none: in all.
        in_person: Not by somebody who acts on another's behalf.
    """

    role: Names
    type: Names
    may: Names
    of: Literal["own", "consented", "any"]
    when: Names = ()
    in_person: bool = False


class RoleFile(Part):
    """`roles.yaml`: roles, types, actions, verbs, and the table that joins them.

    Args:
        roles: Roles by id.
        types: Types by id.
        actions: Actions by id.
        verbs: Verbs by id, as messages and the audit trail name them.
        table: Who may do what; what no row allows, nobody may.
        purposes: What a firm can consent to, by id.
        apart: By verb, the steps of the same case that are another person's.
    """

    roles: dict[str, Text]
    types: dict[str, TypeSaid]
    actions: dict[str, Text]
    verbs: dict[str, VerbSaid]
    table: tuple[Row, ...]
    purposes: dict[str, Purpose]
    apart: dict[str, Names] = Field(default_factory=dict)


@cache
def load_roles(region: str) -> RoleFile:
    """Return the roles of a region: its own file, or the nearest parent's.

    Raises:
        RuleError: The file is wrong.
        UsageError: There is none.
    """
    for folder in reversed(_folders(region)):
        path = folder / "roles.yaml"
        if path.is_file():
            return read_roles(
                read_source(path, name=path.relative_to(REGIONS).as_posix())
            )
    msg = f"`{region}` 没有声明角色 (no roles are declared)"
    raise UsageError(msg, hint="在 regions/…/roles.yaml 里声明")


def read_roles(source: Source) -> RoleFile:
    """Return a table that says nothing which means nothing.

    Raises:
        RuleError: A part is missing or of the wrong kind, a name is unknown, or a row
            asks of a type what that has not: the first of them, the others named.
    """
    made = build(RoleFile, source)
    faults = sorted(
        ((source.line(path), path, msg, hint) for path, msg, hint in _faults(made)),
        key=lambda fault: fault[0],
    )
    if faults:
        line, path, msg, hint = faults[0]
        for also, _, said, _ in faults[1:_MOST_FAULTS]:
            msg += f"\n  also line {also}: {said}"
        raise RuleError(
            msg,
            code="D103",
            file=source.name,
            line=line,
            clause=".".join(map(str, path)),
            hint=hint,
        )
    return made


def _faults(said: RoleFile) -> Iterator[tuple[Path_, str, str]]:
    """Yield what is wrong: where, what, and how to mend it."""
    for name, type_ in said.types.items():
        yield from _of_type(said.purposes, name, type_)
    for name, verb in said.verbs.items():
        yield from _known(("verbs", name, "type"), "type", verb.type, said.types)
        yield from _known(
            ("verbs", name, "action"), "action", verb.action, said.actions
        )
    for place, row in enumerate(said.table):
        at: Path_ = ("table", place)
        for key, word, names, known in (
            ("role", "role", row.role, said.roles),
            ("type", "type", row.type, said.types),
            ("may", "action", row.may, said.actions),
        ):
            for one in names:
                yield from _known((*at, key), word, one, known)
        for one in row.type:
            if one in said.types:
                yield from _of_row(at, row, one, said.types[one])
    for step, before in said.apart.items():
        for one in (step, *before):
            yield from _known(("apart", step), "verb", one, said.verbs)


def _of_type(
    purposes: Iterable[str], name: str, said: TypeSaid
) -> Iterator[tuple[Path_, str, str]]:
    at: Path_ = ("types", name)
    for key, column in (
        ("table", said.table),
        ("own", said.own),
        ("state", said.state),
    ):
        if column and not _COLUMN.match(column):
            msg = f"`{column}` is no name of a table or column"
            yield (*at, key), msg, "small letters, figures and `_`"
    if said.consent:
        yield from _known((*at, "consent"), "purpose", said.consent, purposes)
        if not said.own or said.owner != "organisation":
            msg = f"nobody can consent to the use of `{name}`: no firm owns it"
            yield (*at, "consent"), msg, "say the column of its credit code: `own`"
    if said.state and not said.states:
        msg = f"`{name}` has a column of states and no states"
        yield (*at, "state"), msg, "list them: `states`"


def _of_row(
    at: Path_, row: Row, name: str, said: TypeSaid
) -> Iterator[tuple[Path_, str, str]]:
    if row.of == "own" and not said.own:
        msg = f"`{name}` is nobody's own: it has no column that says whose it is"
        yield (*at, "of"), msg, f"give the type `{name}` an `own`, or write `of: any`"
    if row.of == "consented" and not said.consent:
        msg = f"`{name}` cannot be consented to: it has no purpose"
        yield (*at, "of"), msg, f"give the type `{name}` a `consent`"
    for state in row.when:
        if not said.states:
            msg = f"`{name}` has no states"
            yield (*at, "when"), msg, "leave `when` out, or list its `states`"
            return
        yield from _known((*at, "when"), f"state of `{name}`", state, said.states)


def _known(
    path: Path_, what: str, name: str, known: Iterable[str]
) -> Iterator[tuple[Path_, str, str]]:
    names = list(known)
    if name in names:
        return
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(names)}"
    yield path, f"there is no {what} `{name}`", hint
