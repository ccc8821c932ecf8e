# SPDX-License-Identifier: Apache-2.0
"""The verbs that join the rooms: check a file, give it back, remember it."""

from ceyuan.office.checkup import Checkup, FirmCheck, check_table

__all__ = ["Checkup", "FirmCheck", "check_table"]
