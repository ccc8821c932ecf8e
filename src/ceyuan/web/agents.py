# SPDX-License-Identifier: Apache-2.0
"""What browser a session is in, in two words that its owner knows it by."""

from __future__ import annotations

BROWSERS = (
    # what the header holds, the browser; the first that fits
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def agent(header: str) -> str:
    """Return browser and system out of a header; `—` where neither is known.

    >>> agent("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0")
    'Firefox · Linux'
    """
    found = [
        next((name for part, name in known if part in header), "")
        for known in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(name for name in found if name) or "—"
