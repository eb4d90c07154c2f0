"""`fairflip run` and `evaluate` on images, from the command line.

Every count is one by Keras and NumPy from the pixels that the pictures were made of.
"""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.metrics.images import decoded_columns
from fairflip.metrics.images.decoding import encode_png
from fairflip.pipeline.cli.command_line import main
from support.images import OTHER, SIZE, Pictures, fitted_model, pictures, table, write_files
from support.recount import read_folder

pytestmark = pytest.mark.system

TEST = pictures(160, seed=5, tied=0.5)
BASE = ["--image_feature=image", "--id_feature=id", "--label_feature=label", "--quiet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    place = tmp_path_factory.mktemp("images")
    pq.write_table(table(TEST), place / "pairs.parquet")
    pq.write_table(table(pictures(320, seed=7)), place / "train.parquet")
    return place


@pytest.fixture(scope="module")
def model(folder) -> pathlib.Path:
    return fitted_model(folder / "m.keras")


def decisions(path: pathlib.Path, images: np.ndarray) -> np.ndarray:
    import keras

    scores = keras.models.load_model(path)(images.astype(np.float32), training=False)
    return np.asarray(scores)[:, 0].astype(np.float64) > 0.5


def flips(path: pathlib.Path, rows=slice(None)) -> tuple[int, int]:
    before, after = decisions(path, TEST.before[rows]), decisions(path, TEST.after[rows])
    return int((~before & after).sum()), int((before & ~after).sum())


def report_of(out: pathlib.Path) -> dict:
    return json.loads((out / "run_report.json").read_text(encoding="utf-8"))


def counts(report: dict, name: str = "Overall", model: int = 0) -> tuple[int, int]:
    [part] = [one for one in report["models"][model]["slices"] if one["slice"] == name]
    [at] = part["thresholds"]
    return at["negative_to_positive_count"], at["positive_to_negative_count"]


def evaluate(folder: pathlib.Path, name: str, *flags: str, expected: int = 0) -> pathlib.Path:
    out = folder / name
    assert main(["evaluate", f"--output_dir={out}", *flags]) == expected
    return out


@pytest.fixture(scope="module")
def run(folder, model) -> pathlib.Path:
    out = folder / "out"
    code = main(
        ["run", f"--pairs={folder / 'pairs.parquet'}", f"--train_examples={folder}/train.parquet",
         f"--model=m={model}", f"--output_dir={out}", "--slice=counterfactual_group",
         "--epochs=10", "--loss_weight=5", *BASE]
    )  # fmt: skip
    assert code == 0
    return out


def test_both_models_count_as_keras_and_numpy_do_and_flips_fall(run, model):
    report = report_of(run)
    after = run / "models" / "remediated" / "model.keras"
    assert [one["name"] for one in report["models"]] == ["m", "remediated"]
    assert (counts(report), counts(report, model=1)) == (flips(model), flips(after))
    assert min(flips(model)) > 20
    assert sum(flips(after)) < sum(flips(model)) / 4
    for group in ("blue", "green"):
        inside = np.array([OTHER[name] == group for name in TEST.grounds])
        for number, path in enumerate((model, after)):
            expected = flips(path, inside)
            assert counts(report, f"counterfactual_group:{group}", number) == expected
    right = (decisions(after, TEST.before) == TEST.labels).mean()
    assert report["models"][1]["slices"][0]["accuracy"] == pytest.approx(right)


@pytest.mark.parametrize("technique", ["augmentation", "mindiff"])
def test_other_techniques_retrain_a_model_of_images_too(folder, model, technique):
    out = folder / technique
    group = ["--min_diff_group=ground:blue"] if technique == "mindiff" else []
    code = main(
        ["run", f"--pairs={folder / 'pairs.parquet'}", f"--train_examples={folder}/train.parquet",
         f"--model=m={model}", f"--output_dir={out}", f"--technique={technique}",
         "--epochs=10", "--loss_weight=5", *group, *BASE]
    )  # fmt: skip
    assert code == 0
    report, after = report_of(out), out / "models" / "remediated" / "model.keras"
    assert (counts(report), counts(report, model=1)) == (flips(model), flips(after))
    if technique == "mindiff":  # It makes two groups alike, which is not about single pairs.
        record = json.loads((out / "models/remediated/training_record.json").read_text())
        assert record["history"]["min_diff_loss"][-1] < record["history"]["min_diff_loss"][0] / 2
    else:
        assert sum(flips(after)) < sum(flips(model)) / 2


def test_images_are_kept_beside_their_scores(run):
    rows_written = read_folder(run / "scored_pairs")
    rows = {id: row for row, id in enumerate(TEST.ids)}
    for id, image, other in zip(
        *(rows_written[name].to_pylist() for name in ("id", "image", "counterfactual.image")),
        strict=True,
    ):
        assert image == encode_png(TEST.before[rows[id]])
        assert other == encode_png(TEST.after[rows[id]])


def test_the_gate_holds_the_retrained_model_to_its_limit(run, tmp_path):
    [at] = report_of(run)["models"][1]["slices"][0]["thresholds"]
    limits = tmp_path / "limits.textproto"
    for most, code in ((at["flip_rate"]["upper"] + 0.001, 0), (0.0001, 1)):
        line = (
            f'limits {{ metric: "flip_rate" models: "remediated" slices: "Overall" max: {most} }}\n'
        )
        limits.write_text(line, encoding="utf-8")
        assert main(["gate", f"--run={run}", f"--limits={limits}"]) == code


def test_the_report_says_that_there_are_no_controls_and_how_to_get_some(run):
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "This run has no controls." in page
    assert "--control_function MODULE:FUNCTION" in page
    text = (run / "details" / "report.md").read_text(encoding="utf-8")
    assert "identity terms" not in text
    assert "hanging the images" in text


def test_paths_and_folders_of_files_count_as_encoded_bytes_do(folder, model):
    originals, others = write_files(TEST, folder / "files")
    lines = ["id,image,counterfactual.image,label"]
    for id, label in zip(TEST.ids, TEST.labels, strict=True):
        lines.append(f"{id},files/originals/{id}.png,{others / id}.png,{label}")
    (folder / "paths.csv").write_text("\n".join(lines), encoding="utf-8")
    by_path = evaluate(
        folder, "by_path", f"--pairs={folder / 'paths.csv'}", f"--model=m={model}", *BASE
    )
    by_folder = evaluate(
        folder, "by_folder", f"--examples={originals}/*.png", f"--counterfactuals={others}/*.png",
        f"--model=m={model}", "--quiet",
    )  # fmt: skip
    for out in (by_path, by_folder):
        report = report_of(out)
        assert report["pairing"]["num_pairs"] == 160
        assert counts(report) == flips(model)
    ids = read_folder(by_folder / "scored_pairs")["example_id"].to_pylist()
    assert sorted(ids) == sorted(f"{id}.png" for id in TEST.ids)


def test_two_models_decode_each_image_once(folder, model, monkeypatch):
    decoder = decoded_columns.Decoder()
    monkeypatch.setattr("fairflip.pipeline.score.handlers.images.SHARED", decoder)
    evaluate(
        folder, "two", f"--pairs={folder / 'pairs.parquet'}", f"--model=m={model}",
        f"--model=again={fitted_model(folder / 'again.keras', seed=2)}", *BASE,
    )  # fmt: skip
    assert decoder.num_decoded == 2 * len(TEST.ids)


MODEL_OF_A_FUNCTION = """
import numpy as np

def brightness(images):  # uint8 [n, height, width, 3]
    assert images.dtype == np.uint8 and images.ndim == 4
    return images.mean(axis=(1, 2, 3)) / 255

def shares(images):
    assert images.dtype == np.float32 and images.shape[3] == 1
    return images.mean(axis=(1, 2, 3))

def elsewhere(original, counterfactual, number):
    edited = original.copy()
    edited[:4, 4 * number : 4 * number + 4] = 255
    return edited
"""


@pytest.fixture
def function(tmp_path, monkeypatch):
    (tmp_path / "models_of_images.py").write_text(MODEL_OF_A_FUNCTION, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "models_of_images"


def test_controls_are_made_by_a_function_and_counted(folder, function):
    out = evaluate(
        folder, "controls", f"--pairs={folder / 'pairs.parquet'}", "--threshold=0.4",
        f"--model=m=py:{function}:brightness", f"--control_function={function}:elsewhere", *BASE,
    )  # fmt: skip
    report = report_of(out)

    def positive(images: np.ndarray) -> np.ndarray:
        return images.mean(axis=(1, 2, 3)) / 255 > 0.4

    before, after = positive(TEST.before), positive(TEST.after)
    assert counts(report) == (int((~before & after).sum()), int((before & ~after).sum()))
    num_flips = 0
    for number in range(2):
        edited = TEST.before.copy()
        edited[:, :4, 4 * number : 4 * number + 4] = 255
        num_flips += int((positive(edited) != before).sum())
    part = report["models"][0]["slices"][0]
    assert part["num_control_pairs"] == 320
    assert part["thresholds"][0]["control_flip_rate"]["value"] == pytest.approx(num_flips / 320)
    assert 0 < num_flips < 320
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "A control is an edit of the same image elsewhere" in page
    # It said so of runs that have some.
    assert "ithout controls" not in report["verdict"]["sentence"]


def test_gray_shares_reach_a_model_that_reads_them(folder, function):
    out = evaluate(
        folder, "gray", f"--pairs={folder / 'pairs.parquet'}", "--threshold=0.4",
        f"--model=m=py:{function}:shares", "--image_channels=1", "--pixel_range=1", *BASE,
    )  # fmt: skip
    rows_written = read_folder(out / "scored_pairs")
    rows = [TEST.ids.index(id) for id in rows_written["id"].to_pylist()]
    weights = np.array([299, 587, 114]) / 1000  # ITU-R 601, as Pillow makes gray
    expected = (TEST.before[rows] @ weights).mean(axis=(1, 2)) / 255
    assert rows_written["score.m"].to_numpy() == pytest.approx(expected, abs=0.005)


def damaged(number: int) -> list[bytes]:
    """Pictures of which some are cut off, no image, or of another size."""
    images = [encode_png(image) for image in TEST.before]
    for place in range(number):
        whole = images[4 * place]
        faults = [whole[:-30], b"no image", encode_png(TEST.before[place][:8])]
        images[4 * place] = faults[place % 3]
    return images


def test_images_that_cannot_be_read_are_rejects_with_file_and_record(folder, function, capsys):
    pq.write_table(table(TEST, image=damaged(6)), folder / "damaged.parquet")
    flags = [f"--pairs={folder / 'damaged.parquet'}", f"--model=m=py:{function}:brightness", *BASE]
    out = evaluate(folder, "damaged", *flags)
    assert report_of(out)["pairing"]["num_pairs"] == 154
    lines = [
        json.loads(line)
        for path in (out / "rejects").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert {line["record"]: line["reason"] for line in lines} == {
        f"p{4 * n}": "wrong_image_size" if n % 3 == 2 else "unreadable_image" for n in range(6)
    }
    assert all(line["source"].endswith("damaged.parquet") for line in lines)
    [wrong, _] = [line["detail"] for line in lines if line["reason"] == "wrong_image_size"]
    assert "an image of 8 × 16 pixels, expected are 16 × 16" in wrong
    pq.write_table(table(TEST, image=damaged(30)), folder / "damaged.parquet")
    evaluate(folder, "refused", *flags, expected=2)
    assert "unreadable_image" in capsys.readouterr().err


def test_damage_in_the_middle_of_an_image_is_found_where_it_is_decoded(folder, function):
    images = [encode_png(image) for image in TEST.before]
    written = bytearray(jpeg(TEST.before[3]))
    header = written.index(b"\xff\xdb")  # its tables are gone, its size and its end are there
    written[header : header + 2] = b"\xff\xee"
    images[3] = bytes(written)
    pq.write_table(table(TEST, image=images), folder / "middle.parquet")
    out = evaluate(
        folder, "middle", f"--pairs={folder / 'middle.parquet'}",
        f"--model=m=py:{function}:brightness", *BASE,
    )  # fmt: skip
    [line] = (next((out / "rejects").glob("*score*"))).read_text(encoding="utf-8").splitlines()
    reject = json.loads(line)
    assert (reject["record"], reject["reason"]) == ("p3", "unreadable_image")


def jpeg(pixels: np.ndarray) -> bytes:
    import io

    from PIL import Image

    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG")
    return written.getvalue()


def test_a_model_of_another_size_is_exit_code_2_with_both_shapes(folder, tmp_path, capsys):
    other = fitted_model(tmp_path / "small.keras", size=8)
    evaluate(
        folder, "other", f"--pairs={folder / 'pairs.parquet'}", f"--model=m={other}", *BASE,
        expected=2,
    )  # fmt: skip
    assert f"8 × 8 × 3, and its images are {SIZE} × {SIZE} × 3" in capsys.readouterr().err


def test_without_text_no_image_is_written_nor_shown(folder, function):
    out = evaluate(
        folder, "hidden", f"--pairs={folder / 'pairs.parquet'}", "--no_text",
        f"--model=m=py:{function}:brightness", *BASE,
    )  # fmt: skip
    image = encode_png(TEST.before[0])[40:80]
    for path in (path for path in out.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert image not in content, path
        assert b"data:image/jpeg" not in content, path
    names = read_folder(out / "scored_pairs").column_names
    assert not {"image", "counterfactual.image"} & set(names)


def test_tfrecords_hold_images_too(folder, function):
    import tensorflow as tf

    made: Pictures = TEST
    with tf.io.TFRecordWriter(str(folder / "pairs.tfrecord")) as writer:
        for id, before, after in zip(made.ids, made.before, made.after, strict=True):
            values = {"id": id.encode(), "image": encode_png(before),
                      "counterfactual.image": encode_png(after)}  # fmt: skip
            features = {
                name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                for name, value in values.items()
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())
    flags = ["--threshold=0.4", f"--model=m=py:{function}:brightness",
             "--image_feature=image", "--id_feature=id", "--quiet"]  # fmt: skip
    parquet = evaluate(folder, "parquet", f"--pairs={folder / 'pairs.parquet'}", *flags)
    records = evaluate(folder, "records", f"--pairs={folder / 'pairs.tfrecord'}", *flags)
    assert counts(report_of(parquet)) == counts(report_of(records))
    first, second = (report_of(out)["pairing"]["pair_set_sha256"] for out in (parquet, records))
    assert first == second


def test_what_goes_with_no_images_is_said_before_anything_is_read(folder, function, capsys):
    pairs = f"--pairs={folder / 'pairs.parquet'}"
    asked = f"--model=m=py:{function}:brightness"
    for flags, message in (
        ([pairs, "--controls=2"], "images have none by themselves"),
        ([pairs, "--attribute=group"], "no images are generated here"),
        ([f"--examples={folder / 'pairs.parquet'}"], "the images on the other side are missing"),
        ([pairs, "--image_channels=2"], "2 is no number of channels"),
    ):
        evaluate(folder, "wrong", *flags, asked, *BASE, expected=2)
        assert message in capsys.readouterr().err


def test_a_table_of_arrays_is_refused_and_says_what_is_read(folder, function, capsys):
    rows = table(TEST, image=pa.array([image.reshape(-1).tolist() for image in TEST.before]))
    pq.write_table(rows, folder / "arrays.parquet")
    evaluate(
        folder, "arrays", f"--pairs={folder / 'arrays.parquet'}",
        f"--model=m=py:{function}:brightness", *BASE, expected=2,
    )  # fmt: skip
    assert "several_values" in capsys.readouterr().err
