# SPDX-License-Identifier: Apache-2.0
"""The drawing of a flow: columns of nodes, and bands between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.web.charts.figure import key
from ceyuan.web.charts.flow_layout import Band, Layout, lay_flow
from ceyuan.web.charts.flow_words import NODE, SPACE, Canvas, Label, labels, listed
from ceyuan.web.charts.lettering import wrap
from ceyuan.web.charts.measures import DASH, HOLD, Measure, value_words
from ceyuan.web.charts.rows import caption
from ceyuan.web.charts.svg import Drawing, Sheet, group, path, rect, text, text_block
from ceyuan.web.charts.values import known

if TYPE_CHECKING:
    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.flow_parts import Flow
    from ceyuan.web.charts.words import Words

_FULL = 24_000


def draw_flow(sheet: Sheet, flow: Flow, measure: Measure, words: Words) -> Drawing:
    """Return a flow from left to right, as high as its fullest stage needs."""
    canvas = Canvas(sheet, flow, measure, words)
    unit, begin = caption(sheet, measure, words)
    said, is_numbered = labels(canvas)
    heights = {node: label.lines * sheet.line * 100 for node, label in said.items()}
    layout = lay_flow(flow, heights, full=_FULL)
    heads, top = _heads(canvas, begin)
    bands = [_band(canvas, layout, band, top) for band in layout.bands]
    nodes = [_node(canvas, layout, *one, top) for one in said.items()]
    drawn = group(*heads, *bands, *nodes, hidden=True)
    rest = key(sheet, _key(flow, words), top + layout.height / 100 + 4)
    parts = [drawn, *rest.parts]
    bottom = rest.height
    if is_numbered:
        entries = listed(canvas, bottom + 8)
        parts += entries.parts
        bottom = entries.height
    return Drawing(bottom, (*([unit] if unit else []), *parts))


def _heads(canvas: Canvas, top: float) -> tuple[list[Html], float]:
    """Return the names of the stages, and where the flow may begin below them."""
    sheet, high, parts = canvas.sheet, 1, []
    for i, stage in enumerate(canvas.flow.stages):
        width = canvas.column - SPACE
        lines = wrap(stage.name, size=sheet.text, width=width, most=2)
        x, y = i * canvas.column, top + sheet.text
        parts.append(text_block(x, y, lines, "ch-key", pitch=sheet.line))
        high = max(high, len(lines.lines))
    return parts, top + high * sheet.line + 6


def _band(canvas: Canvas, layout: Layout, band: Band, top: float) -> Html | None:
    """Return one band: filled, hollow for what came back, a dotted line for a gap."""
    link = band.link
    exact = known(link.value)
    if exact == 0:
        return None
    start = layout.slots[link.source].column * canvas.column + NODE
    end = layout.slots[link.target].column * canvas.column
    middle = (start + end) / 2
    a, b, thick = top + band.start / 100, top + band.end / 100, band.thickness / 100
    title = _title(canvas, band)
    down = ("M", start, a, "C", middle, a, middle, b, end, b)
    if exact is None:
        wire = path(*down, class_="ch-band-open", title=title)
        y = b + canvas.sheet.text * 0.36
        return group(wire, text(end - 3, y, DASH, "ch-gap ch-over", anchor="end"))
    look = "ch-band-back" if exact < 0 else "ch-band"
    look += " ch-guessed" if link.is_estimate else ""
    back = ("L", end, b + thick, "C", middle, b + thick, middle, a + thick)
    return path(*down, *back, start, a + thick, "Z", class_=look, title=title)


def _title(canvas: Canvas, band: Band) -> str:
    link, words = band.link, canvas.words
    names = {n.id: n.label for stage in canvas.flow.stages for n in stage.nodes}
    value = value_words(link.value, canvas.measure, words, is_estimate=link.is_estimate)
    source, target = names[link.source], names[link.target]
    return words.link.format(source=source, target=target, value=value)


def _node(canvas: Canvas, layout: Layout, node: str, label: Label, top: float) -> Html:
    """Return a node's bar, with its words at its right."""
    slot, sheet = layout.slots[node], canvas.sheet
    x = slot.column * canvas.column
    parts = [rect(x, top + slot.top / 100, NODE, slot.height / 100, "ch-node")]
    y = top + slot.middle / 100 - label.lines * sheet.line / 2 + sheet.text
    for lines, look in label.blocks:
        parts.append(text_block(x + NODE + SPACE, y, lines, look, pitch=sheet.line))
        y += len(lines.lines) * sheet.line
    return group(*parts)


def _key(flow: Flow, words: Words) -> list[tuple[Html, str]]:
    """Return the key of the bands that are not plain."""
    entries: list[tuple[Html, str]] = []
    if any(link.is_estimate for link in flow.links):
        entries.append((rect(0.5, 1, 23, 10, "ch-band ch-guessed"), words.estimate))
    if any((known(link.value) or 0) < 0 for link in flow.links):
        entries.append((rect(0.5, 1, 23, 10, "ch-band-back"), words.goes_back))
    if any(known(link.value) is None for link in flow.links):
        mark = path("M", 0, 6, "H", 24, class_="ch-band-open")
        entries.append((mark, f"{DASH}{HOLD}{words.no_data}"))
    return entries
