"""An evaluation is settled once, from the configuration and the columns of its data."""

from __future__ import annotations

import dataclasses

import pytest

from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.evaluate.evaluation import prepare
from fairflip.protos.config_pb2 import PipelineConfig


@pytest.fixture
def config() -> PipelineConfig:
    return with_defaults(
        PipelineConfig(
            data={"weight_feature": "weight"},
            models=[
                {"name": "given", "score_feature": "toxicity_score"},
                {"name": "loaded", "path": "model.keras"},
            ],
            evaluation={"slices": ["gender", "gender,race"], "thresholds": [0.3, 0.7]},
            output={"output_dir": "out"},
            seed=5,
        )
    )


def test_the_configuration_says_what_is_counted(config):
    evaluation = prepare(config, ["comment_text"], has_labels=False)
    spec = evaluation.spec
    assert spec.models == ("given", "loaded")
    assert spec.thresholds == (0.3, 0.7)
    assert spec.slices == (("gender",), ("gender", "race"))
    assert (spec.label_column, spec.weight_column, spec.seed) == (None, "weight", 5)
    assert prepare(config, [], has_labels=True).spec.label_column == "toxicity"
    assert evaluation.eval_configs == {"given": None, "loaded": None}, "a model brings TensorFlow"
    assert evaluation.output_dir == "out"
    assert not evaluation.reads_classes
    with pytest.raises(dataclasses.FrozenInstanceError):
        evaluation.models = ()


def test_models_that_scored_before_are_read_and_the_others_stay(config):
    evaluation = prepare(config, [], has_labels=False, scored_before=["given"])
    assert [(m.name, m.score_feature, m.path) for m in evaluation.models] == [
        ("given", "score.given", ""),
        ("loaded", "", "model.keras"),
    ]
    assert config.models[0].score_feature == "toxicity_score", "the configuration stays as it is"


def test_pairs_hold_no_scores_but_class_scores_that_are_the_datas_own(config):
    evaluation = prepare(config, [], has_labels=False, scored_before=["given", "loaded"])
    assert evaluation.score_columns == [
        "score.given",
        "counterfactual.score.given",
        "score.loaded",
        "counterfactual.score.loaded",
        "classes.loaded",
        "counterfactual.classes.loaded",
    ]
