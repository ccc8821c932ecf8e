# SPDX-License-Identifier: Apache-2.0
"""How added cells look: the colours are those of the pages, contrast checked."""

from __future__ import annotations

from ceyuan.policies import Outcome
from ceyuan.sheets import Style

HEAD = Style(bold=True, fill="0b57a4", color="ffffff", wrap=True, align="center")
PLAIN = Style(wrap=True)
NUMBER = Style(number_format="#,##0", align="right", wrap=True)
MONEY = Style(number_format="#,##0.00", align="right", wrap=True)
TITLE = Style(bold=True, border=False)
QUIET = Style(color="4a5566", wrap=True, border=False)
QUIET_CELL = Style(color="4a5566", wrap=True)
BLANK = Style(border=False)
ANSWER = Style()
"""What stands in the user's own rows keeps to one line: their height is the user's."""
FILLS = {
    Outcome.ELIGIBLE: Style(fill="e7f4ec", color="1b6e3c"),
    Outcome.INELIGIBLE: Style(fill="fcebea", color="b3261e"),
    Outcome.UNKNOWN: Style(fill="fdf3e1", color="8a5200"),
    Outcome.REFER: Style(fill="e8f0f9", color="0b57a4"),
    Outcome.NOT_APPLICABLE: Style(color="4a5566"),
    None: Style(fill="fcebea", color="b3261e"),
}
