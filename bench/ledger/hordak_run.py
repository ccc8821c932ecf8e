# SPDX-License-Identifier: Apache-2.0
"""django-hordak on a database of its own: `transfer_to` one by one, `bulk_create`.

A transfer is a transaction and two legs, committed; in bulk a thousand to a commit.
It is run in a process of its own, because Django is set up once per process.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from datetime import date

ACCOUNTS = 200
BATCH = 1_000


def set_up(address: str) -> None:
    """Set Django up with hordak alone, and make its tables."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from psycopg.conninfo import conninfo_to_dict

    said = conninfo_to_dict(address)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": said["dbname"],
                "HOST": said["host"],
                "USER": said["user"],
            }
        },
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "mptt",
            "djmoney",
            "hordak",
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        CURRENCIES=["CNY"],
        DEFAULT_CURRENCY="CNY",
        HORDAK_CURRENCIES=["CNY"],
        HORDAK_INTERNAL_CURRENCY="CNY",
        SECRET_KEY="bench",  # noqa: S106 - nothing is signed
    )
    django.setup()
    call_command("migrate", verbosity=0)


def main() -> None:
    """Measure, and print one line of JSON."""
    seconds, rows = float(sys.argv[1]), int(sys.argv[2])
    set_up(os.environ["BENCH_HORDAK"])
    from django.db import transaction
    from hordak.models import Account, Leg, Transaction
    from moneyed import Money

    draw = random.Random(7)
    accounts = [
        Account.objects.create(
            name=f"account {n}", code=f"{n:05d}", type="LI", currencies=["CNY"]
        )
        for n in range(ACCOUNTS)
    ]
    amount = Money("1.00", "CNY")
    day = date(2026, 11, 21)

    def single() -> None:
        debit, credit = draw.sample(accounts, 2)
        with transaction.atomic():
            debit.transfer_to(credit, amount, description="bench", date=day)

    for _ in range(20):
        single()
    took: list[float] = []
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        single()
        took.append(time.perf_counter() - start)
    singles = len(took) / (time.perf_counter() - begin)
    took.sort()
    begin = time.perf_counter()
    for at in range(0, rows, BATCH):
        with transaction.atomic():
            made = Transaction.objects.bulk_create(
                [
                    Transaction(description="bench", date=day)
                    for _ in range(min(BATCH, rows - at))
                ]
            )
            legs = []
            for one in made:
                debit, credit = draw.sample(accounts, 2)
                legs.append(Leg(transaction=one, account=debit, credit=amount))
                legs.append(Leg(transaction=one, account=credit, debit=amount))
            Leg.objects.bulk_create(legs)
    bulk = rows / (time.perf_counter() - begin)
    print(
        json.dumps(
            {
                "transfer_to_per_s": round(singles),
                "p50_ms": round(took[len(took) // 2] * 1e3, 2),
                "p99_ms": round(took[int(len(took) * 0.99)] * 1e3, 2),
                "bulk_create_per_s": round(bulk),
                "bulk_rows": rows,
            }
        )
    )


if __name__ == "__main__":
    main()
