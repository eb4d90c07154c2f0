"""Bundles of jobs in this process start no threads of their own, and give what they give otherwise."""

from __future__ import annotations

import collections
import threading

import apache_beam as beam
import pytest
from apache_beam.coders import VarIntCoder
from apache_beam.metrics import Metrics, monitoring_infos
from apache_beam.runners.portability.fn_api_runner import execution
from apache_beam.runners.worker import bundle_processor, sdk_worker, statecache, statesampler
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from fairflip.pipeline.beam.job import run_graph
from fairflip.pipeline.beam.local_bundles import light_bundles
from fairflip.pipeline.beam.options import beam_options

DESCRIBED = execution.BundleContextManager
BEAMS_THREADS = ("ExecutionTreeCreator", "run")


def of_beam() -> tuple:
    sampler = statesampler.StateSampler
    return (
        bundle_processor.concurrent,
        statecache.get_deep_size,
        sampler.start,
        sampler.stop,
        DESCRIBED._build_process_bundle_descriptor,
        bundle_processor.BundleProcessor.monitoring_infos,
        bundle_processor.DataOutputOperation.finish,
    )


def add(element, more, table):
    Metrics.counter("fairflip", "added").inc()
    return element + sum(more) + len(table)


def graph(pipeline, path):
    numbers = pipeline | beam.Create([1, 2, 3])
    table = pipeline | "Table" >> beam.Create([("a", [1]), ("b", [2])])
    totals = numbers | beam.Map(add, beam.pvalue.AsIter(numbers), beam.pvalue.AsDict(table))
    grouped = totals | beam.Map(lambda total: (0, total)) | beam.GroupByKey()
    grouped | beam.Map(lambda row: path.write_text(str(sorted(row[1]))))


def test_a_graph_gives_its_results_and_counts_without_threads(monkeypatch, tmp_path):
    started = []
    start = threading.Thread.start
    monkeypatch.setattr(
        threading.Thread, "start", lambda self: started.append(self.name) or start(self)
    )
    before, path = of_beam(), tmp_path / "totals"
    counters = run_graph(lambda p: graph(p, path), beam_options([]), str(tmp_path))
    assert path.read_text() == "[9, 10, 11]"
    assert counters == {"added": 3}
    assert not [name for name in started if any(of in name for of in BEAMS_THREADS)]
    assert of_beam() == before
    beam.Pipeline(options=beam_options([])).run()
    with beam.Pipeline(options=beam_options([])) as pipeline:
        graph(pipeline, path)
    assert [name for name in started if any(of in name for of in BEAMS_THREADS)]


def test_a_bundle_tells_of_counters_alone(monkeypatch, tmp_path):
    told = []
    tell = sdk_worker.SdkWorker.process_bundle

    def process(self, *arguments):
        result = tell(self, *arguments)
        told.extend(result.process_bundle.monitoring_infos)
        return result

    monkeypatch.setattr(sdk_worker.SdkWorker, "process_bundle", process)
    run_graph(lambda p: graph(p, tmp_path / "totals"), beam_options([]), str(tmp_path))
    assert {info.urn for info in told} == {monitoring_infos.USER_COUNTER_URN}
    told.clear()
    with beam.Pipeline(options=beam_options([])) as pipeline:
        graph(pipeline, tmp_path / "totals")
    assert monitoring_infos.ELEMENT_COUNT_URN in {info.urn for info in told}


def test_a_step_holds_nothing_of_what_it_wrote(monkeypatch, tmp_path):
    outputs = []
    process = bundle_processor.DataOutputOperation.process
    monkeypatch.setattr(
        bundle_processor.DataOutputOperation,
        "process",
        lambda self, value: outputs.append(self) or process(self, value),
    )
    run_graph(lambda p: graph(p, tmp_path / "totals"), beam_options([]), str(tmp_path))
    assert outputs
    assert {output.output_stream for output in outputs} == {None}
    with light_bundles(beam_options(["--direct_num_workers=2"])):
        assert bundle_processor.DataOutputOperation.finish is of_beam()[-1]


class Holder:
    """Holds something of its own, and what its module holds."""

    def __init__(self, own):
        self.own, self.of_module = own, BEAMS_THREADS


SIZED = [
    [1, "two", b"three"],
    {"a": [1.5] * 100, "b": {"c": (None, True)}},
    [collections, threading.Thread, len, add],
    Holder([3, "four"]),
]


def test_side_inputs_weigh_what_they_weigh_to_beam():
    beams_own = statecache.get_deep_size
    weights = [beams_own(value) for value in SIZED]
    with light_bundles(beam_options([])):
        assert statecache.get_deep_size is not beams_own
        assert [statecache.get_deep_size(value) for value in SIZED] == weights
    assert weights[1] > 800


@pytest.mark.parametrize(
    "flags",
    [
        ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
        ["--runner=PortableRunner", "--job_endpoint=localhost:1", "--environment_type=LOOPBACK"],
    ],
)
def test_jobs_elsewhere_are_left_alone(flags):
    before = of_beam()
    with light_bundles(beam_options(flags)):
        assert of_beam() == before


def test_what_a_function_raises_while_it_is_read_is_raised():
    with light_bundles(beam_options([])):
        with (
            pytest.raises(ZeroDivisionError),
            bundle_processor.concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool,
        ):
            pool.submit(lambda: 1 / 0)
        with bundle_processor.concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
            assert pool.submit(max, 3, 4).result(timeout=1) == 4


class Numbered(beam.DoFn):
    LAST = ReadModifyWriteStateSpec("last", VarIntCoder())

    def process(self, element, last=beam.DoFn.StateParam(LAST)):  # noqa: B008
        number = (last.read() or 0) + 1
        last.write(number)
        yield number


def test_a_bundle_is_described_by_its_own_part_of_the_graph(monkeypatch, tmp_path):
    described = []
    beams_own = DESCRIBED._build_process_bundle_descriptor

    def describe(self):
        components = self._manager if hasattr(self, "_manager") else self
        whole = components.execution_context.pipeline_components
        described.append((self.stage, beams_own(self), whole))
        return described[-1][1]

    monkeypatch.setattr(DESCRIBED, "_build_process_bundle_descriptor", describe)
    path = tmp_path / "totals"

    def both(pipeline):
        graph(pipeline, path)
        keyed = pipeline | "Keyed" >> beam.Create([("a", 1), ("a", 1)])
        numbers = keyed | beam.ParDo(Numbered()) | beam.combiners.ToList()
        numbers | "Write" >> beam.Map(lambda n: (tmp_path / "numbers").write_text(str(sorted(n))))

    run_graph(both, beam_options([]), str(tmp_path))
    assert (path.read_text(), (tmp_path / "numbers").read_text()) == ("[9, 10, 11]", "[1, 2]")
    whole = [d for _, d, all_ in described if len(d.coders) == len(all_.coders)]
    own = [(d, all_) for _, d, all_ in described if len(d.coders) < len(all_.coders)]
    assert len(whole) == 1
    assert any(
        b"LAST" in t.spec.payload or b"last" in t.spec.payload
        for d in whole
        for t in d.transforms.values()
    )
    assert len(own) > 5
    for descriptor, graph_ in own:
        assert len(descriptor.pcollections) < len(graph_.pcollections)
        for name, coder in descriptor.coders.items():
            assert coder == graph_.coders[name]
            assert set(coder.component_coder_ids) <= set(descriptor.coders)
        for transform in descriptor.transforms.values():
            named = {*transform.inputs.values(), *transform.outputs.values()}
            assert named <= set(descriptor.pcollections)
        assert dict(descriptor.environments) == dict(graph_.environments)
