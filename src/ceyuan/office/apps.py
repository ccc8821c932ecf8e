# SPDX-License-Identifier: Apache-2.0
"""The Django application that owns the tables."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """The office's tables; label `office`."""

    name = "ceyuan.office"
    label = "office"
    verbose_name = "策源"
    default_auto_field = "django.db.models.BigAutoField"
