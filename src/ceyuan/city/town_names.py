# SPDX-License-Identifier: Apache-2.0
"""Names and codes of a million firms that do not exist.

A name is coined of four characters, so that 160,000 differ, and of a seat that
differs for those that share them: no two of the first million firms have the same
name, and all say 虚构 or 样例 in it. A credit code starts with a division that there
is not (`codes.FICTITIOUS_PREFIX`) and carries both check characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ceyuan.city.codes import FICTITIOUS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.city.town_draws import Bits, Ints, Lots

MOST_FIRMS = 1_000_000
_SIGNS = (
    "澄槐砺霁苓岫朔沅骁翎璟煦荻谌翊昉柘湫皓筱",
    "光迦曜辛禾屿弦芃栩坞榆翮岑砚苒蔚桁洄铎棠",
    "之以若可亦同予尔惟言如应自有相清微远新安",
    "岳泓禹珩朗泽昀柏舟野穆川原湛屹拓衡韬策启",
)
_COINED = 20**4
_SEATS = ("", "上海", "浦东", "临港", "申浦", "沪江", "海湾")
_MARKS = ("虚构", "样例")
_FORMS = ("有限公司", "股份有限公司")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
HIGH, MIDDLE, LOW = 2, 1, 0


@dataclass(frozen=True, slots=True)
class Trade:
    """One industry of the town.

    Args:
        section: Section letter of GB/T 4754.
        division: Its two digits.
        words: What firms of it call themselves.
        keen: How much it lives on technology: HIGH, MIDDLE, LOW.
        weight: How many of the weights of all.
    """

    section: str
    division: int
    words: tuple[str, ...]
    keen: int
    weight: int


TRADES = (
    Trade("I", 65, ("软件", "数据科技", "信息技术"), HIGH, 150),
    Trade("C", 39, ("半导体", "微电子", "光电"), HIGH, 60),
    Trade("C", 27, ("生物医药", "生物科技"), HIGH, 40),
    Trade("M", 73, ("科技研究", "工程技术"), HIGH, 60),
    Trade("C", 35, ("智能装备", "医疗器械"), MIDDLE, 55),
    Trade("C", 34, ("机器人", "精密机械"), MIDDLE, 40),
    Trade("C", 38, ("新能源", "储能科技"), MIDDLE, 40),
    Trade("C", 26, ("新材料",), MIDDLE, 30),
    Trade("C", 40, ("传感科技", "仪器"), MIDDLE, 25),
    Trade("C", 36, ("汽车部件",), MIDDLE, 20),
    Trade("M", 74, ("检测技术", "工程设计"), MIDDLE, 50),
    Trade("M", 75, ("科技服务",), MIDDLE, 60),
    Trade("N", 77, ("环境科技",), MIDDLE, 20),
    Trade("G", 59, ("供应链", "仓储"), LOW, 60),
    Trade("L", 72, ("企业管理咨询", "会展"), LOW, 180),
    Trade("L", 71, ("设备租赁",), LOW, 30),
    Trade("F", 51, ("贸易",), LOW, 180),
    Trade("F", 52, ("商贸", "零售"), LOW, 100),
    Trade("H", 62, ("餐饮管理",), LOW, 60),
    Trade("E", 50, ("建筑装饰",), LOW, 50),
    Trade("K", 70, ("物业管理", "置业"), LOW, 40),
    Trade("Q", 84, ("健康管理",), LOW, 24),
    Trade("R", 87, ("文化传播",), LOW, 36),
    Trade("O", 81, ("汽车维修",), LOW, 20),
    Trade("P", 83, ("教育培训",), LOW, 20),
    Trade("A", 1, ("种业",), LOW, 12),
)
DISTRICTS = (
    ("浦东新区", 26),
    ("闵行区", 11),
    ("松江区", 10),
    ("嘉定区", 10),
    ("奉贤区", 9),
    ("徐汇区", 7),
    ("杨浦区", 7),
    ("青浦区", 6),
    ("宝山区", 5),
    ("静安区", 5),
    ("金山区", 4),
)


def code_letters(numbers: Ints) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the credit codes of firms, one row of 18 ASCII letters per firm."""
    mixed = numbers * 7919 + 104_729
    letters = np.frombuffer(_ALPHABET.encode(), dtype=np.uint8)
    made = np.empty((len(numbers), 18), dtype=np.uint8)
    made[:, :10] = np.frombuffer(FICTITIOUS_PREFIX.encode(), dtype=np.uint8)
    for place in range(6):
        made[:, 15 - place] = letters[mixed // 31**place % 31]
    body = made[:, 8:16].astype(np.int64)
    body -= np.where(body >= ord("A"), ord("A") - 10, ord("0"))
    total = body @ np.array(_WEIGHTS, dtype=np.int64)
    check = np.frombuffer(b"0123456789X", dtype=np.uint8)
    made[:, 16] = check[(11 - total % 11) % 11]
    places = np.zeros(128, dtype=np.int64)
    places[letters] = np.arange(31)
    powers = np.array([pow(3, place, 31) for place in range(17)], dtype=np.int64)
    made[:, 17] = letters[-(places[made[:, :17]] @ powers) % 31]
    return made


def codes(numbers: Ints) -> pa.Array:
    """Return the credit codes of firms; `codes.credit_code` for many."""
    data = np.ascontiguousarray(code_letters(numbers))
    ends = np.arange(len(numbers) + 1, dtype=np.int32) * 18
    return pa.StringArray.from_buffers(
        len(numbers), pa.py_buffer(ends), pa.py_buffer(data)
    )


def names(lots: Lots, trades: Ints, *, share_form: Bits) -> pa.Array:
    """Return the names of firms; no two of the first million are the same.

    Args:
        lots: The firms.
        trades: Places in `TRADES`.
        share_form: Which of them are 股份有限公司.
    """
    numbers = lots.numbers
    sign = numbers * 61_803 % _COINED
    coined = [_pick(tuple(_SIGNS[place]), sign // 20**place % 20) for place in range(4)]
    turn = numbers // _COINED + sign * 3 // 7
    words = [trade.words for trade in TRADES]
    first = np.cumsum([0, *(len(w) for w in words)])[:-1]
    count = np.array([len(w) for w in words], dtype=np.int64)
    word = first[trades] + lots.below(count[trades], "word")
    return pc.binary_join_element_wise(
        _pick(_SEATS, turn % len(_SEATS)),
        *coined,
        _pick(tuple(w for ws in words for w in ws), word),
        "（",
        _pick(_MARKS, lots.below(2, "mark")),
        "）",
        _pick(_FORMS, share_form.astype(np.int64)),
        "",
    )


def _pick(options: Sequence[str], places: Ints) -> pa.Array:
    return pa.array(options, pa.string()).take(pa.array(places))
