# SPDX-License-Identifier: Apache-2.0
"""Tags of our templates."""
