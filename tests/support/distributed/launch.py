"""A launcher with several command lines to run, one after the other, in one process.

    python launch.py PLAN.json RESULTS.json

The plan is {"runs": [[argument, ...], ...], "model": path of a Keras file to make
first or null, "upload": {path on any filesystem: local path}}. The results are a
list of {"code", "stdout", "stderr"}.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import sys


class NotForWorkers:
    """A job that pickled its main module would have to take this along, and fail."""

    def __reduce__(self):
        raise AssertionError("the launcher's main module is being pickled")


here = NotForWorkers()


def make_model(path: str) -> None:
    import fairflip

    # Importing it chooses TensorFlow's kernels, for this process as for every worker.
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0", fairflip.__name__
    import keras

    keras.utils.set_random_seed(3)
    words = ["she", "he", "they", "walks", "runs", "red", "good", "bad", "the", "cat", "dog"]
    vectorize = keras.layers.TextVectorization(output_sequence_length=10)
    vectorize.adapt(words)
    source = keras.Input((1,), dtype="string", name="comment_text")
    # Large weights, so that texts get visibly different scores.
    spread = keras.initializers.RandomNormal(stddev=1.0, seed=1)
    large = keras.initializers.RandomNormal(stddev=3.0, seed=2)
    hidden = keras.layers.Embedding(40, 8, embeddings_initializer=spread)(vectorize(source))
    hidden = keras.layers.GlobalAveragePooling1D()(hidden)
    score = keras.layers.Dense(1, activation="sigmoid", kernel_initializer=large)(hidden)
    keras.Model(source, score).save(path)


def upload(files: dict[str, str]) -> None:
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.options.pipeline_options import PipelineOptions

    from fairflip.pipeline.storage import filesystem

    # The emulator asks for no credentials, and looking for some takes half a minute.
    FileSystems.set_options(PipelineOptions(["--no_auth"]))

    for path, local in files.items():
        with filesystem.create_atomically(path) as file:
            file.write(pathlib.Path(local).read_bytes())


def main() -> None:
    plan = json.loads(pathlib.Path(sys.argv[1]).read_text())
    from fairflip.pipeline import cli

    if plan.get("model"):
        make_model(plan["model"])
    if plan.get("upload"):
        upload(plan["upload"])
    results = []
    for run in plan["runs"]:
        output, complained = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(complained):
            code = cli.main(run)
        results.append({"code": code, "stdout": output.getvalue(), "stderr": complained.getvalue()})
        pathlib.Path(sys.argv[2]).write_text(json.dumps(results))


if __name__ == "__main__":
    main()
