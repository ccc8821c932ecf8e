# SPDX-License-Identifier: Apache-2.0
"""Every kind of job and the verb that does it; a worker does all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.book_checked import VERIFY, do_verify
from ceyuan.office.entitle_job import ENTITLE, do_entitle
from ceyuan.office.import_job import IMPORT, PREVIEW, do_import, do_preview
from ceyuan.office.ladder_job import (
    DISAGREEMENTS,
    LADDER,
    do_disagreements,
    do_ladder,
)
from ceyuan.office.parks_checked import check_again, check_batch
from ceyuan.office.reform_job import simulate_job
from ceyuan.office.run_job import COMPARE, REPLAY, RUN, do_compare, do_replay, do_run
from ceyuan.office.sheets_job import make as make_firm_sheets
from ceyuan.office.solving import KIND as SOLVE
from ceyuan.office.solving import solve_job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.office.jobs import Worked

KINDS: Mapping[str, Worked] = {
    COMPARE: do_compare,
    DISAGREEMENTS: do_disagreements,
    ENTITLE: do_entitle,
    IMPORT: do_import,
    LADDER: do_ladder,
    PREVIEW: do_preview,
    REPLAY: do_replay,
    RUN: do_run,
    SOLVE: solve_job,
    VERIFY: do_verify,
    "park_again": check_again,
    "park_check": check_batch,
    "simulate": simulate_job,
    "sheets": make_firm_sheets,
}
