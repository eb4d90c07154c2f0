from fairflip.protos import report_pb2 as _report_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CompareReport(_message.Message):
    __slots__ = ("runs", "comparisons", "versions", "compared", "gate")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RUNS_FIELD_NUMBER: _ClassVar[int]
    COMPARISONS_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    COMPARED_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[ComparedRun]
    comparisons: _containers.RepeatedCompositeFieldContainer[RunComparison]
    versions: _containers.ScalarMap[str, str]
    compared: str
    gate: _containers.RepeatedCompositeFieldContainer[_report_pb2.GateResult]
    def __init__(self, runs: _Optional[_Iterable[_Union[ComparedRun, _Mapping]]] = ..., comparisons: _Optional[_Iterable[_Union[RunComparison, _Mapping]]] = ..., versions: _Optional[_Mapping[str, str]] = ..., compared: _Optional[str] = ..., gate: _Optional[_Iterable[_Union[_report_pb2.GateResult, _Mapping]]] = ...) -> None: ...

class ComparedRun(_message.Message):
    __slots__ = ("name", "folder", "started", "version", "pair_set_sha256", "control_set_sha256", "num_pairs", "model_fingerprints")
    class ModelFingerprintsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PAIR_SET_SHA256_FIELD_NUMBER: _ClassVar[int]
    CONTROL_SET_SHA256_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FINGERPRINTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    folder: str
    started: str
    version: str
    pair_set_sha256: str
    control_set_sha256: str
    num_pairs: int
    model_fingerprints: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., folder: _Optional[str] = ..., started: _Optional[str] = ..., version: _Optional[str] = ..., pair_set_sha256: _Optional[str] = ..., control_set_sha256: _Optional[str] = ..., num_pairs: _Optional[int] = ..., model_fingerprints: _Optional[_Mapping[str, str]] = ...) -> None: ...

class RunComparison(_message.Message):
    __slots__ = ("run", "reference_run", "model", "reference_model", "pairs", "report", "slices", "terms", "changed_pairs", "cautions")
    RUN_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_RUN_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_MODEL_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    CHANGED_PAIRS_FIELD_NUMBER: _ClassVar[int]
    CAUTIONS_FIELD_NUMBER: _ClassVar[int]
    run: str
    reference_run: str
    model: str
    reference_model: str
    pairs: CommonPairs
    report: _report_pb2.RunReport
    slices: _containers.RepeatedCompositeFieldContainer[SliceChange]
    terms: _containers.RepeatedCompositeFieldContainer[SliceChange]
    changed_pairs: _containers.RepeatedCompositeFieldContainer[ChangedPair]
    cautions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[str] = ..., reference_run: _Optional[str] = ..., model: _Optional[str] = ..., reference_model: _Optional[str] = ..., pairs: _Optional[_Union[CommonPairs, _Mapping]] = ..., report: _Optional[_Union[_report_pb2.RunReport, _Mapping]] = ..., slices: _Optional[_Iterable[_Union[SliceChange, _Mapping]]] = ..., terms: _Optional[_Iterable[_Union[SliceChange, _Mapping]]] = ..., changed_pairs: _Optional[_Iterable[_Union[ChangedPair, _Mapping]]] = ..., cautions: _Optional[_Iterable[str]] = ...) -> None: ...

class CommonPairs(_message.Message):
    __slots__ = ("is_same_set", "num_common", "num_only_in_reference", "num_only_in_run", "has_same_controls", "num_common_controls", "num_differing_labels", "num_differing_weights")
    IS_SAME_SET_FIELD_NUMBER: _ClassVar[int]
    NUM_COMMON_FIELD_NUMBER: _ClassVar[int]
    NUM_ONLY_IN_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    NUM_ONLY_IN_RUN_FIELD_NUMBER: _ClassVar[int]
    HAS_SAME_CONTROLS_FIELD_NUMBER: _ClassVar[int]
    NUM_COMMON_CONTROLS_FIELD_NUMBER: _ClassVar[int]
    NUM_DIFFERING_LABELS_FIELD_NUMBER: _ClassVar[int]
    NUM_DIFFERING_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    is_same_set: bool
    num_common: int
    num_only_in_reference: int
    num_only_in_run: int
    has_same_controls: bool
    num_common_controls: int
    num_differing_labels: int
    num_differing_weights: int
    def __init__(self, is_same_set: bool = ..., num_common: _Optional[int] = ..., num_only_in_reference: _Optional[int] = ..., num_only_in_run: _Optional[int] = ..., has_same_controls: bool = ..., num_common_controls: _Optional[int] = ..., num_differing_labels: _Optional[int] = ..., num_differing_weights: _Optional[int] = ...) -> None: ...

class SliceChange(_message.Message):
    __slots__ = ("slice", "num_pairs", "num_newly_broken", "num_fixed", "num_still_broken", "flip_rate_difference", "verdict")
    SLICE_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_NEWLY_BROKEN_FIELD_NUMBER: _ClassVar[int]
    NUM_FIXED_FIELD_NUMBER: _ClassVar[int]
    NUM_STILL_BROKEN_FIELD_NUMBER: _ClassVar[int]
    FLIP_RATE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    slice: str
    num_pairs: int
    num_newly_broken: int
    num_fixed: int
    num_still_broken: int
    flip_rate_difference: _report_pb2.Interval
    verdict: str
    def __init__(self, slice: _Optional[str] = ..., num_pairs: _Optional[int] = ..., num_newly_broken: _Optional[int] = ..., num_fixed: _Optional[int] = ..., num_still_broken: _Optional[int] = ..., flip_rate_difference: _Optional[_Union[_report_pb2.Interval, _Mapping]] = ..., verdict: _Optional[str] = ...) -> None: ...

class ChangedPair(_message.Message):
    __slots__ = ("change", "example_id", "counterfactual_index", "term", "replacement", "group", "reference_score", "reference_counterfactual_score", "score", "counterfactual_score", "reference_original_class", "reference_counterfactual_class", "original_class", "counterfactual_class")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUAL_INDEX_FIELD_NUMBER: _ClassVar[int]
    TERM_FIELD_NUMBER: _ClassVar[int]
    REPLACEMENT_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_SCORE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_COUNTERFACTUAL_SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUAL_SCORE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ORIGINAL_CLASS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_COUNTERFACTUAL_CLASS_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_CLASS_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUAL_CLASS_FIELD_NUMBER: _ClassVar[int]
    change: str
    example_id: str
    counterfactual_index: int
    term: str
    replacement: str
    group: str
    reference_score: float
    reference_counterfactual_score: float
    score: float
    counterfactual_score: float
    reference_original_class: str
    reference_counterfactual_class: str
    original_class: str
    counterfactual_class: str
    def __init__(self, change: _Optional[str] = ..., example_id: _Optional[str] = ..., counterfactual_index: _Optional[int] = ..., term: _Optional[str] = ..., replacement: _Optional[str] = ..., group: _Optional[str] = ..., reference_score: _Optional[float] = ..., reference_counterfactual_score: _Optional[float] = ..., score: _Optional[float] = ..., counterfactual_score: _Optional[float] = ..., reference_original_class: _Optional[str] = ..., reference_counterfactual_class: _Optional[str] = ..., original_class: _Optional[str] = ..., counterfactual_class: _Optional[str] = ...) -> None: ...

class TrendReport(_message.Message):
    __slots__ = ("points", "versions", "left_out")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    POINTS_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[TrendPoint]
    versions: _containers.ScalarMap[str, str]
    left_out: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, points: _Optional[_Iterable[_Union[TrendPoint, _Mapping]]] = ..., versions: _Optional[_Mapping[str, str]] = ..., left_out: _Optional[_Iterable[str]] = ...) -> None: ...

class TrendPoint(_message.Message):
    __slots__ = ("run", "model", "slice", "num_pairs", "num_originals", "threshold", "flip_rate", "excess_flip_rate", "ctf_gap", "positive_rate", "auc", "light")
    RUN_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SLICE_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    EXCESS_FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CTF_GAP_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    AUC_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    run: ComparedRun
    model: str
    slice: str
    num_pairs: int
    num_originals: int
    threshold: float
    flip_rate: _report_pb2.Interval
    excess_flip_rate: _report_pb2.Interval
    ctf_gap: _report_pb2.Interval
    positive_rate: float
    auc: float
    light: str
    def __init__(self, run: _Optional[_Union[ComparedRun, _Mapping]] = ..., model: _Optional[str] = ..., slice: _Optional[str] = ..., num_pairs: _Optional[int] = ..., num_originals: _Optional[int] = ..., threshold: _Optional[float] = ..., flip_rate: _Optional[_Union[_report_pb2.Interval, _Mapping]] = ..., excess_flip_rate: _Optional[_Union[_report_pb2.Interval, _Mapping]] = ..., ctf_gap: _Optional[_Union[_report_pb2.Interval, _Mapping]] = ..., positive_rate: _Optional[float] = ..., auc: _Optional[float] = ..., light: _Optional[str] = ...) -> None: ...
