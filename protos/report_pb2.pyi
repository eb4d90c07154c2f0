from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunReport(_message.Message):
    __slots__ = ("pairing", "models", "comparisons", "rejects", "provenance", "gate", "sweep", "learning_curves", "label_judgements", "term_coverage", "sums", "score_ranges", "verdict", "edits", "review", "table_edits")
    PAIRING_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    COMPARISONS_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    SWEEP_FIELD_NUMBER: _ClassVar[int]
    LEARNING_CURVES_FIELD_NUMBER: _ClassVar[int]
    LABEL_JUDGEMENTS_FIELD_NUMBER: _ClassVar[int]
    TERM_COVERAGE_FIELD_NUMBER: _ClassVar[int]
    SUMS_FIELD_NUMBER: _ClassVar[int]
    SCORE_RANGES_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    EDITS_FIELD_NUMBER: _ClassVar[int]
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    TABLE_EDITS_FIELD_NUMBER: _ClassVar[int]
    pairing: Pairing
    models: _containers.RepeatedCompositeFieldContainer[ModelReport]
    comparisons: _containers.RepeatedCompositeFieldContainer[Comparison]
    rejects: _containers.RepeatedCompositeFieldContainer[RejectCount]
    provenance: Provenance
    gate: _containers.RepeatedCompositeFieldContainer[GateResult]
    sweep: Sweep
    learning_curves: _containers.RepeatedCompositeFieldContainer[LearningCurve]
    label_judgements: _containers.RepeatedCompositeFieldContainer[LabelJudgement]
    term_coverage: _containers.RepeatedCompositeFieldContainer[TermCoverage]
    sums: _containers.RepeatedCompositeFieldContainer[RecordSum]
    score_ranges: _containers.RepeatedCompositeFieldContainer[ScoreRange]
    verdict: Verdict
    edits: Edits
    review: Review
    table_edits: TableEdits
    def __init__(self, pairing: _Optional[_Union[Pairing, _Mapping]] = ..., models: _Optional[_Iterable[_Union[ModelReport, _Mapping]]] = ..., comparisons: _Optional[_Iterable[_Union[Comparison, _Mapping]]] = ..., rejects: _Optional[_Iterable[_Union[RejectCount, _Mapping]]] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., gate: _Optional[_Iterable[_Union[GateResult, _Mapping]]] = ..., sweep: _Optional[_Union[Sweep, _Mapping]] = ..., learning_curves: _Optional[_Iterable[_Union[LearningCurve, _Mapping]]] = ..., label_judgements: _Optional[_Iterable[_Union[LabelJudgement, _Mapping]]] = ..., term_coverage: _Optional[_Iterable[_Union[TermCoverage, _Mapping]]] = ..., sums: _Optional[_Iterable[_Union[RecordSum, _Mapping]]] = ..., score_ranges: _Optional[_Iterable[_Union[ScoreRange, _Mapping]]] = ..., verdict: _Optional[_Union[Verdict, _Mapping]] = ..., edits: _Optional[_Union[Edits, _Mapping]] = ..., review: _Optional[_Union[Review, _Mapping]] = ..., table_edits: _Optional[_Union[TableEdits, _Mapping]] = ...) -> None: ...

class TableEdits(_message.Message):
    __slots__ = ("attribute", "values", "linked", "features", "correlates", "num_sampled", "num_of_other_values")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    LINKED_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    CORRELATES_FIELD_NUMBER: _ClassVar[int]
    NUM_SAMPLED_FIELD_NUMBER: _ClassVar[int]
    NUM_OF_OTHER_VALUES_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    values: _containers.RepeatedCompositeFieldContainer[AttributeValue]
    linked: _containers.RepeatedScalarFieldContainer[str]
    features: _containers.RepeatedScalarFieldContainer[str]
    correlates: _containers.RepeatedCompositeFieldContainer[Correlate]
    num_sampled: int
    num_of_other_values: int
    def __init__(self, attribute: _Optional[str] = ..., values: _Optional[_Iterable[_Union[AttributeValue, _Mapping]]] = ..., linked: _Optional[_Iterable[str]] = ..., features: _Optional[_Iterable[str]] = ..., correlates: _Optional[_Iterable[_Union[Correlate, _Mapping]]] = ..., num_sampled: _Optional[int] = ..., num_of_other_values: _Optional[int] = ...) -> None: ...

class AttributeValue(_message.Message):
    __slots__ = ("value", "num_originals")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    NUM_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    value: str
    num_originals: int
    def __init__(self, value: _Optional[str] = ..., num_originals: _Optional[int] = ...) -> None: ...

class Correlate(_message.Message):
    __slots__ = ("column", "cramers_v", "p_value", "is_linked")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    CRAMERS_V_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_LINKED_FIELD_NUMBER: _ClassVar[int]
    column: str
    cramers_v: float
    p_value: float
    is_linked: bool
    def __init__(self, column: _Optional[str] = ..., cramers_v: _Optional[float] = ..., p_value: _Optional[float] = ..., is_linked: bool = ...) -> None: ...

class Edits(_message.Message):
    __slots__ = ("method", "terms", "num_terms", "categories", "sentence", "blind_spots")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    NUM_TERMS_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    BLIND_SPOTS_FIELD_NUMBER: _ClassVar[int]
    method: str
    terms: str
    num_terms: int
    categories: _containers.RepeatedScalarFieldContainer[str]
    sentence: str
    blind_spots: str
    def __init__(self, method: _Optional[str] = ..., terms: _Optional[str] = ..., num_terms: _Optional[int] = ..., categories: _Optional[_Iterable[str]] = ..., sentence: _Optional[str] = ..., blind_spots: _Optional[str] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("light", "sentence", "reason")
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    light: str
    sentence: str
    reason: str
    def __init__(self, light: _Optional[str] = ..., sentence: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ScoreRange(_message.Message):
    __slots__ = ("model", "num_scores", "num_missing", "num_off_scale", "lowest", "highest", "score_scale", "num_zero_or_one")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    NUM_SCORES_FIELD_NUMBER: _ClassVar[int]
    NUM_MISSING_FIELD_NUMBER: _ClassVar[int]
    NUM_OFF_SCALE_FIELD_NUMBER: _ClassVar[int]
    LOWEST_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_FIELD_NUMBER: _ClassVar[int]
    SCORE_SCALE_FIELD_NUMBER: _ClassVar[int]
    NUM_ZERO_OR_ONE_FIELD_NUMBER: _ClassVar[int]
    model: str
    num_scores: int
    num_missing: int
    num_off_scale: int
    lowest: float
    highest: float
    score_scale: str
    num_zero_or_one: int
    def __init__(self, model: _Optional[str] = ..., num_scores: _Optional[int] = ..., num_missing: _Optional[int] = ..., num_off_scale: _Optional[int] = ..., lowest: _Optional[float] = ..., highest: _Optional[float] = ..., score_scale: _Optional[str] = ..., num_zero_or_one: _Optional[int] = ...) -> None: ...

class Pairing(_message.Message):
    __slots__ = ("num_originals", "num_counterfactuals", "num_pairs", "num_unmatched_originals", "num_unmatched_counterfactuals", "num_duplicate_ids", "num_identical_pairs", "pair_set_sha256", "num_duplicate_counterfactual_ids", "num_differing_beyond_attribute", "num_records_read", "num_legitimate_flip_pairs", "num_zero_weight_pairs", "num_copied_originals", "num_control_pairs", "num_pairs_without_control", "control_set_sha256", "num_shared_ids", "num_shared_texts", "num_damaged_pairs", "num_examined_pairs", "num_doubtful_pairs", "num_examined_words", "num_changed_words", "doubts")
    NUM_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    NUM_COUNTERFACTUALS_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_UNMATCHED_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    NUM_UNMATCHED_COUNTERFACTUALS_FIELD_NUMBER: _ClassVar[int]
    NUM_DUPLICATE_IDS_FIELD_NUMBER: _ClassVar[int]
    NUM_IDENTICAL_PAIRS_FIELD_NUMBER: _ClassVar[int]
    PAIR_SET_SHA256_FIELD_NUMBER: _ClassVar[int]
    NUM_DUPLICATE_COUNTERFACTUAL_IDS_FIELD_NUMBER: _ClassVar[int]
    NUM_DIFFERING_BEYOND_ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    NUM_RECORDS_READ_FIELD_NUMBER: _ClassVar[int]
    NUM_LEGITIMATE_FLIP_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_ZERO_WEIGHT_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_COPIED_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    NUM_CONTROL_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_WITHOUT_CONTROL_FIELD_NUMBER: _ClassVar[int]
    CONTROL_SET_SHA256_FIELD_NUMBER: _ClassVar[int]
    NUM_SHARED_IDS_FIELD_NUMBER: _ClassVar[int]
    NUM_SHARED_TEXTS_FIELD_NUMBER: _ClassVar[int]
    NUM_DAMAGED_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_EXAMINED_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_DOUBTFUL_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_EXAMINED_WORDS_FIELD_NUMBER: _ClassVar[int]
    NUM_CHANGED_WORDS_FIELD_NUMBER: _ClassVar[int]
    DOUBTS_FIELD_NUMBER: _ClassVar[int]
    num_originals: int
    num_counterfactuals: int
    num_pairs: int
    num_unmatched_originals: int
    num_unmatched_counterfactuals: int
    num_duplicate_ids: int
    num_identical_pairs: int
    pair_set_sha256: str
    num_duplicate_counterfactual_ids: int
    num_differing_beyond_attribute: int
    num_records_read: int
    num_legitimate_flip_pairs: int
    num_zero_weight_pairs: int
    num_copied_originals: int
    num_control_pairs: int
    num_pairs_without_control: int
    control_set_sha256: str
    num_shared_ids: int
    num_shared_texts: int
    num_damaged_pairs: int
    num_examined_pairs: int
    num_doubtful_pairs: int
    num_examined_words: int
    num_changed_words: int
    doubts: _containers.RepeatedCompositeFieldContainer[PairDoubt]
    def __init__(self, num_originals: _Optional[int] = ..., num_counterfactuals: _Optional[int] = ..., num_pairs: _Optional[int] = ..., num_unmatched_originals: _Optional[int] = ..., num_unmatched_counterfactuals: _Optional[int] = ..., num_duplicate_ids: _Optional[int] = ..., num_identical_pairs: _Optional[int] = ..., pair_set_sha256: _Optional[str] = ..., num_duplicate_counterfactual_ids: _Optional[int] = ..., num_differing_beyond_attribute: _Optional[int] = ..., num_records_read: _Optional[int] = ..., num_legitimate_flip_pairs: _Optional[int] = ..., num_zero_weight_pairs: _Optional[int] = ..., num_copied_originals: _Optional[int] = ..., num_control_pairs: _Optional[int] = ..., num_pairs_without_control: _Optional[int] = ..., control_set_sha256: _Optional[str] = ..., num_shared_ids: _Optional[int] = ..., num_shared_texts: _Optional[int] = ..., num_damaged_pairs: _Optional[int] = ..., num_examined_pairs: _Optional[int] = ..., num_doubtful_pairs: _Optional[int] = ..., num_examined_words: _Optional[int] = ..., num_changed_words: _Optional[int] = ..., doubts: _Optional[_Iterable[_Union[PairDoubt, _Mapping]]] = ...) -> None: ...

class PairDoubt(_message.Message):
    __slots__ = ("doubt", "num_pairs")
    DOUBT_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    doubt: str
    num_pairs: int
    def __init__(self, doubt: _Optional[str] = ..., num_pairs: _Optional[int] = ...) -> None: ...

class Interval(_message.Message):
    __slots__ = ("value", "lower", "upper")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    value: float
    lower: float
    upper: float
    def __init__(self, value: _Optional[float] = ..., lower: _Optional[float] = ..., upper: _Optional[float] = ...) -> None: ...

class Bounds(_message.Message):
    __slots__ = ("lower", "upper")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    lower: float
    upper: float
    def __init__(self, lower: _Optional[float] = ..., upper: _Optional[float] = ...) -> None: ...

class ModelReport(_message.Message):
    __slots__ = ("name", "slices", "examples", "is_baseline", "heterogeneity", "group_directions", "held_out", "second_look", "undamaged", "undoubted", "calls", "model", "output", "decision", "classes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    IS_BASELINE_FIELD_NUMBER: _ClassVar[int]
    HETEROGENEITY_FIELD_NUMBER: _ClassVar[int]
    GROUP_DIRECTIONS_FIELD_NUMBER: _ClassVar[int]
    HELD_OUT_FIELD_NUMBER: _ClassVar[int]
    SECOND_LOOK_FIELD_NUMBER: _ClassVar[int]
    UNDAMAGED_FIELD_NUMBER: _ClassVar[int]
    UNDOUBTED_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    name: str
    slices: _containers.RepeatedCompositeFieldContainer[SliceReport]
    examples: _containers.RepeatedCompositeFieldContainer[ExamplePerformance]
    is_baseline: bool
    heterogeneity: _containers.RepeatedCompositeFieldContainer[Heterogeneity]
    group_directions: _containers.RepeatedCompositeFieldContainer[GroupDirection]
    held_out: SliceReport
    second_look: SecondLook
    undamaged: SliceReport
    undoubted: SliceReport
    calls: InferenceCalls
    model: str
    output: str
    decision: str
    classes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., slices: _Optional[_Iterable[_Union[SliceReport, _Mapping]]] = ..., examples: _Optional[_Iterable[_Union[ExamplePerformance, _Mapping]]] = ..., is_baseline: bool = ..., heterogeneity: _Optional[_Iterable[_Union[Heterogeneity, _Mapping]]] = ..., group_directions: _Optional[_Iterable[_Union[GroupDirection, _Mapping]]] = ..., held_out: _Optional[_Union[SliceReport, _Mapping]] = ..., second_look: _Optional[_Union[SecondLook, _Mapping]] = ..., undamaged: _Optional[_Union[SliceReport, _Mapping]] = ..., undoubted: _Optional[_Union[SliceReport, _Mapping]] = ..., calls: _Optional[_Union[InferenceCalls, _Mapping]] = ..., model: _Optional[str] = ..., output: _Optional[str] = ..., decision: _Optional[str] = ..., classes: _Optional[_Iterable[str]] = ...) -> None: ...

class InferenceCalls(_message.Message):
    __slots__ = ("technique", "num_texts", "num_calls")
    TECHNIQUE_FIELD_NUMBER: _ClassVar[int]
    NUM_TEXTS_FIELD_NUMBER: _ClassVar[int]
    NUM_CALLS_FIELD_NUMBER: _ClassVar[int]
    technique: str
    num_texts: int
    num_calls: int
    def __init__(self, technique: _Optional[str] = ..., num_texts: _Optional[int] = ..., num_calls: _Optional[int] = ...) -> None: ...

class GroupDirection(_message.Message):
    __slots__ = ("to", "num_pairs", "negative_to_positive_count", "positive_to_negative_count", "mean_score_change", "net_flip_rate")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_TO_POSITIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_TO_NEGATIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_CHANGE_FIELD_NUMBER: _ClassVar[int]
    NET_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    to: str
    num_pairs: int
    negative_to_positive_count: int
    positive_to_negative_count: int
    mean_score_change: Interval
    net_flip_rate: Interval
    def __init__(self, to: _Optional[str] = ..., num_pairs: _Optional[int] = ..., negative_to_positive_count: _Optional[int] = ..., positive_to_negative_count: _Optional[int] = ..., mean_score_change: _Optional[_Union[Interval, _Mapping]] = ..., net_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., **kwargs) -> None: ...

class SecondLook(_message.Message):
    __slots__ = ("num_texts", "num_differing_scores", "num_differing_decisions", "largest_difference")
    NUM_TEXTS_FIELD_NUMBER: _ClassVar[int]
    NUM_DIFFERING_SCORES_FIELD_NUMBER: _ClassVar[int]
    NUM_DIFFERING_DECISIONS_FIELD_NUMBER: _ClassVar[int]
    LARGEST_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    num_texts: int
    num_differing_scores: int
    num_differing_decisions: int
    largest_difference: float
    def __init__(self, num_texts: _Optional[int] = ..., num_differing_scores: _Optional[int] = ..., num_differing_decisions: _Optional[int] = ..., largest_difference: _Optional[float] = ...) -> None: ...

class Heterogeneity(_message.Message):
    __slots__ = ("feature", "num_slices", "p_value", "p_value_adjusted", "slice", "flip_rate")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    NUM_SLICES_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_ADJUSTED_FIELD_NUMBER: _ClassVar[int]
    SLICE_FIELD_NUMBER: _ClassVar[int]
    FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    feature: str
    num_slices: int
    p_value: float
    p_value_adjusted: float
    slice: str
    flip_rate: Interval
    def __init__(self, feature: _Optional[str] = ..., num_slices: _Optional[int] = ..., p_value: _Optional[float] = ..., p_value_adjusted: _Optional[float] = ..., slice: _Optional[str] = ..., flip_rate: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...

class SliceReport(_message.Message):
    __slots__ = ("slice", "num_pairs", "num_originals", "ctf_gap", "positive_rate", "matched", "thresholds", "auc", "accuracy", "false_positive_rate", "false_negative_rate", "true_positive_rate", "true_negative_rate", "counterfactual_positive_rate", "signed_ctf_gap", "ctf_gap_quantiles", "mean_score_deviation", "mean_score_range", "weighted_num_pairs", "too_few_to_say", "minimum_detectable_difference", "num_legitimate_pairs", "num_legitimate_flips", "auc_interval", "has_few_originals", "num_independent", "by_bucket", "shrunken_flip_rate", "num_clusters", "effective_terms", "num_control_pairs", "num_pairs_without_control", "control_ctf_gap", "excess_ctf_gap", "excess_ctf_gap_over_words", "num_same_group_pairs", "num_originals_sampled_for_words", "edited_categories", "transitions", "class_counts", "top_k_flip_rate", "top_k")
    SLICE_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    CTF_GAP_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    AUC_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_FIELD_NUMBER: _ClassVar[int]
    FALSE_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    FALSE_NEGATIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    TRUE_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    TRUE_NEGATIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUAL_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    SIGNED_CTF_GAP_FIELD_NUMBER: _ClassVar[int]
    CTF_GAP_QUANTILES_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_RANGE_FIELD_NUMBER: _ClassVar[int]
    WEIGHTED_NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    TOO_FEW_TO_SAY_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_DETECTABLE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    NUM_LEGITIMATE_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_LEGITIMATE_FLIPS_FIELD_NUMBER: _ClassVar[int]
    AUC_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    HAS_FEW_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    NUM_INDEPENDENT_FIELD_NUMBER: _ClassVar[int]
    BY_BUCKET_FIELD_NUMBER: _ClassVar[int]
    SHRUNKEN_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    NUM_CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TERMS_FIELD_NUMBER: _ClassVar[int]
    NUM_CONTROL_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_WITHOUT_CONTROL_FIELD_NUMBER: _ClassVar[int]
    CONTROL_CTF_GAP_FIELD_NUMBER: _ClassVar[int]
    EXCESS_CTF_GAP_FIELD_NUMBER: _ClassVar[int]
    EXCESS_CTF_GAP_OVER_WORDS_FIELD_NUMBER: _ClassVar[int]
    NUM_SAME_GROUP_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_ORIGINALS_SAMPLED_FOR_WORDS_FIELD_NUMBER: _ClassVar[int]
    EDITED_CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    TRANSITIONS_FIELD_NUMBER: _ClassVar[int]
    CLASS_COUNTS_FIELD_NUMBER: _ClassVar[int]
    TOP_K_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    TOP_K_FIELD_NUMBER: _ClassVar[int]
    slice: str
    num_pairs: int
    num_originals: int
    ctf_gap: Interval
    positive_rate: float
    matched: MatchedThreshold
    thresholds: _containers.RepeatedCompositeFieldContainer[ThresholdReport]
    auc: float
    accuracy: float
    false_positive_rate: float
    false_negative_rate: float
    true_positive_rate: float
    true_negative_rate: float
    counterfactual_positive_rate: float
    signed_ctf_gap: Interval
    ctf_gap_quantiles: _containers.RepeatedCompositeFieldContainer[Quantile]
    mean_score_deviation: float
    mean_score_range: float
    weighted_num_pairs: float
    too_few_to_say: bool
    minimum_detectable_difference: float
    num_legitimate_pairs: int
    num_legitimate_flips: int
    auc_interval: Interval
    has_few_originals: bool
    num_independent: float
    by_bucket: bool
    shrunken_flip_rate: float
    num_clusters: int
    effective_terms: float
    num_control_pairs: int
    num_pairs_without_control: int
    control_ctf_gap: Interval
    excess_ctf_gap: Interval
    excess_ctf_gap_over_words: Bounds
    num_same_group_pairs: int
    num_originals_sampled_for_words: int
    edited_categories: _containers.RepeatedCompositeFieldContainer[EditedCategory]
    transitions: _containers.RepeatedCompositeFieldContainer[Transition]
    class_counts: _containers.RepeatedCompositeFieldContainer[ClassCount]
    top_k_flip_rate: Interval
    top_k: int
    def __init__(self, slice: _Optional[str] = ..., num_pairs: _Optional[int] = ..., num_originals: _Optional[int] = ..., ctf_gap: _Optional[_Union[Interval, _Mapping]] = ..., positive_rate: _Optional[float] = ..., matched: _Optional[_Union[MatchedThreshold, _Mapping]] = ..., thresholds: _Optional[_Iterable[_Union[ThresholdReport, _Mapping]]] = ..., auc: _Optional[float] = ..., accuracy: _Optional[float] = ..., false_positive_rate: _Optional[float] = ..., false_negative_rate: _Optional[float] = ..., true_positive_rate: _Optional[float] = ..., true_negative_rate: _Optional[float] = ..., counterfactual_positive_rate: _Optional[float] = ..., signed_ctf_gap: _Optional[_Union[Interval, _Mapping]] = ..., ctf_gap_quantiles: _Optional[_Iterable[_Union[Quantile, _Mapping]]] = ..., mean_score_deviation: _Optional[float] = ..., mean_score_range: _Optional[float] = ..., weighted_num_pairs: _Optional[float] = ..., too_few_to_say: bool = ..., minimum_detectable_difference: _Optional[float] = ..., num_legitimate_pairs: _Optional[int] = ..., num_legitimate_flips: _Optional[int] = ..., auc_interval: _Optional[_Union[Interval, _Mapping]] = ..., has_few_originals: bool = ..., num_independent: _Optional[float] = ..., by_bucket: bool = ..., shrunken_flip_rate: _Optional[float] = ..., num_clusters: _Optional[int] = ..., effective_terms: _Optional[float] = ..., num_control_pairs: _Optional[int] = ..., num_pairs_without_control: _Optional[int] = ..., control_ctf_gap: _Optional[_Union[Interval, _Mapping]] = ..., excess_ctf_gap: _Optional[_Union[Interval, _Mapping]] = ..., excess_ctf_gap_over_words: _Optional[_Union[Bounds, _Mapping]] = ..., num_same_group_pairs: _Optional[int] = ..., num_originals_sampled_for_words: _Optional[int] = ..., edited_categories: _Optional[_Iterable[_Union[EditedCategory, _Mapping]]] = ..., transitions: _Optional[_Iterable[_Union[Transition, _Mapping]]] = ..., class_counts: _Optional[_Iterable[_Union[ClassCount, _Mapping]]] = ..., top_k_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., top_k: _Optional[int] = ...) -> None: ...

class EditedCategory(_message.Message):
    __slots__ = ("category", "num_pairs")
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    category: str
    num_pairs: int
    def __init__(self, category: _Optional[str] = ..., num_pairs: _Optional[int] = ...) -> None: ...

class Transition(_message.Message):
    __slots__ = ("from_class", "to_class", "count")
    FROM_CLASS_FIELD_NUMBER: _ClassVar[int]
    TO_CLASS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    from_class: str
    to_class: str
    count: int
    def __init__(self, from_class: _Optional[str] = ..., to_class: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class ClassCount(_message.Message):
    __slots__ = ("name", "original_count", "counterfactual_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    original_count: int
    counterfactual_count: int
    def __init__(self, name: _Optional[str] = ..., original_count: _Optional[int] = ..., counterfactual_count: _Optional[int] = ...) -> None: ...

class Quantile(_message.Message):
    __slots__ = ("quantile", "value")
    QUANTILE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    quantile: float
    value: float
    def __init__(self, quantile: _Optional[float] = ..., value: _Optional[float] = ...) -> None: ...

class MatchedThreshold(_message.Message):
    __slots__ = ("threshold", "flip_count", "flip_rate", "positive_rate", "negative_to_positive_count", "positive_to_negative_count", "baseline_positive_rate", "too_few_to_match", "too_few_to_say", "control_flip_rate", "excess_flip_rate", "excess_over_words", "excess_without_top_term", "top_term", "control_flip_count")
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    FLIP_COUNT_FIELD_NUMBER: _ClassVar[int]
    FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_TO_POSITIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_TO_NEGATIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    BASELINE_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    TOO_FEW_TO_MATCH_FIELD_NUMBER: _ClassVar[int]
    TOO_FEW_TO_SAY_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_OVER_WORDS_FIELD_NUMBER: _ClassVar[int]
    EXCESS_WITHOUT_TOP_TERM_FIELD_NUMBER: _ClassVar[int]
    TOP_TERM_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FLIP_COUNT_FIELD_NUMBER: _ClassVar[int]
    threshold: float
    flip_count: int
    flip_rate: Interval
    positive_rate: float
    negative_to_positive_count: int
    positive_to_negative_count: int
    baseline_positive_rate: float
    too_few_to_match: bool
    too_few_to_say: bool
    control_flip_rate: Interval
    excess_flip_rate: Interval
    excess_over_words: Bounds
    excess_without_top_term: float
    top_term: str
    control_flip_count: int
    def __init__(self, threshold: _Optional[float] = ..., flip_count: _Optional[int] = ..., flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., positive_rate: _Optional[float] = ..., negative_to_positive_count: _Optional[int] = ..., positive_to_negative_count: _Optional[int] = ..., baseline_positive_rate: _Optional[float] = ..., too_few_to_match: bool = ..., too_few_to_say: bool = ..., control_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., excess_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., excess_over_words: _Optional[_Union[Bounds, _Mapping]] = ..., excess_without_top_term: _Optional[float] = ..., top_term: _Optional[str] = ..., control_flip_count: _Optional[int] = ...) -> None: ...

class ThresholdReport(_message.Message):
    __slots__ = ("threshold", "flip_count", "negative_to_positive_count", "positive_to_negative_count", "flip_rate", "negative_to_positive_rate", "positive_to_negative_rate", "negative_to_positive_rate_given_negative", "positive_to_negative_rate_given_positive", "negative_count", "positive_count", "positive_rate", "counterfactual_positive_rate", "direction_p_value", "accuracy", "false_positive_rate", "false_negative_rate", "true_positive_rate", "true_negative_rate", "too_few_to_say", "direction_p_value_adjusted", "originals_with_flip", "clusters_with_flip", "control_flip_rate", "excess_flip_rate", "excess_over_words", "excess_without_top_term", "top_term", "control_negative_to_positive_rate", "control_positive_to_negative_rate", "excess_negative_to_positive_rate", "excess_positive_to_negative_rate", "excess_negative_to_positive_over_words", "excess_positive_to_negative_over_words", "repeat_flip_rate", "same_group_flip_rate", "control_flip_count")
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    FLIP_COUNT_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_TO_POSITIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_TO_NEGATIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_TO_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_TO_NEGATIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_TO_POSITIVE_RATE_GIVEN_NEGATIVE_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_TO_NEGATIVE_RATE_GIVEN_POSITIVE_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUAL_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_P_VALUE_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_FIELD_NUMBER: _ClassVar[int]
    FALSE_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    FALSE_NEGATIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    TRUE_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    TRUE_NEGATIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    TOO_FEW_TO_SAY_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_P_VALUE_ADJUSTED_FIELD_NUMBER: _ClassVar[int]
    ORIGINALS_WITH_FLIP_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_WITH_FLIP_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_OVER_WORDS_FIELD_NUMBER: _ClassVar[int]
    EXCESS_WITHOUT_TOP_TERM_FIELD_NUMBER: _ClassVar[int]
    TOP_TERM_FIELD_NUMBER: _ClassVar[int]
    CONTROL_NEGATIVE_TO_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_POSITIVE_TO_NEGATIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_NEGATIVE_TO_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_POSITIVE_TO_NEGATIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_NEGATIVE_TO_POSITIVE_OVER_WORDS_FIELD_NUMBER: _ClassVar[int]
    EXCESS_POSITIVE_TO_NEGATIVE_OVER_WORDS_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    SAME_GROUP_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FLIP_COUNT_FIELD_NUMBER: _ClassVar[int]
    threshold: float
    flip_count: int
    negative_to_positive_count: int
    positive_to_negative_count: int
    flip_rate: Interval
    negative_to_positive_rate: Interval
    positive_to_negative_rate: Interval
    negative_to_positive_rate_given_negative: Interval
    positive_to_negative_rate_given_positive: Interval
    negative_count: int
    positive_count: int
    positive_rate: float
    counterfactual_positive_rate: float
    direction_p_value: float
    accuracy: float
    false_positive_rate: float
    false_negative_rate: float
    true_positive_rate: float
    true_negative_rate: float
    too_few_to_say: bool
    direction_p_value_adjusted: float
    originals_with_flip: Interval
    clusters_with_flip: Interval
    control_flip_rate: Interval
    excess_flip_rate: Interval
    excess_over_words: Bounds
    excess_without_top_term: float
    top_term: str
    control_negative_to_positive_rate: Interval
    control_positive_to_negative_rate: Interval
    excess_negative_to_positive_rate: Interval
    excess_positive_to_negative_rate: Interval
    excess_negative_to_positive_over_words: Bounds
    excess_positive_to_negative_over_words: Bounds
    repeat_flip_rate: Interval
    same_group_flip_rate: Interval
    control_flip_count: int
    def __init__(self, threshold: _Optional[float] = ..., flip_count: _Optional[int] = ..., negative_to_positive_count: _Optional[int] = ..., positive_to_negative_count: _Optional[int] = ..., flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., negative_to_positive_rate: _Optional[_Union[Interval, _Mapping]] = ..., positive_to_negative_rate: _Optional[_Union[Interval, _Mapping]] = ..., negative_to_positive_rate_given_negative: _Optional[_Union[Interval, _Mapping]] = ..., positive_to_negative_rate_given_positive: _Optional[_Union[Interval, _Mapping]] = ..., negative_count: _Optional[int] = ..., positive_count: _Optional[int] = ..., positive_rate: _Optional[float] = ..., counterfactual_positive_rate: _Optional[float] = ..., direction_p_value: _Optional[float] = ..., accuracy: _Optional[float] = ..., false_positive_rate: _Optional[float] = ..., false_negative_rate: _Optional[float] = ..., true_positive_rate: _Optional[float] = ..., true_negative_rate: _Optional[float] = ..., too_few_to_say: bool = ..., direction_p_value_adjusted: _Optional[float] = ..., originals_with_flip: _Optional[_Union[Interval, _Mapping]] = ..., clusters_with_flip: _Optional[_Union[Interval, _Mapping]] = ..., control_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., excess_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., excess_over_words: _Optional[_Union[Bounds, _Mapping]] = ..., excess_without_top_term: _Optional[float] = ..., top_term: _Optional[str] = ..., control_negative_to_positive_rate: _Optional[_Union[Interval, _Mapping]] = ..., control_positive_to_negative_rate: _Optional[_Union[Interval, _Mapping]] = ..., excess_negative_to_positive_rate: _Optional[_Union[Interval, _Mapping]] = ..., excess_positive_to_negative_rate: _Optional[_Union[Interval, _Mapping]] = ..., excess_negative_to_positive_over_words: _Optional[_Union[Bounds, _Mapping]] = ..., excess_positive_to_negative_over_words: _Optional[_Union[Bounds, _Mapping]] = ..., repeat_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., same_group_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., control_flip_count: _Optional[int] = ...) -> None: ...

class ExamplePerformance(_message.Message):
    __slots__ = ("slice", "num_examples", "auc", "accuracy", "positive_rate", "false_positive_rate", "false_negative_rate", "auc_interval", "true_positive_rate", "true_negative_rate", "by_bucket")
    SLICE_FIELD_NUMBER: _ClassVar[int]
    NUM_EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    AUC_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    FALSE_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    FALSE_NEGATIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    AUC_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    TRUE_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    TRUE_NEGATIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    BY_BUCKET_FIELD_NUMBER: _ClassVar[int]
    slice: str
    num_examples: int
    auc: float
    accuracy: float
    positive_rate: float
    false_positive_rate: float
    false_negative_rate: float
    auc_interval: Interval
    true_positive_rate: float
    true_negative_rate: float
    by_bucket: bool
    def __init__(self, slice: _Optional[str] = ..., num_examples: _Optional[int] = ..., auc: _Optional[float] = ..., accuracy: _Optional[float] = ..., positive_rate: _Optional[float] = ..., false_positive_rate: _Optional[float] = ..., false_negative_rate: _Optional[float] = ..., auc_interval: _Optional[_Union[Interval, _Mapping]] = ..., true_positive_rate: _Optional[float] = ..., true_negative_rate: _Optional[float] = ..., by_bucket: bool = ...) -> None: ...

class Comparison(_message.Message):
    __slots__ = ("baseline", "candidate", "slices", "held_out", "calibration_error_difference", "worst_true_positive_rate_gap_difference", "worst_false_positive_rate_gap_difference")
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    HELD_OUT_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_ERROR_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    WORST_TRUE_POSITIVE_RATE_GAP_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    WORST_FALSE_POSITIVE_RATE_GAP_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    baseline: str
    candidate: str
    slices: _containers.RepeatedCompositeFieldContainer[SliceComparison]
    held_out: SliceComparison
    calibration_error_difference: Interval
    worst_true_positive_rate_gap_difference: Interval
    worst_false_positive_rate_gap_difference: Interval
    def __init__(self, baseline: _Optional[str] = ..., candidate: _Optional[str] = ..., slices: _Optional[_Iterable[_Union[SliceComparison, _Mapping]]] = ..., held_out: _Optional[_Union[SliceComparison, _Mapping]] = ..., calibration_error_difference: _Optional[_Union[Interval, _Mapping]] = ..., worst_true_positive_rate_gap_difference: _Optional[_Union[Interval, _Mapping]] = ..., worst_false_positive_rate_gap_difference: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...

class LabelJudgement(_message.Message):
    __slots__ = ("model", "num_originals", "calibration_error", "threshold", "worst_true_positive_rate_gap", "worst_false_positive_rate_gap")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    NUM_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_ERROR_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    WORST_TRUE_POSITIVE_RATE_GAP_FIELD_NUMBER: _ClassVar[int]
    WORST_FALSE_POSITIVE_RATE_GAP_FIELD_NUMBER: _ClassVar[int]
    model: str
    num_originals: int
    calibration_error: Interval
    threshold: float
    worst_true_positive_rate_gap: GroupGap
    worst_false_positive_rate_gap: GroupGap
    def __init__(self, model: _Optional[str] = ..., num_originals: _Optional[int] = ..., calibration_error: _Optional[_Union[Interval, _Mapping]] = ..., threshold: _Optional[float] = ..., worst_true_positive_rate_gap: _Optional[_Union[GroupGap, _Mapping]] = ..., worst_false_positive_rate_gap: _Optional[_Union[GroupGap, _Mapping]] = ...) -> None: ...

class GroupGap(_message.Message):
    __slots__ = ("group", "gap", "num_inside", "num_outside")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    NUM_INSIDE_FIELD_NUMBER: _ClassVar[int]
    NUM_OUTSIDE_FIELD_NUMBER: _ClassVar[int]
    group: str
    gap: Interval
    num_inside: int
    num_outside: int
    def __init__(self, group: _Optional[str] = ..., gap: _Optional[_Union[Interval, _Mapping]] = ..., num_inside: _Optional[int] = ..., num_outside: _Optional[int] = ...) -> None: ...

class SliceComparison(_message.Message):
    __slots__ = ("slice", "thresholds", "matched", "auc_difference", "ctf_gap_difference", "top_k_flip_rate_difference", "signed_ctf_gap_difference")
    SLICE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    AUC_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    CTF_GAP_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    TOP_K_FLIP_RATE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    SIGNED_CTF_GAP_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    slice: str
    thresholds: _containers.RepeatedCompositeFieldContainer[ThresholdComparison]
    matched: ThresholdComparison
    auc_difference: Interval
    ctf_gap_difference: Interval
    top_k_flip_rate_difference: Interval
    signed_ctf_gap_difference: Interval
    def __init__(self, slice: _Optional[str] = ..., thresholds: _Optional[_Iterable[_Union[ThresholdComparison, _Mapping]]] = ..., matched: _Optional[_Union[ThresholdComparison, _Mapping]] = ..., auc_difference: _Optional[_Union[Interval, _Mapping]] = ..., ctf_gap_difference: _Optional[_Union[Interval, _Mapping]] = ..., top_k_flip_rate_difference: _Optional[_Union[Interval, _Mapping]] = ..., signed_ctf_gap_difference: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...

class ThresholdComparison(_message.Message):
    __slots__ = ("threshold", "flip_rate_difference", "p_value", "p_value_adjusted", "too_few_to_say", "minimum_detectable_difference", "control_flip_rate_difference", "excess_flip_rate_difference", "excess_difference_over_words", "negative_to_positive_rate_difference", "positive_to_negative_rate_difference", "positive_rate_difference", "originals_with_flip_difference")
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    FLIP_RATE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_ADJUSTED_FIELD_NUMBER: _ClassVar[int]
    TOO_FEW_TO_SAY_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_DETECTABLE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FLIP_RATE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_FLIP_RATE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_DIFFERENCE_OVER_WORDS_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_TO_POSITIVE_RATE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_TO_NEGATIVE_RATE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_RATE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    ORIGINALS_WITH_FLIP_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    threshold: float
    flip_rate_difference: Interval
    p_value: float
    p_value_adjusted: float
    too_few_to_say: bool
    minimum_detectable_difference: float
    control_flip_rate_difference: Interval
    excess_flip_rate_difference: Interval
    excess_difference_over_words: Bounds
    negative_to_positive_rate_difference: Interval
    positive_to_negative_rate_difference: Interval
    positive_rate_difference: Interval
    originals_with_flip_difference: Interval
    def __init__(self, threshold: _Optional[float] = ..., flip_rate_difference: _Optional[_Union[Interval, _Mapping]] = ..., p_value: _Optional[float] = ..., p_value_adjusted: _Optional[float] = ..., too_few_to_say: bool = ..., minimum_detectable_difference: _Optional[float] = ..., control_flip_rate_difference: _Optional[_Union[Interval, _Mapping]] = ..., excess_flip_rate_difference: _Optional[_Union[Interval, _Mapping]] = ..., excess_difference_over_words: _Optional[_Union[Bounds, _Mapping]] = ..., negative_to_positive_rate_difference: _Optional[_Union[Interval, _Mapping]] = ..., positive_to_negative_rate_difference: _Optional[_Union[Interval, _Mapping]] = ..., positive_rate_difference: _Optional[_Union[Interval, _Mapping]] = ..., originals_with_flip_difference: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...

class RecordSum(_message.Message):
    __slots__ = ("stage", "input", "num_in", "num_kept", "num_rejected", "num_filtered")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    NUM_IN_FIELD_NUMBER: _ClassVar[int]
    NUM_KEPT_FIELD_NUMBER: _ClassVar[int]
    NUM_REJECTED_FIELD_NUMBER: _ClassVar[int]
    NUM_FILTERED_FIELD_NUMBER: _ClassVar[int]
    stage: str
    input: str
    num_in: int
    num_kept: int
    num_rejected: int
    num_filtered: int
    def __init__(self, stage: _Optional[str] = ..., input: _Optional[str] = ..., num_in: _Optional[int] = ..., num_kept: _Optional[int] = ..., num_rejected: _Optional[int] = ..., num_filtered: _Optional[int] = ...) -> None: ...

class RejectCount(_message.Message):
    __slots__ = ("stage", "reason", "count")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    stage: str
    reason: str
    count: int
    def __init__(self, stage: _Optional[str] = ..., reason: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class Provenance(_message.Message):
    __slots__ = ("versions", "model_fingerprints", "data_fingerprints", "config", "seed", "started", "seconds", "step_seconds", "confidence_level", "interval_method")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class ModelFingerprintsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class DataFingerprintsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class StepSecondsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FINGERPRINTS_FIELD_NUMBER: _ClassVar[int]
    DATA_FINGERPRINTS_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    STEP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_METHOD_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.ScalarMap[str, str]
    model_fingerprints: _containers.ScalarMap[str, str]
    data_fingerprints: _containers.ScalarMap[str, str]
    config: str
    seed: int
    started: str
    seconds: float
    step_seconds: _containers.ScalarMap[str, float]
    confidence_level: float
    interval_method: str
    def __init__(self, versions: _Optional[_Mapping[str, str]] = ..., model_fingerprints: _Optional[_Mapping[str, str]] = ..., data_fingerprints: _Optional[_Mapping[str, str]] = ..., config: _Optional[str] = ..., seed: _Optional[int] = ..., started: _Optional[str] = ..., seconds: _Optional[float] = ..., step_seconds: _Optional[_Mapping[str, float]] = ..., confidence_level: _Optional[float] = ..., interval_method: _Optional[str] = ...) -> None: ...

class GateResult(_message.Message):
    __slots__ = ("name", "verdict", "slice", "metric", "observed", "limit", "message", "model", "threshold", "is_allowed")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    SLICE_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    IS_ALLOWED_FIELD_NUMBER: _ClassVar[int]
    name: str
    verdict: str
    slice: str
    metric: str
    observed: float
    limit: float
    message: str
    model: str
    threshold: float
    is_allowed: bool
    def __init__(self, name: _Optional[str] = ..., verdict: _Optional[str] = ..., slice: _Optional[str] = ..., metric: _Optional[str] = ..., observed: _Optional[float] = ..., limit: _Optional[float] = ..., message: _Optional[str] = ..., model: _Optional[str] = ..., threshold: _Optional[float] = ..., is_allowed: bool = ...) -> None: ...

class Sweep(_message.Message):
    __slots__ = ("points", "rule", "chosen", "nothing_to_remove")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    NOTHING_TO_REMOVE_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[SweepPoint]
    rule: str
    chosen: str
    nothing_to_remove: str
    def __init__(self, points: _Optional[_Iterable[_Union[SweepPoint, _Mapping]]] = ..., rule: _Optional[str] = ..., chosen: _Optional[str] = ..., nothing_to_remove: _Optional[str] = ...) -> None: ...

class SweepPoint(_message.Message):
    __slots__ = ("name", "technique", "loss", "loss_weight", "num_seeds", "matched_flip_rate", "held_out_matched_flip_rate", "ctf_gap", "held_out_ctf_gap", "auc", "accuracy", "positive_rate", "worst_tpr_gap", "worst_tnr_gap", "collapsed", "on_pareto_front", "chosen", "excess_flip_rate", "control_flip_rate", "control_flip_rate_bounds", "controls_rose", "control_weight", "calls_per_text", "seconds", "excess_flip_rate_bounds")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TECHNIQUE_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    LOSS_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    NUM_SEEDS_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    HELD_OUT_MATCHED_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CTF_GAP_FIELD_NUMBER: _ClassVar[int]
    HELD_OUT_CTF_GAP_FIELD_NUMBER: _ClassVar[int]
    AUC_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    WORST_TPR_GAP_FIELD_NUMBER: _ClassVar[int]
    WORST_TNR_GAP_FIELD_NUMBER: _ClassVar[int]
    COLLAPSED_FIELD_NUMBER: _ClassVar[int]
    ON_PARETO_FRONT_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    EXCESS_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FLIP_RATE_BOUNDS_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_ROSE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    CALLS_PER_TEXT_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    EXCESS_FLIP_RATE_BOUNDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    technique: str
    loss: str
    loss_weight: float
    num_seeds: int
    matched_flip_rate: Interval
    held_out_matched_flip_rate: Interval
    ctf_gap: Interval
    held_out_ctf_gap: Interval
    auc: Interval
    accuracy: Interval
    positive_rate: Interval
    worst_tpr_gap: Interval
    worst_tnr_gap: Interval
    collapsed: bool
    on_pareto_front: bool
    chosen: bool
    excess_flip_rate: Interval
    control_flip_rate: Interval
    control_flip_rate_bounds: Bounds
    controls_rose: bool
    control_weight: float
    calls_per_text: float
    seconds: float
    excess_flip_rate_bounds: Bounds
    def __init__(self, name: _Optional[str] = ..., technique: _Optional[str] = ..., loss: _Optional[str] = ..., loss_weight: _Optional[float] = ..., num_seeds: _Optional[int] = ..., matched_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., held_out_matched_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., ctf_gap: _Optional[_Union[Interval, _Mapping]] = ..., held_out_ctf_gap: _Optional[_Union[Interval, _Mapping]] = ..., auc: _Optional[_Union[Interval, _Mapping]] = ..., accuracy: _Optional[_Union[Interval, _Mapping]] = ..., positive_rate: _Optional[_Union[Interval, _Mapping]] = ..., worst_tpr_gap: _Optional[_Union[Interval, _Mapping]] = ..., worst_tnr_gap: _Optional[_Union[Interval, _Mapping]] = ..., collapsed: bool = ..., on_pareto_front: bool = ..., chosen: bool = ..., excess_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., control_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., control_flip_rate_bounds: _Optional[_Union[Bounds, _Mapping]] = ..., controls_rose: bool = ..., control_weight: _Optional[float] = ..., calls_per_text: _Optional[float] = ..., seconds: _Optional[float] = ..., excess_flip_rate_bounds: _Optional[_Union[Bounds, _Mapping]] = ...) -> None: ...

class LearningCurve(_message.Message):
    __slots__ = ("model", "quantity", "values")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    model: str
    quantity: str
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, model: _Optional[str] = ..., quantity: _Optional[str] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class TermCoverage(_message.Message):
    __slots__ = ("term", "group", "category", "num_originals", "num_pairs", "num_rejected", "ctf_gap", "flip_rate", "control_flip_rate", "excess_flip_rate")
    class CtfGapEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Interval
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...
    class FlipRateEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Interval
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...
    class ControlFlipRateEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Interval
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...
    class ExcessFlipRateEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Interval
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...
    TERM_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    NUM_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_REJECTED_FIELD_NUMBER: _ClassVar[int]
    CTF_GAP_FIELD_NUMBER: _ClassVar[int]
    FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    term: str
    group: str
    category: str
    num_originals: int
    num_pairs: int
    num_rejected: int
    ctf_gap: _containers.MessageMap[str, Interval]
    flip_rate: _containers.MessageMap[str, Interval]
    control_flip_rate: _containers.MessageMap[str, Interval]
    excess_flip_rate: _containers.MessageMap[str, Interval]
    def __init__(self, term: _Optional[str] = ..., group: _Optional[str] = ..., category: _Optional[str] = ..., num_originals: _Optional[int] = ..., num_pairs: _Optional[int] = ..., num_rejected: _Optional[int] = ..., ctf_gap: _Optional[_Mapping[str, Interval]] = ..., flip_rate: _Optional[_Mapping[str, Interval]] = ..., control_flip_rate: _Optional[_Mapping[str, Interval]] = ..., excess_flip_rate: _Optional[_Mapping[str, Interval]] = ...) -> None: ...

class Review(_message.Message):
    __slots__ = ("model", "threshold", "strata", "reviewers", "agreements", "flip_rate", "corrected_flip_rate", "control_flip_rate", "corrected_control_flip_rate", "excess_flip_rate", "corrected_excess_flip_rate", "too_few_to_say", "seed", "keys")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    STRATA_FIELD_NUMBER: _ClassVar[int]
    REVIEWERS_FIELD_NUMBER: _ClassVar[int]
    AGREEMENTS_FIELD_NUMBER: _ClassVar[int]
    FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_CONTROL_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_EXCESS_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    TOO_FEW_TO_SAY_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    model: str
    threshold: float
    strata: _containers.RepeatedCompositeFieldContainer[ReviewStratum]
    reviewers: _containers.RepeatedCompositeFieldContainer[Reviewer]
    agreements: _containers.RepeatedCompositeFieldContainer[Agreement]
    flip_rate: Interval
    corrected_flip_rate: Interval
    control_flip_rate: Interval
    corrected_control_flip_rate: Interval
    excess_flip_rate: Interval
    corrected_excess_flip_rate: Interval
    too_few_to_say: bool
    seed: int
    keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, model: _Optional[str] = ..., threshold: _Optional[float] = ..., strata: _Optional[_Iterable[_Union[ReviewStratum, _Mapping]]] = ..., reviewers: _Optional[_Iterable[_Union[Reviewer, _Mapping]]] = ..., agreements: _Optional[_Iterable[_Union[Agreement, _Mapping]]] = ..., flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., corrected_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., control_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., corrected_control_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., excess_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., corrected_excess_flip_rate: _Optional[_Union[Interval, _Mapping]] = ..., too_few_to_say: bool = ..., seed: _Optional[int] = ..., keys: _Optional[_Iterable[str]] = ...) -> None: ...

class ReviewStratum(_message.Message):
    __slots__ = ("is_control", "flips", "num_pairs", "num_sampled", "num_judged", "num_valid", "num_valid_and_same")
    IS_CONTROL_FIELD_NUMBER: _ClassVar[int]
    FLIPS_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_SAMPLED_FIELD_NUMBER: _ClassVar[int]
    NUM_JUDGED_FIELD_NUMBER: _ClassVar[int]
    NUM_VALID_FIELD_NUMBER: _ClassVar[int]
    NUM_VALID_AND_SAME_FIELD_NUMBER: _ClassVar[int]
    is_control: bool
    flips: bool
    num_pairs: int
    num_sampled: int
    num_judged: int
    num_valid: float
    num_valid_and_same: float
    def __init__(self, is_control: bool = ..., flips: bool = ..., num_pairs: _Optional[int] = ..., num_sampled: _Optional[int] = ..., num_judged: _Optional[int] = ..., num_valid: _Optional[float] = ..., num_valid_and_same: _Optional[float] = ...) -> None: ...

class Reviewer(_message.Message):
    __slots__ = ("name", "num_answers")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUM_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    num_answers: int
    def __init__(self, name: _Optional[str] = ..., num_answers: _Optional[int] = ...) -> None: ...

class Agreement(_message.Message):
    __slots__ = ("first", "second", "question", "num_pairs", "share_agreeing", "kappa")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    SHARE_AGREEING_FIELD_NUMBER: _ClassVar[int]
    KAPPA_FIELD_NUMBER: _ClassVar[int]
    first: str
    second: str
    question: str
    num_pairs: int
    share_agreeing: float
    kappa: Interval
    def __init__(self, first: _Optional[str] = ..., second: _Optional[str] = ..., question: _Optional[str] = ..., num_pairs: _Optional[int] = ..., share_agreeing: _Optional[float] = ..., kappa: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...
