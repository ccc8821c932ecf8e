# SPDX-License-Identifier: Apache-2.0
"""htmx out of the installed package: one file of it, and nothing beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import django_htmx
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "django_htmx/htmx-2.min.js"
_ROOT = Path(django_htmx.__file__).parent / "static"


class HtmxFinder(BaseFinder):
    """Finds the one file of htmx that pages load."""

    def check(self, **_: Any) -> list[Any]:
        """Return nothing: there is nothing to set wrong."""
        return []

    def find(self, path: str, find_all: bool = False, **_: Any) -> str | list[str]:
        """Return where the file stands."""
        if path != FILE:
            return []
        place = str(_ROOT / FILE)
        return [place] if find_all else place

    def list(self, ignore_patterns: object) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield the one file."""
        yield FILE, FileSystemStorage(location=_ROOT)
