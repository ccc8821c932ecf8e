# SPDX-License-Identifier: Apache-2.0
"""The portal as an app of Django's: it has no tables, they are the office's."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The portal."""

    name = "ceyuan.web"
    label = "web"
