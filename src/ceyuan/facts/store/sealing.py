# SPDX-License-Identifier: Apache-2.0
"""Personal values, sealed under the key of the person whom they tell of.

    1 byte version | 8 bytes slot | 12 bytes nonce | sealed text | 16 bytes check

AES-256-GCM; the version, the slot and the place (`TYPE` and `ATTRIBUTE`) are bound
into the check, so a value cannot be moved to another person or another column.

The one hard idea: a value whose key was destroyed is neither unknown nor absent. It
was known, the law took it away, and it says so (`ERASED`, 已删除), while its
ciphertext, and every hash over it, stay as they are. A hash that people may see must
be a hash of the ciphertext: the hash of an id number is found by trying them all.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from ceyuan.kernel import UNKNOWN, Problem, Unknown, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.facts.store.keyring import Keyring

_VERSION = b"\x01"
_SLOT = slice(1, 9)
_NONCE = slice(9, 21)
_BODY = 21
_LEAST = _BODY + 16
_KEPT = 1024
"""Ciphers kept at once: one takes almost 2 kB."""


class Erasure(Enum):
    """The state of a value that was erased."""

    ERASED = "erased"

    def __bool__(self) -> bool:
        msg = "an erased value is neither true nor false; compare with `is`"
        raise TypeError(msg)

    def __repr__(self) -> str:
        return self.name

    def __str__(self) -> str:
        return "已删除"


ERASED: Final = Erasure.ERASED
Erased: TypeAlias = Literal[Erasure.ERASED]


@dataclass(frozen=True, slots=True)
class Opened:
    """Values read back.

    Args:
        values: One per ciphertext: the text, `ERASED`, None where nothing was
            stated, `UNKNOWN` where it cannot be read (then a problem says why).
        problems: Each cause once, with how many values and the first place.
    """

    values: list[str | Erased | Unknown | None]
    problems: tuple[Problem, ...]


def seal_values(
    keyring: Keyring,
    slots: Sequence[int | None],
    values: Sequence[str | None],
    *,
    record_type: str,
    attribute: str,
) -> list[bytes | None]:
    """Return the ciphertext of each value; None where there is none.

    Args:
        keyring: The keys.
        slots: The person of each value (`person_slots`).
        values: The plain values.
        record_type: Record type that the values stand in.
        attribute: Attribute that they are.

    Raises:
        UsageError: A value belongs to nobody, or to somebody who has been erased.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    said = [at for at, value in enumerate(values) if value is not None]
    owners: list[int] = []
    for at, slot in zip(said, (slots[at] for at in said), strict=True):
        if slot is None:
            msg = f"第 {at + 1} 个个人数据没有写明是谁的 (whose value is it?)"
            raise UsageError(msg, hint="先补上这一行的身份列，或者留空这一格")
        owners.append(slot)
    place = _place(record_type, attribute)
    nonces = os.urandom(12 * len(said))
    sealed: list[bytes | None] = [None] * len(values)
    cipher_of = lru_cache(_KEPT)(AESGCM)
    keys = keyring.keys(owners)
    for number, (at, slot, key) in enumerate(zip(said, owners, keys, strict=True)):
        if key is None:
            msg = f"密钥位 {slot} 的个人数据已经删除 (this person was erased)"
            hint = "重新导入这个文件；仍然出现时，再执行一次这个人的删除"
            raise UsageError(msg, hint=hint)
        value = values[at]
        assert value is not None
        head = _VERSION + slot.to_bytes(8, "big")
        nonce = nonces[number * 12 : number * 12 + 12]
        body = cipher_of(key).encrypt(nonce, value.encode(), head + place)
        sealed[at] = head + nonce + body
    return sealed


def open_values(
    keyring: Keyring,
    sealed: Sequence[bytes | None],
    *,
    record_type: str,
    attribute: str,
) -> Opened:
    """Return the plain values of ciphertexts; wrong ones are problems, not errors."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    last = keyring.last
    values: list[str | Erased | Unknown | None] = [None] * len(sealed)
    torn: list[int] = []
    strange: list[int] = []
    altered: list[int] = []
    whole: list[tuple[int, bytes, int]] = []
    for at, content in enumerate(sealed):
        if content is None:
            continue
        slot = int.from_bytes(content[_SLOT], "big")
        if len(content) < _LEAST or not content.startswith(_VERSION) or slot < 1:
            torn.append(at)
        elif slot > last:
            strange.append(at)
        else:
            whole.append((at, content, slot))
    place = _place(record_type, attribute)
    cipher_of = lru_cache(_KEPT)(AESGCM)
    keys = keyring.keys([slot for _, _, slot in whole])
    for (at, content, _), key in zip(whole, keys, strict=True):
        if key is None:
            values[at] = ERASED
            continue
        try:
            plain = cipher_of(key).decrypt(
                content[_NONCE], content[_BODY:], content[:9] + place
            )
        except InvalidTag:
            altered.append(at)
        else:
            values[at] = plain.decode()
    for at in (*torn, *strange, *altered):
        values[at] = UNKNOWN
    return Opened(
        values, _problems(f"{record_type}.{attribute}", torn, strange, altered)
    )


def slots_of(sealed: Sequence[bytes | None]) -> list[int | None]:
    """Return whose value each ciphertext is; it can be told without any key."""
    return [
        None if content is None else int.from_bytes(content[_SLOT], "big")
        for content in sealed
    ]


def _place(record_type: str, attribute: str) -> bytes:
    return f"{record_type}\x1f{attribute}".encode()


def _problems(
    column: str, torn: list[int], strange: list[int], altered: list[int]
) -> tuple[Problem, ...]:
    causes = (
        (
            torn,
            "R450",
            "不是密文，或者被截断 (not a sealed value, or cut off)",
            "核对批次文件：`ceyuan doctor` 指出被改动的文件",
        ),
        (
            strange,
            "R451",
            "的密钥不在这个密钥环里 (sealed under another ring)",
            "把这个工作区最新的 keys/keyring 副本放回来",
        ),
        (
            altered,
            "R452",
            "与密钥对不上：内容被改动，或者密钥环不对 (altered, or another ring)",
            "核对批次文件，再核对 keys/keyring 是不是这个工作区的",
        ),
    )
    return tuple(
        Problem(
            code=code,
            message=f"{column} 有 {len(places)} 个个人数据打不开，"
            f"第一个是第 {places[0] + 1} 个：它{why}",
            mend=mend,
        )
        for places, code, why, mend in causes
        if places
    )
