# SPDX-License-Identifier: Apache-2.0
"""Every kind of job and the verb that does it; a worker does all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.parks_checked import check_again, check_batch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.office.jobs import Worked

KINDS: Mapping[str, Worked] = {
    "park_again": check_again,
    "park_check": check_batch,
}
