# SPDX-License-Identifier: Apache-2.0
"""What one cell says: a number, a day, a yes or no, one of a list of codes.

Real sheets hold `1,234.5`, `５０００`, `1.2亿`, `约5000万`, `无`, `√`, `2019.3.5`. Each
reader returns the value or a `Fault` in words; the one hard idea is that what is
written inexactly (`约5000万`, `>500`, `500-1000`, `2019年`) is not a value: rounding it
to one would invent a fact. Blank marks (`-`, `/`, `不详`) are blank, never 0.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.facts.unitwords import plain, unit_word
from ceyuan.sheets.model import CellError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.declarations.facts import Code
    from ceyuan.sheets.model import CellValue

EXACT = Context(prec=400, traps=[Inexact])
"""Arithmetic that raises rather than rounds."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell gives no value.

    Args:
        code: The problem's code.
        why: What is wrong, in words that follow the quoted value.
        mend: How to mend the cell.
    """

    code: str
    why: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, with the unit that its own cell names."""

    value: int | Decimal
    unit: str


Reading: TypeAlias = int | Decimal | Number | Fault | None

_BLANK_WORDS = (
    "- -- --- — —— – ─ / // \\ n/a na n.a. n.a #n/a null none nil tbd 不详 未知 暂无 暂缺 "
    "暂无数据 无数据 未填 未填写 未提供 未报 未报送 待补 待补充 待定 待确认 待核实 待填 空 缺 缺失 "
    "保密 不便透露 不适用 . ... …… ? ??"
)
BLANKS = frozenset(_BLANK_WORDS.split()) | {""}
NOTHING = frozenset(("无", "没有", "暂没有", "未有", "0件", "零"))
"""Words that mean zero of something that is counted, or no."""

_MINUS = str.maketrans(
    {"−": "-", "﹣": "-", "－": "-", "，": ",", "．": ".", "。": "."}
)
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)\Z")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_SCIENTIFIC = re.compile(r"[-+]?\d+(?:\.\d+)?e[-+]?\d+\Z")
_BRACKETED = re.compile(r"\(([\d,.]+)\)(.*)\Z")
_CURRENCY = re.compile(r"(?:人民币|rmb|cny|¥|￥)")
_PIECES = re.compile(r"([-+]?[\d.,]+)([^\d]*)\Z")
_RANGE = re.compile(r"[\d.,]+\D{0,3}?\s*(?:-|~|～|—|–|至|到)\s*[\d.,]+")
_ROUGH = re.compile(
    r"约|大概|近|左右|上下|多|余|几|不到|不足|超|逾|以上|以下|以内|[<>≥≤≈~～+]"
)
_NAN = frozenset(("nan", "inf", "-inf", "+inf", "infinity", "-infinity", "#num!"))


def fold(text: str) -> str:
    """Return a cell's text half-width, lower case, without any white space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def read_number(cell: CellValue) -> Reading:
    """Return the number in a cell; None when it is blank.

    >>> read_number("1,234.50"), read_number("1.2亿").unit, read_number("-")
    (Decimal('1234.50'), '亿元', None)
    """
    if cell is None or (isinstance(cell, (int, Decimal)) and cell is not True):
        return None if cell is None else _finite(cell)
    if isinstance(cell, str):
        if cell.isdecimal() and cell.isascii():
            return int(cell)
        whole, point, rest = cell.partition(".")
        if point and cell.isascii() and whole.isdecimal() and rest.isdecimal():
            return Decimal(cell)
        return _from_text(cell)
    if isinstance(cell, CellError):
        return Fault("R234", "是表格的错误值，不是数字", "改正单元格里的公式或数值")
    if isinstance(cell, date):
        return Fault("R230", "是日期，不是数字", "填写数字，并检查单元格格式")
    return Fault("R230", "不是数字", "填写数字")


def _finite(cell: int | Decimal) -> Reading:
    if isinstance(cell, bool):
        return Fault("R230", "是逻辑值，不是数字", "填写数字")
    if isinstance(cell, Decimal) and not cell.is_finite():
        return Fault("R234", "不是有限的数字", "改正单元格里的公式或数值")
    return cell


def _from_text(cell: str) -> Reading:
    text = fold(cell).translate(_MINUS)
    if text in BLANKS:
        return None
    if text in NOTHING:
        return Number(0, "无")
    if text in _NAN or text.startswith("#"):
        return Fault("R234", "不是有限的数字", "改正单元格里的公式或数值")
    text = _CURRENCY.sub("", text.removeprefix("+"))
    if bracketed := _BRACKETED.match(text):
        text = f"-{bracketed[1]}{bracketed[2]}"  # (1,234) in an accountant's sheet
    if _SCIENTIFIC.match(text):
        why = "是科学计数法，可能丢了末尾的位数"
        return Fault("R233", why, "把单元格改成数字格式，填写完整的数")
    if _RANGE.search(text):
        return Fault("R232", "是一个范围，不是一个数", "填写一个准确的数")
    if _ROUGH.search(text):
        return Fault("R231", "是约数或上下限，不是准确的数", "填写准确的数")
    pieces = _PIECES.match(text)
    if not pieces:
        return Fault("R230", "不是数字", "填写数字")
    return _with_unit(pieces[1], pieces[2])


def _with_unit(digits: str, tail: str) -> Reading:
    if "," in digits and not _GROUPED.match(digits):
        return Fault("R230", "逗号的位置不对，可能是笔误", "填写不带逗号的数")
    digits = digits.replace(",", "")
    if not _NUMBER.match(digits):
        return Fault("R230", "不是数字", "填写数字")
    number = Decimal(digits)
    value = int(number) if "." not in digits else number
    if not tail:
        return value
    name = unit_word(tail) or unit_word(tail.removesuffix("整").removesuffix("人民币"))
    if not name:
        return Fault("R236", f"带有不认识的单位或文字“{tail}”", "只填写数字")
    return Number(value, name)


# --- days

_EPOCH = date(1899, 12, 30)
_SERIALS = range(14_000, 73_051)  # 1938 to 2099: a day, and not a count or an amount
_YMD = re.compile(r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?\Z")
_SOLID = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)\Z")
_YM = re.compile(r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})月?\Z")
_Y = re.compile(r"((?:19|20)\d\d)年?\Z")
_DMY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]((?:19|20)\d\d)\Z")
_TIME = re.compile(r"[t ]?\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:z|\+\d\d:?\d\d)?\Z")
_MONTHS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
)  # fmt: skip
_ENGLISH = (
    re.compile(r"([a-z]{3})[a-z]*\.?(\d{1,2})(?:st|nd|rd|th)?,?((?:19|20)\d\d)\Z"),
    re.compile(
        r"(\d{1,2})(?:st|nd|rd|th)?[-]?([a-z]{3})[a-z]*\.?,?[-]?((?:19|20)\d\d)\Z"
    ),
)
_HAN_YEAR = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_HAN = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日?\Z"
)


def read_day(cell: CellValue) -> date | Fault | None:
    """Return the day in a cell; None when it is blank.

    A year or a month alone is not a day: 2019 is not 1 January 2019.
    """
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return _plausible(cell.date())
    if isinstance(cell, date):
        return _plausible(cell)
    if isinstance(cell, CellError):
        return Fault("R234", "是表格的错误值，不是日期", "改正单元格里的公式")
    if isinstance(cell, bool):
        return Fault("R240", "不是日期", "按 2019-03-05 的样子填写")
    text = fold(str(cell)).translate(_MINUS)
    if text in BLANKS | NOTHING:
        return None
    return _day_text(text)


def _day_text(text: str) -> date | Fault:
    if (found := _TIME.search(text)) and found.start() > len("2019-3-5") - 1:
        text = text[: found.start()]
    if found := _YMD.match(text) or _SOLID.match(text):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if found := _HAN.match(text):
        year = int(found[1].translate(_HAN_YEAR))
        return _made(year, _han(found[2]), _han(found[3]))
    if text.isdecimal() and int(text) in _SERIALS:
        return _plausible(_EPOCH + timedelta(days=int(text)))
    if re.fullmatch(r"\d{5}\.\d+", text) and int(text[:5]) in _SERIALS:
        return _plausible(_EPOCH + timedelta(days=int(text[:5])))
    if text in {"0", "1"}:
        return Fault("R242", "是表格的空日期（1900 年）", "填写真实的日期，或留空")
    if _YM.match(text):
        return Fault("R241", "只有年和月，没有日", "填写到日，如 2019-03-05")
    if _Y.match(text):
        return Fault("R241", "只有年份，没有月和日", "填写到日，如 2019-03-05")
    if found := _DMY.match(text):
        return _either_way(int(found[1]), int(found[2]), int(found[3]))
    if found := _ENGLISH[0].match(text):
        return _named(found[1], int(found[2]), int(found[3]))
    if found := _ENGLISH[1].match(text):
        return _named(found[2], int(found[1]), int(found[3]))
    return Fault("R240", "不是能认出的日期", "按 2019-03-05 的样子填写")


def _han(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    first = int(tens.translate(_HAN_YEAR)) if tens else 1
    return first * 10 * bool(ten) + (int(ones.translate(_HAN_YEAR)) if ones else 0)


def _made(year: int, month: int, day: int) -> date | Fault:
    try:
        return _plausible(date(year, month, day))
    except ValueError:
        return Fault("R240", "没有这一天", "改成真实的日期")


def _named(month: str, day: int, year: int) -> date | Fault:
    if month not in _MONTHS:
        return Fault("R240", "不是能认出的日期", "按 2019-03-05 的样子填写")
    return _made(year, _MONTHS.index(month) + 1, day)


def _either_way(first: int, second: int, year: int) -> date | Fault:
    if first == second or second > 12 >= first:  # noqa: PLR2004 - months
        return _made(year, first, second)
    if first > 12 >= second:  # noqa: PLR2004
        return _made(year, second, first)
    return Fault("R244", "分不清哪个是月、哪个是日", "按 2019-03-05 的样子填写")


def _plausible(day: date) -> date | Fault:
    if day in {date(1900, 1, 1), date(1899, 12, 31), date(1904, 1, 1)} or day <= _EPOCH:
        return Fault("R242", "是表格的空日期（1900 年）", "填写真实的日期，或留空")
    return day


# --- yes and no, codes

_YES_WORDS = (
    "是 有 √ ✓ ✔ ☑ y yes 1 true t 已 对 属于 涉及 存在 符合 具备 是的 已上市 已认定 已入库 已取得 "
    "已获得 有效 已通过 已核验 已登记 在有效期内 ✅ 1.0"
)
_YES = frozenset(_YES_WORDS.split())
_NO_WORDS = (
    "否 无 × ✗ ✘ x ☒ n no 0 false f 未 没有 不是 不属于 不涉及 不存在 不符合 不具备 非 未上市 未认定 "
    "未入库 未取得 未获得 未通过 未核验 待核验 未登记 未发生 不 ❌ 0.0"
)
_NO = frozenset(_NO_WORDS.split())


def read_flag(cell: CellValue) -> bool | Fault | None:
    """Return yes or no; None when the cell is blank."""
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, CellError):
        return Fault("R234", "是表格的错误值", "填写是或否")
    text = fold(str(cell))
    if text in _YES:
        return True
    if text in _NO:
        return False
    if text in BLANKS:
        return None
    return Fault("R250", "既不是“是”也不是“否”", "填写是或否")


class Codes:
    """The words of a code list.

    Args:
        codes: The list.
        prefix: A cell need only begin with a word (an address does).
    """

    def __init__(self, codes: Mapping[str, Code], *, prefix: bool) -> None:
        self._words: dict[str, str] = {}
        self._names = [entry.zh for entry in codes.values()]
        for code, entry in codes.items():
            for word in (code, entry.zh, entry.en, *entry.synonyms):
                self._words.setdefault(plain(word), code)
        self._prefix = prefix
        self._by_length = sorted(self._words, key=len, reverse=True)

    def read(self, cell: CellValue) -> str | Fault | None:
        """Return the code that a cell names; None when the cell is blank."""
        if cell is None:
            return None
        if isinstance(cell, CellError):
            return Fault("R234", "是表格的错误值", "填写文字")
        text = plain(str(cell))
        if not text or fold(str(cell)) in BLANKS:
            return None
        if text in self._words:
            return self._words[text]
        if self._prefix:
            for word in self._by_length:
                rest = text[len(word) :]
                if text.startswith(word) and not rest.startswith(_STREET):
                    return self._words[word]
            return Fault("R251", "看不出属于哪一类", "写全，如以省市名开头的地址")
        return Fault("R251", "不在可选的内容里", f"填写：{self._choices()}")

    def read_many(self, cell: CellValue) -> frozenset[str] | Fault | None:
        """Return the set of codes that a cell lists."""
        if cell is None or isinstance(cell, CellError):
            return None if cell is None else Fault("R234", "是表格的错误值", "填写文字")
        if fold(str(cell)) in NOTHING:
            return frozenset()
        found: list[str] = []
        for part in re.split(r"[、,，;；/|\n+和]+", str(cell)):
            one = self.read(part)
            if isinstance(one, Fault):
                return one
            if one is not None:
                found.append(one)
        return frozenset(found) if found else None

    def _choices(self) -> str:
        return "、".join(self._names[:8]) + ("…" if self._names[8:] else "")


_STREET = ("路", "大道", "街", "道", "弄", "村", "公寓", "大厦")
"""上海路 88 号 is a street in other cities."""


def quoted(cell: CellValue) -> str:
    """Return a cell's value for a message, shortened."""
    text = " ".join(str(cell).split())
    return f"“{text[:37]}…”" if len(text) > 40 else f"“{text}”"  # noqa: PLR2004


def blank_only(cells: Iterable[CellValue]) -> bool:
    """Return whether nothing is written in any of the cells."""
    return all(c is None or (isinstance(c, str) and not c.strip()) for c in cells)
