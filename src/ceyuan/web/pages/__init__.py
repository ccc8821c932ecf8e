# SPDX-License-Identifier: Apache-2.0
"""Views: each parses what was asked, calls a verb of the office, and shows."""
