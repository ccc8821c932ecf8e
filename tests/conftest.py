# SPDX-License-Identifier: Apache-2.0
"""How properties are tested: two Hypothesis profiles.

`fast` is what `make test` runs: the same examples each time, so that a red run
can be repeated by anybody. `soak` (`make soak`) draws new ones each time, many,
and prints the line that repeats a failure.
"""

import gc
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings

# Fixtures `database`, `fresh_database`, `office_folder`; `town`, `town_made`.
pytest_plugins = ["tests.database", "tests.town"]

settings.register_profile(
    "fast",
    deadline=None,
    derandomize=True,
    max_examples=100,
)
settings.register_profile(
    "soak",
    deadline=None,
    max_examples=5_000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# Where static files are gathered; removed with the process.
_STATIC = TemporaryDirectory(prefix="ceyuan-static-")
# `pytest --hypothesis-profile=soak` is read after this line and wins.
settings.load_profile("fast")


def pytest_collection_finish() -> None:
    """Leave what the collected tests hold out of Python's search for garbage.

    Ten thousand tests are a large heap that nothing frees; searching it again and
    again was a fifth of the time of a run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_configure() -> None:
    """Give Django the portal's settings before anything else does.

    Django takes settings once for a process; the tests of the office's tables are
    content with the portal's.
    """
    from django.conf import settings as django

    from ceyuan.web import serving
    from tests.town import portal_settings

    serving.configure(portal_settings(Path(_STATIC.name), ""))
    # A hundred logins with the portal's own hash would take minutes.
    django.PASSWORD_HASHERS = ["tests.hashers.Quick", *django.PASSWORD_HASHERS]
