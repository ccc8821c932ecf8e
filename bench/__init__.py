# SPDX-License-Identifier: Apache-2.0
"""Benches: what is fast, what is slow, next to whom, on one machine in one run."""
