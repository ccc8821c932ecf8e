# SPDX-License-Identifier: Apache-2.0
"""Evaluate, explain, nearest step: what policies say of subjects."""

from ceyuan.policies.batch import CODES, OUTCOMES, Plan, plan
from ceyuan.policies.budget import Solved, solve, solved_json
from ceyuan.policies.decide import Decision, Outcome, decide, output_value
from ceyuan.policies.explain import Branch, Explanation, explain
from ceyuan.policies.nearest import Move, OneStep, Shift, nearest, one_step
from ceyuan.policies.reform import simulate
from ceyuan.policies.rows import facts_of
from ceyuan.policies.simulated import Simulated, simulated_json
from ceyuan.policies.words import (
    ONE_STEP,
    OUTCOME_WORDS,
    SUPPLIERS,
    TO_CONFIRM,
    fact_name,
    parameter_name,
    show_known,
    show_number,
    show_value,
)

__all__ = [
    "CODES",
    "ONE_STEP",
    "OUTCOMES",
    "OUTCOME_WORDS",
    "SUPPLIERS",
    "TO_CONFIRM",
    "Branch",
    "Decision",
    "Explanation",
    "Move",
    "OneStep",
    "Outcome",
    "Plan",
    "Shift",
    "Simulated",
    "Solved",
    "decide",
    "explain",
    "fact_name",
    "facts_of",
    "nearest",
    "one_step",
    "output_value",
    "parameter_name",
    "plan",
    "show_known",
    "show_number",
    "show_value",
    "simulate",
    "simulated_json",
    "solve",
    "solved_json",
]
