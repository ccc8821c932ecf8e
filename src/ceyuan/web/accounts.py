# SPDX-License-Identifier: Apache-2.0
"""How logins and office users belong together: one name, roles from the office alone.

Nobody signs up by himself: an administrator registers a user, gives him a way to log
in, and takes it away again. A provider's login is let in when its name is a user's.
"""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class Accounts(DefaultAccountAdapter):
    """Local logins."""

    def is_open_for_signup(self, request: object) -> bool:
        """Return False: users are registered, they do not sign up."""
        return False


class Provided(DefaultSocialAccountAdapter):
    """Logins by a provider."""


class Factors(DefaultMFAAdapter):
    """Second factors."""
