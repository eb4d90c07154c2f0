"""The texts that a model is asked about in the place of one text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from fairflip._version import installed_version
from fairflip.pipeline.averaging.choice import spread_over_groups
from fairflip.pipeline.averaging.plain import PLAIN, method_of, plain_terms_of
from fairflip.pipeline.generate import make_generator
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.protos.config_pb2 import GeneratorSpec, InferenceRemedy
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.config_fields import fill_defaults
from fairflip.protos.forms.run_edits import ATTRIBUTE
from fairflip.text.plain_edits.edits import PlainEdits
from fairflip.text.plain_edits.tokens import is_blank


def with_defaults(remedy: InferenceRemedy) -> InferenceRemedy:
    """A copy with defaults in the place of what is not set."""
    full = InferenceRemedy()
    full.CopyFrom(remedy)
    fill_defaults(full)
    return full


class TextsToAsk:
    """Gives, for a text, the texts whose mean score is its score.

    Raises:
        ConfigurationError: The remedy is none, or blindness has no list of terms.
        InputError: The list of terms is malformed.
    """

    def __init__(self, remedy: InferenceRemedy):
        remedy = with_defaults(remedy)
        self._is_blind = remedy.technique == "blindness"
        if not self._is_blind and remedy.technique != "averaging":
            raise ConfigurationError(
                f"at_inference.technique is {remedy.technique!r}; choose averaging or blindness"
            )
        if self._is_blind and remedy.function:
            raise ConfigurationError(
                "at_inference.technique is 'blindness', which masks the terms of a list, and "
                f"counterfactuals come from the function {remedy.function!r}; give --terms, or "
                "use averaging"
            )
        self._number = remedy.num_averaged
        self._plain: PlainEdits | None = None
        if remedy.edits == PLAIN:
            self._plain = PlainEdits(plain_terms_of(remedy), method_of(remedy))
            self._swaps = method_of(remedy) == "substitution"
            return
        self._generator = make_generator(
            GeneratorSpec(
                method=method_of(remedy),
                terms=remedy.terms,
                function=remedy.function,
                per_term=remedy.per_term and not self._is_blind,
                categories=remedy.categories,
                tagger=remedy.tagger,
                segmenter=remedy.segmenter,
                language=remedy.language,
            ),
            remedy.held_out_terms,
        )

    def of(self, texts: Sequence[str]) -> list[list[str]]:
        """For each text the texts to ask about; of averaging the text itself comes first.

        A text without a term is asked about as it is.
        """
        if self._plain is not None:
            return self._of_plain_edits(self._plain, texts)
        asked = []
        for text, made in zip(texts, self._generator.generate(texts), strict=True):
            made = [one for one in made if not one.refused]
            if self._is_blind:
                asked.append([made[0].text if made else text])
                continue
            chosen = spread_over_groups(text, made, self._number)
            asked.append(list(dict.fromkeys([text, *(each.text for each in chosen)])))
        return asked

    def _of_plain_edits(self, edits: PlainEdits, texts: Sequence[str]) -> list[list[str]]:
        if self._swaps:
            made = edits.swapped(texts, self._number)
            return [[text, *swapped] for text, swapped in zip(texts, made, strict=True)]
        removed = edits.removed(texts)
        if self._is_blind:
            return [
                [text if made is None else made] for text, made in zip(texts, removed, strict=True)
            ]
        return [
            [text] if made is None or is_blank(made) else [text, made]
            for text, made in zip(texts, removed, strict=True)
        ]


def remedy_identity(remedy: InferenceRemedy) -> str:
    """Equal for remedies that ask about the same, wherever their list of terms lies."""
    full = with_defaults(remedy)
    edits_no_words = full.function or full.method == ATTRIBUTE
    terms = "" if edits_no_words else repr(load_terms(full.terms).terms)
    full.ClearField("terms")
    if full.segmenter:
        # Another version may read other words in a text, and so ask about another one.
        terms += installed_version(full.segmenter)
    content = full.SerializeToString(deterministic=True) + terms.encode("utf-8", "surrogatepass")
    return f"{full.technique}/{hashlib.sha256(content).hexdigest()}"
