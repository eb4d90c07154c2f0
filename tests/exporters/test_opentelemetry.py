"""Gauges sent by OTLP over HTTP, decoded by a receiver on loopback."""

from __future__ import annotations

import socket

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from fairflip.pipeline import cli
from fairflip.pipeline.export import opentelemetry_metrics
from fairflip.pipeline.export.gauges import gauges_of
from support.exporters.receivers import Answer, serving


class Collector:
    """What a collector was sent, decoded.

    Attributes:
        points: (metric, its labels) -> value.
        resource: Attributes of the resource.
        status: What it answers.
    """

    def __init__(self, status: int = 200):
        self.status = status
        self.points: dict[tuple, float] = {}
        self.units: dict[str, str] = {}
        self.resource: dict[str, str] = {}
        self.num_requests = 0

    def respond(self, request) -> Answer:
        self.num_requests += 1
        if self.status != 200:
            return Answer(self.status)
        assert request.path == "/v1/metrics"
        assert request.headers["content-type"] == "application/x-protobuf"
        for resource in ExportMetricsServiceRequest.FromString(request.body).resource_metrics:
            for one in resource.resource.attributes:
                self.resource[one.key] = one.value.string_value
            for scope in resource.scope_metrics:
                assert scope.scope.name == "fairflip"
                for metric in scope.metrics:
                    self.units[metric.name] = metric.unit
                    for point in metric.gauge.data_points:
                        labels = {one.key: one.value.string_value for one in point.attributes}
                        key = (metric.name, tuple(sorted(labels.items())))
                        assert key not in self.points
                        self.points[key] = point.as_double
        return Answer(headers={"Content-Type": "application/x-protobuf"})


def test_a_collector_gets_every_number_and_every_check(run, report, limits, capsys):
    collector = Collector()
    with serving(collector.respond) as address:
        to = ["export", str(run), "--to=opentelemetry", f"--endpoint={address}/v1/metrics", limits]
        assert cli.main(to) == 0
    assert capsys.readouterr().out == f"{len(collector.points):,} points sent\n"
    for part in report.models[0].slices:
        for end in ("value", "lower", "upper"):
            labels = {"model": "my model", "slice": part.slice, "threshold": "0.5", "end": end}
            point = ("fairflip.flip_rate", tuple(sorted(labels.items())))
            assert collector.points[point] == getattr(part.thresholds[0].flip_rate, end)
    checks = {
        dict(labels)["check"]: value
        for (name, labels), value in collector.points.items()
        if name == "fairflip.gate_check"
    }
    assert checks == {"flips": 1, "none": 0}
    expected = sum(len(gauge.samples) for gauge in gauges_of(report)) + len(checks)
    assert len(collector.points) == expected
    assert collector.units["fairflip.flip_rate"] == "1"
    assert collector.units["fairflip.run_started_seconds"] == "s"
    assert collector.resource["service.name"] == "fairflip"
    assert collector.resource["fairflip.run"] == "june"
    assert collector.resource["fairflip.pair_set_sha256"] == report.pairing.pair_set_sha256


def test_more_slices_than_an_instrument_keeps_all_arrive(report):
    many = type(report)()
    many.CopyFrom(report)
    first = many.models[0].slices[0]
    for number in range(2_500):
        copied = many.models[0].slices.add()
        copied.CopyFrom(first)
        copied.slice = f"author:{number}"
    many.models[0].slices[1].thresholds[0].flip_rate.upper = float("nan")
    collector = Collector()
    with serving(collector.respond) as address:
        sent = opentelemetry_metrics.to_opentelemetry(many, "many", f"{address}/v1/metrics")
    gauges = gauges_of(many)
    assert sent == len(collector.points) == sum(len(gauge.samples) for gauge in gauges) - 1
    assert collector.num_requests > len(gauges)


def test_the_variables_of_opentelemetry_say_where(run, monkeypatch, capsys):
    collector = Collector()
    with serving(collector.respond) as address:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        assert cli.main(["export", str(run), "--to=opentelemetry"]) == 0
    assert collector.points
    capsys.readouterr()


@pytest.mark.parametrize("status", [400, 404])
def test_a_refusal_is_no_success(run, capsys, status):
    collector = Collector(status)
    with serving(collector.respond) as address:
        to = ["export", str(run), "--to=opentelemetry", f"--endpoint={address}/v1/metrics"]
        assert cli.main(to) == 2
    error = capsys.readouterr().err
    assert str(status) in error
    assert "0 points were taken before" in error


def test_nobody_there_is_said(run, capsys, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1/metrics"
        assert cli.main(["export", str(run), "--to=opentelemetry", f"--endpoint={address}"]) == 2
    assert "the metrics were not taken" in capsys.readouterr().err
