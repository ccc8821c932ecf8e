# SPDX-License-Identifier: Apache-2.0
"""Two people at once: the second is told who was faster, and nothing is lost."""

from __future__ import annotations

from ceyuan.kernel import UsageError


class Overtaken(UsageError):
    """Somebody was faster; what he did is named, and nothing was changed."""
