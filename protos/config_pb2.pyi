from fairflip.protos import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PipelineConfig(_message.Message):
    __slots__ = ("data", "generator", "models", "evaluation", "remediation", "output", "seed", "train_baseline")
    DATA_FIELD_NUMBER: _ClassVar[int]
    GENERATOR_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    REMEDIATION_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    TRAIN_BASELINE_FIELD_NUMBER: _ClassVar[int]
    data: DataSpec
    generator: GeneratorSpec
    models: _containers.RepeatedCompositeFieldContainer[ModelSpec]
    evaluation: EvaluationSpec
    remediation: RemediationSpec
    output: OutputSpec
    seed: int
    train_baseline: bool
    def __init__(self, data: _Optional[_Union[DataSpec, _Mapping]] = ..., generator: _Optional[_Union[GeneratorSpec, _Mapping]] = ..., models: _Optional[_Iterable[_Union[ModelSpec, _Mapping]]] = ..., evaluation: _Optional[_Union[EvaluationSpec, _Mapping]] = ..., remediation: _Optional[_Union[RemediationSpec, _Mapping]] = ..., output: _Optional[_Union[OutputSpec, _Mapping]] = ..., seed: _Optional[int] = ..., train_baseline: bool = ...) -> None: ...

class DataSpec(_message.Message):
    __slots__ = ("examples", "counterfactuals", "pairs", "train_examples", "validation_examples", "format", "id_feature", "text_feature", "label_feature", "weight_feature", "label_threshold", "input_features", "filters", "train_filters", "validation_filters", "indicator_columns", "positive_label", "encoding", "delimiter", "pair_columns", "counterfactual_feature", "split_by_hash", "unnamed_columns", "output_labels", "without_text", "image_features")
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUALS_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    TRAIN_EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    ID_FEATURE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FEATURE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FEATURE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FEATURE_FIELD_NUMBER: _ClassVar[int]
    LABEL_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    INPUT_FEATURES_FIELD_NUMBER: _ClassVar[int]
    FILTERS_FIELD_NUMBER: _ClassVar[int]
    TRAIN_FILTERS_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_FILTERS_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_LABEL_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    DELIMITER_FIELD_NUMBER: _ClassVar[int]
    PAIR_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUAL_FEATURE_FIELD_NUMBER: _ClassVar[int]
    SPLIT_BY_HASH_FIELD_NUMBER: _ClassVar[int]
    UNNAMED_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_LABELS_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_TEXT_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FEATURES_FIELD_NUMBER: _ClassVar[int]
    examples: _containers.RepeatedScalarFieldContainer[str]
    counterfactuals: _containers.RepeatedScalarFieldContainer[str]
    pairs: _containers.RepeatedScalarFieldContainer[str]
    train_examples: _containers.RepeatedScalarFieldContainer[str]
    validation_examples: _containers.RepeatedScalarFieldContainer[str]
    format: str
    id_feature: str
    text_feature: str
    label_feature: str
    weight_feature: str
    label_threshold: float
    input_features: _containers.RepeatedScalarFieldContainer[str]
    filters: _containers.RepeatedCompositeFieldContainer[RowFilter]
    train_filters: _containers.RepeatedCompositeFieldContainer[RowFilter]
    validation_filters: _containers.RepeatedCompositeFieldContainer[RowFilter]
    indicator_columns: _containers.RepeatedCompositeFieldContainer[IndicatorColumns]
    positive_label: str
    encoding: str
    delimiter: str
    pair_columns: _containers.RepeatedCompositeFieldContainer[PairColumn]
    counterfactual_feature: str
    split_by_hash: bool
    unnamed_columns: _containers.RepeatedScalarFieldContainer[str]
    output_labels: _containers.RepeatedCompositeFieldContainer[OutputLabel]
    without_text: bool
    image_features: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, examples: _Optional[_Iterable[str]] = ..., counterfactuals: _Optional[_Iterable[str]] = ..., pairs: _Optional[_Iterable[str]] = ..., train_examples: _Optional[_Iterable[str]] = ..., validation_examples: _Optional[_Iterable[str]] = ..., format: _Optional[str] = ..., id_feature: _Optional[str] = ..., text_feature: _Optional[str] = ..., label_feature: _Optional[str] = ..., weight_feature: _Optional[str] = ..., label_threshold: _Optional[float] = ..., input_features: _Optional[_Iterable[str]] = ..., filters: _Optional[_Iterable[_Union[RowFilter, _Mapping]]] = ..., train_filters: _Optional[_Iterable[_Union[RowFilter, _Mapping]]] = ..., validation_filters: _Optional[_Iterable[_Union[RowFilter, _Mapping]]] = ..., indicator_columns: _Optional[_Iterable[_Union[IndicatorColumns, _Mapping]]] = ..., positive_label: _Optional[str] = ..., encoding: _Optional[str] = ..., delimiter: _Optional[str] = ..., pair_columns: _Optional[_Iterable[_Union[PairColumn, _Mapping]]] = ..., counterfactual_feature: _Optional[str] = ..., split_by_hash: bool = ..., unnamed_columns: _Optional[_Iterable[str]] = ..., output_labels: _Optional[_Iterable[_Union[OutputLabel, _Mapping]]] = ..., without_text: bool = ..., image_features: _Optional[_Iterable[str]] = ...) -> None: ...

class OutputLabel(_message.Message):
    __slots__ = ("output", "column")
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    output: str
    column: str
    def __init__(self, output: _Optional[str] = ..., column: _Optional[str] = ...) -> None: ...

class PairColumn(_message.Message):
    __slots__ = ("name", "column")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    name: str
    column: str
    def __init__(self, name: _Optional[str] = ..., column: _Optional[str] = ...) -> None: ...

class RowFilter(_message.Message):
    __slots__ = ("column", "value")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    column: str
    value: str
    def __init__(self, column: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class IndicatorColumns(_message.Message):
    __slots__ = ("feature", "columns", "threshold")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    feature: str
    columns: _containers.RepeatedScalarFieldContainer[str]
    threshold: float
    def __init__(self, feature: _Optional[str] = ..., columns: _Optional[_Iterable[str]] = ..., threshold: _Optional[float] = ...) -> None: ...

class GeneratorSpec(_message.Message):
    __slots__ = ("method", "terms", "function", "per_term", "categories", "min_validity", "controls", "control_function", "tagger", "segmenter", "language", "attribute", "attribute_values", "linked")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    PER_TERM_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    MIN_VALIDITY_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FUNCTION_FIELD_NUMBER: _ClassVar[int]
    TAGGER_FIELD_NUMBER: _ClassVar[int]
    SEGMENTER_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_VALUES_FIELD_NUMBER: _ClassVar[int]
    LINKED_FIELD_NUMBER: _ClassVar[int]
    method: str
    terms: str
    function: str
    per_term: bool
    categories: _containers.RepeatedScalarFieldContainer[str]
    min_validity: float
    controls: int
    control_function: str
    tagger: str
    segmenter: str
    language: str
    attribute: str
    attribute_values: _containers.RepeatedScalarFieldContainer[str]
    linked: _containers.RepeatedCompositeFieldContainer[LinkedColumn]
    def __init__(self, method: _Optional[str] = ..., terms: _Optional[str] = ..., function: _Optional[str] = ..., per_term: bool = ..., categories: _Optional[_Iterable[str]] = ..., min_validity: _Optional[float] = ..., controls: _Optional[int] = ..., control_function: _Optional[str] = ..., tagger: _Optional[str] = ..., segmenter: _Optional[str] = ..., language: _Optional[str] = ..., attribute: _Optional[str] = ..., attribute_values: _Optional[_Iterable[str]] = ..., linked: _Optional[_Iterable[_Union[LinkedColumn, _Mapping]]] = ...) -> None: ...

class LinkedColumn(_message.Message):
    __slots__ = ("column", "values")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    column: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, column: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class ModelSpec(_message.Message):
    __slots__ = ("name", "path", "score_feature", "handler", "signature_name", "output_name", "allow_custom_code", "train", "at_inference", "score_scale", "import_module", "max_answer_minutes", "huggingface", "sklearn_file", "onnx_file", "function", "service", "allow_remote", "output_names", "pixel_range", "image_channels", "decision", "score_features")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    SCORE_FEATURE_FIELD_NUMBER: _ClassVar[int]
    HANDLER_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_NAME_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_NAME_FIELD_NUMBER: _ClassVar[int]
    ALLOW_CUSTOM_CODE_FIELD_NUMBER: _ClassVar[int]
    TRAIN_FIELD_NUMBER: _ClassVar[int]
    AT_INFERENCE_FIELD_NUMBER: _ClassVar[int]
    SCORE_SCALE_FIELD_NUMBER: _ClassVar[int]
    IMPORT_MODULE_FIELD_NUMBER: _ClassVar[int]
    MAX_ANSWER_MINUTES_FIELD_NUMBER: _ClassVar[int]
    HUGGINGFACE_FIELD_NUMBER: _ClassVar[int]
    SKLEARN_FILE_FIELD_NUMBER: _ClassVar[int]
    ONNX_FILE_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    ALLOW_REMOTE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_NAMES_FIELD_NUMBER: _ClassVar[int]
    PIXEL_RANGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    SCORE_FEATURES_FIELD_NUMBER: _ClassVar[int]
    name: str
    path: str
    score_feature: str
    handler: str
    signature_name: str
    output_name: str
    allow_custom_code: bool
    train: TrainingSpec
    at_inference: InferenceRemedy
    score_scale: str
    import_module: _containers.RepeatedScalarFieldContainer[str]
    max_answer_minutes: float
    huggingface: str
    sklearn_file: str
    onnx_file: str
    function: str
    service: str
    allow_remote: bool
    output_names: _containers.RepeatedScalarFieldContainer[str]
    pixel_range: str
    image_channels: int
    decision: str
    score_features: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ..., score_feature: _Optional[str] = ..., handler: _Optional[str] = ..., signature_name: _Optional[str] = ..., output_name: _Optional[str] = ..., allow_custom_code: bool = ..., train: _Optional[_Union[TrainingSpec, _Mapping]] = ..., at_inference: _Optional[_Union[InferenceRemedy, _Mapping]] = ..., score_scale: _Optional[str] = ..., import_module: _Optional[_Iterable[str]] = ..., max_answer_minutes: _Optional[float] = ..., huggingface: _Optional[str] = ..., sklearn_file: _Optional[str] = ..., onnx_file: _Optional[str] = ..., function: _Optional[str] = ..., service: _Optional[str] = ..., allow_remote: bool = ..., output_names: _Optional[_Iterable[str]] = ..., pixel_range: _Optional[str] = ..., image_channels: _Optional[int] = ..., decision: _Optional[str] = ..., score_features: _Optional[_Iterable[str]] = ...) -> None: ...

class InferenceRemedy(_message.Message):
    __slots__ = ("technique", "method", "terms", "function", "per_term", "categories", "tagger", "segmenter", "language", "held_out_terms", "num_averaged", "text_feature", "edits", "attribute", "attribute_values", "linked")
    TECHNIQUE_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    PER_TERM_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    TAGGER_FIELD_NUMBER: _ClassVar[int]
    SEGMENTER_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    HELD_OUT_TERMS_FIELD_NUMBER: _ClassVar[int]
    NUM_AVERAGED_FIELD_NUMBER: _ClassVar[int]
    TEXT_FEATURE_FIELD_NUMBER: _ClassVar[int]
    EDITS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_VALUES_FIELD_NUMBER: _ClassVar[int]
    LINKED_FIELD_NUMBER: _ClassVar[int]
    technique: str
    method: str
    terms: str
    function: str
    per_term: bool
    categories: _containers.RepeatedScalarFieldContainer[str]
    tagger: str
    segmenter: str
    language: str
    held_out_terms: _containers.RepeatedScalarFieldContainer[str]
    num_averaged: int
    text_feature: str
    edits: str
    attribute: str
    attribute_values: _containers.RepeatedScalarFieldContainer[str]
    linked: _containers.RepeatedCompositeFieldContainer[LinkedColumn]
    def __init__(self, technique: _Optional[str] = ..., method: _Optional[str] = ..., terms: _Optional[str] = ..., function: _Optional[str] = ..., per_term: bool = ..., categories: _Optional[_Iterable[str]] = ..., tagger: _Optional[str] = ..., segmenter: _Optional[str] = ..., language: _Optional[str] = ..., held_out_terms: _Optional[_Iterable[str]] = ..., num_averaged: _Optional[int] = ..., text_feature: _Optional[str] = ..., edits: _Optional[str] = ..., attribute: _Optional[str] = ..., attribute_values: _Optional[_Iterable[str]] = ..., linked: _Optional[_Iterable[_Union[LinkedColumn, _Mapping]]] = ...) -> None: ...

class TrainingSpec(_message.Message):
    __slots__ = ("epochs", "batch_size", "learning_rate", "vocabulary_size", "max_tokens")
    EPOCHS_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    LEARNING_RATE_FIELD_NUMBER: _ClassVar[int]
    VOCABULARY_SIZE_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    epochs: int
    batch_size: int
    learning_rate: float
    vocabulary_size: int
    max_tokens: int
    def __init__(self, epochs: _Optional[int] = ..., batch_size: _Optional[int] = ..., learning_rate: _Optional[float] = ..., vocabulary_size: _Optional[int] = ..., max_tokens: _Optional[int] = ...) -> None: ...

class EvaluationSpec(_message.Message):
    __slots__ = ("slices", "thresholds", "confidence_level", "min_slice_size", "num_example_ids", "num_buckets", "eval_config", "score_unpaired", "batch_size", "max_rejects", "limits", "repeats", "score_cache", "cluster_feature", "reference", "top_k")
    SLICES_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    MIN_SLICE_SIZE_FIELD_NUMBER: _ClassVar[int]
    NUM_EXAMPLE_IDS_FIELD_NUMBER: _ClassVar[int]
    NUM_BUCKETS_FIELD_NUMBER: _ClassVar[int]
    EVAL_CONFIG_FIELD_NUMBER: _ClassVar[int]
    SCORE_UNPAIRED_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    MAX_REJECTS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    REPEATS_FIELD_NUMBER: _ClassVar[int]
    SCORE_CACHE_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FEATURE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    TOP_K_FIELD_NUMBER: _ClassVar[int]
    slices: _containers.RepeatedScalarFieldContainer[str]
    thresholds: _containers.RepeatedScalarFieldContainer[float]
    confidence_level: float
    min_slice_size: int
    num_example_ids: int
    num_buckets: int
    eval_config: str
    score_unpaired: bool
    batch_size: int
    max_rejects: float
    limits: str
    repeats: int
    score_cache: str
    cluster_feature: str
    reference: str
    top_k: int
    def __init__(self, slices: _Optional[_Iterable[str]] = ..., thresholds: _Optional[_Iterable[float]] = ..., confidence_level: _Optional[float] = ..., min_slice_size: _Optional[int] = ..., num_example_ids: _Optional[int] = ..., num_buckets: _Optional[int] = ..., eval_config: _Optional[str] = ..., score_unpaired: bool = ..., batch_size: _Optional[int] = ..., max_rejects: _Optional[float] = ..., limits: _Optional[str] = ..., repeats: _Optional[int] = ..., score_cache: _Optional[str] = ..., cluster_feature: _Optional[str] = ..., reference: _Optional[str] = ..., top_k: _Optional[int] = ...) -> None: ...

class RemediationSpec(_message.Message):
    __slots__ = ("technique", "loss", "loss_weights", "sweep_losses", "epochs", "batch_size", "learning_rate", "learning_rate_schedule", "pairing", "from_scratch", "negative_originals_only", "held_out_terms", "model_name", "trainer", "early_stopping_patience", "min_diff_group", "num_seeds", "auc_budget", "num_averaged", "edits", "control_weights", "output_weights", "lora_rank")
    TECHNIQUE_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    LOSS_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    SWEEP_LOSSES_FIELD_NUMBER: _ClassVar[int]
    EPOCHS_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    LEARNING_RATE_FIELD_NUMBER: _ClassVar[int]
    LEARNING_RATE_SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    PAIRING_FIELD_NUMBER: _ClassVar[int]
    FROM_SCRATCH_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_ORIGINALS_ONLY_FIELD_NUMBER: _ClassVar[int]
    HELD_OUT_TERMS_FIELD_NUMBER: _ClassVar[int]
    MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    TRAINER_FIELD_NUMBER: _ClassVar[int]
    EARLY_STOPPING_PATIENCE_FIELD_NUMBER: _ClassVar[int]
    MIN_DIFF_GROUP_FIELD_NUMBER: _ClassVar[int]
    NUM_SEEDS_FIELD_NUMBER: _ClassVar[int]
    AUC_BUDGET_FIELD_NUMBER: _ClassVar[int]
    NUM_AVERAGED_FIELD_NUMBER: _ClassVar[int]
    EDITS_FIELD_NUMBER: _ClassVar[int]
    CONTROL_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    LORA_RANK_FIELD_NUMBER: _ClassVar[int]
    technique: str
    loss: str
    loss_weights: _containers.RepeatedScalarFieldContainer[float]
    sweep_losses: _containers.RepeatedScalarFieldContainer[str]
    epochs: int
    batch_size: int
    learning_rate: float
    learning_rate_schedule: str
    pairing: str
    from_scratch: bool
    negative_originals_only: bool
    held_out_terms: _containers.RepeatedScalarFieldContainer[str]
    model_name: str
    trainer: str
    early_stopping_patience: int
    min_diff_group: str
    num_seeds: int
    auc_budget: float
    num_averaged: int
    edits: str
    control_weights: _containers.RepeatedScalarFieldContainer[float]
    output_weights: _containers.RepeatedCompositeFieldContainer[OutputWeight]
    lora_rank: int
    def __init__(self, technique: _Optional[str] = ..., loss: _Optional[str] = ..., loss_weights: _Optional[_Iterable[float]] = ..., sweep_losses: _Optional[_Iterable[str]] = ..., epochs: _Optional[int] = ..., batch_size: _Optional[int] = ..., learning_rate: _Optional[float] = ..., learning_rate_schedule: _Optional[str] = ..., pairing: _Optional[str] = ..., from_scratch: bool = ..., negative_originals_only: bool = ..., held_out_terms: _Optional[_Iterable[str]] = ..., model_name: _Optional[str] = ..., trainer: _Optional[str] = ..., early_stopping_patience: _Optional[int] = ..., min_diff_group: _Optional[str] = ..., num_seeds: _Optional[int] = ..., auc_budget: _Optional[float] = ..., num_averaged: _Optional[int] = ..., edits: _Optional[str] = ..., control_weights: _Optional[_Iterable[float]] = ..., output_weights: _Optional[_Iterable[_Union[OutputWeight, _Mapping]]] = ..., lora_rank: _Optional[int] = ...) -> None: ...

class OutputWeight(_message.Message):
    __slots__ = ("output", "weight")
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    output: str
    weight: float
    def __init__(self, output: _Optional[str] = ..., weight: _Optional[float] = ...) -> None: ...

class OutputSpec(_message.Message):
    __slots__ = ("output_dir", "no_text", "no_examples", "overwrite", "tfma_result", "page_pairs")
    OUTPUT_DIR_FIELD_NUMBER: _ClassVar[int]
    NO_TEXT_FIELD_NUMBER: _ClassVar[int]
    NO_EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    OVERWRITE_FIELD_NUMBER: _ClassVar[int]
    TFMA_RESULT_FIELD_NUMBER: _ClassVar[int]
    PAGE_PAIRS_FIELD_NUMBER: _ClassVar[int]
    output_dir: str
    no_text: bool
    no_examples: bool
    overwrite: bool
    tfma_result: str
    page_pairs: int
    def __init__(self, output_dir: _Optional[str] = ..., no_text: bool = ..., no_examples: bool = ..., overwrite: bool = ..., tfma_result: _Optional[str] = ..., page_pairs: _Optional[int] = ...) -> None: ...
