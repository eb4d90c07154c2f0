"""What Beam reads of methods within a job is what it reads of them otherwise, and read once."""

from __future__ import annotations

import functools
import inspect

import apache_beam as beam
from apache_beam.coders import VarIntCoder
from apache_beam.transforms import core, userstate
from apache_beam.typehints import decorators

from fairflip.pipeline.beam.known_signatures import signatures_read_once


class Scaled(beam.DoFn):
    def __init__(self, by=2):
        self.by = by

    def process(self, element, window=beam.DoFn.WindowParam, *, scale=1):
        yield element * self.by * scale

    @functools.lru_cache  # noqa: B019  (a method that is no plain function)
    def setup(self, times=3):
        pass


def arguments(function):
    return core.get_function_args_defaults(function)


def test_methods_functions_and_callables_read_as_outside():
    dofn = Scaled()
    functions = [
        *(dofn.process, Scaled().process, dofn.start_bundle, dofn.setup, Scaled.process),
        *(len, arguments, functools.partial(arguments, function=len)),
    ]
    outside = [arguments(function) for function in functions]
    with signatures_read_once():
        for _ in range(2):
            assert [arguments(function) for function in functions] == outside
        names, defaults = arguments(dofn.process)
        assert names == ["element", "window"]
        assert defaults == [beam.DoFn.WindowParam]
        names.append("more")
        defaults.clear()
        assert arguments(dofn.process) == outside[0]


def test_a_method_is_inspected_once_and_only_within_the_block(monkeypatch):
    inspected = []
    read = inspect.signature
    monkeypatch.setattr(inspect, "signature", lambda f: inspected.append(f) or read(f))
    beams_own = core.get_function_args_defaults
    with signatures_read_once():
        for _ in range(5):
            arguments(Scaled().process)
    assert len(inspected) == 1
    assert core.get_function_args_defaults is beams_own
    arguments(Scaled().process)
    arguments(Scaled().process)
    assert len(inspected) == 3


class Counted(beam.DoFn):
    SUM = userstate.ReadModifyWriteStateSpec("sum", VarIntCoder())

    def process(self, element, total=beam.DoFn.StateParam(SUM)):  # noqa: B008
        yield element


def test_states_are_looked_for_once_a_class_and_only_within_the_block(monkeypatch):
    asked = []
    look = userstate.get_dofn_specs
    monkeypatch.setattr(userstate, "get_dofn_specs", lambda d: asked.append(d) or look(d))
    beams_own = userstate.get_dofn_specs
    counted, scaled = Counted(), Scaled()
    with signatures_read_once():
        for _ in range(3):
            states, timers = userstate.get_dofn_specs(counted)
            assert (states, timers) == ({Counted.SUM}, set())
            states.clear()
            assert userstate.get_dofn_specs(scaled) == (set(), set())
            assert userstate.get_dofn_specs(Counted()) == ({Counted.SUM}, set())
            assert userstate.is_stateful_dofn(counted)
            assert not userstate.is_stateful_dofn(scaled)
    assert asked == [counted, scaled]
    assert userstate.get_dofn_specs is beams_own


def test_a_dofn_with_a_method_that_its_class_has_not_is_looked_through_by_itself():
    plain, counting = Scaled(), Scaled()
    counting.process = Counted().process
    with signatures_read_once():
        for _ in range(2):
            assert userstate.get_dofn_specs(counting) == ({Counted.SUM}, set())
            assert userstate.get_dofn_specs(plain) == (set(), set())


def typed(element: int) -> list[int]:
    return [element]


class Typed(beam.DoFn):
    def process(self, element: int) -> list[int]:
        return [element]

    def of_class(self, element: str) -> str:
        return element


def test_type_hints_are_read_as_outside_of_functions_methods_and_classes():
    functions = [typed, Typed().process, Typed.process, Typed().of_class, int, str.upper, len]
    outside = [decorators.get_signature(function) for function in functions]
    hints = [beam.Map(typed).get_type_hints(), beam.ParDo(Typed()).get_type_hints()]
    beams_own = decorators.get_signature
    with signatures_read_once():
        for _ in range(2):
            assert [decorators.get_signature(function) for function in functions] == outside
            again = [beam.Map(typed).get_type_hints(), beam.ParDo(Typed()).get_type_hints()]
            assert [(h.input_types, h.output_types) for h in again] == [
                (h.input_types, h.output_types) for h in hints
            ]
    assert decorators.get_signature is beams_own


def test_the_type_hints_of_a_function_are_read_once(monkeypatch):
    read = []
    beams_own = decorators.get_signature
    monkeypatch.setattr(decorators, "get_signature", lambda f: read.append(f) or beams_own(f))
    with signatures_read_once():
        for _ in range(3):
            decorators.get_signature(typed)
            decorators.get_signature(Typed().process)
            decorators.get_signature(Typed.process)
    assert len(read) == 3
