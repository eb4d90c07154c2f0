"""A Beam `ModelHandler` called outside of a graph, in all that RunInference does around it."""

from __future__ import annotations

import collections
import itertools
import os
from collections.abc import Sequence
from typing import Any

from apache_beam.ml.inference.base import KeyedModelHandler, ModelHandler
from apache_beam.utils.multi_process_shared import MultiProcessShared

from fairflip.protos.errors import ConfigurationError

_METRICS = "fairflip"
_MAX_KEYS_NAMED = 12


class BeamCalls:
    """What stands between records and a handler's answers, as in RunInference.

    Functions before and behind the handler, keys of a `KeyedModelHandler`, handlers that
    take whole batches (`with_no_batching`), and models that processes share.

    Args:
      handler: Somebody's.
      model: The model's name, for messages.
      key: Of a `KeyedModelHandler` with several models: the key of the one to ask.

    Attributes:
      used_key: Whether `key` chose a model.

    Raises:
      ConfigurationError: The handler has several models, and `key` names none of them.
    """

    def __init__(self, handler: ModelHandler, model: str, key: str = ""):
        self.handler = handler
        self.used_key = False
        self._before = list(handler.get_preprocess_fns())
        self._behind = list(handler.get_postprocess_fns())
        self._takes_batches = handler.should_skip_batching()
        base: Any = _innermost(handler)
        self._is_keyed = isinstance(base, KeyedModelHandler)
        self._key: Any = None
        if self._is_keyed and not self._before and not base._single_model:
            self._key = _chosen_key(list(base._key_to_id_map), key, model)
            self.used_key = str(self._key) == key

    def load(self, tag: str) -> Any:
        """The model, or the processes' common one where the handler shares it.

        Args:
          tag: Tells this model from others that processes of this machine share.
        """
        handler = self.handler
        handler.validate_inference_args(None)
        # A KeyedModelHandler makes its counters when it is asked this, which the wrappings
        # around it do not hand on.
        _innermost(handler).override_metrics(_METRICS)
        handler.set_environment_vars()
        if not handler.share_model_across_processes():
            return handler.load_model()
        copies = [
            MultiProcessShared(handler.load_model, tag=f"{tag}-{copy}", always_proxy=True).acquire()
            for copy in range(handler.model_copies())
        ]
        # Each process goes round from another copy on.
        first = os.getpid() % len(copies)
        return _Copies([*copies[first:], *copies[:first]])

    def elements_of(self, records: Sequence[Any]) -> list[Any]:
        """What the handler gets for records; the functions before it have run."""
        elements = list(records)
        if self._is_keyed and not self._before:
            keys = itertools.repeat(self._key) if self._key is not None else itertools.count()
            return list(zip(keys, elements, strict=False))
        for function in self._before:
            if self._takes_batches:
                elements = list(function(elements))
            else:
                elements = [function(element) for element in elements]
        return elements

    def answers(self, elements: Sequence[Any], model: Any) -> list[Any]:
        """The handler's answer to each element, in their order.

        Args:
          elements: Of one call, from `elements_of`.
          model: From `load`.
        """
        loaded = model.next() if isinstance(model, _Copies) else model
        answers = list(self.handler.run_inference(elements, loaded))
        if self._is_keyed:
            answers = _in_order([key for key, _ in elements], answers)
        for function in self._behind:
            answers = [function(answer) for answer in answers]
        if self._is_keyed:
            return [
                answer[1] if isinstance(answer, tuple) and len(answer) == 2 else answer
                for answer in answers
            ]
        return answers


class _Copies:
    """Copies of one model, taken in turn."""

    def __init__(self, models: Sequence[Any]):
        self._turn = itertools.cycle(models)

    def next(self) -> Any:
        return next(self._turn)


def _innermost(handler: ModelHandler) -> ModelHandler:
    """The handler without Beam's wrappings of functions and batches."""
    while hasattr(handler, "_base") and isinstance(handler._base, ModelHandler):
        handler = handler._base
    return handler


def _chosen_key(keys: Sequence[Any], key: str, model: str) -> Any:
    for known in keys:
        if str(known) == key:
            return known
    if not key and len(keys) == 1:
        return keys[0]
    shown = ", ".join(repr(str(known)) for known in keys[:_MAX_KEYS_NAMED])
    more = f" and {len(keys) - _MAX_KEYS_NAMED} more" if len(keys) > _MAX_KEYS_NAMED else ""
    asked = f"{key!r} is none of them; " if key else ""
    raise ConfigurationError(
        f"models[{model}].output_name: the handler holds a model for each of {len(keys)} keys "
        f"({shown}{more}); {asked}name the key of the model to ask"
    )


def _in_order(keys: Sequence[Any], answers: Sequence[Any]) -> list[Any]:
    """Keyed answers in the order of the elements: a handler of several models groups them."""
    if [key for key, _ in answers] == list(keys):
        return list(answers)
    waiting: dict[Any, collections.deque[Any]] = collections.defaultdict(collections.deque)
    for answer in answers:
        waiting[answer[0]].append(answer)
    return [waiting[key].popleft() for key in keys if waiting[key]]
