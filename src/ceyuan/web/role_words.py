# SPDX-License-Identifier: Apache-2.0
"""The one table of permissions, as people read it: by role, then by type of thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.declarations.parts import Text
from ceyuan.office.roles import PUBLIC_ROLE

if TYPE_CHECKING:
    from ceyuan.office.roles import RoleFile


@dataclass(frozen=True, slots=True)
class Able:
    """What a role may do with things of a type.

    Args:
        type: What they are called.
        actions: What may be done with them.
        of: Whose: `own`, `consented` or `any`.
        when: In which states; empty: in all.
        in_person: Not by somebody who acts for another.
    """

    type: Text
    actions: tuple[Text, ...]
    of: str
    when: tuple[str, ...]
    in_person: bool


def able(declared: RoleFile, role: str) -> list[Able]:
    """Return what a role may, in the order of the file; what is everybody's apart."""
    found: dict[tuple[str, str, tuple[str, ...], bool], dict[str, None]] = {}
    for row in declared.table:
        if role not in row.role:
            continue
        for name in row.type:
            key = (name, row.of, row.when, row.in_person)
            found.setdefault(key, {}).update(dict.fromkeys(row.may))
    return [
        Able(
            Text(zh=declared.types[name].zh, en=declared.types[name].en),
            tuple(declared.actions[action] for action in actions),
            of,
            when,
            in_person,
        )
        for (name, of, when, in_person), actions in found.items()
    ]


def every_role(declared: RoleFile) -> list[tuple[str, Text, list[Able]]]:
    """Return each role with what it may; the public last, since all are public too."""
    order = [name for name in declared.roles if name != PUBLIC_ROLE]
    if PUBLIC_ROLE in declared.roles:
        order.append(PUBLIC_ROLE)
    return [(name, declared.roles[name], able(declared, name)) for name in order]
