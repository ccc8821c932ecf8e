# SPDX-License-Identifier: Apache-2.0
"""Files of invented records, written to a folder of the test."""

from datetime import date

import pytest

from ceyuan.declarations import load_records, load_region
from ceyuan.facts.intake import read_rows

AS_OF = date(2026, 11, 21)


@pytest.fixture(scope="session")
def facts():
    return load_region("shanghai").facts


@pytest.fixture(scope="session")
def records():
    return load_records("shanghai")


@pytest.fixture
def csv_file(tmp_path):
    """Write lines of text as a file."""

    def write(*lines, name="企业表.csv", encoding="utf-8", end="\n"):
        path = tmp_path / name
        path.write_bytes(("\n".join(lines) + end).encode(encoding))
        return path

    return write


@pytest.fixture
def read(facts, records):
    """Read a file as records of a type."""

    def run(path, type_="firm", **options):
        record = records.type(type_) if isinstance(type_, str) else type_
        return read_rows(path, record, facts=facts, as_of=AS_OF, **options)

    return run
