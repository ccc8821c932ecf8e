# SPDX-License-Identifier: Apache-2.0
"""Charts are pure functions: their tests need no town, no database, no files."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _static() -> None:
    """Take the place of the portal's static files, which no chart asks for."""
