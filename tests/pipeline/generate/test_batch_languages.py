"""What a language's grammar leaves open is left out with a reason, and every sum holds."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.config.settings import load_config, with_defaults
from fairflip.pipeline.generate.batch import generate_pairs, make_generator
from fairflip.pipeline.generate.control_transforms import language_of, lists_of, table_with_controls
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.protos.config_pb2 import GeneratorSpec
from fairflip.protos.errors import ConfigurationError

TEXTS = [
    "Der Lehrer kam.",
    "Ihre Tasche ist weg.",
    "Frau und Mann",
    "Nur Regen.",
    "She said that it was the house of Herr Meier and he had been there.",
    "Typisch Lehrer.",
]


def german(**fields) -> GeneratorSpec:
    return GeneratorSpec(method="substitution", language="de", categories=["gender"], **fields)


def batch_of(texts: list[str]) -> pa.RecordBatch:
    ids = [str(number) for number in range(len(texts))]
    return pa.RecordBatch.from_pydict({"id": ids, "text": texts})


def test_refusals_are_rejects_with_their_reason_and_the_audit_counts_them():
    made = generate_pairs(batch_of(TEXTS), make_generator(german()), "text", "id")
    assert made.pairs["counterfactual.text"].to_pylist() == ["Die Lehrerin kam.", "Mann und Frau"]
    reasons = {reject.record: reject.reason for reject in made.rejects}
    assert reasons == {"1": "unsure_pronoun", "4": "other_language", "5": "unsure_form"}
    (other,) = [reject for reject in made.rejects if reject.reason == "other_language"]
    assert other.detail == "The text is in English, the list is not; give --language en."
    audit = made.audit
    assert audit.num_counterfactuals == 5
    assert (audit.num_pairs, audit.num_rejected_counterfactuals) == (2, 3)
    assert audit.num_unmatched_originals == 4
    assert made.coverage.terms["Herr", "male", "gender"].num_rejected == 1


def test_the_language_chooses_the_list_where_none_is_named():
    config = load_config("", {"generator.language": "de-AT"})
    assert with_defaults(config).generator.terms == "identity_de"
    assert make_generator(german()).generate(["ein Arzt"])[0][0].text == "eine Ärztin"
    config = load_config("", {"generator.language": "tr"})
    assert with_defaults(config).generator.terms == "identity"
    config = load_config("", {"generator.language": "de", "generator.terms": "names"})
    assert with_defaults(config).generator.terms == "names"


def test_a_list_of_another_language_than_said_is_refused():
    with pytest.raises(ConfigurationError, match="is 'de', but the list 'identity' is in English"):
        make_generator(german(terms="identity"))
    make_generator(GeneratorSpec(terms="identity", language="en-GB"))
    make_generator(GeneratorSpec(terms="names", language="de"))


def test_terms_withheld_are_swapped_no_more():
    generator = make_generator(german(), without_terms=["lehrer", "LEHRERIN"])
    assert generator.generate(["Der Lehrer kam."]) == [[]]
    assert generator.generate(["Der Arzt kam."])[0][0].text == "Die Ärztin kam."


def test_controls_of_german_pairs_edit_other_words_and_no_identity_term(real_data):
    table = pq.read_table(real_data / "benchmark/mhc_german.parquet", columns=["comment_text"])
    texts = table["comment_text"].to_pylist()[::10]
    spec = german(terms="identity_de", controls=2)
    assert language_of(spec, lists_of(spec)) == "de"
    assert language_of(GeneratorSpec(terms="identity_de"), lists_of(spec)) == "de"
    made = generate_pairs(batch_of(texts), make_generator(spec), "text", "id")
    pairs = pa.Table.from_batches([made.pairs])
    names = PairColumns(id="id", text="text")
    rows = table_with_controls(pairs, texts, 2, spec, names).to_pylist()
    controls = [
        row for row in rows if row["edit"] == "control" and row["control_kind"] != "same_group"
    ]
    assert len(controls) > 1.5 * len(pairs) > 100
    barred = {form for terms in lists_of(spec) for form in terms.by_text}
    assert {"lehrern", "ärztinnen", "jüdischen", "seinem"} <= barred
    assert barred & {word for row in controls for word in row["term"]} == set()


@pytest.mark.parametrize(
    ("language", "code", "barred"),
    [
        ("spanish", "es", {"profesoras", "judías"}),
        ("portuguese", "pt", {"professoras", "judias"}),
        ("italian", "it", {"professoresse", "ebree"}),
        ("french", "fr", {"professeures", "juives", "elles"}),
    ],
)
def test_controls_of_romance_pairs_edit_no_identity_term(real_data, language, code, barred):
    table = pq.read_table(real_data / f"benchmark/mhc_{language}.parquet", columns=["comment_text"])
    texts = table["comment_text"].to_pylist()[::10]
    spec = GeneratorSpec(
        method="substitution", language=code, terms=f"identity_{code}", categories=["gender"]
    )
    made = generate_pairs(batch_of(texts), make_generator(spec), "text", "id")
    pairs = pa.Table.from_batches([made.pairs])
    names = PairColumns(id="id", text="text")
    rows = table_with_controls(pairs, texts, 2, spec, names).to_pylist()
    controls = [
        row for row in rows if row["edit"] == "control" and row["control_kind"] != "same_group"
    ]
    assert len(controls) > len(pairs) > 100
    forms = {form for terms in lists_of(spec) for form in terms.by_text}
    assert barred <= forms
    assert forms & {word for row in controls for word in row["term"]} == set()
