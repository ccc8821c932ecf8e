# SPDX-License-Identifier: Apache-2.0
"""Passwords of tests are hashed once, not a million times: they protect nothing."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):  # type: ignore[misc]
    """The portal's own way to hash, in one step."""

    algorithm = "quick"
    iterations = 1
