"""Reading, scoring and writing on Cloud Storage, through an emulator on loopback."""

from __future__ import annotations

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support import tiny_models

pytestmark = pytest.mark.system

pytest.importorskip("gcp_storage_emulator")


@pytest.fixture(scope="module")
def emulator():
    """The address of an emulator in a process of its own, with an empty bucket."""
    code = (
        "from gcp_storage_emulator.server import create_server\n"
        "import sys, time\n"
        "server = create_server('127.0.0.1', 0, in_memory=True, default_bucket='bucket')\n"
        "server.start()\n"
        "print(server._api._httpd.server_port, flush=True)\n"
        "sys.stdin.read()\n"
        "server.stop()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    port = process.stdout.readline().strip()
    assert port.isdigit(), "the emulator did not start"
    yield f"http://127.0.0.1:{port}"
    process.stdin.close()
    process.wait(timeout=30)


_PIPELINE = """
import json, pathlib, sys
import apache_beam as beam
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from fairflip.pipeline.score.model_files import checks; from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.read.transforms import ReadBatches, RecordLayout, check_inputs, read_table
from fairflip.pipeline.records.rejects import RejectsInBlocks, WriteRejects
from fairflip.pipeline.score.transforms import ScorePairs
from fairflip.pipeline.storage.write_parquet import WriteParquet
from fairflip.protos.config_pb2 import DataSpec, ModelSpec
from fairflip.protos.errors import InputError

local = pathlib.Path(sys.argv[1])
for path in local.rglob("*"):
    if path.is_file():
        # As it is: by its own lights Beam would compress a .gz once more.
        name = "gs://bucket/in/" + path.relative_to(local).as_posix()
        with FileSystems.create(name, compression_type=CompressionTypes.UNCOMPRESSED) as file:
            file.write(path.read_bytes())

data = DataSpec(id_feature="id", label_feature="label")
layout = RecordLayout.from_data_spec(data, "pairs")
models = [ModelSpec(name="keras", path="gs://bucket/in/m.keras"),
          ModelSpec(name="saved", path="gs://bucket/in/saved", output_name="score")]
checks.check_models(models)
checked = check_inputs(["gs://bucket/in/*.parquet", "gs://bucket/in/more.jsonl.gz"], layout)
pipeline = beam.Pipeline(FnApiRunner())
read = pipeline | ReadBatches(checked)
scored = read["batches"] | ScorePairs(models, data)
scored["scored"] | WriteParquet("gs://bucket/out/scored_pairs/scored-pairs")
(read["rejects"],) | RejectsInBlocks() | WriteRejects("gs://bucket/out")
pipeline.run().wait_until_finish()
filesystem.write_json("gs://bucket/out/done.json", {"old": 1})
filesystem.write_json("gs://bucket/out/done.json", {"new": 1})
missing = ""
try:
    check_inputs(["gs://bucket/in/*.csv"], layout)
except InputError as e:
    missing = str(e)
names = sorted(e.path for e in filesystem.match(["gs://bucket/out/**"]))
for name in names:
    target = local / "back" / name.removeprefix("gs://bucket/out/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(filesystem.read_bytes(name))
table, rejects = read_table(["gs://bucket/in/*.parquet"], layout)
print(json.dumps({"names": names, "missing": missing, "rows": table.num_rows}))
"""


@pytest.mark.slow
def test_everything_works_on_cloud_storage(emulator, tmp_path):
    texts = tiny_models.texts(40)
    rows = [
        {
            "id": str(i),
            "comment_text": text,
            "counterfactual.comment_text": text.replace("she", "he"),
            "label": i % 2,
        }
        for i, text in enumerate(texts)
    ]
    pq.write_table(pa.Table.from_pylist(rows[:25]), tmp_path / "a.parquet")
    rows[30]["comment_text"] = ""
    lines = "".join(json.dumps(row) + "\n" for row in rows[25:])
    (tmp_path / "more.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    shutil.copy(tiny_models.keras_path(), tmp_path / "m.keras")
    shutil.copytree(tiny_models.example_saved_model(), tmp_path / "saved")
    environment = {
        **os.environ,
        "STORAGE_EMULATOR_HOST": emulator,
        "NO_GCE_CHECK": "true",
        "GOOGLE_CLOUD_PROJECT": "test",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PIPELINE, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    actual = json.loads(done.stdout.splitlines()[-1])
    assert actual["names"] == [
        "gs://bucket/out/done.json",
        "gs://bucket/out/rejects/read-00000-of-00001.jsonl",
        "gs://bucket/out/scored_pairs/scored-pairs-00000-of-00001.parquet",
    ]
    assert "matches no file" in actual["missing"]
    assert actual["rows"] == 25
    back = pathlib.Path(tmp_path / "back")
    assert json.loads((back / "done.json").read_text()) == {"new": 1}
    table = pq.read_table(back / "scored_pairs" / "scored-pairs-00000-of-00001.parquet")
    [reject] = (back / "rejects" / "read-00000-of-00001.jsonl").read_text().splitlines()
    assert json.loads(reject)["reason"] == "empty_text"
    assert table.num_rows == 39
    expected = dict(zip((r["id"] for r in rows), tiny_models.direct(texts), strict=True))
    for name in ("keras", "saved"):
        scores = zip(table["id"].to_pylist(), table[f"score.{name}"].to_pylist(), strict=True)
        assert all(abs(expected[key] - value) < 1e-6 for key, value in scores)
