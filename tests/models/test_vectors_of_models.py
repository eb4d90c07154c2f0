"""Word vectors from the token embeddings of a Hugging Face model."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from fairflip.pipeline.cli.command_line import main
from fairflip.pipeline.cli.expand_terms import read_vectors
from fairflip.protos.errors import ConfigurationError

pytest.importorskip("torch")
pytestmark = pytest.mark.models


def test_a_word_is_the_mean_of_its_pieces_less_the_vocabularys(tiny):
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    table = AutoModel.from_pretrained(tiny).get_input_embeddings().weight.detach().double().numpy()
    actual = read_vectors(f"hf:{tiny}", ["she", "shx", "日"], "--vectors")
    assert set(actual) == {"she", "shx"}  # of the last there is no piece
    for word, pieces in {"she": ["she"], "shx": ["s", "##h", "##x"]}.items():
        rows = table[tokenizer.convert_tokens_to_ids(pieces)]
        np.testing.assert_allclose(actual[word], rows.mean(0) - table.mean(0), atol=1e-12)


def test_a_list_is_expanded_by_a_models_vectors(tiny, comments, tmp_path):
    comments.to_csv(tmp_path / "texts.csv", index=False)
    (tmp_path / "seeds.csv").write_text("term,group,category\nshe,female,gender\n")
    flags = [
        "terms", "expand", f"--examples={tmp_path / 'texts.csv'}", "--text_feature=text",
        f"--terms={tmp_path / 'seeds.csv'}", f"--output={tmp_path / 'out.csv'}", "--no_text",
    ]  # fmt: skip
    assert main([*flags, f"--vectors=hf:{tiny}", "--max_terms=3"]) == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert len(rows) == 4
    of_words = read_vectors(f"hf:{tiny}", ["she", *(row["term"] for row in rows[1:])], "--vectors")
    assert all(np.isfinite(of_words[row["term"]]).all() for row in rows)


def test_a_folder_without_a_model_says_so(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be loaded as a Hugging Face model"):
        read_vectors(f"hf:{tmp_path}", ["she"], "--vectors")
