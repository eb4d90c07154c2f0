"""What fairness costs: techniques, losses and weights side by side, over several seeds.

A sweep trains one model per setting and seed from the same baseline, scores the
same evaluation examples and pairs with each, and puts numbers, Pareto front and
a choice by a stated rule into the report's `Sweep`.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairflip.protos import config_pb2, report_pb2
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.forms.remediation_choices import AT_INFERENCE, DEFAULT_LOSSES, TECHNIQUES
from fairflip.remediation.sweep.at_inference import Asked, calls_per_text, mean_scores
from fairflip.remediation.sweep.price import (
    AVERAGING,
    BASELINE,
    BLINDNESS,
    DEFAULT_AUC_BUDGET,
    SweepSetting,
    plot_price,
    price_table,
    sweep_message,
)
from fairflip.remediation.sweep.run_keeper import RunKeeper
from fairflip.remediation.sweep.score_metrics import (
    ControlRows,
    EvaluationScores,
    PricePoint,
    price_point,
)
from fairflip.remediation.training.data import Inputs, TrainingData, num_rows
from fairflip.remediation.training.evaluation_data import (
    EvaluationData,
    evaluation_data_from_tables,
)
from fairflip.remediation.training.fingerprints import content_fingerprint, model_fingerprint
from fairflip.remediation.training.step import RemediationResult, remediate

if TYPE_CHECKING:
    import keras

__all__ = [
    "EvaluationData",
    "SweepResult",
    "SweepSetting",
    "evaluation_data_from_tables",
    "plot_price",
    "price_table",
    "settings_grid",
    "sweep",
    "sweep_message",
]


def settings_grid(
    techniques: Iterable[str] = ("clp",),
    losses: Iterable[str] = (),
    loss_weights: Iterable[float] = (1.0,),
    baselines: Iterable[str] = ("plain", "augmentation"),
    control_weights: Iterable[float] = (0.0,),
) -> list[SweepSetting]:
    """Every technique with each of its losses and each weight, after the baselines.

    Args:
        techniques: "clp", "mindiff".
        losses: Loss names; a technique takes those it knows, or its default.
        loss_weights: Weights.
        control_weights: Of CLP: weights of control pairs beside 1 for identity pairs.
        baselines: Techniques without a loss that stand beside.
    """
    from fairflip.remediation import counterfactual, min_diff

    on_logits = [name + counterfactual.losses.ON_LOGITS for name in counterfactual.losses.LOSSES]
    known = {
        "clp": [*counterfactual.losses.LOSSES, *on_logits],
        "mindiff": list(min_diff.losses.LOSSES),
    }
    settings = [SweepSetting(technique) for technique in baselines]
    losses = [loss.lower().removesuffix("_loss") for loss in losses]
    unknown = [loss for loss in losses if not any(loss in names for names in known.values())]
    if unknown:
        raise ConfigurationError(f"Unknown losses {unknown} in the sweep.")
    for technique in techniques:
        if technique not in known:
            settings.append(SweepSetting(technique))
            continue
        own = [loss for loss in losses if loss in known[technique]]
        for loss in own or [DEFAULT_LOSSES[technique]]:
            settings += [
                SweepSetting(technique, loss, float(weight), float(of_controls))
                for weight in loss_weights
                for of_controls in (control_weights if technique == "clp" else (0.0,))
            ]
    return list(dict.fromkeys(settings))


def settings_of_spec(spec: config_pb2.RemediationSpec) -> list[SweepSetting]:
    """The points that a spec asks for.

    They are its technique with its loss, and `sweep_losses` with the technique
    each belongs to, all with every weight.
    """
    from fairflip.remediation import min_diff

    first = spec.technique or TECHNIQUES[0]
    losses = [spec.loss or DEFAULT_LOSSES.get(first, ""), *spec.sweep_losses]
    names = [loss.lower().removesuffix("_loss") for loss in spec.sweep_losses]
    owners = ["mindiff" if name in min_diff.losses.LOSSES else "clp" for name in names]
    return settings_grid(
        dict.fromkeys([first, *owners]),
        filter(None, losses),
        spec.loss_weights or (1.0,),
        control_weights=tuple(spec.control_weights) or (0.0,),
    )


def evaluate_scores(
    score: Callable[[Inputs], np.ndarray], data: EvaluationData
) -> EvaluationScores:
    """A model's scores of the evaluation data.

    Args:
        score: From inputs to scores.
        data: The evaluation data.
    """
    controls = {} if data.controls is None else {"controls": score(data.controls)}
    sides = score(data.inputs), score(data.originals), score(data.counterfactuals)
    return EvaluationScores(*sides, **controls)


@dataclasses.dataclass(frozen=True)
class SweepResult:
    """What a sweep found.

    Attributes:
        sweep: The report's message.
        runs: The numbers of every run, one per seed, by point.
        chosen: The model chosen and its record; None if no point was, or one at inference.
    """

    sweep: report_pb2.Sweep
    runs: Mapping[str, Sequence[PricePoint]]
    chosen: RemediationResult | None


def sweep(
    spec: config_pb2.RemediationSpec,
    data: TrainingData,
    baseline: keras.Model,
    evaluation: EvaluationData,
    *,
    settings: Sequence[SweepSetting] | None = None,
    seed: int = 0,
    threshold: float = 0.5,
    blind: Callable[[Inputs], Inputs] | None = None,
    averaged: Asked | None = None,
    output_dir: str | pathlib.Path | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> SweepResult:
    """Trains and scores every setting with every seed, and chooses one.

    Args:
        spec: What all runs share; `num_seeds`, `auc_budget`, and, where `settings`
            is None, the technique, losses and loss weights to try beside plain
            training and augmentation (`settings_of_spec`).
        data: To train on; pairs of held-out terms are not in it.
        baseline: Where every run starts.
        evaluation: To score on.
        settings: The points; see `settings_grid`.
        seed: Of the first run; the others follow.
        threshold: The baseline's.
        blind: Masks the terms in inputs, for the baseline that does not look: it
            is the baseline model on masked inputs.
        averaged: From texts to the texts whose mean score is each one's, for the baseline
            that averages. Only for inputs that are texts alone.
        output_dir: Finished runs are kept there and not run again for the same
            settings, baseline, training data and evaluation data.
        progress: Told the share done and a sentence.

    Returns:
        The report's message, all numbers, and the chosen model (that of the first
        seed), where one that was trained is.
    """
    if not num_rows(evaluation.originals):
        raise InputError("There are no pairs to measure flips on; give evaluation pairs.")
    if settings is None:
        settings = settings_of_spec(spec)
    seeds = [seed + i for i in range(spec.num_seeds if spec.HasField("num_seeds") else 1)]
    measure = _Measure(baseline, evaluation, threshold)
    runs = _without_training(measure, blind, averaged)
    key = ""
    if output_dir is not None:
        key = _work_key(spec, threshold, data, baseline, evaluation)
    keeper = RunKeeper(output_dir, key)
    done, total = 0, len(settings) * len(seeds)
    for setting in settings:
        runs[setting.name] = []
        for run_seed in seeds:
            # The model of the first seed is the one that is handed over, should it be chosen.
            first = run_seed == seeds[0]
            point = keeper.find(setting, run_seed, with_model=first)
            if point is None:
                result = remediate(_spec_of(spec, setting), data, baseline, seed=run_seed)
                point = dataclasses.replace(measure.model(result.model), seconds=result.seconds)
                keeper.keep(setting, run_seed, point, result, with_model=first)
            runs[setting.name].append(point)
            done += 1
            if progress:
                progress(done / total, f"{setting.name}, seed {run_seed}")
    budget = spec.auc_budget if spec.HasField("auc_budget") else DEFAULT_AUC_BUDGET
    message = sweep_message(settings, runs, budget)
    chosen = None
    if message.chosen and message.chosen not in AT_INFERENCE:
        chosen = keeper.model_of(message.chosen, seeds[0], baseline)
    return SweepResult(message, runs, chosen)


class _Measure:
    """Takes models, and the baseline asked in other ways, to the numbers of a point."""

    def __init__(self, baseline: keras.Model, evaluation: EvaluationData, threshold: float):
        from fairflip.remediation.training import model_inputs

        self.evaluation = evaluation
        self._score, self._baseline, self._threshold = model_inputs.score, baseline, threshold
        self._before = evaluate_scores(self.ask, evaluation)

    def ask(self, inputs: Inputs) -> np.ndarray:
        """The baseline's scores."""
        return self._score(self._baseline, inputs)

    def baseline(self) -> PricePoint:
        """The baseline as it is."""
        return self._price(self._before)

    def model(self, model: keras.Model) -> PricePoint:
        """A model of the baseline's inputs."""
        return self.scores(lambda inputs: self._score(model, inputs))

    def scores(self, score: Callable[[Inputs], np.ndarray]) -> PricePoint:
        """A function from inputs to scores."""
        return self._price(evaluate_scores(score, self.evaluation))

    def _price(self, scores: EvaluationScores) -> PricePoint:
        evaluation, controls = self.evaluation, None
        if evaluation.pair_of is not None and evaluation.original_of is not None:
            controls = ControlRows(evaluation.pair_of, evaluation.original_of)
        return price_point(
            scores,
            self._before,
            labels=evaluation.labels,
            held_out=evaluation.held_out,
            groups=evaluation.groups,
            threshold=self._threshold,
            control_rows=controls,
        )


def _without_training(
    measure: _Measure, blind: Callable[[Inputs], Inputs] | None, averaged: Asked | None
) -> dict[str, list[PricePoint]]:
    """The points that train nothing: the baseline, and it blind and averaged where asked for."""
    runs = {BASELINE: [measure.baseline()]}
    if blind is not None:
        runs[BLINDNESS] = [measure.scores(lambda inputs: measure.ask(blind(inputs)))]
    if averaged is not None:
        point = measure.scores(lambda inputs: mean_scores(measure.ask, averaged, inputs))
        calls = calls_per_text(averaged, measure.evaluation.inputs)
        runs[AVERAGING] = [dataclasses.replace(point, calls_per_text=calls)]
    return runs


def _spec_of(spec: config_pb2.RemediationSpec, setting: SweepSetting) -> config_pb2.RemediationSpec:
    """The shared spec with one setting's technique, loss and weight."""
    own = config_pb2.RemediationSpec()
    own.CopyFrom(spec)
    own.technique, own.loss = setting.technique, setting.loss
    del own.loss_weights[:], own.sweep_losses[:], own.control_weights[:]
    if setting.control_weight:
        own.control_weights.append(setting.control_weight)
    if setting.technique in DEFAULT_LOSSES:
        own.loss_weights.append(setting.loss_weight)
    return own


def _work_key(
    spec: config_pb2.RemediationSpec,
    threshold: float,
    data: TrainingData,
    baseline: keras.Model,
    evaluation: EvaluationData,
) -> str:
    """Tells apart all that determines a run but for its setting and seed."""
    shared = _spec_of(spec, SweepSetting("plain"))
    shared.ClearField("num_seeds")
    shared.ClearField("auc_budget")
    as_text = shared.SerializeToString(deterministic=True).hex()
    return content_fingerprint(as_text, threshold, model_fingerprint(baseline), data, evaluation)
