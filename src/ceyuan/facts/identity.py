# SPDX-License-Identifier: Apache-2.0
"""Whose row it is: the credit code, cleaned, and what is wrong with it.

A credit code holds two check characters: its own (GB 32100, the 18th) and that of
the organisation code inside it (GB 11714, the 17th). The one hard idea is to use
both: where one character was dropped, eighteen different codes pass the first
check, but rarely more than one passes the second too, and only a single candidate
is worth suggesting.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING

from ceyuan.facts.values import BLANKS, Fault, fold
from ceyuan.kernel import clean_code, code_fault
from ceyuan.sheets.model import CellError

if TYPE_CHECKING:
    from ceyuan.sheets.model import CellValue

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18
_OLD_LENGTH = 15
_BODY = slice(8, 17)
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LOOKALIKE = str.maketrans({"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"})
_SHORT = 8
_UNSAID = str.maketrans("", "", "·•.,。")
_SHAPE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}\Z", re.ASCII)
_PLACES = {letter: place for place, letter in enumerate(_ALPHABET)}
_POWERS = tuple(pow(3, place, 31) for place in range(17))
_LOST = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+\Z")


def read_code(cell: CellValue) -> tuple[str, Fault | None]:
    """Return the cleaned credit code of a cell and what is wrong with it."""
    if cell is None:
        return "", None
    if isinstance(cell, str) and _surely_sound(cell):
        return cell, None
    if isinstance(cell, CellError):
        return "", Fault("R234", "是表格的错误值", "填写 18 位统一社会信用代码")
    if isinstance(cell, (int, Decimal)) or _LOST.match(str(cell).strip()):
        why = "存成了数字，表格只保留 15 位，后面的位数已经丢失"
        return "", Fault("R204", why, "把这一列改成文本格式，重新填写代码")
    if fold(str(cell)) in BLANKS | {"无"}:
        return "", None
    code = clean_code(str(cell))
    fault = code_fault(code)
    if not fault:
        return code, None
    return code, Fault("R203", fault, _mend(code))


def _surely_sound(code: str) -> bool:
    """Return whether a code is sound beyond doubt; the quick way for a million.

    False says nothing: `kernel.code_fault` decides then.
    """
    if not _SHAPE.match(code):
        return False
    total = sum(_PLACES[c] * w for c, w in zip(code, _POWERS, strict=False))
    return _PLACES[code[17]] == -total % 31


def _mend(code: str) -> str:
    if len(code) == _LENGTH:
        fixed = code.translate(_LOOKALIKE)
        if fixed != code and not code_fault(fixed):
            return f"可能是 {fixed}（字母 I、O、Z、S、V 不用于信用代码）"
        checked = _with_check(code[:-1])
        if checked:
            return f"核对营业执照；若前 17 位无误，应为 {checked}"
    if len(code) == _LENGTH - 1:
        candidates = _completed(code)
        if len(candidates) == 1:
            return f"可能漏了一位，应为 {candidates.pop()}；请核对营业执照"
        checked = _with_check(code)
        if checked:
            return f"若漏的是末位校验码，应为 {checked}；请核对营业执照"
    if len(code) == _OLD_LENGTH and code.isdecimal():
        return "像是旧的 15 位工商注册号，请填写 18 位统一社会信用代码"
    return "请核对营业执照上的 18 位统一社会信用代码"


def _with_check(body: str) -> str:
    """Return the first 17 places with their check character; "" if impossible."""
    for last in _ALPHABET:
        if not code_fault(body + last):
            return body + last
    return ""


def _completed(code: str) -> set[str]:
    """Return the codes with one character more that pass both checks."""
    tried = {
        code[:at] + letter + code[at:] for at in range(_LENGTH) for letter in _ALPHABET
    }
    return {c for c in tried if _organisation_sound(c[_BODY]) and not code_fault(c)}


def _organisation_sound(body: str) -> bool:
    """Return whether an organisation code passes its own check (GB 11714)."""
    if any(c not in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" for c in body):
        return False
    total = sum(int(c, 36) * w for c, w in zip(body, _WEIGHTS, strict=False))
    check = 11 - total % 11
    return body[8] == ("X" if check == 10 else "0" if check == 11 else str(check))  # noqa: PLR2004


def read_name(cell: CellValue) -> str:
    """Return a firm's name as written, trimmed; "" when there is none."""
    if cell is None or isinstance(cell, (CellError, bool)):
        return ""
    text = " ".join(str(cell).split())
    return "" if len(text) < _SHORT and fold(text) in BLANKS else text


def name_key(name: str) -> str:
    """Return a name for comparison: `（）` and `()` are one, blanks are none."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(plain.split()).translate(_UNSAID)
