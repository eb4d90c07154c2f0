"""Whether a remedy can be made by plain edits, and with which terms."""

from __future__ import annotations

import io
import json
import zipfile

from fairflip.pipeline.generate.batch import edited_terms, is_inflected
from fairflip.pipeline.storage import filesystem
from fairflip.protos.config_pb2 import GeneratorSpec, InferenceRemedy, ModelSpec
from fairflip.protos.errors import ConfigurationError
from fairflip.text.plain_edits.table import refusal_of
from fairflip.text.terms import TermList

AUTO, FULL, PLAIN = "auto", "full", "plain"
_KERAS_ENDING = ".keras"
#: Keras's classes whose inputs a file tells.
_WITH_INPUTS = frozenset({"Functional", "Sequential", "Model"})


def method_of(remedy: InferenceRemedy) -> str:
    """How the remedy edits texts: "ablation" or "substitution"."""
    is_blind = remedy.technique == "blindness"
    return "ablation" if is_blind else (remedy.method or "substitution")


def why_not_plain(remedy: InferenceRemedy) -> str:
    """Why a remedy needs full edits, in a sentence; empty: plain ones do."""
    if remedy.function:
        return f"counterfactuals come from the function {remedy.function!r}"
    if remedy.tagger:
        return f"pronouns are chosen by the tagger {remedy.tagger!r}"
    if remedy.segmenter:
        return f"words are told by the segmenter {remedy.segmenter!r}"
    if remedy.per_term and remedy.technique == "averaging":
        return "each term makes a counterfactual of its own (per_term)"
    terms = _terms_of(remedy)
    if method_of(remedy) == "substitution" and is_inflected(terms):
        return (
            f"the list {terms.name!r} is of a language in which articles and adjectives follow "
            "the noun"
        )
    return refusal_of(terms, method_of(remedy))


def plain_terms_of(remedy: InferenceRemedy) -> TermList:
    """The terms that plain edits change.

    Raises:
        ConfigurationError: The remedy needs full edits.
        InputError: The list of terms is malformed.
    """
    why_not = why_not_plain(remedy)
    if why_not:
        raise ConfigurationError(
            f"remediation.edits is 'plain', and {why_not}; give --edits full, or other terms"
        )
    return _terms_of(remedy)


def edits_for(model: ModelSpec, remedy: InferenceRemedy, reads_one_text: bool) -> str:
    """Which edits "auto" means for a model: "plain" where it can have the remedy in its graph."""
    if reads_one_text and is_keras_text_model(model) and not why_not_plain(remedy):
        return PLAIN
    return FULL


def is_keras_text_model(model: ModelSpec) -> bool:
    """Whether a model is, or will be, a `.keras` file whose inputs can be told."""
    if model.HasField("train"):
        return True
    path = model.path
    if path and not path.endswith(_KERAS_ENDING):
        path = filesystem.join(path, "model.keras")
    if not path or not filesystem.exists(path):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(filesystem.read_bytes(path))) as archive:
            content = json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, KeyError, ValueError):
        return False  # whoever loads it says what is wrong
    return isinstance(content, dict) and content.get("class_name") in _WITH_INPUTS


def _terms_of(remedy: InferenceRemedy) -> TermList:
    spec = GeneratorSpec(terms=remedy.terms, categories=remedy.categories, language=remedy.language)
    return edited_terms(spec, remedy.held_out_terms)[1]
