# SPDX-License-Identifier: Apache-2.0
"""The portal: pages and an interface over the office's verbs; it never decides."""
