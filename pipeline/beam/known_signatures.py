"""Reads the signature of a DoFn's method once, and its states and timers.

Beam asks for the arguments of every method of a DoFn, some 25, each time that it makes,
checks, translates or starts one: 16,000 signatures of 300 functions in a small evaluation,
an eighth of its CPU. Beam 2.75 to 2.77 need this; it can go once they remember themselves.
Each time it also looks through all of its attributes for states and timers, eight times a DoFn.
"""

from __future__ import annotations

import contextlib
import types
import weakref
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def signatures_read_once() -> Iterator[None]:
    """Within the block, Beam inspects each function that is a method once."""
    from apache_beam import transforms

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

    specs: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def states_and_timers(dofn: Any) -> tuple[set[Any], set[Any]]:
        if dofn not in specs:
            specs[dofn] = look_through(dofn)
        states, timers = specs[dofn]
        return set(states), set(timers)

    core.get_function_args_defaults = arguments
    userstate.get_dofn_specs = states_and_timers
    try:
        yield
    finally:
        core.get_function_args_defaults = inspect
        userstate.get_dofn_specs = look_through
