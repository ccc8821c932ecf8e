# SPDX-License-Identifier: Apache-2.0
"""What is personal or a key to money is shown in part; the whole only for a purpose.

A rule keeps as much as is needed to tell two people apart who are looked at side by
side, and no more: a name keeps its family name, a number its ends. Whoever may unmask
says for which declared purpose, sees what may be used for it, and that he looked is a
row of the audit trail, written before he sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store.sealing import ERASED, open_values
from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.views import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from ceyuan.declarations.record_types import Attribute
    from ceyuan.facts.store import Kind
    from ceyuan.office.memory import Memory

STAR = "*"
_COMPOUND = frozenset(
    {
        "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙",
        "慕容", "令狐", "闻人", "端木", "钟离", "司徒", "南宫", "夏侯",
    }
)  # fmt: skip
"""Family names of two characters; any other is taken for one of one."""


def mask_name(text: str) -> str:
    """Return a person's name by its family name, or by its first letters.

    >>> mask_name("张三丰"), mask_name("欧阳源"), mask_name("Ada Lovelace")
    ('张**', '欧阳*', 'A** L*******')
    """
    name = text.strip()
    if not name or name.isascii():
        return " ".join(_ends(word, 1, 0) for word in name.split())
    keep = 2 if name[:2] in _COMPOUND and len(name) > 2 else 1
    return _ends(name, keep, 0)


def mask_phone(text: str) -> str:
    """Return a telephone number by its first three and last four figures."""
    return _ends(_plain(text), 3, 4)


def mask_id(text: str) -> str:
    """Return the number of a document by its first three and last two characters.

    The figures between them hold the day of birth.
    """
    return _ends(_plain(text), 3, 2)


def mask_account(text: str) -> str:
    """Return an account number by its last four figures."""
    return _ends(_plain(text), 0, 4)


def mask_email(text: str) -> str:
    """Return an address by its first character and its domain."""
    user, at, domain = text.strip().rpartition("@")
    return f"{_ends(user, 1, 0)}{at}{domain}" if at else _ends(domain, 1, 0)


def mask_whole(text: str) -> str:
    """Return nothing of a text but that there is one."""
    return STAR * 3 if text.strip() else ""


RULES: Mapping[str, Callable[[str], str]] = {
    "name": mask_name,
    "phone": mask_phone,
    "id": mask_id,
    "account": mask_account,
    "email": mask_email,
    "whole": mask_whole,
}
_OF = (
    ("phone", "phone"),
    ("id_number", "id"),
    ("name", "name"),
    ("account", "account"),
)


def rule_of(attribute: str) -> str:
    """Return the rule that an attribute is masked by; what no rule knows is hidden."""
    return next((rule for word, rule in _OF if word in attribute), "whole")


def masked(rule: str, text: str) -> str:
    """Return a text masked by a rule.

    Raises:
        UsageError: There is no such rule.
    """
    if rule not in RULES:
        msg = f"没有遮盖规则 `{rule}` (no such rule)"
        raise UsageError(msg, hint="、".join(RULES))
    return RULES[rule](text)


def _plain(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def _ends(text: str, first: int, last: int) -> str:
    """Return the ends of a text; all of it is hidden where a third would not be."""
    hidden = len(text) - first - last
    if hidden < 1 or hidden * 3 < len(text):
        return STAR * len(text)
    return f"{text[:first]}{STAR * hidden}{text[len(text) - last :]}"


@dataclass(frozen=True, slots=True)
class Held:
    """Something personal that is held of somebody.

    Args:
        kind: Record type.
        attribute: Attribute.
        zh: What it is called.
        en: The same in English.
        text: The value, masked or whole; empty where it was erased.
        state: `masked`, `open`, `erased` or `unreadable`.
    """

    kind: str
    attribute: str
    zh: str
    en: str
    text: str
    state: str


def held_of(memory: Memory, slot: int, *, on: date) -> list[Held]:
    """Return what is held of a person, masked."""
    return list(_held(memory, slot, on, ""))


def unmask(
    memory: Memory, slot: int, *, purpose: str, reason: str, on: date
) -> list[Held]:
    """Return what is held of a person; what may be used for a purpose is whole.

    Raises:
        UsageError: The purpose is not declared, or no reason is given.
    """
    if purpose not in memory.records.purposes:
        msg = f"没有声明用途 `{purpose}` (no such purpose)"
        raise UsageError(msg, hint=f"声明过的：{'、'.join(memory.records.purposes)}")
    if not reason.strip():
        msg = "显示全文要写明事由 (a reason is asked)"
        raise UsageError(msg, hint="例如收件号；不要写姓名和号码")
    with memory.transaction() as conn:
        audit(
            conn,
            "fact.unmask",
            [(f"person/p{slot}", None, {"purpose": purpose})],
            actor=memory.actor,
            reason=reason,
        )
    return list(_held(memory, slot, on, purpose))


def _held(memory: Memory, slot: int, on: date, purpose: str) -> Iterator[Held]:
    reading = memory.reading(on)
    for kind in memory.kinds.values():
        person = kind.said.person
        if not person or not kind.personal or not reading.has(kind.id):
            continue
        for frame in frames(reading, kind, on):
            if person not in frame.columns:
                continue
            of_person = frame.filter(pl.col(person) == f"p{slot}")
            yield from _told(memory, kind, of_person, purpose)


def _told(
    memory: Memory, kind: Kind, frame: pl.DataFrame, purpose: str
) -> Iterator[Held]:
    for name in (n for n in kind.attributes if n in kind.personal):
        if name not in frame.columns:
            continue
        said = kind.attributes[name]
        opened = open_values(
            memory.keyring(), frame[name].to_list(), record_type=kind.id, attribute=name
        )
        for value in dict.fromkeys(opened.values):
            if value is not None:
                text, state = _shown(said, name, value, purpose)
                yield Held(kind.id, name, said.zh, said.en, text, state)


def _shown(said: Attribute, name: str, value: object, purpose: str) -> tuple[str, str]:
    if value is ERASED:
        return "", "erased"
    if value is UNKNOWN:
        return "", "unreadable"
    if purpose and purpose in said.purpose:
        return str(value), "open"
    return masked(rule_of(name), str(value)), "masked"
