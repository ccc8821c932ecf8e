# SPDX-License-Identifier: Apache-2.0
"""The words of a flow: a name and an amount for each node, beside it.

Where an amount does not fit beside its node, on a phone or with many stages, every
node carries a number instead and a list below says what the numbers stand for. An
amount is never cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import ABSENT
from ceyuan.web.charts.flow_parts import Flow, Node, rest_of
from ceyuan.web.charts.lettering import Lines, text_width, wrap
from ceyuan.web.charts.measures import HOLD, Measure
from ceyuan.web.charts.points import value_label
from ceyuan.web.charts.svg import Drawing, Sheet, group, text, text_block
from ceyuan.web.charts.values import Point, known, size_of

if TYPE_CHECKING:
    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.words import Words

NODE = 10
SPACE = 6
_INDENT = 24
_LEAST_NAME = 60


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a node; `rest` is what stays or is missing, if anything."""

    name: str
    amount: str
    rest: str
    is_gap: bool


@dataclass(frozen=True, slots=True)
class Label:
    """What stands beside a node: blocks of text with their classes."""

    blocks: tuple[tuple[Lines, str], ...]

    @property
    def lines(self) -> int:
        """How many lines of text the label takes."""
        return sum(len(block.lines) for block, _ in self.blocks)


@dataclass(frozen=True, slots=True)
class Canvas:
    """A sheet divided into one column for each stage."""

    sheet: Sheet
    flow: Flow
    measure: Measure
    words: Words

    @property
    def column(self) -> float:
        """Width of a column: a node, its words, and a little space."""
        return self.sheet.width / len(self.flow.stages)

    @property
    def room(self) -> float:
        """Width that words may take."""
        return self.column - NODE - 2 * SPACE

    def broken(self, said: str, most: int) -> Lines:
        """Return words broken to the room beside a node."""
        return wrap(said, size=self.sheet.text, width=self.room, most=most)


def say(canvas: Canvas, node: Node) -> Said:
    """Return what is said of a node: what comes in, or goes out of the first."""
    flow, measure = canvas.flow, canvas.measure
    inward, outward = flow.inward(node.id), flow.outward(node.id)
    which = inward or outward
    value = flow.summed(which)
    amount = 0 if value is ABSENT else value
    is_estimate = any(flow.links[i].is_estimate for i in which)
    told = value_label(Point(node.label, amount, is_estimate), measure, canvas.words)
    rest = known(rest_of(flow.summed(inward), flow.summed(outward)))
    words = ""
    if rest:
        form = canvas.words.kept if rest > 0 else canvas.words.short
        words = form.format(value=measure.short(size_of(rest)))
    return Said(node.label, told, words, known(amount) is None)


def labels(canvas: Canvas) -> tuple[dict[str, Label], bool]:
    """Return the label of each node, and whether they are numbers only."""
    nodes = [node for stage in canvas.flow.stages for node in stage.nodes]
    found = {}
    for node in nodes:
        said = say(canvas, node)
        # The mark 预计 may stand above its number where both are too wide.
        amount = canvas.broken(said.amount.replace(HOLD, " "), 2)
        rest = canvas.broken(said.rest, 2)
        if amount.is_cut or rest.is_cut:
            return _numbered(canvas, nodes), True
        look = "ch-gap ch-over" if said.is_gap else "ch-value ch-over"
        blocks = [(canvas.broken(said.name, 3), "ch-text ch-over"), (amount, look)]
        if said.rest:
            blocks.append((rest, "ch-key ch-over"))
        found[node.id] = Label(tuple(blocks))
    return found, False


def _numbered(canvas: Canvas, nodes: list[Node]) -> dict[str, Label]:
    return {
        node.id: Label(((canvas.broken(str(i), 1), "ch-value ch-over"),))
        for i, node in enumerate(nodes, start=1)
    }


def listed(canvas: Canvas, top: float) -> Drawing:
    """Return the list of what the numbers stand for, stage after stage."""
    sheet = canvas.sheet
    parts: list[Html] = []
    y, number = top, 0
    for stage in canvas.flow.stages:
        lines = wrap(stage.name, size=sheet.text, width=sheet.width, most=2)
        parts.append(text_block(0, y + sheet.text, lines, "ch-key", pitch=sheet.line))
        y += len(lines.lines) * sheet.line + 4
        for node in stage.nodes:
            number += 1
            y = _entry(canvas, parts, number, say(canvas, node), y)
        y += 6
    return Drawing(y, (group(*parts, hidden=True),))


def _entry(
    canvas: Canvas, parts: list[Html], number: int, said: Said, top: float
) -> float:
    """Add one entry: its number, its name, its amount; return where the next stands."""
    sheet = canvas.sheet
    # An amount that would leave no room for a name has a line of its own.
    room = sheet.width - _INDENT - text_width(said.amount, sheet.text) - 12
    is_long = room < _LEAST_NAME
    width = sheet.width - _INDENT if is_long else room
    name = wrap(said.name, size=sheet.text, width=width, most=3)
    y, base = top, top + sheet.text
    look = "ch-gap" if said.is_gap else "ch-value"
    parts += [
        text(0, base, str(number), "ch-value"),
        text_block(_INDENT, base, name, "ch-text", pitch=sheet.line),
    ]
    if is_long:
        y += len(name.lines) * sheet.line
    for words, class_ in ((said.amount, look), (said.rest, "ch-key")):
        if words and text_width(words, sheet.text) <= sheet.width:
            parts.append(text(sheet.width, y + sheet.text, words, class_, anchor="end"))
            y += sheet.line
    return max(y, top + len(name.lines) * sheet.line) + 3
