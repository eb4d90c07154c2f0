from fairflip.protos import report_pb2 as _report_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BenchmarkReport(_message.Message):
    __slots__ = ("sets", "versions")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SETS_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    sets: _containers.RepeatedCompositeFieldContainer[BenchmarkSet]
    versions: _containers.ScalarMap[str, str]
    def __init__(self, sets: _Optional[_Iterable[_Union[BenchmarkSet, _Mapping]]] = ..., versions: _Optional[_Mapping[str, str]] = ...) -> None: ...

class BenchmarkSet(_message.Message):
    __slots__ = ("name", "title", "citation", "licence", "address", "flips_are_right", "pair_set_sha256", "num_pairs", "num_originals", "num_clusters", "cluster", "rows", "folder")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    FLIPS_ARE_RIGHT_FIELD_NUMBER: _ClassVar[int]
    PAIR_SET_SHA256_FIELD_NUMBER: _ClassVar[int]
    NUM_PAIRS_FIELD_NUMBER: _ClassVar[int]
    NUM_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    NUM_CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    citation: str
    licence: str
    address: str
    flips_are_right: bool
    pair_set_sha256: str
    num_pairs: int
    num_originals: int
    num_clusters: int
    cluster: str
    rows: _containers.RepeatedCompositeFieldContainer[BenchmarkRow]
    folder: str
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., citation: _Optional[str] = ..., licence: _Optional[str] = ..., address: _Optional[str] = ..., flips_are_right: bool = ..., pair_set_sha256: _Optional[str] = ..., num_pairs: _Optional[int] = ..., num_originals: _Optional[int] = ..., num_clusters: _Optional[int] = ..., cluster: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[BenchmarkRow, _Mapping]]] = ..., folder: _Optional[str] = ...) -> None: ...

class BenchmarkRow(_message.Message):
    __slots__ = ("model", "is_published", "threshold", "flip_rate", "clusters_with_flip", "ctf_gap", "positive_rate", "auc", "accuracy", "counterfactual_accuracy", "cite")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    IS_PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    FLIP_RATE_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_WITH_FLIP_FIELD_NUMBER: _ClassVar[int]
    CTF_GAP_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    AUC_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_FIELD_NUMBER: _ClassVar[int]
    COUNTERFACTUAL_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    CITE_FIELD_NUMBER: _ClassVar[int]
    model: str
    is_published: bool
    threshold: float
    flip_rate: _report_pb2.Interval
    clusters_with_flip: _report_pb2.Interval
    ctf_gap: _report_pb2.Interval
    positive_rate: float
    auc: float
    accuracy: float
    counterfactual_accuracy: float
    cite: str
    def __init__(self, model: _Optional[str] = ..., is_published: bool = ..., threshold: _Optional[float] = ..., flip_rate: _Optional[_Union[_report_pb2.Interval, _Mapping]] = ..., clusters_with_flip: _Optional[_Union[_report_pb2.Interval, _Mapping]] = ..., ctf_gap: _Optional[_Union[_report_pb2.Interval, _Mapping]] = ..., positive_rate: _Optional[float] = ..., auc: _Optional[float] = ..., accuracy: _Optional[float] = ..., counterfactual_accuracy: _Optional[float] = ..., cite: _Optional[str] = ...) -> None: ...
