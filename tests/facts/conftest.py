# SPDX-License-Identifier: Apache-2.0
"""The dictionary that is shipped, and small sheets written as lines."""

from datetime import date
from pathlib import Path

import pytest

from ceyuan.declarations import facts as model
from ceyuan.declarations.facts import FactFile
from ceyuan.declarations.parts import build
from ceyuan.declarations.source import read_source
from ceyuan.facts import join_facts, read_facts
from ceyuan.sheets import Book, Sheet

AS_OF = date(2026, 11, 21)
FOLDER = Path(model.__file__).parent.parent / "regions" / "china" / "facts"


@pytest.fixture(scope="session")
def dictionary():
    return build(FactFile, read_source(FOLDER / "firm.yaml")).facts


@pytest.fixture
def book():
    """Make a book of one sheet from its rows; shorter rows are filled up."""

    def make(*rows, name="企业", file="tenants.xlsx", merged=(), percent=None):
        width = max(len(row) for row in rows)
        cells = [[*row, *[None] * (width - len(row))] for row in rows]
        sheet = Sheet(name, cells, merged=tuple(merged), percent_runs=percent or {})
        return Book(Path(file), "xlsx", (sheet,))

    return make


@pytest.fixture
def read(dictionary, book):
    """Read a sheet that is written as rows."""

    def run(*rows, columns=None, as_of=AS_OF, **options):
        made = book(*rows, **options)
        return read_facts(made, dictionary=dictionary, as_of=as_of, columns=columns)

    return run


@pytest.fixture
def join(dictionary):
    def run(table, *books, columns=None, as_of=AS_OF):
        return join_facts(
            table, books, dictionary=dictionary, as_of=as_of, columns=columns
        )

    return run


@pytest.fixture
def codes():
    """Return the codes of a table's problems, in order."""

    def run(table):
        return [problem.code for problem in table.problems]

    return run
