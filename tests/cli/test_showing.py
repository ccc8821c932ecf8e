# SPDX-License-Identifier: Apache-2.0
"""What a terminal shows, and what a pipe gets: tables, progress, quiet."""

from __future__ import annotations

import sys
import time

import pytest

from ceyuan.cli.tables import Column, print_table, width
from ceyuan.cli.talk import Talk

COLUMNS = (Column("政策"), Column("家数", number=True), Column("id"))
ROWS = [("科技型", 5, "a"), ("hnte 高企", 1234, "b\tc\nd")]


def test_print_table_through_a_pipe_is_one_line_a_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(COLUMNS, ROWS)

    assert capsys.readouterr().out == (
        "政策\t家数\tid\n科技型\t5\ta\nhnte 高企\t1234\tb c d\n"
    )


def test_print_table_on_a_terminal_is_aligned_by_the_width_of_characters(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    print_table(COLUMNS, [("科技型", 5, "a"), ("hnte 高企", 1234, None)])

    # A Chinese character takes two cells; numbers stand at the right.
    assert capsys.readouterr().out == (
        "政策       家数  id\n科技型        5  a\nhnte 高企  1234\n"
    )


@pytest.mark.parametrize(
    ("text", "cells"), [("", 0), ("ab", 2), ("高企", 4), ("Ａ", 2), ("é", 1)]
)
def test_width_counts_cells(text: str, cells: int) -> None:
    assert width(text) == cells


def _talk(*, quiet: bool = False) -> Talk:
    return Talk(quiet, time.monotonic() - 10)


def test_progress_on_a_terminal_shows_how_many_of_how_many(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.delenv("CEYUAN_NO_PROGRESS", raising=False)
    talk = _talk()

    talk.progress("核对", 100, 200)
    talk.done()

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("\r核对 ━━━━━━━━━━────────── 100/200  ")
    assert told.err.endswith("\n")


def test_progress_is_silent_in_a_pipe_when_quiet_and_when_told_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _talk().progress("核对", 1, 2)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    _talk(quiet=True).progress("核对", 1, 2)
    _talk(quiet=True).say("something")
    Talk().progress("核对", 1, 2)  # not yet half a second
    monkeypatch.setenv("CEYUAN_NO_PROGRESS", "1")
    _talk().progress("核对", 1, 2)

    assert capsys.readouterr() == ("", "")
