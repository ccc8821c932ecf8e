# SPDX-License-Identifier: Apache-2.0
"""Evaluate, explain, nearest step: what policies say of subjects."""

from ceyuan.policies.batch import CODES, OUTCOMES, Plan, facts_of, plan
from ceyuan.policies.decide import Decision, Outcome, decide, output_value

__all__ = [
    "CODES",
    "OUTCOMES",
    "Decision",
    "Outcome",
    "Plan",
    "decide",
    "facts_of",
    "output_value",
    "plan",
]
