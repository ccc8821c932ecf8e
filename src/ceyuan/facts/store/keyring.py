# SPDX-License-Identifier: Apache-2.0
"""The key ring: one secret for each person, in one file, so that it can be destroyed.

    keys/keyring   32 bytes of header | slot 0 | slot 1 | slot 2 | …   32 bytes each

Slot 0 holds the pepper, the secret under which people are looked up; every further
slot holds the key of one person. A slot of zeros holds no key any more.

The one hard idea: what is written once into sealed batches, snapshots and backups is
never written again, so the only thing that can be taken away is the key. The ring is
therefore the one file that is changed in place, and it is never copied into memory
for longer than a call: a key that another process destroys is gone here, too. Slots
lie on multiples of 32, so that none straddles two blocks of a disk: a write that is
torn by a loss of power can harm no other person's key. New keys are only ever added
at the end and are on disk before anybody is told their slot; a slot is never used
twice, so zeros within the file mean one thing: destroyed.

The ring must not go into the same backup as the data (`docs/errors/store.md`, R451):
a copy of a key outlives its destruction.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from typing import TYPE_CHECKING, Self

from ceyuan.kernel import CeyuanError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SLOT = 32
_HEADER = b"CEYUAN KEY RING 1".ljust(SLOT - 1) + b"\n"
_GONE = bytes(SLOT)
_FEW = 64
"""Up to here keys are read one by one, beyond it in one go."""


class Keyring:
    """The secrets of one workspace.

    Example:
        ```python
        ring = Keyring.open(workspace / "keys/keyring")
        ring.new(1)
        ring.destroy(1)
        assert ring.key(1) is None
        ```
    """

    __slots__ = ("_file", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def __repr__(self) -> str:
        return f"Keyring({str(self.path)!r}, {self.last} keys)"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Keyring:
        """Open a ring; make it first when there is none.

        Args:
            path: The file; its folder is made, too, for its owner only.
            create: Whether a missing ring is made. A restored database without its
                ring must not get a new one: say False wherever data are there.

        Raises:
            UsageError: There is no ring, others may read it, or it is another file.
        """
        if create and not path.exists():
            _make(path)
        try:
            ring = cls(path)
        except FileNotFoundError:
            msg = f"找不到密钥环 `{path}` (there is no key ring)"
            hint = "从另存的副本放回 keys/keyring；没有它，个人数据打不开"
            raise UsageError(msg, hint=hint) from None
        ring._check()
        return ring

    def close(self) -> None:
        """Let go of the file."""
        file, self._file = getattr(self, "_file", -1), -1
        if file >= 0:
            os.close(file)

    @property
    def pepper(self) -> bytes:
        """Return the secret under which people are looked up."""
        return os.pread(self._file, SLOT, SLOT)

    @property
    def last(self) -> int:
        """Return the last slot that was ever given out; 0 when none was."""
        size = os.fstat(self._file).st_size
        # A slot that was cut off when the power failed counts: it is not used again.
        return max(0, -(-size // SLOT) - 2)

    def new(self, *slots: int) -> None:
        """Make a key for each slot; they are on disk when this returns.

        Raises:
            UsageError: A slot was given out before.
        """
        if not slots:
            return
        wanted = sorted(set(slots))
        with self._alone():
            if wanted[0] <= self.last:
                msg = f"密钥位 {wanted[0]} 已经用过，末位是 {self.last} (slot used before)"
                raise UsageError(msg, hint="密钥位只往后加：从末位之后取号")
            for first, count in _runs(wanted):
                _write(self._file, secrets.token_bytes(SLOT * count), _place(first))
            os.fsync(self._file)

    def key(self, slot: int) -> bytes | None:
        """Return a person's key; None: it was destroyed."""
        return self.keys([slot])[0]

    def keys(self, slots: Sequence[int]) -> list[bytes | None]:
        """Return the keys of many, None for each that was destroyed.

        Raises:
            UsageError: A slot was never given out: this is another database's ring.
        """
        if not slots:
            return []
        low, high = min(slots), max(slots)
        if low < 1 or high > self.last:
            wrong = low if low < 1 else high
            msg = (
                f"密钥环 `{self.path}` 里没有密钥位 {wrong}，末位是 {self.last} "
                "(the ring has no such slot)"
            )
            hint = "这不是这个数据库的密钥环，或者是旧副本；把最新的副本放回来"
            raise UsageError(msg, hint=hint)
        if len(slots) <= _FEW:
            found = [os.pread(self._file, SLOT, _place(slot)) for slot in slots]
        else:
            span = _read(self._file, (high - low + 1) * SLOT, _place(low))
            found = [
                span[at : at + SLOT] for at in ((slot - low) * SLOT for slot in slots)
            ]
        return [key if key != _GONE and len(key) == SLOT else None for key in found]

    def destroy(self, *slots: int) -> None:
        """Overwrite keys with zeros, on disk, for good; doing it again is harmless.

        Raises:
            UsageError: A slot was never given out.
        """
        if not slots:
            return
        with self._alone():
            self.keys(slots)
            for slot in slots:
                os.pwrite(self._file, _GONE, _place(slot))
            os.fsync(self._file)

    def _check(self) -> None:
        mode = os.fstat(self._file).st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            msg = f"密钥环 `{self.path}` 别人也能读 (others may read the key ring)"
            raise UsageError(msg, hint=f"chmod 600 {self.path}")
        if os.pread(self._file, SLOT, 0) != _HEADER or len(self.pepper) != SLOT:
            msg = f"`{self.path}` 不是密钥环，或者不完整 (not a whole key ring)"
            raise UsageError(msg, hint="从另存的副本放回 keys/keyring")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other writers out, in this process and in others."""
        import fcntl

        # A lock belongs to an opened file, so each call opens its own.
        held = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            if os.fstat(held).st_ino != os.fstat(self._file).st_ino:
                msg = f"密钥环 `{self.path}` 被换掉了 (the key ring was replaced)"
                raise CeyuanError(msg, hint="重新运行命令")
            yield
        finally:
            os.close(held)


def _make(path: Path) -> None:
    """Write a new ring so that it is there whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    file = os.open(draft, flags, 0o600)
    try:
        _write(file, _HEADER + secrets.token_bytes(SLOT), 0)
        os.fsync(file)
        # Two processes may come at once: the second keeps the ring of the first.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        os.close(file)
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _place(slot: int) -> int:
    return (slot + 1) * SLOT


def _runs(slots: list[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of each run of slots that follow one another."""
    first = before = slots[0]
    for slot in slots[1:]:
        if slot != before + 1:
            yield first, before - first + 1
            first = slot
        before = slot
    yield first, before - first + 1


def _read(file: int, size: int, place: int) -> bytes:
    parts = []
    while size and (part := os.pread(file, size, place)):
        parts.append(part)
        size, place = size - len(part), place + len(part)
    return b"".join(parts)


def _write(file: int, content: bytes, place: int) -> None:
    while content:
        written = os.pwrite(file, content, place)
        content, place = content[written:], place + written
