# SPDX-License-Identifier: Apache-2.0
"""Evaluate, explain, nearest step: what policies say of subjects."""

from ceyuan.policies.batch import CODES, OUTCOMES, Plan, facts_of, plan
from ceyuan.policies.decide import Decision, Outcome, decide, output_value
from ceyuan.policies.explain import Branch, Explanation, explain
from ceyuan.policies.nearest import Move, Shift, nearest, one_step

__all__ = [
    "CODES",
    "OUTCOMES",
    "Branch",
    "Decision",
    "Explanation",
    "Move",
    "Outcome",
    "Plan",
    "Shift",
    "decide",
    "explain",
    "facts_of",
    "nearest",
    "one_step",
    "output_value",
    "plan",
]
