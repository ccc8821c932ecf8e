# SPDX-License-Identifier: Apache-2.0
"""Receipts that the office keeps, so that a code on paper leads to them.

A receipt is kept under the hash of what it says; whoever has the code has the paper
that it stands on, or the file. The code says nothing and cannot be guessed. What is
kept can be made again from the run or the book, and is never changed.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ceyuan.kernel import InputRejected
from ceyuan.office.receipt_form import checksum
from ceyuan.office.receipts import make_receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ceyuan.office.memory import Memory

CODE = re.compile(r"[0-9a-f]{64}\Z")
MOST_BYTES = 8 << 20


def issue_receipt(
    memory: Memory,
    run: str,
    firm: int | None,
    *,
    key: str = "",
    subject: str = "firm",
    policies: Sequence[str] = (),
) -> str:
    """Make a receipt of one subject's decisions, keep it, and return its code.

    Raises:
        UsageError: There is no such run, subject, or policy in it.
        Damaged: A sealed file is missing or was altered.
    """
    made = make_receipt(memory, run, firm, key=key, subject=subject, policies=policies)
    return keep_receipt(memory, made)


def keep_receipt(memory: Memory, receipt: Mapping[str, Any]) -> str:
    """Keep a receipt, of a decision or of the book; return its code."""
    code = checksum(receipt)
    place = _place(memory, code)
    if not place.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{uuid4().hex}.part")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(receipt, file, ensure_ascii=False, separators=(",", ":"))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    return code


def kept_receipt(memory: Memory, code: str) -> dict[str, Any] | None:
    """Return a receipt that the office keeps; None where it keeps none of this code."""
    if not CODE.match(code):
        return None
    place = _place(memory, code)
    if not place.is_file():
        return None
    found: dict[str, Any] = json.loads(place.read_text("utf-8"))
    return found


def read_receipt(text: bytes | str) -> dict[str, Any]:
    """Return a document that somebody handed in.

    Raises:
        InputRejected: It is too large, no JSON, or no document.
    """
    if len(text) > MOST_BYTES:
        raise _rejected("凭据太大 (too large)", f"凭据不超过 {MOST_BYTES >> 20} MB")
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        document = json.loads(plain, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _rejected(
            "这不是一份凭据：读不出 JSON (not a receipt)",
            "交凭据文件（.json）的全部内容，不要只交一部分",
        ) from error
    if not isinstance(document, dict):
        raise _rejected("这不是一份凭据 (not a receipt)", '凭据以 {"schema": … 开头')
    return document


def _rejected(message: str, mend: str) -> InputRejected:
    return InputRejected(message, hint=mend)


def _no_number(text: str) -> None:
    msg = f"{text} is no number"
    raise ValueError(msg)


def _place(memory: Memory, code: str) -> Path:
    return memory.workspace.folder / "receipts" / code[:2] / f"{code}.json"
