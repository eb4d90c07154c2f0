"""`max_rejects`, as a count and as a share, at its boundary, and what holds without it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.records.reject_limit import (
    all_left_out,
    refuse_too_many_rejects,
    refuse_too_many_training_rejects,
)
from fairflip.pipeline.records.rejected_record import RejectedRecord
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
UNSET = EvaluationSpec()
BLANK = RejectedRecord("read", "empty_text", detail="Give it a text.")


def a_report(stage: str, number: int, rejected: int, filtered: int = 0) -> RunReport:
    return RunReport(
        rejects=[
            {"stage": "read", "reason": "empty_text", "count": rejected},
            {"stage": "score", "reason": "score_out_of_range", "count": rejected},
        ],
        sums=[
            {
                "stage": stage,
                "input": "pairs",
                "num_in": number + filtered,
                "num_rejected": rejected,
                "num_filtered": filtered,
            }
        ],
    )


def stops(call, *arguments) -> str:
    """The sentence that a call stops with; "" where it does not."""
    try:
        call(*arguments)
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("limit", [10, 11, 0.1, 0.5])
def test_within_the_limit_the_run_goes_on(limit):
    refuse_too_many_rejects(EvaluationSpec(max_rejects=limit), REPORT)


@pytest.mark.parametrize("limit", [0, 1, 9, 0.09])
def test_above_it_the_run_stops_and_names_count_limit_and_reasons(limit):
    with pytest.raises(InputError, match=r"10 of 100 records.*6 empty_text at read"):
        refuse_too_many_rejects(EvaluationSpec(max_rejects=limit), REPORT)


def test_nothing_left_out_is_never_too_much():
    refuse_too_many_rejects(EvaluationSpec(max_rejects=0), RunReport())


@given(
    st.sampled_from(["read", "pair", "score"]),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(0, 1000),
)
def test_without_a_limit_more_than_ten_and_5_percent_are_too_many(stage, number, part, filtered):
    rejected = min(number, part)
    sentence = stops(refuse_too_many_rejects, UNSET, a_report(stage, number, rejected, filtered))
    assert bool(sentence) == (stage != "pair" and rejected > 10 and 20 * rejected > number)
    if sentence:
        assert f"{rejected:,} of {number:,} pairs could not be" in sentence
        assert "--max_rejects" in sentence


@pytest.mark.parametrize(("lost", "too_many"), [(190, True), (50, False), (51, True)])
def test_a_file_of_another_encoding_stops_the_run(lost, too_many):
    """A cp1252 file of 1,000 rows, 19 % of them with a letter that UTF-8 has not so."""
    assert bool(stops(refuse_too_many_rejects, UNSET, a_report("read", 1000, lost))) == too_many


def test_one_input_does_not_hide_anothers_losses():
    report = a_report("read", 100, 19)
    report.sums.add(stage="read", input="counterfactuals", num_in=10_000)
    assert "19 of 100 pairs" in stops(refuse_too_many_rejects, UNSET, report)


def test_what_scores_look_like_is_said_where_scores_are_at_fault():
    output = stops(refuse_too_many_rejects, UNSET, a_report("score", 100, 40), "they look odd")
    assert "they look odd" in output
    assert "40 score_out_of_range" in output
    assert "empty_text" not in output
    output = stops(refuse_too_many_rejects, UNSET, a_report("read", 100, 40), "they look odd")
    assert "they look odd" not in output


@pytest.mark.parametrize(
    ("reasons", "limit", "too_many"),
    [
        ({"empty_text": 11}, None, True),
        ({"empty_text": 10}, None, False),
        ({"empty_text": 5, "invalid_utf8": 6}, None, True),
        ({"missing_label": 90, "duplicate_id": 5}, None, False),
        ({"missing_label": 90}, 89, True),
        ({"missing_label": 90}, 0.9, False),
        ({}, 0, False),
    ],
)
def test_training_data_is_held_to_the_same(reasons, limit, too_many):
    evaluation = EvaluationSpec(max_rejects=limit)
    output = stops(refuse_too_many_training_rejects, evaluation, reasons, 100)
    assert bool(output) == too_many


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (1, "the only record was left out as empty_text: Give it a text"),
        (2, "all 2 records were left out, each as empty_text: Give it a text"),
        (2_000, "all 2,000 records were left out, each as empty_text: Give it a text"),
    ],
)
def test_a_sentence_agrees_with_its_number(number, sentence):
    assert all_left_out(number, [BLANK] * number) == sentence
