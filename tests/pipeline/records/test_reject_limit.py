"""`max_rejects`, as a count and as a share, at its boundary."""

from __future__ import annotations

import pytest

from fairflip.pipeline.records.reject_limit import refuse_too_many_rejects
from fairflip.protos.config_pb2 import EvaluationSpec
from fairflip.protos.errors import InputError
from fairflip.protos.report_pb2 import RunReport

REPORT = RunReport(
    pairing={"num_records_read": 100},
    rejects=[
        {"stage": "read", "reason": "empty_text", "count": 6},
        {"stage": "score", "reason": "score_not_a_number", "count": 4},
    ],
)


@pytest.mark.parametrize("limit", [None, 10, 11, 0.1, 0.5])
def test_within_the_limit_the_run_goes_on(limit):
    refuse_too_many_rejects(EvaluationSpec(max_rejects=limit), REPORT)


@pytest.mark.parametrize("limit", [0, 1, 9, 0.09])
def test_above_it_the_run_stops_and_names_count_limit_and_reasons(limit):
    with pytest.raises(InputError, match=r"10 of 100 records.*6 empty_text at read"):
        refuse_too_many_rejects(EvaluationSpec(max_rejects=limit), REPORT)


def test_nothing_left_out_is_never_too_much():
    refuse_too_many_rejects(EvaluationSpec(max_rejects=0), RunReport())
