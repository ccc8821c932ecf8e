# SPDX-License-Identifier: Apache-2.0
"""One chart of each kind, and how a drawing is read back.

A chart is parsed as XML, so markup that is not well formed fails at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lxml import etree

from ceyuan.web.charts import (
    EN,
    About,
    Interval,
    Link,
    Node,
    Point,
    Series,
    Stage,
    bar_chart,
    binned,
    counts,
    flow_chart,
    histogram,
    ladder_chart,
    line_chart,
    money,
    range_chart,
    shares,
    stacked_chart,
)
from ceyuan.web.charts.lettering import text_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.office.page_parts import Html

YI = 10**10
WAN = 10**6
SVG = "{http://www.w3.org/2000/svg}"
FIRMS = counts("企业", "家")
AMOUNT = money("金额", "亿元")
PAID = money("兑付额", "万元")


def about(name: str = "c", *, title: str = "标题", over: str = "年份") -> About:
    return About(id=name, title=title, finding="一句话的发现。", over=over)


def points(*values: int | None, first: int = 2020) -> tuple[Point, ...]:
    return tuple(Point(str(first + i), value) for i, value in enumerate(values))


def tree(chart: Html) -> Any:
    return etree.fromstring(chart)


def wide(chart: Html) -> Any:
    return _side(chart, "ch-wide")


def narrow(chart: Html) -> Any:
    return _side(chart, "ch-narrow")


def _side(chart: Html, name: str) -> Any:
    (found,) = tree(chart).findall(f"{SVG}svg[@class='{name}']")
    return found


def marks(svg: Any, tag: str, class_: str) -> list[Any]:
    """Return the elements of a drawing that bear a class, outside of definitions."""
    return [
        one
        for one in svg.iter(f"{SVG}{tag}")
        if class_ in one.get("class", "").split()
        and not any(up.tag == f"{SVG}pattern" for up in one.iterancestors())
    ]


def bars(svg: Any, class_: str = "ch-fill1") -> list[tuple[float, float]]:
    """Return width and height of each bar, in the order drawn."""
    found = marks(svg, "rect", class_)
    return [(float(one.get("width")), float(one.get("height"))) for one in found]


def said(svg: Any, class_: str) -> list[str]:
    """Return the texts of a class, without what a pointer is told."""
    return [_visible(one) for one in marks(svg, "text", class_)]


def texts(svg: Any) -> list[str]:
    return [_visible(one) for one in svg.iter(f"{SVG}text")]


def _visible(node: Any) -> str:
    spans = node.findall(f"{SVG}tspan")
    whole = [span.text or "" for span in spans] if spans else [node.text or ""]
    titles = node.findall(f"{SVG}title")
    if titles and not spans:
        whole = [titles[0].tail or ""]
    return "".join(whole)


def rows(chart: Html, table: int = 0) -> list[list[str]]:
    """Return the body of a table as text, spaces made plain."""
    found = tree(chart).findall(".//table")[table]
    return [
        [" ".join("".join(cell.itertext()).split()) for cell in row]
        for row in found.findall("tbody/tr")
    ]


def headings(chart: Html, table: int = 0) -> list[str]:
    found = tree(chart).findall(".//table")[table]
    return ["".join(cell.itertext()) for cell in found.findall("thead/tr/th")]


@dataclass(frozen=True)
class Spot:
    """A place something takes up in a drawing, and what it is."""

    what: str
    left: float
    top: float
    right: float
    bottom: float


def spots(svg: Any) -> Iterator[Spot]:
    """Yield all that is drawn with its outermost places."""
    size = int(svg.get("font-size"))
    for one in svg.iter():
        if not isinstance(one.tag, str):
            continue
        above = list(one.iterancestors())
        if any(up.tag in {f"{SVG}defs", f"{SVG}pattern"} for up in above):
            continue
        dx, dy = _moved([one, *above])
        for spot in _spot(one, size):
            yield Spot(
                spot.what,
                spot.left + dx,
                spot.top + dy,
                spot.right + dx,
                spot.bottom + dy,
            )


def _moved(chain: list[Any]) -> tuple[float, float]:
    dx = dy = 0.0
    for one in chain:
        match = re.fullmatch(r"translate\((\S+) (\S+)\)", one.get("transform", ""))
        if match:
            dx, dy = dx + float(match[1]), dy + float(match[2])
    return dx, dy


def _spot(one: Any, size: int) -> Iterator[Spot]:
    tag = one.tag.removeprefix(SVG)

    def at(*names: str) -> list[float]:
        return [float(one.get(name)) for name in names]

    if tag == "rect":
        x, y, width, height = at("x", "y", "width", "height")
        yield Spot(tag, x, y, x + width, y + height)
        assert width >= 0
        assert height >= 0
    elif tag == "line":
        x1, y1, x2, y2 = at("x1", "y1", "x2", "y2")
        yield Spot(tag, min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    elif tag == "circle":
        x, y, r = at("cx", "cy", "r")
        yield Spot(tag, x - r, y - r, x + r, y + r)
    elif tag == "path":
        yield Spot(tag, *_reach(one.get("d")))
    elif tag in {"text", "tspan"} and one.get("x") is not None:
        x, y = at("x", "y")
        words = _visible(one) if tag == "text" else one.text or ""
        width = text_width(words, size)
        holder = one if tag == "text" else one.getparent()
        shift = {"middle": 0.5, "end": 1.0}.get(holder.get("text-anchor"), 0.0)
        left = x - shift * width
        yield Spot(words, left, y - size * 0.9, left + width, y + size * 0.2)


def _reach(d: str) -> tuple[float, float, float, float]:
    xs: list[float] = []
    ys: list[float] = []
    letter = ""
    numbers: list[float] = []
    for step in [*re.findall(r"[A-Z]|-?[0-9.]+", d), "Z"]:
        if not step.isalpha():
            numbers.append(float(step))
            continue
        if letter == "H":
            xs += numbers
        elif letter == "V":
            ys += numbers
        else:
            xs += numbers[::2]
            ys += numbers[1::2]
        letter, numbers = step, []
    ys = ys or [0.0]
    return min(xs), min(ys), max(xs), max(ys)


def box(svg: Any) -> tuple[float, float]:
    """Return width and height of the view box."""
    left, top, width, height = svg.get("viewBox").split()
    assert (left, top) == ("0", "0")
    return float(width), float(height)


def outside(svg: Any) -> list[Spot]:
    """Return what does not lie inside the view box, a pixel allowed for strokes.

    Places that are no numbers lie nowhere, so they are outside.
    """
    width, height = box(svg)
    return [
        spot
        for spot in spots(svg)
        if not (
            -1 <= spot.left <= spot.right <= width + 1
            and -1 <= spot.top <= spot.bottom <= height + 1
        )
    ]


def series(name: str, *values: int | None, guessed: int | None = None) -> Series:
    return Series(
        name,
        tuple(
            Point(str(2021 + i), value, is_estimate=i == guessed)
            for i, value in enumerate(values)
        ),
    )


STAGES = (
    Stage("预算", (Node("b", "2025 年科技专项"), Node("c", "上年结转"))),
    Stage("政策", (Node("p", "研发费用补助"), Node("q", "高新技术企业奖励"))),
    Stage("去向", (Node("f", "规上企业"), Node("g", "中小企业"))),
)
LINKS = (
    Link("b", "p", 2310 * WAN),
    Link("b", "q", 1300 * WAN),
    Link("c", "p", 120 * WAN),
    Link("p", "f", 1500 * WAN),
    Link("p", "g", 800 * WAN),
    Link("q", "g", 1250 * WAN, is_estimate=True),
    Link("q", "f", -60 * WAN),
    Link("c", "q", None),
)
LEVELS = (
    Point("科技型中小企业", 9870, href="/firms/sme"),
    Point("高新技术企业", 3750, href="/firms/hnte"),
    Point("专精特新中小企业", 1210),
    Point("专精特新“小巨人”", None, note="名单未发布"),
)
YEARS = (
    Point("2021", 2761_16 * 10**8, href="/figures/t01/2021"),
    Point("2022", 4003_51 * 10**8, href="/figures/t01/2022"),
    Point("2023", None, note="口径调整"),
    Point("2024", 5201_93 * 10**8, href="/figures/t01/2024"),
    Point("2025", 6496_79 * 10**8, href="/figures/t01/2025"),
    Point("2026", 7100 * YI, is_estimate=True),
)
DISTRICTS = (
    Point("浦东新区", 2310_42 * 10**8),
    Point("中国（上海）自由贸易试验区临港新片区管理委员会下设登记处", 640_10 * 10**8),
    Point("崇明区", None),
    Point("嘉定区", -20_55 * 10**8),
    Point("奉贤区", 0),
    Point("青浦区", 300 * YI, is_estimate=True),
)
KINDS = (
    series("技术开发", 1200, 1300, 1500, 1800, 2000, guessed=4),
    series("技术转让与许可（含专利实施许可）", 520, None, 900, 1750, 1900, guessed=4),
    series("技术咨询", 90, 95, 100, 120, None),
)
PARTS = (
    series(
        "研发费用补助", 1200 * WAN, 1500 * WAN, 1810_5 * 10**5, 2500 * WAN, guessed=3
    ),
    series("高企奖励", 800 * WAN, 900 * WAN, None, 1400 * WAN, guessed=3),
    series("贷款贴息", 300 * WAN, -120 * WAN, 410 * WAN, 500 * WAN, guessed=3),
)
SPREAD = (
    Interval("现行办法", 375 * WAN, 380 * WAN, 390 * WAN),
    Interval("改革稿：降低研发占比门槛至 4%", 390 * WAN, 402 * WAN, 455 * WAN, True),
    Interval("只改门槛", None, None, None),
    Interval("上限未知", 350 * WAN, 360 * WAN, None),
)
RATIOS = [Fraction(n, 1000) for n in (0, 9, 12, 31, 49, 50, 50, 51, 68, 99, 120)]


def samples() -> dict[str, Html]:
    """Return one chart of each kind, with gaps and estimates where it has them."""
    binned_ratios = binned([*RATIOS, None], [Fraction(n, 100) for n in range(0, 11, 2)])
    edges = [Fraction(n, 100) for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    return {
        "columns": bar_chart(
            YEARS,
            about=about("columns", title="技术合同成交额"),
            measure=money("技术合同成交额", "亿元"),
        ),
        "rows": bar_chart(
            DISTRICTS,
            about=about("rows", title="各登记处成交额", over="登记处"),
            measure=AMOUNT,
            direction="across",
        ),
        "lines": line_chart(
            KINDS, about=about("lines", title="各类合同"), measure=counts("合同", "项")
        ),
        "stacks": stacked_chart(
            PARTS, about=about("stacks", title="兑付构成"), measure=PAID
        ),
        "ranges": range_chart(
            SPREAD,
            about=about("ranges", title="年支出的可能区间", over="方案"),
            measure=money("年支出", "万元"),
        ),
        "ladder": ladder_chart(
            LEVELS,
            (812, 135, None),
            about=about("ladder", title="梯度培育", over="梯级"),
            measure=FIRMS,
            move_name="本年升入",
        ),
        "histogram": histogram(
            binned([*RATIOS, None], edges),
            threshold=Fraction(5, 100),
            about=about("histogram", title="研发费用占比的分布", over="占比"),
            measure=shares("研发费用占比"),
            count=FIRMS,
        ),
        "flow": flow_chart(
            STAGES, LINKS, about=about("flow", title="资金去向"), measure=PAID
        ),
        "english": histogram(
            binned_ratios,
            threshold=Fraction(4, 100),
            about=About(
                id="english",
                title="Share of R&D expenses",
                finding="Seven of eleven firms reach 4%.",
                over="Share",
                words=EN,
            ),
            measure=shares("R&D share"),
            count=counts("Firms", "firms"),
        ),
    }
