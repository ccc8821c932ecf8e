# SPDX-License-Identifier: Apache-2.0
"""The rules engine against its peers; see `docs/bench.md`."""
