# SPDX-License-Identifier: Apache-2.0
"""The desk on which one instrument's file is checked: faults are noted, not raised."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ceyuan.kernel import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ceyuan.declarations.compose import Rule
    from ceyuan.declarations.instrument_parts import Commodity, InstrumentSaid
    from ceyuan.declarations.source import Path_, Source


@dataclass(slots=True)
class Desk:
    """One file under check."""

    said: InstrumentSaid
    source: Source
    rules: Mapping[str, Rule]
    commodities: Mapping[str, Commodity]
    errors: list[RuleError] = field(default_factory=list)

    def wrong(self, code: str, path: Path_, msg: str, hint: str = "") -> None:
        """Note what is wrong at a part."""
        error = RuleError(msg, code=code, hint=hint)
        _put(error, self.source, path)
        self.errors.append(error)

    def known(
        self, code: str, path: Path_, what: str, name: str, among: Iterable[str]
    ) -> bool:
        """Return whether a name exists; note it with the nearest when not."""
        names = list(among)
        if name in names:
            return True
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(names)}"
        self.wrong(code, path, f"there is no {what} `{name}`", hint)
        return False

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Note an error of the language at a part, and go on."""
        try:
            yield
        except RuleError as error:
            _put(error, self.source, path)
            self.errors.append(error)


def _put(error: RuleError, source: Source, path: Path_) -> None:
    if not error.file:
        error.file = source.name
        error.line = source.line(path)
        error.clause = ".".join(map(str, path))
