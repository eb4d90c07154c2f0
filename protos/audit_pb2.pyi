from fairflip.protos import comparison_pb2 as _comparison_pb2
from fairflip.protos import limits_pb2 as _limits_pb2
from fairflip.protos import options_pb2 as _options_pb2
from fairflip.protos import report_pb2 as _report_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Scenarios(_message.Message):
    __slots__ = ("scenarios", "responses")
    SCENARIOS_FIELD_NUMBER: _ClassVar[int]
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    scenarios: _containers.RepeatedCompositeFieldContainer[Scenario]
    responses: _containers.RepeatedCompositeFieldContainer[Response]
    def __init__(self, scenarios: _Optional[_Iterable[_Union[Scenario, _Mapping]]] = ..., responses: _Optional[_Iterable[_Union[Response, _Mapping]]] = ...) -> None: ...

class Scenario(_message.Message):
    __slots__ = ("name", "group_at_risk", "hazard", "limit", "reason_for_threshold", "mitigation", "trigger", "owner")
    NAME_FIELD_NUMBER: _ClassVar[int]
    GROUP_AT_RISK_FIELD_NUMBER: _ClassVar[int]
    HAZARD_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    REASON_FOR_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    MITIGATION_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    name: str
    group_at_risk: str
    hazard: str
    limit: _limits_pb2.Limit
    reason_for_threshold: str
    mitigation: str
    trigger: str
    owner: str
    def __init__(self, name: _Optional[str] = ..., group_at_risk: _Optional[str] = ..., hazard: _Optional[str] = ..., limit: _Optional[_Union[_limits_pb2.Limit, _Mapping]] = ..., reason_for_threshold: _Optional[str] = ..., mitigation: _Optional[str] = ..., trigger: _Optional[str] = ..., owner: _Optional[str] = ...) -> None: ...

class Response(_message.Message):
    __slots__ = ("run", "date", "finding", "response", "owner")
    RUN_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    run: str
    date: str
    finding: str
    response: str
    owner: str
    def __init__(self, run: _Optional[str] = ..., date: _Optional[str] = ..., finding: _Optional[str] = ..., response: _Optional[str] = ..., owner: _Optional[str] = ...) -> None: ...

class AuditReport(_message.Message):
    __slots__ = ("run", "integrity_problems", "signature", "scenarios", "not_measured", "impact", "selected_decision", "log", "versions")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RUN_FIELD_NUMBER: _ClassVar[int]
    INTEGRITY_PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    SCENARIOS_FIELD_NUMBER: _ClassVar[int]
    NOT_MEASURED_FIELD_NUMBER: _ClassVar[int]
    IMPACT_FIELD_NUMBER: _ClassVar[int]
    SELECTED_DECISION_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    run: _comparison_pb2.ComparedRun
    integrity_problems: _containers.RepeatedScalarFieldContainer[str]
    signature: Signature
    scenarios: _containers.RepeatedCompositeFieldContainer[ScenarioResult]
    not_measured: _containers.RepeatedScalarFieldContainer[str]
    impact: _containers.RepeatedCompositeFieldContainer[ImpactRow]
    selected_decision: str
    log: _containers.RepeatedCompositeFieldContainer[LogEntry]
    versions: _containers.ScalarMap[str, str]
    def __init__(self, run: _Optional[_Union[_comparison_pb2.ComparedRun, _Mapping]] = ..., integrity_problems: _Optional[_Iterable[str]] = ..., signature: _Optional[_Union[Signature, _Mapping]] = ..., scenarios: _Optional[_Iterable[_Union[ScenarioResult, _Mapping]]] = ..., not_measured: _Optional[_Iterable[str]] = ..., impact: _Optional[_Iterable[_Union[ImpactRow, _Mapping]]] = ..., selected_decision: _Optional[str] = ..., log: _Optional[_Iterable[_Union[LogEntry, _Mapping]]] = ..., versions: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Signature(_message.Message):
    __slots__ = ("status", "signer", "message")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SIGNER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    status: str
    signer: str
    message: str
    def __init__(self, status: _Optional[str] = ..., signer: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ScenarioResult(_message.Message):
    __slots__ = ("scenario", "verdict", "checks", "reason")
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    scenario: Scenario
    verdict: str
    checks: _containers.RepeatedCompositeFieldContainer[_report_pb2.GateResult]
    reason: str
    def __init__(self, scenario: _Optional[_Union[Scenario, _Mapping]] = ..., verdict: _Optional[str] = ..., checks: _Optional[_Iterable[_Union[_report_pb2.GateResult, _Mapping]]] = ..., reason: _Optional[str] = ...) -> None: ...

class ImpactRow(_message.Message):
    __slots__ = ("model", "feature", "group", "num_originals", "share", "selection_rate", "impact_ratio", "scoring_rate", "scoring_ratio", "is_small")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    NUM_ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    SELECTION_RATE_FIELD_NUMBER: _ClassVar[int]
    IMPACT_RATIO_FIELD_NUMBER: _ClassVar[int]
    SCORING_RATE_FIELD_NUMBER: _ClassVar[int]
    SCORING_RATIO_FIELD_NUMBER: _ClassVar[int]
    IS_SMALL_FIELD_NUMBER: _ClassVar[int]
    model: str
    feature: str
    group: str
    num_originals: int
    share: float
    selection_rate: float
    impact_ratio: float
    scoring_rate: float
    scoring_ratio: float
    is_small: bool
    def __init__(self, model: _Optional[str] = ..., feature: _Optional[str] = ..., group: _Optional[str] = ..., num_originals: _Optional[int] = ..., share: _Optional[float] = ..., selection_rate: _Optional[float] = ..., impact_ratio: _Optional[float] = ..., scoring_rate: _Optional[float] = ..., scoring_ratio: _Optional[float] = ..., is_small: bool = ...) -> None: ...

class LogEntry(_message.Message):
    __slots__ = ("run", "light", "finding", "responses")
    RUN_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    run: _comparison_pb2.ComparedRun
    light: str
    finding: str
    responses: _containers.RepeatedCompositeFieldContainer[Response]
    def __init__(self, run: _Optional[_Union[_comparison_pb2.ComparedRun, _Mapping]] = ..., light: _Optional[str] = ..., finding: _Optional[str] = ..., responses: _Optional[_Iterable[_Union[Response, _Mapping]]] = ...) -> None: ...
