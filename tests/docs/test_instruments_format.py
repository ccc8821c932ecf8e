# SPDX-License-Identifier: Apache-2.0
"""The page about instruments: its example loads, and its story comes out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.declarations.instrument_cases import read_stories
from ceyuan.declarations.instruments import load_instruments
from ceyuan.declarations.region import REGIONS
from ceyuan.office.moving_cases import play

if TYPE_CHECKING:
    from ceyuan.office.database import Database

PAGE = Path(__file__).parents[2] / "docs" / "instruments-format.md"


def test_example_of_the_page_is_an_instrument_and_its_story_comes_out(
    database: Database, tmp_path: Path
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    file, stories = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    shutil.copytree(REGIONS, tmp_path / "regions")
    place = tmp_path / "regions" / "shanghai" / "instruments"
    (place / "field_test_grant.yaml").write_text(file, encoding="utf-8")
    cases = place / "field_test_grant.cases.yaml"
    cases.write_text(stories, encoding="utf-8")

    loaded = load_instruments("shanghai", tmp_path / "regions")
    ((name, story),) = read_stories(cases).stories.items()
    with database.connect() as conn:
        played = play(conn, loaded.instrument("field_test_grant"), name, story)

    assert played.faults == ()
