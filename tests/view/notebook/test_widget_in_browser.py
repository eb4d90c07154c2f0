"""The widget in JupyterLab 4, Notebook 7 and nbclassic, executing a real notebook.

One local server serves all three; it listens on 127.0.0.1 only and is stopped
at the end, or stops by itself.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pyarrow.parquet as pq
import pytest
from google.protobuf import json_format

from fairflip.protos import report_pb2
from fairflip.view.words import numbers
from support import random_reports
from support.pages import fairness_page

pytestmark = pytest.mark.browser

CODE = """
import json
import pathlib
from google.protobuf import json_format
import fairflip.view
from fairflip.protos import report_pb2

report = json_format.Parse(pathlib.Path("run_report.json").read_text(), report_pb2.RunReport())
fairflip.view.FairnessIndicatorViewer.from_report(
    report,
    scored_pairs="scored_pairs.parquet",
    event_handlers={
        "slice-selected": lambda heard: pathlib.Path("NAME.event").write_text(json.dumps(heard))
    },
)
"""
#: A run of one's own models, with names that are longer than they should be.
RESULT = """
import warnings
import pandas as pd
import fairflip

texts = [f"{who} is a {how} neighbour, number {n}" for n in range(20)
         for who in ("she", "he", "the woman", "the man") for how in ("kind", "loud")]
frame = pd.DataFrame({
    "example_id": [f"id{n}" for n in range(len(texts))],
    "comment_text": texts,
    "toxicity": [n % 2 for n in range(len(texts))],
    "place_where_it_was_written": ["a_place_with_a_long_name" if n % 3 else "b" for n in range(160)],
})

def model(step):
    return lambda texts: [0.4 + step * ("she" in t.split()) + 0.2 * ("loud" in t) for t in texts]

result = fairflip.evaluate(
    examples=frame,
    models={"the_baseline_of_last_winter": model(0.15), "the_remediated_candidate": model(0.0)},
    slices=["place_where_it_was_written", "counterfactual_group"],
    output_dir="out",
)
"""
TOKEN = secrets.token_hex()
RUN_ALL = "window.jupyterapp.commands.execute('notebook:run-all-cells')"


def write_notebook(folder: Path, name: str, *cells: str) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(code)
            for code in cells or (CODE.replace("NAME", name), "1 + 1")
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("notebooks")
    table = random_reports.scored_pairs()
    pq.write_table(table, made / "scored_pairs.parquet")
    text = json_format.MessageToJson(random_reports.report(table), preserving_proto_field_name=True)
    (made / "run_report.json").write_text(text)
    for name in ("lab", "notebook", "classic"):
        write_notebook(made, name)
    write_notebook(made, "result", RESULT, "result", "result.show()")
    return made


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    """Address of a Jupyter server over `folder`."""
    own = tmp_path_factory.mktemp("jupyter")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "IPYTHONDIR": str(own / "ipython"),
    }
    log = (own / "log").open("wb")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
            *(f"--IdentityProvider.token={TOKEN}", "--expose-app-in-browser"),
            *(f"--ServerApp.root_dir={folder}", "--ServerApp.shutdown_no_activity_timeout=300"),
            "--ServerApp.jpserver_extensions={'jupyterlab': True, 'notebook': True, 'nbclassic': True}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.news_url=None",
            "--LabApp.extension_manager=readonly",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                ask(f"{address}/api/status")
                break
            except OSError:
                assert process.poll() is None, (own / "log").read_text()[-2000:]
                time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def ask(address: str, method: str = "GET") -> bytes:
    request = urllib.request.Request(
        address, method=method, headers={"Authorization": f"token {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def sessions(server: str, name: str) -> list[dict]:
    entries = json.loads(ask(f"{server}/api/sessions"))
    return [entry for entry in entries if entry["path"].endswith(f"{name}.ipynb")]


def wait_for_kernel(page, server: str, name: str) -> None:
    for _ in range(240):
        for button in page.locator(".jp-Dialog button.jp-mod-accept:visible").all():
            button.click()
        if any(entry["kernel"]["execution_state"] == "idle" for entry in sessions(server, name)):
            return
        page.wait_for_timeout(500)
    pytest.fail(f"no idle kernel for {name}")


def check_widget(page, folder: Path, name: str) -> None:
    """Bars, table values against run_report.json, tooltip, and an event in Python."""
    fairness_page.wait_for_bars(page, timeout=120_000)
    fairness_page.select_all_thresholds(page)
    report = json_format.Parse((folder / "run_report.json").read_text(), report_pb2.RunReport())
    header, rows = fairness_page.table(page)
    assert header[1:5] == ["baseline@0.25", "remediated@0.25", "baseline@0.5", "remediated@0.5"]
    expected = fairness_page.expected_table(report, [row[0] for row in rows], [0.25, 0.5])
    assert [row[:5] for row in rows] == [cells for cells, _ in expected]
    bars = page.locator(f"{fairness_page.BARS}:visible")
    assert bars.count() == len(rows) * 4
    bars.nth(1).hover(force=True)
    tooltip = page.locator("fairness-bounded-value-bar-chart #tooltip:visible").first.inner_text()
    assert "Overall" in tooltip
    # The bars of gender:female come after two models' bars of Overall.
    bars.nth(4).click(force=True)
    page.wait_for_selector(".fairflip-pairs summary", timeout=60_000)
    output = page.locator(".fairflip-pairs p").first.inner_text()
    assert output.startswith("gender:female: ")
    page.locator(".fairflip-pairs summary").click()
    assert page.locator(".fairflip-pairs li:visible").count() > 3
    heard = json.loads((folder / f"{name}.event").read_text())
    assert heard == {"sliceName": "gender", "sliceValue": "female", "slice": "gender:female"}
    # The output for readers without a kernel has made way.
    assert page.locator("[data-fairflip-fallback]:visible").count() == 0


def ours(errors: list[str]) -> list[str]:
    """Without what the frontend complains about itself, from its own files.

    The widget's module is a blob, the component an inline script of the page.
    """
    marks = ("fairflip", "fairness", "polymer", "tfma", "anywidget", "blob:", ".ipynb", "anonymous")
    return [error for error in errors if any(mark in error.lower() for mark in marks)]


@pytest.mark.slow
def test_jupyterlab_runs_it_and_shows_it_again_without_its_kernel(server, folder, context, watch):
    page = context.new_page()
    page.goto(f"{server}/lab/tree/lab.ipynb?token={TOKEN}")
    wait_for_kernel(page, server, "lab")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
    page.evaluate(RUN_ALL)
    check_widget(page, folder, "lab")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_timeout(2000)
    assert not ours(watch.errors)
    page.close()
    for entry in sessions(server, "lab"):
        ask(f"{server}/api/sessions/{entry['id']}", method="DELETE")
    page = context.new_page()
    page.goto(f"{server}/lab/tree/lab.ipynb?token={TOKEN}")
    page.wait_for_selector("[data-fairflip-fallback] table:visible", timeout=60_000)
    assert "gender:female" in page.locator("[data-fairflip-fallback] table").first.inner_text()
    fairness_page.wait_for_bars(page)
    assert not watch.outside


@pytest.mark.slow
def test_jupyterlab_shows_a_result_that_fits_and_no_warnings_of_others(
    server, folder, context, watch
):
    page = context.new_page()
    page.goto(f"{server}/lab/workspaces/result/tree/result.ipynb?token={TOKEN}")
    wait_for_kernel(page, server, "result")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
    page.evaluate(RUN_ALL)
    page.wait_for_selector("text=Flips at threshold 0.5", timeout=240_000)
    cells = page.locator(".jp-CodeCell")
    result = cells.nth(1).locator(".jp-RenderedHTMLCommon > div").first
    assert result.evaluate("frame => frame.scrollWidth - frame.clientWidth") <= 0
    assert result.locator("th bdi").first.inner_text() == "Overall"
    bars = result.locator("td span[style*=background]").evaluate_all(
        "bars => bars.map((bar) => bar.getBoundingClientRect().width)"
    )
    assert max(bars) > 30
    assert "/files/out/report.html" in result.locator("a").get_attribute("href")
    # A bar took the place of lines on standard error, and it is done.
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert cells.first.locator(".jp-OutputArea-output").all_inner_texts()[0].startswith("done in")
    fairness_page.wait_for_bars(page, timeout=120_000)
    # Beside the file browser and without it all of the component is seen.
    hidden = "frame => frame.scrollWidth - frame.clientWidth"
    assert page.locator(".jp-FileBrowser").is_visible()
    for _ in range(2):
        assert cells.nth(2).locator(".jp-OutputArea").first.evaluate(hidden) <= 0
        assert page.locator(".fairflip-widget").evaluate(hidden) <= 0
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        page.wait_for_timeout(1000)
    assert not watch.outside
    assert not ours(watch.errors)


@pytest.mark.parametrize("manner", ["allow-scripts", "", "inserted"])
def test_outputs_show_where_nothing_else_of_a_notebook_is(folder, context, watch, manner):
    """As Colab does it, a frame of another origin for each output; a frame that runs no script,
    as where an output is not trusted; as VS Code, inserted HTML."""
    from fairflip import Result, view

    report = json_format.Parse((folder / "run_report.json").read_text(), report_pb2.RunReport())
    viewer, _ = view.FairnessIndicatorViewer.from_report(report)._repr_mimebundle_()
    result = Result(report, str(folder))._repr_mimebundle_(include=None, exclude=None)
    assert set(result) == {"text/html", "text/plain"}
    page = context.new_page()
    page.set_content("<main></main>")
    for bundle in (result, viewer):
        page.evaluate(
            """([html, manner]) => {
              const main = document.querySelector("main");
              if (manner !== "inserted") {
                const frame = document.createElement("iframe");
                frame.sandbox = manner;
                frame.style.cssText = "width:1300px;height:900px";
                frame.srcdoc = html;
                main.append(frame);
                return;
              }
              const place = document.createElement("div");
              place.innerHTML = html;
              main.append(place);
              for (const script of place.querySelectorAll("script")) {
                const again = document.createElement("script");
                again.textContent = script.textContent;
                script.replaceWith(again);
              }
            }""",
            [bundle["text/html"], manner],
        )
    page.wait_for_timeout(500)
    shown = [frame for frame in page.frames if frame.locator("table:visible").count()]
    assert len(shown) == (1 if manner == "inserted" else 2)
    texts = " ".join(frame.locator("body").inner_text() for frame in shown)
    assert "Flips at threshold 0.5" in texts
    assert "gender:female" in texts
    # What stands there without scripts fits the frame, and says every slice's flip rate.
    for frame in shown:
        body = frame.locator("body")
        assert body.evaluate("body => body.scrollWidth - body.clientWidth") <= 0
    at = report.models[0].slices[1].thresholds[0]
    assert texts.count(numbers.percent(at.flip_rate.value)) >= 2
    if manner == "":
        assert all(frame.locator(f"{fairness_page.BARS}:visible").count() == 0 for frame in shown)
    else:
        fairness_page.wait_for_bars(page if manner == "inserted" else page.frames[-1])
    assert not watch.outside


@pytest.mark.slow
def test_notebook_7_runs_it(server, folder, context, watch):
    page = context.new_page()
    page.goto(f"{server}/notebooks/notebook.ipynb?token={TOKEN}")
    wait_for_kernel(page, server, "notebook")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
    page.evaluate(RUN_ALL)
    check_widget(page, folder, "notebook")
    assert not watch.outside
    assert not ours(watch.errors)


@pytest.mark.slow
def test_nbclassic_runs_it(server, folder, context, watch):
    page = context.new_page()
    page.goto(f"{server}/nbclassic/notebooks/classic.ipynb?token={TOKEN}")
    wait_for_kernel(page, server, "classic")
    page.wait_for_function("window.Jupyter?.notebook?.kernel?.is_connected()")
    page.evaluate("window.Jupyter.notebook.execute_all_cells()")
    check_widget(page, folder, "classic")
    assert not watch.outside
    assert not ours(watch.errors)


def test_page_converted_from_a_notebook_shows_it(folder, context, watch, tmp_path):
    from nbconvert import HTMLExporter

    from fairflip import view

    report = json_format.Parse((folder / "run_report.json").read_text(), report_pb2.RunReport())
    data, _ = view.FairnessIndicatorViewer.from_report(report)._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data=data)
    cell = nbformat.v4.new_code_cell("viewer", outputs=[output])
    text, _ = HTMLExporter(require_js_url="", mathjax_url="", jquery_url="").from_notebook_node(
        nbformat.v4.new_notebook(cells=[cell])
    )
    (tmp_path / "page.html").write_text(text)
    page = context.new_page()
    page.route("http*://**", lambda route: route.abort())
    page.goto((tmp_path / "page.html").as_uri())
    assert "gender:female" in page.locator("[data-fairflip-fallback] table").first.inner_text()
    fairness_page.wait_for_bars(page)
    assert not [error for error in ours(watch.errors) if "require" not in error.lower()]
