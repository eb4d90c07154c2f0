"""`fairflip benchmark` on sets of this test's own, and on HateCheck where it lies at hand."""

from __future__ import annotations

import hashlib
import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.benchmark import templates
from fairflip.pipeline.cli import download
from support.exporters.receivers import Answer, serving

pytestmark = pytest.mark.system

#: Flip rates and shares of templates with any flip, as the data's own README has them.
PUBLISHED = {
    "perspective": (0.1036, 0.244),
    "siftninja": (0.0625, 0.129),
    "bert_davidson": (0.2801, 0.835),
    "bert_founta": (0.3404, 0.733),
}
MODEL = """
def score(texts):
    return [0.9 if "As" in text or "good" in text else 0.1 for text in texts]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Forty templates of three targets, and forty reviews."""
    folder = tmp_path_factory.mktemp("sets")
    targets = ("As", "Bs", "Cs")
    rows = []
    for template in range(40):
        for i, j in ((0, 1), (0, 2), (1, 2)):
            texts = [f"We saw {targets[k]} number {template}." for k in (i, j)]
            rows.append(
                {
                    "example_id": f"c{3 * template + i}",
                    "comment_text": texts[0],
                    "counterfactual.comment_text": texts[1],
                    "toxicity": template % 2,
                    "template": f"t{template}",
                    "target": targets[i],
                    "perspective": 1.0,
                    "counterfactual.perspective": float(template >= 4),
                }
            )
    pq.write_table(pa.Table.from_pylist(rows), folder / "hatecheck_pairs.parquet")
    reviews = {
        "example_id": [f"r{i}" for i in range(40)],
        "comment_text": [f"a {'good' if i % 2 else 'bad'} film, {i}" for i in range(40)],
        "counterfactual.comment_text": [
            f"a {'bad' if i % 2 else 'good' if i % 4 else 'fine'} film, {i}" for i in range(40)
        ],
        "positive": [i % 2 for i in range(40)],
        "counterfactual.positive": [1 - i % 2 for i in range(40)],
    }
    pq.write_table(pa.table(reviews), folder / "cad_imdb_pairs.parquet")
    return folder


def run(folder, out, *flags):
    arguments = [f"--data_dir={folder}", f"--output_dir={out}", "--quiet", *flags]
    return cli.main(["benchmark", *arguments])


def rows_of(out):
    written = json.loads((out / "benchmark_report.json").read_text())
    return {one["name"]: {row["model"]: row for row in one["rows"]} for one in written["sets"]}


def test_a_model_stands_beside_published_predictions(folder, tmp_path, monkeypatch, capsys):
    (tmp_path / "mine_of_this_test.py").write_text(MODEL)
    monkeypatch.syspath_prepend(str(tmp_path))
    sets = ("--set=hatecheck", "--set=cad_imdb", "--accept_licence=hatecheck_predictions")
    code = run(folder, tmp_path / "out", "py:mine_of_this_test:score", *sets)
    sys.modules.pop("mine_of_this_test", None)
    assert code == 0
    actual = rows_of(tmp_path / "out")
    mine, published = actual["hatecheck"]["model"], actual["hatecheck"]["perspective"]
    assert mine["flip_rate"]["value"] == pytest.approx(2 / 3)
    assert mine["clusters_with_flip"]["value"] == 1
    assert published["is_published"]
    assert not mine["is_published"]
    assert published["flip_rate"]["value"] == pytest.approx(12 / 120)
    assert published["clusters_with_flip"]["value"] == pytest.approx(4 / 40)
    review = actual["cad_imdb"]["model"]
    assert review["flip_rate"]["value"] == pytest.approx(30 / 40)
    assert review["accuracy"] == 1
    assert review["counterfactual_accuracy"] == pytest.approx(30 / 40)
    page = (tmp_path / "out" / "benchmark.html").read_text()
    for words in ("HateCheck", "CC BY 4.0", "published predictions", "right here"):
        assert words in page
    output = capsys.readouterr().out
    assert "Templates with any flip" in output
    assert "Röttger" in output
    assert "pair set" in mine["cite"]


def test_predictions_without_a_licence_need_consent(folder, tmp_path, capsys):
    assert run(folder, tmp_path / "out") == 2
    assert "--accept_licence hatecheck_predictions" in capsys.readouterr().err
    assert run(folder, tmp_path / "out", "--accept_licence=all") == 2
    assert "needs no consent or is unknown" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "cure"),
    [
        (["--set=hatechek"], "did you mean"),
        (["--set=mhc_german"], "holds no mhc_german.parquet"),
        (["--set=panda", "--fetch"], "nothing here says what the file of --set panda must hold"),
        (["--set=mhc_german", "--fetch"], "fairflip download mhc_german --sha256 FILE=HEX"),
    ],
)
def test_mistakes_are_said_with_the_cure(folder, tmp_path, capsys, flags, cure):
    assert run(folder, tmp_path / "out", *flags) == 2
    assert cure in capsys.readouterr().err


def test_a_model_that_never_changes_fails_where_changes_are_right(
    folder, tmp_path, monkeypatch, capsys
):
    (tmp_path / "stubborn.py").write_text("def score(texts):\n    return [0.9] * len(texts)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    flags = ("py:stubborn:score", "--set=cad_imdb", "--set=templates")
    assert run(folder, tmp_path / "out", *flags) == 1
    sys.modules.pop("stubborn", None)
    output = capsys.readouterr().out
    assert "model never changes its decision, where every change is right: it fails." in output
    actual = rows_of(tmp_path / "out")
    # Of the sentences about people at work none has a label, and none should flip.
    assert actual["templates"]["model"]["flip_rate"]["value"] == 0
    assert "accuracy" not in actual["templates"]["model"]


def test_our_own_templates_need_no_folder(tmp_path, monkeypatch, capsys):
    (tmp_path / "pronouns_only.py").write_text(
        "def score(texts):\n    return [0.9 if ' she ' in text else 0.1 for text in texts]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("FAIRFLIP_DATA", raising=False)
    out = tmp_path / "out"
    flags = ["py:pronouns_only:score", "--set=templates", f"--output_dir={out}", "--quiet"]
    assert cli.main(["benchmark", *flags]) == 0
    sys.modules.pop("pronouns_only", None)
    with_she = sum(" {subject} " in one for one in templates.TEMPLATES)
    rate = rows_of(out)["templates"]["model"]["flip_rate"]["value"]
    assert rate == pytest.approx(2 / 3 * with_she / len(templates.TEMPLATES))
    capsys.readouterr()


@pytest.fixture
def mirror(monkeypatch):
    """HateCheck's file on loopback, and its address in place of the published one."""
    lines = ["case_id,test_case,label_gold,target_ident,templ_id"]
    for template in range(40):
        lines += [
            f"{3 * template + i},We saw {name} {template}.,hateful,{name},{template}"
            for i, name in enumerate(("As", "Bs", "Cs"))
        ]
    content = ("\n".join(lines) + "\n").encode()
    with serving(lambda request: Answer(body=content)) as address:
        known = {"test_suite_cases.csv": hashlib.sha256(content).hexdigest()}
        monkeypatch.setitem(download.DATASETS, "hatecheck", download.Dataset(address, known))
        yield known


def test_files_of_known_content_are_fetched(mirror, tmp_path, monkeypatch, capsys):
    (tmp_path / "mine_again.py").write_text(MODEL)
    monkeypatch.syspath_prepend(str(tmp_path))
    data = tmp_path / "data"
    assert run(data, tmp_path / "out", "py:mine_again:score", "--fetch") == 0
    sys.modules.pop("mine_again", None)
    assert (data / "test_suite_cases.csv").is_file()
    assert rows_of(tmp_path / "out")["hatecheck"]["model"]["flip_rate"]["value"] > 0
    assert "CC BY 4.0" in capsys.readouterr().out


def test_files_of_other_content_are_not_kept(mirror, tmp_path, monkeypatch, capsys):
    mirror["test_suite_cases.csv"] = "0" * 64
    assert run(tmp_path / "data", tmp_path / "out", "py:mine:score", "--fetch") == 2
    assert "it was damaged or exchanged" in capsys.readouterr().err
    assert not list((tmp_path / "data").iterdir())


def test_published_models_give_the_published_figures(real_data, tmp_path):
    folder = real_data / "benchmark"
    assert run(folder, tmp_path / "out", "--accept_licence=hatecheck_predictions") == 0
    actual = rows_of(tmp_path / "out")["hatecheck"]
    assert set(actual) == set(PUBLISHED)
    for name, (rate, shares) in PUBLISHED.items():
        assert np.round(actual[name]["flip_rate"]["value"], 4) == rate
        assert np.round(actual[name]["clusters_with_flip"]["value"], 3) == shares
    interval = actual["perspective"]["flip_rate"]
    assert 0.08 < interval["lower"] < 0.09 < 0.12 < interval["upper"] < 0.13
