# SPDX-License-Identifier: Apache-2.0
"""The book against its targets, the machine and its peers; see `docs/bench.md`."""
