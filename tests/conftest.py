# SPDX-License-Identifier: Apache-2.0
"""How properties are tested: two Hypothesis profiles.

`fast` is what `make test` runs: the same examples each time, so that a red run
can be repeated by anybody. `soak` (`make soak`) draws new ones each time, many,
and prints the line that repeats a failure.
"""

from hypothesis import HealthCheck, settings

# Fixtures `database`, `fresh_database`, `office_folder`.
pytest_plugins = ["tests.database"]

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
# `pytest --hypothesis-profile=soak` is read after this line and wins.
settings.load_profile("fast")
