"""Generators, the batch function, the Beam transform, coverage, validity, custom functions."""

from __future__ import annotations

import doctest
import sys
import types

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that

from fairflip.pipeline.generate.batch import generate_pairs, make_generator
from fairflip.pipeline.generate.coverage import NUM_EXAMPLES, Coverage, TermCounts
from fairflip.pipeline.generate.custom import per_batch
from fairflip.pipeline.generate.transforms import GeneratePairs, generate_table
from fairflip.pipeline.pair.admit import admit_tables
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.text import pronouns, validity
from fairflip.text.counterfactual import Counterfactual
from fairflip.text.repair import takes_an

NAMES = PairColumns(id="id", text="text")
DATA = config_pb2.DataSpec(id_feature="id", text_feature="text")
ORIGINALS = pa.table(
    {
        "id": ["a", "b", "c", "d", "e"],
        "text": ["He met his aunt.", "No one here.", "she", "A man\nand a gay man", ""],
        "weight": [1.0, 2.0, 3.0, 4.0, 5.0],
        "gender": [["male"], [], ["female"], ["male"], []],
        "category": ["news"] * 5,
    }
)


def spec(**fields) -> config_pb2.GeneratorSpec:
    """The tutorial's removal, unless something else is named."""
    return config_pb2.GeneratorSpec(**{"method": "ablation", "terms": "clp_tutorial"} | fields)


def generated(**fields):
    min_validity = fields.get("min_validity", 0.0)
    return generate_table(ORIGINALS, make_generator(spec(**fields)), NAMES, min_validity)


def test_identity_terms_are_swapped_by_default():
    made = make_generator(config_pb2.GeneratorSpec()).generate(["He met a Muslim nurse."])[0]
    assert made[0].text == "She met a Muslim nurse."
    assert {each.categories for each in made} == {("gender",), ("religion",)}


def test_ablation():
    joined, coverage = generated()
    assert joined.pairs.select(
        ["id", "counterfactual.text", "term", "replacement", "group", "span", "weight"]
    ).to_pylist() == [
        {
            "id": "a",
            "counterfactual.text": "met.",
            "term": ["he", "his", "aunt"],
            "replacement": ["", "", ""],
            "group": ["male", "female"],
            "span": ["0:2", "7:10", "11:15"],
            "weight": 1.0,
        },
        {
            "id": "d",
            "counterfactual.text": "A\nand a",
            "term": ["man", "gay"],
            "replacement": ["", ""],
            "group": ["male", "homosexual_gay_or_lesbian"],
            "span": ["2:5", "12:15", "16:19"],
            "weight": 4.0,
        },
    ]
    assert joined.pairs["counterfactual_id"].to_pylist() == ["a#0", "d#0"]
    assert joined.pairs["original.category"].to_pylist() == ["news", "news"]
    assert joined.pairs["category"].to_pylist() == [["gender"], ["gender", "sexual_orientation"]]
    assert joined.unmatched_originals["id"].to_pylist() == ["b", "c", "e"]
    assert [(r.stage, r.reason, r.record) for r in joined.rejects] == [("generate", "empty", "c")]
    assert coverage.terms["she", "female", "gender"] == TermCounts(1, 0, 1)
    assert coverage.terms["man", "male", "gender"] == TermCounts(1, 1, 0)


def test_ablation_per_term_makes_one_counterfactual_for_each():
    joined, coverage = generated(per_term=True)
    rows = joined.pairs.to_pylist()
    assert [(r["id"], r["term"], r["counterfactual.text"]) for r in rows] == [
        ("a", ["he"], "met his aunt."),
        ("a", ["his"], "He met aunt."),
        ("a", ["aunt"], "He met his."),
        ("d", ["man"], "A\nand a gay"),
        ("d", ["gay"], "A man\nand a man"),
    ]
    assert [r["counterfactual_index"] for r in rows] == [0, 1, 2, 0, 1]
    assert sum(counts.num_pairs for counts in coverage.terms.values()) == 5


def test_substitution_changes_one_category_at_a_time():
    joined, _ = generated(method="substitution")
    assert joined.pairs["counterfactual.text"].to_pylist() == [
        "She met her uncle.",
        "he",
        "A woman\nand a gay woman",
        "A man\nand a straight man",
    ]
    only, _ = generated(method="substitution", categories=["gender"])
    assert only.pairs.num_rows == 3


def test_generated_pairs_are_one_pair_set_with_ready_made_ones():
    joined, _ = generated(method="substitution", terms="identity")
    again = admit_tables(joined.pairs, NAMES)
    assert again.audit.pair_set_sha256 == joined.audit.pair_set_sha256
    assert again.audit.num_differing_beyond_attribute == 0
    assert joined.audit.num_records_read == 5
    assert joined.audit.num_originals == 5


@pytest.mark.parametrize("num_shards", [1, 4])
def test_beam_generates_what_the_plain_function_does(num_shards):
    asked = spec(method="substitution", terms="identity")
    expected, coverage = generate_table(ORIGINALS, make_generator(asked), NAMES)
    doubled = pa.concat_tables([ORIGINALS, ORIGINALS.slice(0, 1)])

    def check_pairs(batches):
        made = pa.Table.from_batches(batches)
        order = [("id", "ascending"), ("counterfactual_index", "ascending")]
        assert made.sort_by(order).equals(expected.pairs)

    def check_unmatched(batches):
        assert pa.Table.from_batches(batches).sort_by("id").equals(expected.unmatched_originals)

    def check_audit(audits):
        (audit,) = audits
        assert audit.pair_set_sha256 == expected.audit.pair_set_sha256
        assert (audit.num_records_read, audit.num_originals, audit.num_duplicate_ids) == (6, 5, 1)

    def check_rejects(rejects):
        assert [(r.reason, r.record) for r in rejects] == [("duplicate_id", "a")]

    def check_coverage(coverages):
        assert coverages == [coverage]

    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        outputs = (
            pipeline
            | beam.Create(doubled.to_batches(max_chunksize=2))
            | GeneratePairs(asked, DATA, num_shards=num_shards)
        )
        assert_that(outputs["pairs"], check_pairs, label="CheckPairs")
        assert_that(outputs["unmatched_originals"], check_unmatched, label="CheckUnmatched")
        assert_that(outputs["audit"], check_audit, label="CheckAudit")
        assert_that(outputs["rejects"], check_rejects, label="CheckRejects")
        assert_that(outputs["coverage"], check_coverage, label="CheckCoverage")


@pytest.fixture
def functions(monkeypatch):
    module = types.ModuleType("generators_of_mine")
    module.shout = lambda text: text.upper() if text else None
    module.several = lambda text: [text + "!", Counterfactual(text + "?", terms=("end",))]
    module.nothing = lambda text: text
    module.broken = lambda text: 7
    module.reverse = per_batch(lambda texts: [text[::-1] for text in texts])
    module.short = per_batch(lambda texts: texts[1:])
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module.__name__


def test_custom_functions_per_text_and_per_batch(functions):
    made, _ = generated(function=f"{functions}:shout")
    assert made.pairs["counterfactual.text"].to_pylist()[:2] == ["HE MET HIS AUNT.", "NO ONE HERE."]
    assert made.pairs["term"].to_pylist()[0] == []
    made, coverage = generated(function=f"{functions}:several")
    assert made.pairs["counterfactual_id"].to_pylist()[:2] == ["a#0", "a#1"]
    assert coverage.terms["end", "", ""].num_pairs == 5
    made, _ = generated(function=f"{functions}:reverse")
    assert made.pairs["counterfactual.text"].to_pylist()[1] == ".ereh eno oN"
    made, _ = generated(function=f"{functions}:nothing")
    assert made.audit.num_identical_pairs == 5
    assert made.pairs.num_rows == 0


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"method": "swap"}, ConfigurationError, "generator.method is 'swap'"),
        ({"terms": "no_such_list.csv"}, InputError, "cannot be read"),
        ({"categories": ["age"]}, ConfigurationError, "'age' is not in term list"),
        ({"function": "nowhere"}, ConfigurationError, "write package.module:function"),
        ({"function": "no.such:f"}, ConfigurationError, "cannot be imported"),
        ({"function": "json:no_such"}, ConfigurationError, "has no function"),
        ({"function": "generators_of_mine:broken"}, InputError, "returned a int"),
        ({"function": "generators_of_mine:short"}, InputError, "gave 4 answers for 5 texts"),
        ({"method": "substitution", "tagger": "xx"}, ConfigurationError, "generator.tagger"),
        ({"segmenter": "jieba"}, ConfigurationError, "generator.segmenter is 'jieba', which reads"),
    ],
)
def test_mistakes_are_named(functions, fields, error, message):
    with pytest.raises(error, match=message):
        generated(**fields)


def test_a_tagger_decides_where_one_is_given(monkeypatch):
    class Token:
        def __init__(self, idx, tag):
            self.idx, self.tag_ = idx, tag

    spacy = types.ModuleType("spacy")
    spacy.load = lambda name, exclude: lambda text: [Token(6, "PRP"), Token(0, "X")]
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    rule = pronouns.pronoun_rule("en_fake")
    assert pronouns.is_determiner("I saw her book", 6, 9)
    assert not rule("I saw her book", 6, 9)
    spacy.load = lambda name, exclude: lambda text: [Token(6, "PRP$")]
    assert pronouns.pronoun_rule("en_fake")("I saw her book", 6, 9)
    assert not pronouns.pronoun_rule("en_fake")("A dog, her.", 7, 10)


def test_a_segmenter_reads_the_words_of_the_whole_list_for_each_category(tmp_path):
    path = tmp_path / "zh.csv"
    rows = [
        "女,female,gender,男",
        "男,male,gender,女",
        "老,old,age,小",
        "女英雄好汉,f,x,男英雄好汉",
    ]
    path.write_text("\n".join(["term,group,category,swap", *rows]) + "\n", encoding="utf-8")
    table = pa.table({"id": ["1", "2", "3"], "text": ["他是男的", "子女很老", "女英雄好汉来了"]})
    made = {}
    for segmenter in ("", "jieba"):
        fields = {"terms": str(path), "segmenter": segmenter, "categories": ["gender", "age"]}
        generator = make_generator(spec(method="substitution", **fields))
        pairs = generate_table(table, generator, NAMES)[0].pairs
        made[segmenter] = pairs["counterfactual.text"].to_pylist()
    assert made == {"": [], "jieba": ["他是女的", "子女很小"]}


def test_a_tagger_reads_the_sentence_of_the_pronoun_alone(monkeypatch):
    read = []

    class Token:
        def __init__(self, idx):
            self.idx, self.tag_ = idx, "PRP$"

    def tag(text):
        read.append(text)
        return [Token(text.index("her"))]

    spacy = types.ModuleType("spacy")
    spacy.load = lambda name, exclude: tag
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    rule = pronouns.pronoun_rule("en_fake")
    text = "It rained. Dr. Lee saw her book! He left.\nWe liked her hat"
    assert rule(text, 23, 26)
    assert rule(text, 23, 26)
    assert rule(text, text.rindex("her"), text.rindex("her") + 3)
    assert read == ["Dr. Lee saw her book! ", "We liked her hat"]


def test_doubtful_counterfactuals_are_left_out_on_request():
    table = pa.table({"id": ["1", "2"], "text": ["She is a waiter.", "A man of few words sat"]})
    generator = make_generator(spec())
    everything, _ = generate_table(table, generator, NAMES)
    assert everything.pairs["validity"].to_pylist() == [0.5, 0.5]
    strict, coverage = generate_table(table, generator, NAMES, min_validity=0.9)
    assert strict.pairs.num_rows == 0
    assert {r.reason for r in strict.rejects} == {"doubtful_fragment"}
    assert strict.unmatched_originals.num_rows == 2
    assert coverage.terms["waiter", "male", "gender"].num_rejected == 1


@pytest.mark.parametrize(
    ("original", "made", "score", "doubt"),
    [
        ("he is in", Counterfactual("is in", spans=((0, 2),), replacements=("",)), 0.8, "grammar"),
        ("a b c d e f g h", Counterfactual("h"), 0.25, "length"),
        ("the man.", Counterfactual("the.", spans=((4, 7),), replacements=("",)), 0.5, "fragment"),
        ("he", Counterfactual("she", replacements=("she",), returns=False), 0.5, "round_trip"),
        ("he", Counterfactual(""), 0.0, "length"),
    ],
)
def test_validity(original, made, score, doubt):
    assert validity.validity(original, made) == (score, doubt)


def test_doctests():
    assert doctest.testmod(validity).failed == 0


def test_coverage_merges_in_any_order_and_keeps_a_uniform_sample():
    many = pa.table({"id": [str(i) for i in range(300)], "text": [f"he {i}" for i in range(300)]})
    generator = make_generator(spec())
    _, whole = generate_table(many, generator, NAMES)
    parts = [generate_table(many.slice(i, 100), generator, NAMES)[1] for i in (200, 0, 100)]
    assert Coverage.sum(iter(parts)) == whole
    assert Coverage.from_dict(whole.to_dict()) == whole
    assert len(whole.examples) == NUM_EXAMPLES
    first = sum(int(example.id) < 150 for example in whole.examples)
    assert 3 <= first <= 17
    (proto,) = whole.to_protos()
    assert (proto.term, proto.num_originals, proto.num_pairs) == ("he", 300, 300)
    assert whole.by_group() == {("gender", "male"): TermCounts(300, 300, 0)}


def test_generate_pairs_takes_a_batch():
    batch = ORIGINALS.select(["id", "text"]).to_batches()[0]
    made = generate_pairs(batch, make_generator(spec(method="substitution")), "text", "id")
    assert made.pairs.num_rows == 4
    assert made.audit.num_counterfactuals == 4
    with pytest.raises(InputError, match="no text feature 'body'"):
        generate_pairs(batch, make_generator(spec()), "body", "id")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "apple heir hour honest honor LGBT lgbtq NFL 8 11 18 80 uncle umbrella unidentified",
            True,
        ),
        ("house user union university European one once NBA woman 12 uterus ukulele hotel", False),
    ],
)
def test_articles_go_by_sound(words, expected):
    assert {word: takes_an(word) for word in words.split()} == dict.fromkeys(
        words.split(), expected
    )
