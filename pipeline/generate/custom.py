"""A generator of one's own: a function for one text, or for a batch of texts.

A function per text takes a string and returns a string, None (no
counterfactual), or a list of strings or `Counterfactual`s. A function marked
with `per_batch` takes the list of texts and returns one such answer for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fairflip.protos.errors import InputError
from fairflip.text.counterfactual import Counterfactual

Function = TypeVar("Function", bound=Callable[..., Any])
_MARK = "fairflip_per_batch"


def per_batch(function: Function) -> Function:
    """Marks a generator function that takes a whole batch of texts."""
    setattr(function, _MARK, True)
    return function


class CustomGenerator:
    """Runs a function of the user's as a `Generator`."""

    def __init__(self, function: Callable[..., Any]):
        """Takes a function per text, or one marked with `per_batch`."""
        self._function = function
        self._name = getattr(function, "__qualname__", repr(function))
        self._per_batch = getattr(function, _MARK, False)

    def generate(self, texts: Sequence[str]) -> list[list[Counterfactual]]:
        """The counterfactuals of each text; see `Generator`.

        Raises:
            InputError: the function's answer is none of the allowed ones.
        """
        if self._per_batch:
            answers = list(self._function(list(texts)))
            if len(answers) != len(texts):
                raise InputError(
                    f"generator.function {self._name} gave {len(answers)} answers for "
                    f"{len(texts)} texts; return one per text, None for no counterfactual."
                )
        else:
            answers = [self._function(text) for text in texts]
        return [self._listed(answer) for answer in answers]

    def _listed(self, answer: Any) -> list[Counterfactual]:
        if answer is None:
            return []
        if isinstance(answer, (str, Counterfactual)):
            answer = [answer]
        if not isinstance(answer, (list, tuple)):
            raise self._wrong(answer)
        made = []
        for item in answer:
            if isinstance(item, str):
                made.append(Counterfactual(item))
            elif isinstance(item, Counterfactual) and isinstance(item.text, str):
                made.append(item)
            else:
                raise self._wrong(item)
        return made

    def _wrong(self, answer: Any) -> InputError:
        return InputError(
            f"generator.function {self._name} returned a {type(answer).__name__}; return a "
            "string, None, or a list of strings or Counterfactuals."
        )
