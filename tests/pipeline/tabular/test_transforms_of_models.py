"""Estimators and Beam handlers of tables, with missing cells, against their own answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from apache_beam.ml.inference.base import ModelHandler

import fairflip
from support.tables import FEATURES, applicants, score, swapped

pytestmark = pytest.mark.system

NUMBERS = ["age", "income"]
WORDS = ["gender", "title", "occupation"]


def with_gaps(table: pd.DataFrame) -> pd.DataFrame:
    """A table of which some incomes and some occupations are missing."""
    income = table["income"].where(np.arange(len(table)) % 9 != 0)
    occupation = table["occupation"].where(np.arange(len(table)) % 7 != 0, None)
    return table.assign(income=income, occupation=occupation)


TABLE = with_gaps(applicants(240))
SETTINGS = {"attribute": "gender", "attribute_values": ["female", "male"], "quiet": True,
            "linked": [{"column": "title", "values": ["Mr:Mrs"]}],
            "id": "applicant_id", "label": "approved"}  # fmt: skip


@pytest.fixture(scope="module")
def estimator():
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    made = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            (
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"),
                    OneHotEncoder(handle_unknown="ignore"),
                ),
                WORDS,
            ),
        ),
        LogisticRegression(),
    )
    train = with_gaps(applicants(600, seed=1)).fillna({"occupation": np.nan})
    return made.fit(train[list(FEATURES)], train["approved"])


def scores_of(result) -> pd.DataFrame:
    pairs = result.pairs.to_pandas()
    return pairs[pairs["edit"] == "identity"].set_index("applicant_id")


def test_a_pipeline_scores_as_it_does_itself(estimator):
    result = fairflip.evaluate(TABLE, model=estimator, **SETTINGS)
    actual = scores_of(result)
    plain = TABLE.fillna({"occupation": np.nan})
    expected = estimator.predict_proba(swapped(plain)[list(FEATURES)])[:, 1]
    ids = swapped(plain)["applicant_id"]
    np.testing.assert_allclose(actual.loc[ids, "counterfactual.score.model"], expected, atol=1e-9)
    before = estimator.predict_proba(plain[list(FEATURES)])[:, 1]
    own = pd.Series(before, plain["applicant_id"])[ids]
    np.testing.assert_allclose(actual.loc[ids, "score.model"], own, atol=1e-9)
    [at] = result.report.models[0].slices[0].thresholds
    assert at.flip_count == int(((own.to_numpy() > 0.5) != (expected > 0.5)).sum()) > 10
    # Nothing is left out for a cell that is missing.
    assert not result.report.rejects
    assert result.report.pairing.num_originals == len(TABLE)


class Handler(ModelHandler):
    """A Beam handler that gets a dictionary for each record."""

    def load_model(self):
        return score

    def run_inference(self, batch, model, inference_args=None):
        frame = pd.DataFrame(list(batch))
        assert list(frame.columns) == list(FEATURES)
        return [float(value) for value in model(frame)]


def test_a_handler_gets_dictionaries_and_a_function_a_frame():
    result = fairflip.evaluate(TABLE, models={"h": Handler(), "f": score}, **SETTINGS)
    handler, function = result.report.models
    assert handler.slices[0].thresholds[0].flip_count > 10
    assert [s.thresholds[0].flip_count for s in handler.slices] == [
        s.thresholds[0].flip_count for s in function.slices
    ]
    assert not result.report.rejects
