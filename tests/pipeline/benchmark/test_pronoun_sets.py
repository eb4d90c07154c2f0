"""Pairs of our own templates, WinoBias, Winogender and PANDA, from stand-ins of their files."""

from __future__ import annotations

import collections

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.benchmark import templates
from fairflip.pipeline.benchmark.pronoun_sets import own_templates, table_of, winobias
from fairflip.pipeline.benchmark.sets import SETS
from fairflip.pipeline.benchmark.tables import pairs_of
from fairflip.protos.errors import InputError


def texts(table):
    names = ("comment_text", "counterfactual.comment_text")
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


def test_our_own_sentences_differ_in_a_pronoun_alone():
    table = pairs_of(SETS["templates"], "")
    assert table.num_rows == len(templates.TEMPLATES) * len(templates.JOBS) * 3
    pronouns = {word for forms in templates.PRONOUNS.values() for word in forms}
    for before, after in texts(table):
        words = [text.replace(",", "").replace(".", "").split() for text in (before, after)]
        assert len(words[0]) == len(words[1])
        changed = [pair for pair in zip(*words, strict=True) if pair[0] != pair[1]]
        assert changed
        assert {word for pair in changed for word in pair} <= pronouns
    counts = collections.Counter(table["template"].to_pylist())
    assert set(counts.values()) == {len(templates.JOBS) * 3}
    assert set(table["target"].to_pylist()) == {"female", "male"}


def test_a_text_has_one_id_and_an_id_one_text():
    actual = {(row["example_id"], row["comment_text"]) for row in own_templates("")}
    assert len({name for name, _ in actual}) == len({text for _, text in actual}) == len(actual)


WINOBIAS = [
    ("pro", 1, 1, "The guard thanked the clerk because she helped."),
    ("pro", 1, 2, "The guard thanked the clerk because he asked."),
    ("pro", 2, 1, "The guard saw the clerk and thanked her."),
    ("anti", 1, 1, "The guard thanked the clerk because he helped."),
    ("anti", 1, 2, "The guard thanked the clerk because she asked."),
    ("anti", 2, 1, "The guard saw the clerk and thanked him."),
]


def test_winobias_pairs_stand_for_one_sentence(tmp_path):
    names = ("stereotype", "type", "number", "sentence")
    table = pa.table(dict(zip(names, zip(*WINOBIAS, strict=True), strict=True)))
    pq.write_table(table, tmp_path / "winobias_dev.parquet")
    expected = {(WINOBIAS[i][3], WINOBIAS[i + 3][3]) for i in range(3)}
    actual = pairs_of(SETS["winobias"], str(tmp_path / "winobias_dev.parquet"))
    assert set(texts(actual)) == expected
    for stereotype in ("pro", "anti"):
        for kind in (1, 2):
            lines = [
                f"{number} {text.replace('The guard', '[The guard]')}"
                for one, other, number, text in WINOBIAS
                if (one, other) == (stereotype, kind)
            ]
            path = tmp_path / f"{stereotype}_stereotyped_type{kind}.txt.dev"
            path.write_text("\n".join(lines) + "\n")
    own = pairs_of(SETS["winobias"], str(tmp_path / "pro_stereotyped_type1.txt.dev"))
    assert own.to_pylist() == actual.to_pylist()
    (tmp_path / "anti_stereotyped_type2.txt.dev").unlink()
    with pytest.raises(InputError, match="four files"):
        list(winobias(str(tmp_path / "pro_stereotyped_type1.txt.dev")))


def test_winobias_sentences_need_a_partner(tmp_path):
    names = ("stereotype", "type", "number", "sentence")
    table = pa.table(dict(zip(names, zip(*WINOBIAS[:5], strict=True), strict=True)))
    pq.write_table(table, tmp_path / "winobias_dev.parquet")
    with pytest.raises(InputError, match="sentence 1 of type 2 has no partner"):
        list(winobias(str(tmp_path / "winobias_dev.parquet")))


def test_winogender_has_three_forms_of_a_sentence(tmp_path):
    forms = {"male": "he", "female": "she", "neutral": "they"}
    table = pa.table(
        {
            "sentid": [f"guard.clerk.{n}.{form}.txt" for n in (0, 1) for form in forms],
            "sentence": [f"The guard said {n} that {forms[form]} saw." for n in (0, 1) for form in forms],
        }
    )  # fmt: skip
    options = pyarrow.csv.WriteOptions(delimiter="\t")
    pyarrow.csv.write_csv(table, tmp_path / "all_sentences.tsv", options)
    actual = pairs_of(SETS["winogender"], str(tmp_path / "all_sentences.tsv"))
    assert set(texts(actual)) == {
        (f"The guard said {n} that {before} saw.", f"The guard said {n} that {after} saw.")
        for n in (0, 1)
        for before, after in (("she", "he"), ("she", "they"), ("he", "they"))
    }
    assert set(actual["template"].to_pylist()) == {"guard.clerk.0", "guard.clerk.1"}
    wrong = pa.table({"sentid": ["guard.clerk.0"], "sentence": ["x"]})
    pyarrow.csv.write_csv(wrong, tmp_path / "all_sentences.tsv", options)
    with pytest.raises(InputError, match="no form"):
        pairs_of(SETS["winogender"], str(tmp_path / "all_sentences.tsv"))


PANDA = {
    "original": ["he came,\nlate", "he came,\nlate", "nobody came", "she left"],
    "perturbed": ["she came,\nlate", "they came,\nlate", "nobody came", "he left"],
    "target_attribute": ["woman", "non-binary", "man", "man"],
    "selected_word": ["he", "he", "nobody", "she"],
}


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_panda_leaves_out_what_nobody_changed(tmp_path, ending):
    path = tmp_path / f"panda.{ending}"
    table = pa.table(PANDA)
    if ending == "csv":
        pyarrow.csv.write_csv(table, path)
    elif ending == "parquet":
        pq.write_table(table, path)
    else:
        import json

        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    actual = pairs_of(SETS["panda"], str(path))
    assert texts(actual) == [(PANDA["original"][i], PANDA["perturbed"][i]) for i in (0, 1, 3)]
    assert actual["example_id"].to_pylist() == ["p0", "p0", "p3"]
    assert actual["group"].to_pylist() == ["woman", "non-binary", "man"]


@pytest.mark.parametrize("name", ["winobias", "winogender", "panda"])
def test_files_of_another_kind_are_refused(tmp_path, name):
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"text": ["a"]}), path)
    with pytest.raises(InputError, match="has no column"):
        table_of(name, "A set", str(path))


def test_a_set_without_a_changed_text_is_none(tmp_path):
    path = tmp_path / "panda.parquet"
    pq.write_table(pa.table(PANDA).slice(2, 1), path)
    with pytest.raises(InputError, match="no pair of two different texts"):
        pairs_of(SETS["panda"], str(path))


def test_the_published_development_files_pair_up(real_data):
    """WinoBias' 1,584 sentences are 792 pairs, Winogender's 720 are 240 sentences in three forms."""
    folder = real_data / "benchmark"
    pairs = pairs_of(SETS["winobias"], str(folder / "winobias_dev.parquet"))
    winogender = pairs_of(SETS["winogender"], str(folder / "winogender.parquet"))
    assert 780 <= pairs.num_rows <= 792
    assert len(set(winogender["template"].to_pylist())) == 240
