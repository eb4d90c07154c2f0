"""`score_scale=` from Python: of all models, or of each by name."""

from __future__ import annotations

import pandas as pd
import pytest

import fairflip
from fairflip.protos.errors import ConfigurationError

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

TABLE = pd.DataFrame(
    {
        "example_id": list("abc"),
        "comment_text": ["she sat", "she ran", "she sang"],
        "counterfactual.comment_text": ["he sat", "he ran", "he sang"],
        "s": [-3.0, 2.0, 1.0],
        "counterfactual.s": [3.0, 2.0, -1.0],
    }
)


@pytest.mark.parametrize(
    ("scale", "threshold", "flips"), [("logit", 0.5, 2), ({"m": "logit"}, 0.9, 1), ("any", 1.5, 1)]
)
def test_scores_are_read_by_their_scale(scale, threshold, flips):
    result = fairflip.evaluate(
        pairs=TABLE, scores={"m": "s"}, score_scale=scale, thresholds=[threshold]
    )
    [overall] = result.report.models[0].slices
    assert overall.thresholds[0].flip_count == flips


def test_a_scale_of_no_model_is_refused():
    with pytest.raises(ConfigurationError, match="'n' names no model"):
        fairflip.evaluate(pairs=TABLE, scores={"m": "s"}, score_scale={"n": "logit"})
