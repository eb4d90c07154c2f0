"""`fairflip review` on the files of a run: draw, answer, correct."""

from __future__ import annotations

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.metrics.intervals.judged_rates import JudgedRate, Share, corrected_rate
from fairflip.metrics.intervals.rates_and_means import rate_interval, wilson_interval
from fairflip.pipeline.cli import main
from fairflip.pipeline.storage.manifest import verify_manifest, write_manifest
from fairflip.protos.forms.json_form import (
    config_from_json,
    config_to_json,
    report_from_json,
    report_to_json,
)
from support import control_reports

NUM_PAIRS = 2000


def is_sound(counterfactual: str) -> bool:
    """What every reviewer says: three in four flips are valid, nine in ten others."""
    number = int(counterfactual.split()[-1])
    return number % 40 != 0 if number % 10 else number % 8 != 0


@pytest.fixture
def run(tmp_path):
    """A finished run without controls: every tenth of 2,000 pairs flips."""
    folder = tmp_path / "out"
    (folder / "scored_pairs").mkdir(parents=True)
    index = np.arange(NUM_PAIRS)
    table = pa.table(
        {
            "example_id": [f"e{i}" for i in index],
            "comment_text": [f"<b>text</b> {i}" for i in index],
            "counterfactual.comment_text": [f"other {i}" for i in index],
            "counterfactual_index": pa.array(np.zeros(NUM_PAIRS), pa.int32()),
            "score.mine": np.where(index % 10 == 0, 0.9, 0.1),
            "counterfactual.score.mine": np.full(NUM_PAIRS, 0.1),
        }
    )
    shard = "scored_pairs/scored-pairs-00000-of-00001.parquet"
    pq.write_table(table, folder / shard)
    rate = rate_interval((index % 10 == 0).astype(float), np.ones(NUM_PAIRS), NUM_PAIRS, exact=True)
    report = control_reports.one_model(
        flip_rate=(float(rate.value), float(rate.lower), float(rate.upper)),
        num_originals=NUM_PAIRS,
        num_pairs=NUM_PAIRS,
    )
    config = config_from_json(report.provenance.config)
    config.data.id_feature, config.data.text_feature = "example_id", "comment_text"
    report.provenance.config = config_to_json(config)
    (folder / "run_report.json").write_text(report_to_json(report))
    write_manifest(str(folder), ["run_report.json", shard], "test")
    return folder


def answer(run, name: str, sound=is_sound, rows: slice = slice(None)) -> str:
    """A sheet filled in by a reviewer."""
    with open(run / "details/review/review.csv", newline="", encoding="utf-8") as file:
        sheet = list(csv.DictReader(file))
    path = run.parent / f"{name}.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["key", "valid", "same_decision"])
        for row in sheet[rows]:
            valid = sound(row["counterfactual"])
            writer.writerow([row["key"], "yes" if valid else "no", "yes" if valid else ""])
    return str(path)


def test_answers_correct_the_rate_of_the_run(run, capsys):
    assert main(["review", str(run)]) == 0
    assert "200 pairs to judge, of 2,000" in capsys.readouterr().out
    assert main(["review", str(run), "--reviews", answer(run, "ann")]) == 0
    report = report_from_json((run / "run_report.json").read_text())
    review = report.review
    judged = {stratum.flips: stratum for stratum in review.strata}
    assert [judged[flips].num_pairs for flips in (True, False)] == [200, 1800]
    with open(run / "details/review/review.csv", newline="", encoding="utf-8") as file:
        texts = [row["counterfactual"] for row in csv.DictReader(file)]
    for flips, stratum in judged.items():
        own = [text for text in texts if (int(text.split()[-1]) % 10 == 0) == flips]
        assert stratum.num_judged == stratum.num_sampled == len(own) == 100
        assert stratum.num_valid_and_same == sum(map(is_sound, own))
    shares = [Share(judged[flips].num_valid_and_same / 100, 100) for flips in (True, False)]
    upper = float(wilson_interval(0.1, 2000).upper)
    assert report.models[0].slices[0].thresholds[0].flip_rate.upper == pytest.approx(upper)
    expected = corrected_rate(JudgedRate(Share(0.1, 2000), *shares))
    corrected = review.corrected_flip_rate
    assert [corrected.value, corrected.lower, corrected.upper] == pytest.approx(expected, rel=1e-3)
    out = capsys.readouterr().out
    assert "1 reviewer judged 200 pairs of mine" in out
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "Review by people" in page
    assert "Review by people" in (run / "details/report.md").read_text(encoding="utf-8")
    assert verify_manifest(str(run)) == []


def test_two_reviewers_agree_as_far_as_they_do(run):
    main(["review", str(run)])
    ann = answer(run, "ann")
    ben = answer(run, "ben", lambda text: is_sound(text) or int(text.split()[-1]) % 3 == 0)
    assert main(["review", str(run), "--reviews", ann, "--reviews", ben]) == 0
    review = report_from_json((run / "run_report.json").read_text()).review
    assert [one.name for one in review.reviewers] == ["ann", "ben"]
    valid = review.agreements[0]
    assert (valid.question, valid.num_pairs) == ("valid", 200)
    assert 0.2 < valid.kappa.lower < valid.kappa.value < valid.kappa.upper < 1
    # Pairs on which they differ count half: the second finds every third unsound one sound.
    with open(run / "details/review/review.csv", newline="", encoding="utf-8") as file:
        texts = [row["counterfactual"] for row in csv.DictReader(file)]
    differing = [t for t in texts if not is_sound(t) and int(t.split()[-1]) % 3 == 0]
    assert differing
    output = sum(stratum.num_valid for stratum in review.strata)
    assert output == sum(map(is_sound, texts)) + len(differing) / 2


def test_two_sheets_of_one_reviewer_are_refused_by_name(run, capsys):
    main(["review", str(run)])
    ann, ben = answer(run, "ann"), answer(run, "ben")
    flags = [flag for path in (ann, ben, ben) for flag in ("--reviews", path)]
    assert main(["review", str(run), *flags]) == 2
    assert "two files are of 'ben'" in capsys.readouterr().err


def test_a_review_goes_on_where_it_stopped(run, capsys):
    main(["review", str(run)])
    few = answer(run, "few", rows=slice(8))
    assert main(["review", str(run), "--reviews", few]) == 0
    assert "too few" in capsys.readouterr().out
    report = report_from_json((run / "run_report.json").read_text())
    assert report.review.too_few_to_say
    assert not report.review.HasField("corrected_flip_rate")
    before = (run / "details/review/review.csv").read_text()
    main(["review", str(run)])
    assert (run / "details/review/review.csv").read_text() == before


def test_the_page_shows_texts_as_text(run):
    main(["review", str(run)])
    page = (run / "details/review/review.html").read_text(encoding="utf-8")
    assert "<b>text</b>" not in page
    assert page.count('<li class="pair"') == 200


@pytest.mark.parametrize(
    ("flags", "output"),
    [
        (["--model", "other"], "has no such model; it has mine"),
        (["--threshold", "0.7"], "the run counted at 0.5"),
        (["--size", "0"], "--size 0"),
        (["--reviews", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_the_run_does_not_have_is_exit_code_2(run, capsys, flags, output):
    assert main(["review", str(run), *flags]) == 2
    assert output in capsys.readouterr().err


SHARD = "scored_pairs/scored-pairs-00000-of-00001.parquet"


def _write_flips(run, flips: bool) -> None:
    """Scored pairs of which all flip, or none, in the place of the run's own."""
    table = pq.read_table(run / SHARD)
    place = table.column_names.index("score.mine")
    scores = pa.array(np.full(table.num_rows, 0.9 if flips else 0.1))
    pq.write_table(table.set_column(place, "score.mine", scores), run / SHARD)


@pytest.mark.parametrize("with_answers", [False, True])
@pytest.mark.parametrize(
    ("alter", "named"),
    [
        (lambda run: _write_flips(run, True), SHARD),
        (lambda run: (run / SHARD).unlink(), SHARD),
        (
            lambda run: (run / "run_report.json").write_text(
                (run / "run_report.json").read_text() + " "
            ),
            "run_report.json",
        ),
        (lambda run: (run / "details/manifest.json").unlink(), "details/manifest.json"),
    ],
)
def test_an_altered_run_is_exit_code_2_and_stays_as_it_is(run, capsys, alter, named, with_answers):
    """What a gate would not trust must not be corrected: the rate would be of other pairs."""
    main(["review", str(run)])
    answers = ["--reviews", answer(run, "ann")] if with_answers else []
    alter(run)
    before = (run / "run_report.json").read_bytes()
    assert main(["review", str(run), *answers]) == 2
    assert named in capsys.readouterr().err
    assert (run / "run_report.json").read_bytes() == before
    assert not report_from_json(before.decode()).HasField("review")


def test_an_unfinished_run_is_exit_code_2(tmp_path, capsys):
    (tmp_path / "run_report.json").write_text(json.dumps({}))
    assert main(["review", str(tmp_path)]) == 2
    assert "the run is not complete" in capsys.readouterr().err


def test_a_run_that_evaluated_nothing_is_exit_code_2(tmp_path, capsys):
    (tmp_path / "run_report.json").write_text(json.dumps({}))
    write_manifest(str(tmp_path), ["run_report.json"], "test")
    assert main(["review", str(tmp_path)]) == 2
    assert "no evaluated model" in capsys.readouterr().err
