"""How much is fuzzed: little in CI, much in the nightly form (`make fuzz`); and how much was.

`FAIRFLIP_FUZZ_EXAMPLES` is the number of inputs that hypothesis makes for each test, in any
folder; `FAIRFLIP_FUZZ_RUNS` that of the coverage-guided fuzzer for each target.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

NUM_EXAMPLES = int(os.environ.get("FAIRFLIP_FUZZ_EXAMPLES", "50"))
NUM_RUNS = int(os.environ.get("FAIRFLIP_FUZZ_RUNS", "1500"))

#: What was fuzzed -> how many inputs were tried.
COUNTS: dict[str, int] = {}


def count_inputs(name: str, number: int = 1) -> None:
    """Adds to the number that is told at the end."""
    COUNTS[name] = COUNTS.get(name, 0) + number


def fuzz(test: Callable[..., Any]) -> Callable[..., Any]:
    """For a test with `@given`: as many inputs as wanted, counted.

    CI tries the same inputs each time; the nightly form others.
    """
    inner = test.hypothesis.inner_test

    @functools.wraps(inner)
    def counted(*args: Any, **keywords: Any) -> Any:
        count_inputs(keywords.get("target", inner.__name__.removeprefix("test_")))
        return inner(*args, **keywords)

    test.hypothesis.inner_test = counted
    return settings(
        suppress_health_check=list(HealthCheck),
        derandomize="FAIRFLIP_FUZZ_EXAMPLES" not in os.environ,
        database=None,
    )(test)
