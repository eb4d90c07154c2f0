"""Texts without an answer are allowed up to a share of all texts, and told by reason."""

from __future__ import annotations

import pytest

from fairflip.pipeline.score.services.failures import Failures
from fairflip.protos.errors import InputError


def test_up_to_the_share_and_no_further():
    failures = Failures("m", 0.02, 200, 8)
    failures.reached(50)
    failures.unread("no number", 3)
    failures.unread("status 400")
    with pytest.raises(InputError) as raised:
        failures.unread("no number")
    assert str(raised.value) == (
        "models[m].service: of 50 texts asked so far 5 (10.0%) have no answer that can be read "
        "(4: no number; 1: status 400); max_failed_share allows 2.0% of 200 texts: mend the "
        "request, the prompt or how answers are read, or allow more"
    )


def test_calls_in_a_row_that_reach_nobody_stop_the_run():
    failures = Failures("m", 1.0, 1000, 3)
    for _ in range(2):
        failures.unreached("no connection", 1)
    failures.reached(1)
    for _ in range(2):
        failures.unreached("no connection", 1)
    with pytest.raises(InputError, match=r"last 3 calls were not answered.*no connection"):
        failures.unreached("no connection", 1)
