"""Reads the signature of a function once, and the states and timers of a class of DoFns.

Beam asks for the arguments of every method of a DoFn, some 25, each time that it makes,
checks, translates or starts one: 16,000 signatures of 300 functions in a small evaluation,
an eighth of its CPU. Beam 2.75 to 2.77 need this; it can go once they remember themselves.
It also looks through all attributes of each DoFn for states and timers, and reads type hints
of a function, a method of a class included, wherever one is used.
"""

from __future__ import annotations

import contextlib
import types
import weakref
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def signatures_read_once() -> Iterator[None]:
    """Within the block, Beam inspects each function and each class of DoFns once."""
    from apache_beam import transforms
    from apache_beam.typehints import decorators

    hints: Any = decorators
    read_hints = hints.get_signature
    core: Any = transforms.core
    userstate: Any = transforms.userstate
    inspect, look_through = core.get_function_args_defaults, userstate.get_dofn_specs
    known: weakref.WeakKeyDictionary[Any, tuple[list[str], list[Any]]]
    known = weakref.WeakKeyDictionary()

    def arguments(function: Any) -> tuple[list[str], list[Any]]:
        # A function alone may be given new defaults, a method's does not change in a job.
        if not isinstance(function, types.MethodType):
            return inspect(function)
        if function.__func__ not in known:
            known[function.__func__] = inspect(function)
        names, defaults = known[function.__func__]
        return list(names), list(defaults)

    specs: weakref.WeakKeyDictionary[type, Any] = weakref.WeakKeyDictionary()

    def states_and_timers(dofn: Any) -> tuple[set[Any], set[Any]]:
        if any(isinstance(value, types.MethodType) for value in vars(dofn).values()):
            return look_through(dofn)  # it has a method that its class has not
        kind = type(dofn)
        if kind not in specs:
            specs[kind] = look_through(dofn)
        states, timers = specs[kind]
        return set(states), set(timers)

    of_functions: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
    of_methods: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def signature(function: Any) -> Any:
        if isinstance(function, types.MethodType):
            read, key = of_methods, function.__func__
        elif isinstance(function, types.FunctionType):
            read, key = of_functions, function
        else:
            return read_hints(function)
        if key not in read:
            read[key] = read_hints(function)
        return read[key]

    core.get_function_args_defaults = arguments
    userstate.get_dofn_specs = states_and_timers
    hints.get_signature = signature
    try:
        yield
    finally:
        core.get_function_args_defaults = inspect
        userstate.get_dofn_specs = look_through
        hints.get_signature = read_hints
