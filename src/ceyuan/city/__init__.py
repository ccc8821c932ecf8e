# SPDX-License-Identifier: Apache-2.0
"""The synthetic city: invented firms and the files that an office keeps of them."""

from ceyuan.city.joined import make_joined
from ceyuan.city.model import Certificate, Firm, Year
from ceyuan.city.tenants import make_tenants
from ceyuan.city.town import TownSaid, make_town
from ceyuan.city.truth import (
    Column,
    Defect,
    JoinedTruth,
    RowTruth,
    TenantTruth,
)

__all__ = [
    "Certificate",
    "Column",
    "Defect",
    "Firm",
    "JoinedTruth",
    "RowTruth",
    "TenantTruth",
    "TownSaid",
    "Year",
    "make_joined",
    "make_tenants",
    "make_town",
]
