# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG from the server: no script, no inline style, every point in a table.

Each function returns one `figure` that holds a heading, the finding in a sentence, a
wide and a narrow drawing and the table of all points; `charts.css` shows the drawing
that fits and opens the table in print. A page needs that style sheet and nothing else.

>>> from ceyuan.web.charts import About, Point, bar_chart, money
>>> chart = bar_chart(
...     [Point("2024", 520_193_000_000_000), Point("2025", None)],
...     about=About(id="t01", title="成交额", finding="2025 年未发布。", over="年份"),
...     measure=money("成交额", "亿元"),
... )
>>> chart.count("<svg"), chart.count("无数据") > 0
(2, True)
"""

from ceyuan.web.charts.bars import bar_chart
from ceyuan.web.charts.bins import Bins, binned
from ceyuan.web.charts.flow_parts import Link, Node, Stage
from ceyuan.web.charts.flows import flow_chart
from ceyuan.web.charts.histograms import histogram
from ceyuan.web.charts.ladders import ladder_chart
from ceyuan.web.charts.lines import line_chart
from ceyuan.web.charts.measures import Measure, counts, decimals, money, shares
from ceyuan.web.charts.ranges import range_chart
from ceyuan.web.charts.sparks import sparkline
from ceyuan.web.charts.stacks import stacked_chart
from ceyuan.web.charts.values import About, Exact, Interval, Point, Series, Value
from ceyuan.web.charts.words import EN, ZH, Words

__all__ = [
    "EN",
    "ZH",
    "About",
    "Bins",
    "Exact",
    "Interval",
    "Link",
    "Measure",
    "Node",
    "Point",
    "Series",
    "Stage",
    "Value",
    "Words",
    "bar_chart",
    "binned",
    "counts",
    "decimals",
    "flow_chart",
    "histogram",
    "ladder_chart",
    "line_chart",
    "money",
    "range_chart",
    "shares",
    "sparkline",
    "stacked_chart",
]
