"""The gauges of a run as OpenTelemetry metrics, sent by OTLP over HTTP.

The points are made here and handed to the SDK's exporter, rather than set on its instruments:
those keep at most some thousand sets of attributes of a name, and would fold the other slices of
a large run into one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

from fairflip._version import __version__
from fairflip.pipeline.export.gauges import Gauge, gauges_of
from fairflip.protos.errors import ConfigurationError, printable
from fairflip.protos.report_pb2 import GateResult, RunReport

#: Points of one request. Collectors refuse bodies of some MiB, and a point takes some 150 bytes.
_BATCH = 5_000


def to_opentelemetry(
    report: RunReport, name: str, endpoint: str = "", checks: Sequence[GateResult] = ()
) -> int:
    """Sends a run's gauges; returns how many points were taken.

    Numbers that are not known are left out. The points' time is now, when they are said: that
    of the run is the gauge `fairflip.run_started_seconds`.

    Args:
        report: Of a finished run.
        name: What to call it, the resource's attribute `fairflip.run`.
        endpoint: Where metrics go, such as "http://127.0.0.1:4318/v1/metrics"; "": as
            OpenTelemetry's own variables say (OTEL_EXPORTER_OTLP_ENDPOINT and others).
        checks: What a gate said of it.

    Raises:
        ConfigurationError: OpenTelemetry is not installed, or the endpoint did not take all.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics.export import MetricExportResult
    except ImportError as error:
        raise ConfigurationError(
            "--to opentelemetry needs its SDK and the OTLP exporter: "
            "pip install 'fairflip[opentelemetry]'"
        ) from error
    num_points = 0
    with _heard() as reasons:
        exporter = OTLPMetricExporter(endpoint=endpoint or None)
        try:
            for gauge in _portions(gauges_of(report, checks)):
                if exporter.export(_data(gauge, report, name)) is not MetricExportResult.SUCCESS:
                    reason = reasons[0] if reasons else "no reason given"
                    raise ConfigurationError(
                        f"--endpoint: the metrics were not taken ({reason}); "
                        f"{num_points:,} points were taken before. Start the collector, or mend "
                        "the address"
                    )
                num_points += len(gauge.samples)
        finally:
            exporter.shutdown()
    return num_points


def _portions(gauges: Sequence[Gauge]) -> Iterator[Gauge]:
    """The known numbers, at most `_BATCH` at a time."""
    for gauge in gauges:
        known = [one for one in gauge.samples if math.isfinite(one.value)]
        for start in range(0, len(known), _BATCH):
            yield dataclasses.replace(gauge, samples=known[start : start + _BATCH])


def _data(gauge: Gauge, report: RunReport, name: str) -> Any:
    """A gauge as the SDK's own data; attributes of the resource say which run it is."""
    from opentelemetry.sdk.metrics import export
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    now = time.time_ns()
    resource = Resource.create(
        {
            "service.name": "fairflip",
            "service.version": __version__,
            "fairflip.run": name,
            "fairflip.run_started": report.provenance.started,
            "fairflip.pair_set_sha256": report.pairing.pair_set_sha256,
            "fairflip.verdict": report.verdict.light,
        }
    )
    points = [
        export.NumberDataPoint(
            attributes=dict(one.labels),
            start_time_unix_nano=0,
            time_unix_nano=now,
            value=float(one.value),
        )
        for one in gauge.samples
    ]
    metric = export.Metric(
        name=f"fairflip.{gauge.name}",
        description=gauge.meaning,
        unit=gauge.unit,
        data=export.Gauge(data_points=points),
    )
    scope = export.ScopeMetrics(
        scope=InstrumentationScope("fairflip", __version__), metrics=[metric], schema_url=""
    )
    return export.MetricsData(
        resource_metrics=[
            export.ResourceMetrics(resource=resource, scope_metrics=[scope], schema_url="")
        ]
    )


@contextlib.contextmanager
def _heard() -> Iterator[list[str]]:
    """What the exporter says while the context lasts, instead of on the terminal."""
    messages: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(printable(" ".join(record.getMessage().split()))[:200])

    logger, handler = logging.getLogger("opentelemetry.exporter"), Handler()
    before = logger.level, logger.propagate
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before
