"""On every way in, page and Markdown say over which originals an AUC is, and it is over these."""

from __future__ import annotations

import html
import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.records import record_sums
from fairflip.view.words import report_index

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

NUM_EXAMPLES, NUM_PAIRED = 120, 70
ALL = "all examples, those without a counterfactual too"
PAIRED = "the originals of pairs, each once"
NONE_GIVEN = f"{PAIRED} (no example without a counterfactual was given)"
NOT_SCORED = f"{PAIRED} (examples without a counterfactual were not scored)"

MODEL = """
def score(texts):
    return [(sum(map(ord, text)) * 7919 % 1000) / 1000 for text in texts]
"""


def scores_of(texts):
    return np.array([(sum(map(ord, text)) * 7919 % 1000) / 1000 for text in texts])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scope")
    rng = np.random.default_rng(5)
    texts = [f"{'she' if i < NUM_PAIRED else 'it'} said number {i}" for i in range(NUM_EXAMPLES)]
    examples = pa.table(
        {
            "example_id": [f"id{i:03d}" for i in range(NUM_EXAMPLES)],
            "comment_text": texts,
            "toxicity": rng.integers(0, 2, NUM_EXAMPLES).astype(float),
            "s": scores_of(texts),
        }
    )
    pq.write_table(examples, folder / "examples.parquet")
    # The first has two counterfactuals.
    which = np.r_[0, np.arange(NUM_PAIRED)]
    changed = [f"he said number {i}, {n}" for n, i in enumerate(which)]
    ids = examples["example_id"].take(pa.array(which))
    pq.write_table(
        pa.table({"example_id": ids, "comment_text": changed, "s": scores_of(changed)}),
        folder / "counterfactuals.parquet",
    )
    pairs = examples.take(pa.array(which)).append_column(
        "counterfactual.comment_text", pa.array(changed)
    )
    pairs = pairs.append_column("counterfactual.s", pa.array(scores_of(changed)))
    pq.write_table(pairs, folder / "pairs.parquet")
    (folder / "scope_model.py").write_text(MODEL)
    return folder, examples


def direct_auc(labels, scores) -> float:
    above = scores[labels == 1][:, None] - scores[labels == 0][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def evaluated(folder, out, *arguments):
    words = ["evaluate", *arguments, f"--output_dir={out}", "--quiet", "--controls=0"]
    assert cli.main(words) == 0
    report = json.loads((out / "run_report.json").read_text())
    page = (out / "report.html").read_text().replace("\\u2060", "")
    return report, html.unescape(page), (out / "details" / "report.md").read_text()


def check(evaluation, examples, output: str):
    report, page, markdown = evaluation
    num = NUM_EXAMPLES if output == ALL else NUM_PAIRED
    labels, scores = (examples[name].to_numpy()[:num] for name in ("toxicity", "s"))
    [actual] = report["models"][0]["examples"]
    assert actual["num_examples"] == num
    assert actual["auc"] == pytest.approx(direct_auc(labels, scores))
    assert f"AUC over {output}: " in markdown
    assert f"AUC over {output}: " in page
    assert f"<caption><span>Performance over {output}</span></caption>" in page
    assert re.search(rf"<dt>(<[^>]+>)*AUC(<[^>]+>)* over {output.partition(' (')[0]}</dt>", page)
    assert len(set(re.findall(r"AUC over (all|the originals)", page))) == 1


WAYS = {
    "examples and counterfactuals, scored": (
        ALL,
        ["--examples=examples.parquet", "--counterfactuals=counterfactuals.parquet", "--score=m=s"],
    ),
    "the same, unmatched not scored": (
        NOT_SCORED,
        [
            "--examples=examples.parquet",
            "--counterfactuals=counterfactuals.parquet",
            "--score=m=s",
            "--score_unpaired=false",
        ],
    ),
    "generated, with a model": (
        ALL,
        ["--examples=examples.parquet", "--model=m=py:scope_model:score"],
    ),
    "pairs, with a model": (
        NONE_GIVEN,
        ["--pairs=pairs.parquet", "--model=m=py:scope_model:score"],
    ),
    "pairs, scored": (NONE_GIVEN, ["--pairs=pairs.parquet", "--score=m=s"]),
}


@pytest.mark.parametrize("way", WAYS)
def test_on_every_way_in(data, way, tmp_path, monkeypatch):
    folder, examples = data
    output, arguments = WAYS[way]
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    check(evaluated(folder, tmp_path / "out", *arguments), examples, output)
    if way != "examples and counterfactuals, scored":
        return
    # Its scored pairs, kept, are pairs: the other examples are in another folder.
    remaining = [f"--pairs={tmp_path}/out/scored_pairs/*.parquet", "--score=m=score.m"]
    check(evaluated(folder, tmp_path / "again", *remaining), examples, NONE_GIVEN)


def test_a_pair_without_its_counterfactual_score_is_a_reject(data, tmp_path, monkeypatch):
    folder, _ = data
    monkeypatch.chdir(folder)
    pairs = pq.read_table("pairs.parquet")
    scores = pairs["counterfactual.s"].to_pylist()
    scores[-1] = None
    position = pairs.schema.get_field_index("counterfactual.s")
    pq.write_table(
        pairs.set_column(position, "counterfactual.s", pa.array(scores, pa.float64())),
        tmp_path / "missing.parquet",
    )
    arguments = [f"--pairs={tmp_path / 'missing.parquet'}", "--score=m=s"]
    report, _, _ = evaluated(folder, tmp_path / "out", *arguments)
    assert report["models"][0]["examples"][0]["num_examples"] == NUM_PAIRED - 1
    assert sum(one["count"] for one in report["rejects"]) == 1


def test_both_rooms_call_them_alike():
    for name in (record_sums.UNMATCHED_ORIGINALS, record_sums.SCORED_UNMATCHED_ORIGINALS):
        assert name.endswith(report_index.UNMATCHED_ORIGINALS)
