"""Ten tasks of a newcomer, as commands and first lines of output, on made-up messy data.

cp1252, semicolons, words as labels, missing labels, duplicates: each task ends right, or in one
sentence with the cure, at the first try.
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys

import pytest

from fairflip.pipeline import cli
from support import ROOT
from support.documents.markdown_blocks import blocks_of

# Whole evaluations, and processes of their own.
pytestmark = pytest.mark.system

KIND = ("My {} neighbour sang at the café", "We thank the {} for the naïve song", "Two {}s met")
RUDE = ("That {} is a stupid idiot", "Nobody wants this silly {} here", "What a lazy {} we saw")
WHO = ("woman", "man", "Muslim", "Christian", "gay man", "nurse", "teacher", "girl", "boy")
SCORER = (
    "def score(texts):\n    return [0.9 if 'gay' in t or 'stupid' in t else 0.2 for t in texts]\n"
)
RIGHT = 'limits { name: "few" metric: "flip_rate" max: 1 }\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files as people have them."""
    chance, here = random.Random(4), tmp_path_factory.mktemp("newcomer")
    rows = []
    for number in range(700):
        is_rude = chance.random() < 0.4
        text = chance.choice(RUDE if is_rude else KIND).format(chance.choice(WHO))
        label = "" if chance.random() < 0.03 else "toxic" if is_rude else "ok"
        rows.append([number, f"{text}, {number} times.", label, chance.choice(["f", "m", ""])])
    rows += chance.sample(rows, 20)
    with open(here / "messy.csv", "w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["Nr", "Kommentar", "label", "sex"], *rows])
    with open(here / "titled.csv", "w", newline="") as file:
        csv.writer(file).writerows(
            [["title", "body", "y"], *([r[1], r[1] + " Again.", int(r[0]) % 2] for r in rows)]
        )
    with open(here / "scored.csv", "w", newline="") as file:
        header = ["id", "text", "counterfactual.text", "p", "counterfactual.p"]
        swapped = (
            [r[0], r[1], r[1].replace(" man", " woman"), 0.7, chance.random()]
            for r in rows[:700]
            if " man" in r[1]
        )
        csv.writer(file).writerows([header, *swapped])
    (here / "mymodel.py").write_text(SCORER)
    (here / "right.textproto").write_text(RIGHT)
    (here / "wrong.textproto").write_text(RIGHT.replace("flip_rate", "flip_rat"))
    return here


@pytest.fixture
def fairflip(folder, monkeypatch, capsys):
    """Runs a command in the folder: exit code, standard output, standard error."""
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))

    def run(command: str) -> tuple[int, str, str]:
        code = cli.main(command.split())
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def evaluated(folder):
    """The run of the second task, on which later ones stand."""
    command = "evaluate --examples messy.csv --positive_label toxic --slice counterfactual_group"
    command += " --model=mine=py:mymodel:score --output_dir=out"
    return in_a_process(folder, "-m", "fairflip", *command.split())


def in_a_process(folder, *arguments: str) -> subprocess.CompletedProcess:
    """Python with these arguments, in the folder."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)


def test_1_words_as_labels_end_in_the_question_which_is_positive(fairflip):
    code, _, output = fairflip(
        "evaluate --examples messy.csv --model m=py:mymodel:score --output_dir o1"
    )
    assert code == 2
    *actual, error = output.splitlines()
    assert [line.rpartition("(")[2] for line in actual] == [
        "--text_feature Kommentar)",
        "--id_feature Nr)",
        "--label_feature label)",
    ]
    assert "holds 'toxic' and 'ok'" in error or "holds 'ok' and 'toxic'" in error
    assert "(--positive_label VALUE)" in error


def test_2_a_messy_file_is_evaluated_and_what_was_found_out_is_said(evaluated):
    assert evaluated.returncode == 0, evaluated.stderr
    first, *_ = evaluated.stdout.splitlines()
    assert first.startswith("Terms of the list identity swapped: 1,")
    assert "\nNot seen: words that are not on the list, first names" in evaluated.stdout
    assert "“gay” carries most of it" in evaluated.stdout
    assert "700 originals, 1," in evaluated.stdout
    assert "left out at pair: 20 (duplicate_id)" in evaluated.stdout
    for output in ("is read as cp1252", "separated by ';'", "'Kommentar' is the text"):
        assert output in evaluated.stderr


def test_3_the_run_leaves_few_files_and_all_else_below_details(evaluated, folder):
    assert evaluated.returncode == 0
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        *("details", "pairs", "rejects", "report.html", "run_report.json", "scored_pairs"),
    ]


def test_4_the_run_is_gated_and_reported_by_its_folder(evaluated, fairflip):
    assert evaluated.returncode == 0
    code, shown, _ = fairflip("gate out --limits right.textproto")
    assert (code, shown.splitlines()[-1]) == (0, "gate: all checks pass")
    code, shown, _ = fairflip("report out")
    assert code == 0
    assert shown.startswith("Terms of the list identity swapped")
    code, _, output = fairflip("gate out --limits wrong.textproto")
    assert code == 2
    assert "'flip_rat'" in output
    assert "did you mean 'flip_rate'" in output


def test_5_two_texts_end_in_the_question_which_is_meant(fairflip):
    code, _, output = fairflip(
        "evaluate --examples titled.csv --model m=py:mymodel:score --output_dir o5"
    )
    assert code == 2
    assert "several columns that may be the text: 'title', 'body'" in output
    assert "name one, such as --text_feature title" in output


def test_6_all_wrong_names_are_named_at_once_with_their_flags(fairflip):
    code, _, output = fairflip(
        "evaluate --examples titled.csv --text_feature bodi --label_feature x --slice sex "
        "--model m=py:mymodel:score --output_dir o6"
    )
    [error] = [line for line in output.splitlines() if "error" in line]
    assert code == 2
    assert "no column 'bodi'; did you mean 'body'? (--text_feature)" in error
    assert "no column 'x' (--label_feature)" in error
    assert "no column 'sex' (--slice)" in error
    assert "(columns there: body, title, y)" in error


def test_7_mistakes_are_found_before_anything_heavy_is_imported(folder):
    """Wrong column, slice, model file, module and limits, all in one light process."""
    wrong = {
        "--text_feature=bodi --model=m=py:mymodel:score": "(--text_feature)",
        "--slice=sex --text_feature=body --model=m=py:mymodel:score": "no column 'sex' (--slice)",
        "--text_feature=body --model=m=none.keras": "'none.keras' does not exist",
        "--text_feature=body --model=m=py:nowhere:score": "No module named 'nowhere'",
        "--text_feature=body --model=m=py:mymodel:score --limits=wrong.textproto": "'flip_rat'",
    }
    script = (
        "import json, sys\nfrom fairflip.pipeline import cli\n"
        "codes = [cli.main(['evaluate', '--examples=titled.csv', '--output_dir=o7', *c.split()])"
        " for c in json.loads(sys.argv[1])]\n"
        "heavy = {'apache_beam', 'tensorflow', 'keras', 'pandas', 'mymodel'} & set(sys.modules)\n"
        "print(json.dumps([codes, sorted(heavy)]))\n"
    )
    done = in_a_process(folder, "-c", script, json.dumps(list(wrong)))
    assert json.loads(done.stdout) == [[2] * len(wrong), []]
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    assert len(errors) == len(wrong)
    for error, cure in zip(errors, wrong.values(), strict=True):
        assert cure in error


def test_8_a_model_in_the_current_directory_is_said_to_lie_there(folder):
    command = "evaluate --examples titled.csv --text_feature body --model m=py:mymodel:score"
    # As the installed command does, and unlike `python -m`: without the folder on the path.
    script = (
        "import sys; from fairflip.pipeline import cli; sys.path.remove(''); sys.exit(cli.main())"
    )
    done = in_a_process(folder, "-c", script, *command.split(), "--output_dir=o8")
    assert done.returncode == 2
    assert "it lies in the current directory: begin the command with PYTHONPATH=." in done.stderr


def test_9_scores_in_a_file_of_pairs_need_names_of_columns_for_the_scores_alone(fairflip, folder):
    code, shown, output = fairflip("evaluate --pairs scored.csv --score mine=p --output_dir o9")
    assert code == 0, output
    assert shown.startswith("Pairs came ready-made.")
    assert "'text' is the text (--text_feature text)" in output
    with open(folder / "scored.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    flips = sum((float(r["p"]) > 0.5) != (float(r["counterfactual.p"]) > 0.5) for r in rows)
    report = json.loads((folder / "o9" / "run_report.json").read_text())
    at = report["models"][0]["slices"][0]["thresholds"][0]
    assert (report["pairing"]["num_pairs"], at["flip_count"]) == (len(rows), flips)


def test_10_one_file_and_no_model_are_split_trained_judged_retrained_and_judged(fairflip, folder):
    code, shown, output = fairflip(
        "run --examples messy.csv --positive_label toxic --train_baseline --output_dir o10"
    )
    assert code == 0, output
    assert "examples are split by a hash of their ID" in output
    assert shown.startswith("Terms of the list identity swapped")
    report = json.loads((folder / "o10" / "run_report.json").read_text())
    assert [model["name"] for model in report["models"]] == ["baseline", "remediated"]
    sums = {each["input"]: each for each in report["sums"]}
    # Every record of the file is read in both, and judged, trained on or left out in one.
    remaining = sums["examples"]["num_kept"] + sums["training examples"]["num_kept"]
    assert 0.97 * 700 < remaining + report["rejects"][0]["count"] <= 720
    assert sums["examples"]["num_kept"] == pytest.approx(0.3 * 700, abs=50)
    assert {path.name for path in (folder / "o10" / "models").iterdir()} == {
        "baseline",
        "remediated",
    }


def test_11_generate_shows_pairs_to_read(fairflip, folder):
    code, shown, _ = fairflip("generate --examples titled.csv --text_feature body --output_dir o11")
    assert code == 0
    lines = shown.splitlines()
    assert lines[0].startswith("Terms of the list identity swapped")
    assert "20 pairs to read; texts may be offensive:" in lines
    assert sum("[-" in line and "{+" in line for line in lines) == 20
    page = (folder / "o11" / "report.html").read_text()
    assert "no evaluated pairs" not in page
    assert page.count('<li class="pair">') == 20


def test_12_the_first_example_of_the_readme_prints_what_stands_below_it(tmp_path):
    out = f"--output_dir={tmp_path}"
    first, shown, command, rest = blocks_of(ROOT / "README.md")[:4]
    assert (first.language, shown.language, command.language) == ("python", "text", "sh")
    assert len(first.text.split("\n")) - first.text.count("\n\n") == 3
    done = in_a_process(ROOT, "-c", first.text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.partition("\nfiles: ")[0].rstrip() == shown.text.rstrip()
    words = " ".join(command.text.replace("\\\n", " ").split()).removeprefix(
        "PYTHONPATH=. fairflip "
    )
    done = in_a_process(ROOT, "-m", "fairflip", *words.replace("--output_dir out", "").split(), out)
    assert done.returncode == 0, done.stderr
    last = done.stdout.replace(str(tmp_path), "out").splitlines()[-4:]
    assert last == rest.text.splitlines()
