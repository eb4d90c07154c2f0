"""The component is compiled by kfp's SDK and run by its own local runner, without a network."""

import json
import pathlib
import subprocess
import sys

import pytest
import yaml
from kfp import compiler, dsl

from fairflip import kubeflow

#: One pipeline in a process of its own: kfp keeps its local session for good. `use_venv=False`:
#: this environment as it is, in place of a new one that pip fills from a network.
PIPELINE = """
import sys

from kfp import dsl, local

from fairflip import kubeflow

CONFIG = '''
models {{ name: "mine" score_feature: "score" }}
data {{ id_feature: "example_id" text_feature: "comment_text" }}
evaluation {{ slices: "gender" }}
'''
LIMITS = '''
limits {{ metric: "flip_rate" slices: "Overall" max: {limit} }}
limits {{ metric: "rejects.share" max: 0.01 }}
limits {{ metric: "pairing.num_legitimate_flip_pairs" max: 0 }}
limits {{ metric: "pairing.num_zero_weight_pairs" max: 0 }}
'''
evaluate = kubeflow.evaluation_component("python:3.11", install_kfp=False)


@dsl.component(base_image="python:3.11", install_kfp_package=False)
def make_pairs(pairs: dsl.Output[dsl.Dataset]):
    import pandas as pd

    words = ["she", "he"]
    pd.DataFrame(
        {{
            "example_id": [f"e{{i}}" for i in range(120)],
            "comment_text": [f"{{words[i % 2]}} wrote {{i}}" for i in range(120)],
            "counterfactual.comment_text": [f"{{words[1 - i % 2]}} wrote {{i}}" for i in range(120)],
            "gender": [["female", "male"][i % 2] for i in range(120)],
            "score": [0.8 if i % 3 else 0.2 for i in range(120)],
            "counterfactual.score": [0.8 if i % 3 and i % 10 else 0.2 for i in range(120)],
        }}
    ).to_parquet(pairs.path)


@dsl.component(base_image="python:3.11", install_kfp_package=False)
def deploy(run: dsl.Input[dsl.Artifact], gate: str):
    import os

    if gate == "pass":
        open(os.path.join(os.path.dirname(run.path), "deployed"), "w").close()


@dsl.pipeline
def gated() -> str:
    made = make_pairs()
    judged = evaluate(config=CONFIG, pairs=made.outputs["pairs"], limits=LIMITS)
    deploy(run=judged.outputs["run"], gate=judged.outputs["gate"])
    return judged.outputs["gate"]


local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[1])
print("GATE", gated().output)
"""


def run_pipeline(folder: pathlib.Path, text: str) -> subprocess.CompletedProcess[str]:
    script = folder / "gated.py"
    script.write_text(text)
    return subprocess.run(
        [sys.executable, script, folder / "root"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize(("limit", "gate"), [(0.5, "pass"), (0.01, "fail")])
def test_the_pipeline_runs_and_tells_what_passed(tmp_path, limit, gate):
    done = run_pipeline(tmp_path, PIPELINE.format(limit=limit))
    assert done.returncode == 0, done.stderr[-3_000:]
    assert f"GATE {gate}" in done.stdout
    [task] = tmp_path.glob("root/*/fairflip-evaluate")
    assert (task / "deployed").exists() == (gate == "pass")
    report = json.loads((task / "run" / "run_report.json").read_text())
    flips = sum(1 for i in range(120) if i % 3 and not i % 10)
    at = report["models"][0]["slices"][0]["thresholds"][0]
    assert at["flip_count"] == flips
    assert (task / "report").read_text() == (task / "run" / "report.html").read_text()
    assert "flip" in (task / "summary").read_text().lower()
    [output] = task.glob("executor_output.json")
    told = json.loads(output.read_text())
    assert told["parameterValues"]["gate"] == gate
    assert told["parameterValues"]["light"] == report["verdict"]["light"]
    [metrics] = told["artifacts"]["metrics"]["artifacts"]
    assert metrics["metadata"]["mine/flip_rate_at_0.5"] == pytest.approx(flips / 120)


def test_a_deployment_can_depend_on_the_gate(tmp_path):
    evaluate = kubeflow.evaluation_component("registry.example/fairflip:1")

    @dsl.component(base_image="python:3.11")
    def deploy(run: dsl.Input[dsl.Artifact]):
        print(run.path)

    @dsl.pipeline
    def gated(limits: str):
        pairs = dsl.importer(artifact_uri="gs://b/pairs.parquet", artifact_class=dsl.Dataset)
        judged = evaluate(config="", pairs=pairs.output, limits=limits)
        with dsl.If(judged.outputs["gate"] == "pass"):
            deploy(run=judged.outputs["run"])

    # Compiled only: kfp's local runner (2.16) evaluates no condition on another task's output.
    compiler.Compiler().compile(gated, str(tmp_path / "gated.yaml"))
    compiled = yaml.safe_load((tmp_path / "gated.yaml").read_text())
    [condition] = [
        task["triggerPolicy"]["condition"]
        for task in compiled["root"]["dag"]["tasks"].values()
        if "triggerPolicy" in task
    ]
    assert condition.endswith("fairflip-evaluate-gate'] == 'pass'")


def test_mistakes_fail_the_task(tmp_path):
    text = PIPELINE.format(limit=0.5).replace('score_feature: "score"', 'score_feature: "missing"')
    done = run_pipeline(tmp_path, text)
    assert done.returncode != 0
    assert "exit code 2" in done.stdout
    assert "missing" in done.stdout


@pytest.mark.parametrize("make", [kubeflow.evaluation_component, kubeflow.model_component])
def test_components_compile_to_yaml(tmp_path, make):
    component = make("registry.example/fairflip:1", packages=["fairflip[sklearn]==0.1.0"])
    path = tmp_path / "component.yaml"
    compiler.Compiler().compile(component, str(path))
    compiled = yaml.safe_load(path.read_text())
    [executor] = compiled["deploymentSpec"]["executors"].values()
    assert executor["container"]["image"] == "registry.example/fairflip:1"
    command = " ".join(executor["container"]["command"])
    assert "fairflip[sklearn]==0.1.0" in command
    assert "kfp==" in command
    [shape] = [one for name, one in compiled["components"].items() if "fairflip" in name]
    outputs = shape["outputDefinitions"]
    assert set(outputs["artifacts"]) == {"run", "report", "summary", "metrics"}
    assert set(outputs["parameters"]) == {"gate", "light"}
    assert shape["inputDefinitions"]["parameters"]["limits"]["isOptional"]


MODEL = """
import sys

from kfp import dsl, local

from fairflip import kubeflow

CONFIG = 'data { id_feature: "id" text_feature: "text" } generator { controls: 0 }'
evaluate = kubeflow.model_component("python:3.11", install_kfp=False)


@dsl.component(base_image="python:3.11", install_kfp_package=False)
def train(pairs: dsl.Output[dsl.Dataset], model: dsl.Output[dsl.Model]):
    import pathlib

    import skops.io
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    lines = ["id,text,counterfactual.text"]
    lines += [f"e{i},she wrote {i},he wrote {i}" for i in range(60)]
    pathlib.Path(pairs.path).write_text("\\n".join(lines) + "\\n")
    words = make_pipeline(CountVectorizer(token_pattern="she|he"), LogisticRegression(C=100))
    words.fit(["she", "he"] * 20, [1, 0] * 20)
    skops.io.dump(words, model.path)


@dsl.pipeline
def judged() -> str:
    made = train()
    done = evaluate(
        config=CONFIG,
        pairs=made.outputs["pairs"],
        model=made.outputs["model"],
        pairs_file="pairs.csv",
        model_kind="sklearn",
        model_file="model.skops",
    )
    return done.outputs["light"]


local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[1])
print("LIGHT", judged().output)
"""


def test_a_model_that_the_pipeline_trains_is_evaluated(tmp_path):
    done = run_pipeline(tmp_path, MODEL)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    [task] = tmp_path.glob("root/*/fairflip-evaluate-model")
    report = json.loads((task / "run" / "run_report.json").read_text())
    [model] = report["models"]
    # The model looks at the pronoun alone: each of the 60 pairs flips.
    assert (model["name"], model["slices"][0]["thresholds"][0]["flip_count"]) == ("model", 60)
    assert f"LIGHT {report['verdict']['light']}" in done.stdout
