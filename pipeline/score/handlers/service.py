"""Scores from a service that a file describes: calls side by side, each answer as it comes."""

from __future__ import annotations

import concurrent.futures
import hashlib
import itertools
import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from fairflip.pipeline.score.handlers.base import BatchModelHandler, all_of_parts
from fairflip.pipeline.score.handlers.tensor_handler import only_feature
from fairflip.pipeline.score.model_files import checks
from fairflip.pipeline.score.services import answers, description, templates
from fairflip.pipeline.score.services.client import CallFailedError, ServiceClient
from fairflip.pipeline.score.services.failures import Failures
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import ALL
from fairflip.protos.service_pb2 import Answer, Service

#: Calls in a row that reached nobody, for each that may be under way, before all stop.
_ROUNDS_WITHOUT_ANSWER = 2


class ServiceHandler(BatchModelHandler):
    """Asks a service over HTTP, only where that was allowed.

    Raises:
      ConfigurationError: The description has mistakes.
    """

    # Every call may be paid for.
    may_be_asked_again = False
    rows_to_gather = 1 << 16
    nan_is_missing = True

    def __init__(self, spec: config_pb2.ModelSpec, input_features: Sequence[str]):
        super().__init__(spec, input_features)
        self.service = description.load_service(spec.service)
        self._feature = only_feature(self.input_features, self.name, "text")
        self._answers = self._answers_by_output()

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model."""
        content = self.service.SerializeToString(deterministic=True)
        outputs = ",".join(self.outputs)
        return f"{type(self).__name__}/{self.name}/{hashlib.sha256(content).hexdigest()}/{outputs}"

    @property
    def lasting_identity(self) -> str:
        """Equal for descriptions that ask the same question of the same service."""
        asked = Service()
        asked.CopyFrom(self.service)
        asked.answer.CopyFrom(self._answers[0])
        return description.identity_of(asked)

    def _answers_by_output(self) -> list[Answer]:
        """Where the scores of each output are.

        Raises:
          ConfigurationError: Several are asked for, and the description tells none apart.
        """
        answer = self.service.answer
        if answers.OUTPUT not in answer.pointer:
            if len(self.outputs) > 1 or self.outputs == (ALL,):
                raise ConfigurationError(
                    f"models[{self.name}].output_names: {self.spec.service!r} says where one score "
                    f"is; put {answers.OUTPUT} in the place of the output's name in answer.pointer"
                )
            return [answer]
        if self.outputs in (("",), (ALL,)):
            raise ConfigurationError(
                f"models[{self.name}].output_names: answer.pointer of {self.spec.service!r} holds "
                f"{answers.OUTPUT}; name the outputs, such as --output {self.name}=A,B"
            )
        return [answers.of_output(answer, output) for output in self.outputs]

    def load_model(self) -> ServiceClient:
        """Connections to the service; nothing is sent yet.

        Raises:
          ConfigurationError: Calls were not allowed, or cannot be made.
        """
        checks.check_remote(self.spec)
        return ServiceClient(self.service, self.name)

    def texts_per_call(self, model: ServiceClient | None) -> int:
        """What the description says."""
        return self.service.texts_per_call

    def score_batch(self, batch: pa.RecordBatch, model: ServiceClient) -> np.ndarray:
        """Scores of one batch; NaN where there is no answer."""
        return all_of_parts(self.score_parts(batch, model), batch.num_rows)

    def score_parts(
        self, batch: pa.RecordBatch, model: ServiceClient, num_known: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The rows of one call after the other, as they are answered.

        Raises:
          InputError: Too many texts have no answer that can be read, or nobody answers.
        """
        texts = [text or "" for text in batch.column(self._feature).to_pylist()]
        size, num_at_once = self.service.texts_per_call, self.service.concurrency
        calls = (
            range(start, min(start + size, len(texts))) for start in range(0, len(texts), size)
        )
        failures = Failures(
            self.name,
            self.service.max_failed_share,
            len(texts) + num_known,
            max(8, _ROUNDS_WITHOUT_ANSWER * num_at_once),
        )
        stopped = threading.Event()
        executor = concurrent.futures.ThreadPoolExecutor(num_at_once)
        under_way: dict[concurrent.futures.Future[bytes], range] = {}

        def begin(number: int) -> None:
            for rows in itertools.islice(calls, number):
                body = templates.body_of(self.service, [texts[row] for row in rows])
                under_way[executor.submit(model.call, body, stopped)] = rows

        try:
            begin(num_at_once)
            while under_way:
                answered, _ = concurrent.futures.wait(
                    under_way, return_when=concurrent.futures.FIRST_COMPLETED
                )
                # Answers are handed on before a failure stops the run.
                for future in sorted(answered, key=lambda each: each.exception() is not None):
                    rows = under_way.pop(future)
                    yield np.array(rows), self._scores(future, len(rows), failures)
                    # Only now: no more answers than calls at once are ever not kept yet.
                    begin(1)
        finally:
            stopped.set()
            executor.shutdown(wait=False, cancel_futures=True)

    def _scores(
        self, future: concurrent.futures.Future[bytes], num_texts: int, failures: Failures
    ) -> np.ndarray:
        several = len(self.outputs) > 1
        scores = np.full((num_texts, len(self.outputs)) if several else num_texts, np.nan)
        try:
            content = future.result()
        except CallFailedError as error:
            if error.is_refused:
                failures.reached(num_texts)
                failures.unread(str(error), num_texts)
            else:
                failures.unreached(str(error), num_texts)
            return scores
        failures.reached(num_texts)
        by_output = [answers.scores_in(content, answer, num_texts) for answer in self._answers]
        for row, given in enumerate(zip(*by_output, strict=True)):
            reason = next((score for score in given if isinstance(score, str)), None)
            if reason is None:
                scores[row] = given if several else given[0]
            else:
                failures.unread(reason)
        return scores
