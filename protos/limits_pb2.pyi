from fairflip.protos import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Limits(_message.Message):
    __slots__ = ("limits", "min_originals", "allow_not_enough_evidence")
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    MIN_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    ALLOW_NOT_ENOUGH_EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    limits: _containers.RepeatedCompositeFieldContainer[Limit]
    min_originals: int
    allow_not_enough_evidence: bool
    def __init__(self, limits: _Optional[_Iterable[_Union[Limit, _Mapping]]] = ..., min_originals: _Optional[int] = ..., allow_not_enough_evidence: bool = ...) -> None: ...

class Limit(_message.Message):
    __slots__ = ("name", "metric", "models", "slices", "thresholds", "max", "min", "relative_to_baseline", "bound", "gap_over", "min_originals", "allow_not_enough_evidence", "adjusted", "not_worse_by")
    NAME_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_TO_BASELINE_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    GAP_OVER_FIELD_NUMBER: _ClassVar[int]
    MIN_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    ALLOW_NOT_ENOUGH_EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_FIELD_NUMBER: _ClassVar[int]
    NOT_WORSE_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    metric: str
    models: _containers.RepeatedScalarFieldContainer[str]
    slices: _containers.RepeatedScalarFieldContainer[str]
    thresholds: _containers.RepeatedScalarFieldContainer[float]
    max: float
    min: float
    relative_to_baseline: str
    bound: str
    gap_over: str
    min_originals: int
    allow_not_enough_evidence: bool
    adjusted: bool
    not_worse_by: float
    def __init__(self, name: _Optional[str] = ..., metric: _Optional[str] = ..., models: _Optional[_Iterable[str]] = ..., slices: _Optional[_Iterable[str]] = ..., thresholds: _Optional[_Iterable[float]] = ..., max: _Optional[float] = ..., min: _Optional[float] = ..., relative_to_baseline: _Optional[str] = ..., bound: _Optional[str] = ..., gap_over: _Optional[str] = ..., min_originals: _Optional[int] = ..., allow_not_enough_evidence: bool = ..., adjusted: bool = ..., not_worse_by: _Optional[float] = ...) -> None: ...
