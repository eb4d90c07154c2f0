"""Texts without an answer: counted, and too many of them stop the run."""

from __future__ import annotations

import collections

from fairflip.protos.errors import InputError

_REASONS_SHOWN = 3


class Failures:
    """Counts the texts of one batch that were asked for, and those without an answer.

    Args:
        model: The model's name, for messages.
        max_share: Share of the texts that may stay without an answer.
        num_texts: All texts, those whose answers are known already among them.
        max_in_a_row: Calls one after the other that reached nobody, after all tries, before
            the service counts as gone.
    """

    def __init__(self, model: str, max_share: float, num_texts: int, max_in_a_row: int):
        self._model = model
        self._max_share = max_share
        self._num_texts = num_texts
        self._max_in_a_row = max_in_a_row
        self._num_asked = 0
        self._num_in_a_row = 0
        self._reasons: collections.Counter[str] = collections.Counter()

    def reached(self, num_texts: int) -> None:
        """A call was answered, in whatever way."""
        self._num_asked += num_texts
        self._num_in_a_row = 0

    def unreached(self, reason: str, num_texts: int) -> None:
        """A call was not answered, after all tries.

        Raises:
            InputError: So many that there is nobody to ask, or too many texts have no answer.
        """
        self._num_asked += num_texts
        self._num_in_a_row += 1
        if self._num_in_a_row >= self._max_in_a_row:
            raise InputError(
                f"models[{self._model}].service: the last {self._num_in_a_row} calls were not "
                f"answered, each after all tries ({reason}); see that the service is there, and "
                "start again with the same --score_cache"
            )
        self.unread(reason, num_texts)

    def unread(self, reason: str, num_texts: int = 1) -> None:
        """Texts have no answer, or none that can be read.

        Raises:
            InputError: More than may be.
        """
        self._reasons[reason] += num_texts
        failed = self._reasons.total()
        if failed <= self._max_share * self._num_texts:
            return
        shown = "; ".join(
            f"{count:,}: {reason}" for reason, count in self._reasons.most_common(_REASONS_SHOWN)
        )
        raise InputError(
            f"models[{self._model}].service: of {self._num_asked:,} texts asked so far {failed:,} "
            f"({failed / self._num_asked:.1%}) have no answer that can be read ({shown}); "
            f"max_failed_share allows {self._max_share:.1%} of {self._num_texts:,} texts: mend the "
            "request, the prompt or how answers are read, or allow more"
        )
