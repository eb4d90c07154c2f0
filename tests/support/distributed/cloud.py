"""A Cloud Storage emulator and a Dataflow service of one worker, on loopback.

    python cloud.py FOLDER WORKER_PYTHON

The service speaks the calls that Beam's DataflowRunner makes. A created job is
kept as FOLDER/job-N.json, and then really run: the uploaded pipeline is fetched
from the emulator and executed by WORKER_PYTHON, whose environment holds the
installed wheel. Objects lie below FOLDER/objects. Prints both addresses.
"""

from __future__ import annotations

import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

#: What the worker runs: the uploaded pipeline, in this one process.
_WORKER = """
import sys
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import common_urns, python_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

# The emulator asks for no credentials, and looking for some takes half a minute.
FileSystems.set_options(PipelineOptions(["--no_auth"]))
with FileSystems.open(sys.argv[1]) as file:
    pipeline = beam_runner_api_pb2.Pipeline.FromString(file.read())
for environment in pipeline.components.environments.values():
    assert environment.urn == common_urns.environments.DOCKER.urn
    environment.urn = python_urns.EMBEDDED_PYTHON
    environment.ClearField("payload")
    del environment.dependencies[:]
FnApiRunner().run_via_runner_api(pipeline, PipelineOptions(["--no_auth"])).wait_until_finish()
"""


class _Jobs:
    """Jobs by their IDs, and how each one is getting on."""

    def __init__(self, folder: pathlib.Path, python: str, storage: str):
        self._folder, self._python, self._storage = folder, python, storage
        self._jobs: dict[str, dict] = {}
        self._lock = threading.Lock()

    def create(self, job: dict) -> dict:
        with self._lock:
            number = len(self._jobs) + 1
            name = f"job-{number}"
            (self._folder / f"{name}.json").write_text(json.dumps(job, indent=1))
            known = {
                "id": name,
                "name": job["name"],
                "projectId": "a-project",
                "location": "europe-west1",
                "type": "JOB_TYPE_BATCH",
                "clientRequestId": job.get("clientRequestId", ""),
                "currentState": "JOB_STATE_RUNNING",
            }
            self._jobs[name] = known
        pipeline = job["environment"]["sdkPipelineOptions"]["options"]["pipelineUrl"]
        threading.Thread(target=self._run, args=(name, pipeline), daemon=True).start()
        return known

    def get(self, name: str) -> dict:
        return self._jobs[name]

    def messages(self, name: str) -> dict:
        log = self._folder / f"{name}.log"
        if self._jobs[name]["currentState"] != "JOB_STATE_FAILED":
            return {"jobMessages": []}
        return {
            "jobMessages": [
                {
                    "id": "1",
                    "time": "2026-01-01T00:00:00Z",
                    "messageText": log.read_text(errors="replace")[-8000:],
                    "messageImportance": "JOB_MESSAGE_ERROR",
                }
            ]
        }

    def _run(self, name: str, pipeline: str) -> None:
        with open(self._folder / f"{name}.log", "w") as log:
            done = subprocess.run(
                [self._python, "-c", _WORKER, pipeline],
                cwd=self._folder,
                env={**os.environ, "STORAGE_EMULATOR_HOST": self._storage},
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        state = "JOB_STATE_DONE" if done.returncode == 0 else "JOB_STATE_FAILED"
        self._jobs[name] = {**self._jobs[name], "currentState": state}


def _handler(jobs: _Jobs) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.partition("?")[0].endswith("/jobs"):
                self._answer(jobs.create(json.loads(body)))
            else:
                self._answer({}, 404)

        def do_GET(self) -> None:
            parts = self.path.partition("?")[0].strip("/").split("/")
            if parts[-1] == "messages":
                self._answer(jobs.messages(parts[-2]))
            elif parts[-1] == "metrics":
                self._answer({"metrics": []})
            elif parts[-2] == "jobs":
                self._answer(jobs.get(parts[-1]))
            else:
                self._answer({}, 404)

        def _answer(self, content: dict, status: int = 200) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


def main() -> None:
    folder, python = pathlib.Path(sys.argv[1]), sys.argv[2]
    from gcp_storage_emulator.server import create_server

    storage = create_server(
        "127.0.0.1", 0, in_memory=False, data_dir=str(folder / "objects"), default_bucket="bucket"
    )
    storage.start()
    address = f"http://127.0.0.1:{storage._api._httpd.server_port}"
    jobs = _Jobs(folder, python, address)
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(jobs))
    threading.Thread(target=service.serve_forever, args=(0.01,), daemon=True).start()
    print(json.dumps([address, f"http://localhost:{service.server_port}"]), flush=True)
    sys.stdin.read()
    service.shutdown()
    storage.stop()


if __name__ == "__main__":
    main()
