# SPDX-License-Identifier: Apache-2.0
"""What is remembered between two commands: `.ceyuan/` in the working folder.

The last check is kept as copies of its files and the words it was asked with, so
that `explain`, `nearest` and `whatif` know the firm and give the same answer even
when the sheet has moved on. Column maps are kept by the headings of the sheet.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOLDER = ".ceyuan"


@dataclass(frozen=True, slots=True)
class LastCheck:
    """How the last check was asked.

    Args:
        file: Name of the copied file.
        joined: Names of the copied further files.
        as_of: Day of the decisions.
        region: Region.
        policies: Policies asked for; empty: all of the subject.
        subject: What the rows are.
        columns: Whether a column map was given.
        settings: Parameters set, as they were written.
    """

    file: str
    joined: tuple[str, ...]
    as_of: str
    region: str
    policies: tuple[str, ...]
    subject: str
    columns: bool
    settings: tuple[str, ...]

    @property
    def day(self) -> date:
        """Return the day of the decisions."""
        return date.fromisoformat(self.as_of)


@dataclass(frozen=True, slots=True)
class Workspace:
    """The `.ceyuan` folder beneath a working folder."""

    root: Path

    @property
    def folder(self) -> Path:
        """Return where things are remembered."""
        return self.root / FOLDER

    @property
    def last(self) -> Path:
        """Return where the last check is kept."""
        return self.folder / "last"

    def remember(
        self,
        said: LastCheck,
        file: Path,
        joined: Sequence[Path],
        columns: Path | None,
    ) -> bool:
        """Keep a check; return False where the folder cannot be written."""
        fresh = self.folder / "last.new"
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            (fresh / "with").mkdir(parents=True)
            shutil.copyfile(file, fresh / file.name)
            for path in joined:
                shutil.copyfile(path, fresh / "with" / path.name)
            if columns is not None:
                shutil.copyfile(columns, fresh / "columns.yaml")
            text = json.dumps(asdict(said), ensure_ascii=False, indent=1)
            (fresh / "last.json").write_text(text, encoding="utf-8")
            shutil.rmtree(self.last, ignore_errors=True)
            fresh.rename(self.last)
        except OSError:
            return False
        finally:
            # Also when interrupted: half of a check is not kept.
            shutil.rmtree(fresh, ignore_errors=True)
        return True

    def recall(self) -> LastCheck:
        """Return how the last check was asked.

        Raises:
            UsageError: There is none.
        """
        path = self.last / "last.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            data["joined"] = tuple(data["joined"])
            data["policies"] = tuple(data["policies"])
            data["settings"] = tuple(data["settings"])
            return LastCheck(**data)
        except FileNotFoundError as error:
            msg = (
                "还没有核对过任何文件，不知道要看哪家企业 (no check is remembered here)"
            )
            raise UsageError(
                msg, hint="先运行 `ceyuan check FILE`，或加 `--file FILE`"
            ) from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            msg = f"`{FOLDER}/last` 读不出来 (cannot be read): {error}"
            raise UsageError(msg, hint="再运行一次 `ceyuan check FILE`") from error

    def columns_for(self, headings: Sequence[str]) -> Path:
        """Return where the column map of a sheet with these headings is kept."""
        digest = hashlib.sha256("\x1f".join(headings).encode()).hexdigest()[:16]
        return self.folder / "columns" / f"{digest}.yaml"

    def keep_columns(self, headings: Sequence[str], text: str) -> None:
        """Keep a column map for the next sheet of the same headings."""
        path = self.columns_for(headings)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
