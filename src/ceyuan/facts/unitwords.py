# SPDX-License-Identifier: Apache-2.0
"""The words for units: `万`, `RMB 10k`, `CNY'000`, `人`, `%`, alone or in a row.

English money is put together from a scale and a currency in either order; the one
hard idea is what is *not* a unit: a bare `k` or `m` without a currency may be
anything, and is none.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\w]|_", re.UNICODE)
_UNITS: dict[str, str] = {
    **dict.fromkeys(("元", "人民币元", "人民币", "圆"), "元"),
    **dict.fromkeys(
        ("万", "万元", "人民币万元", "万元人民币", "万rmb", "w", "w元"), "万元"
    ),
    **dict.fromkeys(("千元", "人民币千元"), "千元"),
    **dict.fromkeys(("百万元", "百万", "人民币百万元"), "百万元"),
    **dict.fromkeys(("千万元", "千万"), "千万元"),
    **dict.fromkeys(("亿", "亿元", "人民币亿元", "亿元人民币"), "亿元"),
    **dict.fromkeys(("美元", "美金"), "美元"),
    **dict.fromkeys(("万美元", "万美金"), "万美元"),
    "亿美元": "亿美元",
    **dict.fromkeys(("%", "百分比", "pct", "percent", "百分数", "per cent"), "%"),
    "‰": "‰",
    **dict.fromkeys(("人", "名", "persons", "people", "person", "heads"), "人"),
    **dict.fromkeys(("件", "项", "个", "家", "次", "pcs", "items", "pieces"), "件"),
    **dict.fromkeys(("天", "日", "days"), "天"),
    **dict.fromkeys(("年", "years"), "年"),
    **dict.fromkeys(("月", "个月", "months"), "月"),
    **dict.fromkeys(("平方米", "㎡", "m2", "平米", "sqm"), "平方米"),
    **dict.fromkeys(("小时", "hours", "机时"), "小时"),
    "倍": "倍",
    "分": "分",
}
_SCALES = {
    "": ("元", "美元"),
    "k": ("千元", ""),
    "'000": ("千元", ""),
    "000": ("千元", ""),
    "thousand": ("千元", ""),
    "wan": ("万元", "万美元"),
    "10k": ("万元", "万美元"),
    "10000": ("万元", "万美元"),
    "ten thousand": ("万元", "万美元"),
    "m": ("百万元", "百万美元"),
    "mn": ("百万元", "百万美元"),
    "million": ("百万元", "百万美元"),
    "1m": ("百万元", "百万美元"),
    "100m": ("亿元", "亿美元"),
    "100 million": ("亿元", "亿美元"),
    "hundred million": ("亿元", "亿美元"),
    "bn": ("", "十亿美元"),
    "billion": ("", "十亿美元"),
}
_MONEY_WORDS = re.compile(r"(?:rmb|cny|yuan|¥|￥)|(usd|us\$|us dollars?|\$)")


def _english_money(word: str) -> str:
    """Return the unit of `RMB 10k`, `million yuan`, `CNY'000`; "" if it is none."""
    found = _MONEY_WORDS.search(word)
    scale = (
        " ".join((word[: found.start()] + " " + word[found.end() :]).split())
        if found
        else word
    )
    scale = scale.replace(",", "").strip(" .-")
    if scale not in _SCALES or (
        not found and scale in {"", "k", "m", "000", "10000", "bn"}
    ):
        return ""
    return _SCALES[scale][1 if found and found[1] else 0]


TAIL = re.compile(
    r"(?:[\s_/,，、:：|-]+(?:单位[:：]?)?(人民币万元|万元|亿元|千元|百万元|元|万|亿|%|人|名|件|项|个|"
    r"(?:10k|100m|million|mn|wan|k)?[\s_]*(?:rmb|cny|yuan|usd)(?:[\s_]*(?:10k|100m|million|mn|wan))?|"
    r"wan|10k|pct|percent|million|mn)|(人民币万元|万元|亿元|千元|百万元|%))\s*$"
)


def plain(text: str) -> str:
    """Return a text for comparison: NFKC, lower case, letters and digits only."""
    return _WORD.sub("", unicodedata.normalize("NFKC", text).casefold())


def unit_word(text: str) -> str:
    """Return the unit a word stands for; empty when it stands for none."""
    word = unicodedata.normalize("NFKC", text).casefold().strip(" :：,，;；.。")
    word = re.sub(
        r"^(?:金额|货币|计量|数据)?单位\s*[:：]?\s*|^(?:in|unit)\s*[:：]?\s+", "", word
    )
    if "/" in word:
        return _compound(word)
    return _UNITS.get(word) or (
        _english_money(word) if word.isascii() or "¥" in word else ""
    )


def unit_words(text: str) -> tuple[str, ...]:
    """Return the units a text such as `单位：万元、人` lists."""
    whole = unit_word(text)
    if whole:
        return (whole,)
    parts = re.split(r"[,，;；、/:：\s]+", unicodedata.normalize("NFKC", text))
    return tuple(u for u in map(unit_word, parts) if u)


def _compound(word: str) -> str:
    """Return `元/平方米·天` for `元/㎡·天`; "" unless every part is a unit."""
    up, _, down = word.partition("/")
    parts = [_UNITS.get(part, "") for part in (up, *re.split("[/·.*]", down))]
    if not all(parts):
        return ""
    return f"{parts[0]}/{'·'.join(parts[1:])}"
