"""Why counterfactuals meet no original is told by how their IDs are written."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pytest

from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.evaluate.inputs import check_evaluation_inputs
from fairflip.pipeline.evaluate.unmatched_ids import why_ids_never_match
from fairflip.protos.config_pb2 import PipelineConfig


def reason(folder, originals: list[str], others: list[str]) -> str:
    config = PipelineConfig()
    for name, ids in (("examples", originals), ("counterfactuals", others)):
        path = folder / f"{name}.csv"
        texts = [f"she is {number}" for number in range(len(ids))]
        pd.DataFrame(
            {"example_id": ids, "comment_text": texts, "toxicity": 0, "score": 0.5}
        ).to_csv(path, index=False)
        getattr(config.data, name).append(str(path))
    config.models.add(name="m", score_feature="score")
    config = with_defaults(config)
    return why_ids_never_match(config.data, check_evaluation_inputs(config))


@pytest.mark.parametrize(
    ("originals", "others", "difference"),
    [
        (["a1", "b2"], ["A1", "B2"], "2 differ from one only in case"),
        (["a1", "b2"], [" a1", "b 2"], "2 differ from one only in space"),
        (["1", "2", "3"], ["1.0", "2.0", "3.00"], "only in how numbers are written"),
        (["1", "2", "3"], ["01", "+2", "3e0"], "only in how numbers are written"),
        (["a1", "b2"], [" A1", "B2 "], "only in case, space, Unicode form"),
        (["a1", "b2"], ["x", "y"], "such as 'a1' and 'b2', those of data.counterfactuals such as"),
    ],
)
def test_the_difference_that_explains_most_is_named(tmp_path, originals, others, difference):
    output = reason(tmp_path, originals, others)
    assert output.startswith("no pair is left: no counterfactual has the ID of an original")
    assert difference in output


def test_unicode_forms(tmp_path):
    others = ["ﬁ", "e\u0301", "A\u030a"]
    originals = [unicodedata.normalize("NFKC", value) for value in others]
    assert "3 differ from one only in their Unicode form" in reason(tmp_path, originals, others)
