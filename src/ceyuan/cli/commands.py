# SPDX-License-Identifier: Apache-2.0
"""All commands, in the order in which help lists them. Each calls one verb."""

from __future__ import annotations

from ceyuan.cli import (  # noqa: F401 - they add to it
    entitle_app,
    instruments_app,
    ledger_app,
    office_app,
    pay_app,
    people_app,
    records_app,
    runs_app,
    serve_app,
)
from ceyuan.cli.app import app

__all__ = ["app"]
