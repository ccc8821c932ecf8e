# SPDX-License-Identifier: Apache-2.0
"""The instruments of the regions: sound, told in both languages, and as worked."""

from __future__ import annotations

import re

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ceyuan.declarations.instrument_cases import read_stories
from ceyuan.declarations.instruments import load_instruments
from ceyuan.office.moving_cases import cases_path, play
from tests.database import MADE, execute

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LOADED = load_instruments()
STORIES = [
    (name, story)
    for name, one in LOADED.instruments.items()
    for story in read_stories(cases_path(one)).stories
]


def _texts(name):
    """Yield each place of an instrument with its Chinese and its English text."""
    said = LOADED.instruments[name].said
    yield "title", said.zh, said.en
    yield "summary", said.summary.zh, said.summary.en
    for text in said.uncovered:
        yield "uncovered", text.zh, text.en
    sections = ("articles", "keys", "inputs", "let", "accounts", "sets", "moves")
    for section in (*sections, "outputs"):
        for part, one in getattr(said, section).items():
            yield f"{section}.{part}", one.zh, one.en
    for part, one in LOADED.instruments[name].parameters.items():
        yield f"parameters.{part}", one.zh, one.en
    for part, move in said.moves.items():
        for one in move.requires:
            yield f"moves.{part}.requires", one.zh, one.en


@pytest.mark.parametrize("name", sorted(LOADED.instruments))
def test_every_text_of_an_instrument_stands_in_both_languages(name):
    wrong = [
        place
        for place, zh, en in _texts(name)
        if not CHINESE.search(zh) or not en.strip() or CHINESE.search(en)
    ]

    assert [] == wrong


@pytest.mark.parametrize("name", sorted(LOADED.instruments))
def test_every_source_that_an_instrument_cites_is_told(name):
    said = LOADED.instruments[name].said
    cited = {s for d in said.documents.values() for s in d.sources}
    cited |= {s for a in said.articles.values() for s in a.sources}
    cited |= {s for p in said.parameters.values() for v in p.values for s in v.sources}

    assert cited == set(said.sources)


@pytest.mark.parametrize(("name", "story"), STORIES, ids=lambda value: value)
def test_story_of_an_instrument_comes_out_as_worked(name, story, book):
    instrument = LOADED.instruments[name]
    said = read_stories(cases_path(instrument)).stories[story]

    assert () == play(book, instrument, story, said).faults


@pytest.mark.parametrize("name", sorted(LOADED.instruments))
def test_every_move_of_an_instrument_is_made_in_a_story(name):
    instrument = LOADED.instruments[name]
    stories = read_stories(cases_path(instrument)).stories.values()
    made = {s.move for one in stories for s in one.steps if s.expect}

    assert set(instrument.said.moves) == made


@pytest.fixture(scope="module", name="book")
def _book(database_server):
    """Give one connection to a book of our own; each story takes itself back."""
    name = "instruments"
    execute(database_server, f"CREATE DATABASE {name} TEMPLATE {MADE}")
    with psycopg.connect(make_conninfo(database_server, dbname=name)) as conn:
        yield conn
        conn.rollback()
    execute(database_server, f"DROP DATABASE {name} WITH (FORCE)")
