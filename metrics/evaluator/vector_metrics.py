"""Which metrics can read columns of scored pairs, thousands of pairs at a time."""

from __future__ import annotations

from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.tfma.pair_combiner import CountPairs
from fairflip.metrics.tfma.pair_reader import PairReader
from fairflip.protos import columns
from fairflip.protos.errors import ConfigurationError

#: What a metric's vectors hold: a score of each pair, or K class scores.
SCORES, CLASSES = "scores", "classes"


def vectors_read(
    computations: metric_types.MetricComputations,
    whole: config_pb2.EvalConfig,
    spec: StatisticsSpec,
) -> str | None:
    """Which vectors all combiners of a metric read, and so thousands of pairs as well as one.

    Args:
        computations: The metric's; none where it has settings of its own.
        whole: The EvalConfig.
        spec: Names of models and columns.

    Returns:
        `SCORES` or `CLASSES`; None for a metric that TFMA has to compute one by one.

    Raises:
        ConfigurationError: A metric over classes names a column of single scores.
    """
    combiners = [c.combiner for c in computations if isinstance(c, metric_types.MetricComputation)]
    vectors = set()
    for combiner in combiners:
        if not isinstance(combiner, CountPairs) or combiner.reader.output_name:
            return None
        reader = combiner.reader
        if not _reads_models(reader, whole, spec) and not reads_columns(reader, whole, spec):
            _refuse_single_scores(reader, spec)
            return None
        vectors.add(CLASSES if reader.reads_classes else SCORES)
    return vectors.pop() if len(vectors) == 1 else None


def _reads_models(reader: PairReader, whole: config_pb2.EvalConfig, spec: StatisticsSpec) -> bool:
    """Whether classes are compared with those that the baseline gives to the same text."""
    return (
        reader.reads_classes
        and reader.feature_key is None
        and model_index(reader.model_name, whole, spec) is not None
        and _has_other_columns(reader, spec)
    )


def reads_columns(reader: PairReader, whole: config_pb2.EvalConfig, spec: StatisticsSpec) -> bool:
    """Whether what is read stands in columns of scored pairs."""
    model = model_index(reader.model_name, whole, spec)
    if model is None:
        return False
    side = columns.counterfactual_classes if reader.reads_classes else columns.counterfactual_score
    return reader.feature_key == side(spec.models[model]) and _has_other_columns(reader, spec)


def _has_other_columns(reader: PairReader, spec: StatisticsSpec) -> bool:
    return reader.id_key in (None, spec.id_column) and reader.legitimate_key in (
        None,
        columns.FLIP_IS_LEGITIMATE,
    )


def model_index(model_name: str, whole: config_pb2.EvalConfig, spec: StatisticsSpec) -> int | None:
    """Where a model, named as TFMA names it in keys, stands in `spec`; None: nowhere."""
    # TFMA keys a single model by "", whatever its name.
    name = model_name or (whole.model_specs[0].name if len(whole.model_specs) == 1 else "")
    if not name and len(spec.models) == 1:
        return 0
    return spec.models.index(name) if name in spec.models else None


def _refuse_single_scores(reader: PairReader, spec: StatisticsSpec) -> None:
    """Says at once what would fail at the first pair."""
    single = [columns.counterfactual_score(model) for model in spec.models]
    if reader.reads_classes and reader.feature_key in single:
        raise ConfigurationError(
            f"{reader.metric}: counterfactual_prediction_key {reader.feature_key!r} is a column of "
            "single scores, and top classes are those of vectors; set it to "
            f'"{columns.counterfactual_classes("{model}")}"'
        )
