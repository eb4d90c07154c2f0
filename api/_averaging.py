"""`averaged` and `blinded`: remedies that leave the model as it is, for Python.

They take any model that `fairflip.evaluate` takes, and give a function from texts to scores, which
is such a model again.
"""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fairflip.protos.config_pb2 import InferenceRemedy
from fairflip.protos.forms.config_fields import default_of

if TYPE_CHECKING:
    from fairflip.pipeline.averaging.functions import RemediedModel

_TEXT = "text"


def averaged(
    model: Any,
    *,
    terms: str = "",
    generator: str = "substitution",
    num_averaged: int = 0,
    categories: Sequence[str] = (),
    language: str = "",
    tagger: str = "",
    segmenter: str = "",
    edits: str = "auto",
    output: str = "",
    allow_custom_code: bool = False,
) -> RemediedModel:
    """A model whose score of a text is the mean over the text and its counterfactuals.

    score(x) = (f(x) + f(x1) + … + f(xk)) / (k + 1), where x1 … xk are at most `num_averaged`
    counterfactuals of x, chosen of as many groups as there are. A text that holds no term keeps
    its score. The model is asked k + 1 times: `texts_asked` of the result says about what.

    Args:
        model: What `fairflip.evaluate` takes as a model; of one input, the text.
        terms: A list of terms, by name or as the path of a CSV.
        generator: "substitution" (terms are swapped), "ablation" (removed), or a function
            "package.module:name" that makes counterfactuals.
        num_averaged: The most counterfactuals of a text; 0: the default of `--num_averaged`.
        categories: Of the list, such as "gender"; all where none is named.
        language: Of texts and list.
        tagger: A spaCy pipeline that tells pronouns apart; "": rules do.
        segmenter: What tells the words of Chinese: "jieba"; "": nothing does.
        edits: "full": as pairs are made; "plain": as a graph makes them; "auto": plain for a
            `.keras` file or Keras model of one text whose list allows it, else full.
        output: Which of several numbers of the model is the score.
        allow_custom_code: Load a file that runs code of its own.

    Returns:
        A function from a list of n texts to float64 `[n]`.

    Raises:
        ConfigurationError: It is no model, or a setting is wrong.
        InputError: The list of terms is malformed.
    """
    remedy = InferenceRemedy(
        technique="averaging",
        terms=terms,
        categories=categories,
        language=language,
        tagger=tagger,
        segmenter=segmenter,
        num_averaged=num_averaged,
        edits=edits,
    )
    if ":" in generator:
        remedy.function = generator
    else:
        remedy.method = generator
    return _remedied(model, remedy, output, allow_custom_code)


def blinded(
    model: Any,
    *,
    terms: str = "",
    categories: Sequence[str] = (),
    language: str = "",
    segmenter: str = "",
    edits: str = "auto",
    output: str = "",
    allow_custom_code: bool = False,
) -> RemediedModel:
    """A model that is asked about each text without its identity terms.

    Args:
        model: What `fairflip.evaluate` takes as a model; of one input, the text.
        terms: A list of terms, by name or as the path of a CSV.
        categories: Of the list, such as "gender"; all where none is named.
        language: Of texts and list.
        segmenter: What tells the words of Chinese: "jieba"; "": nothing does.
        edits: "full": as pairs are made; "plain": as a graph makes them; "auto": plain for a
            `.keras` file or Keras model of one text whose list allows it, else full.
        output: Which of several numbers of the model is the score.
        allow_custom_code: Load a file that runs code of its own.

    Returns:
        A function from a list of n texts to float64 `[n]`.

    Raises:
        ConfigurationError: It is no model, or a setting is wrong.
        InputError: The list of terms is malformed.
    """
    remedy = InferenceRemedy(
        technique="blindness",
        terms=terms,
        categories=categories,
        language=language,
        segmenter=segmenter,
        edits=edits,
    )
    return _remedied(model, remedy, output, allow_custom_code)


def _remedied(
    model: Any, remedy: InferenceRemedy, output: str, allow_custom_code: bool
) -> RemediedModel:
    from fairflip._models import is_file, specs_of
    from fairflip.pipeline.averaging.functions import RemediedModel
    from fairflip.pipeline.averaging.plain import AUTO, edits_for
    from fairflip.pipeline.score.handlers.functions import registered

    remedy.text_feature = _TEXT
    remedy.terms = remedy.terms or default_of(InferenceRemedy, "terms")
    with tempfile.TemporaryDirectory(prefix="fairflip-model-") as folder:
        objects = {} if is_file(model) else {"model": model}
        with registered(objects) as import_paths:
            [spec] = specs_of({"model": model}, pathlib.Path(folder), import_paths)
            spec.at_inference.CopyFrom(remedy)
            if remedy.edits == AUTO:
                spec.at_inference.edits = edits_for(spec, remedy, reads_one_text=True)
            spec.output_name = output
            spec.allow_custom_code |= allow_custom_code
            return RemediedModel(spec, (_TEXT,)).load()
