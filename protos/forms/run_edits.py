"""What a run did to its texts, as a verb: terms are removed, swapped, or simply changed."""

from __future__ import annotations

from dataclasses import dataclass

from fairflip.protos import report_pb2
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.forms.json_form import config_from_json
from fairflip.protos.forms.model_specs import has_scores

#: `GeneratorSpec.method` of tables.
ATTRIBUTE = "attribute"


#: What was edited.
TEXTS, TABLE, IMAGES = "texts", "records", "images"


@dataclass(frozen=True)
class Edit:
    """The edit of a run's pairs and of their controls.

    Attributes:
      verb: "removing", "swapping" or "changing".
      is_scored_elsewhere: scores were in the data, so that controls need scores, too.
      column: of a table, the one that was changed; "" where words of texts were, or where
        records came in pairs.
      edited: `TEXTS`, `TABLE` or `IMAGES`.
    """

    verb: str
    is_scored_elsewhere: bool = False
    column: str = ""
    edited: str = TEXTS

    @property
    def is_of_words(self) -> bool:
        """Whether words were edited, so that terms are a sample of words."""
        return self.edited == TEXTS

    @property
    def terms(self) -> str:
        """What pairs change."""
        if self.column:
            return f"the column {self.column}"
        return {TEXTS: "identity terms", TABLE: "these columns", IMAGES: "the images"}[self.edited]

    @property
    def others(self) -> str:
        """What controls change."""
        return {TEXTS: "other words", TABLE: "other columns", IMAGES: "other parts of the images"}[
            self.edited
        ]

    @property
    def these(self) -> str:
        """What an interval about these very edits is about."""
        if self.column:
            return "this column"
        return {TEXTS: "these terms", TABLE: "these columns", IMAGES: "these images"}[self.edited]

    @property
    def one(self) -> str:
        """What one of the edits is of, as an interval over edits has them as its sample."""
        return {TEXTS: "term", TABLE: "attribute", IMAGES: "kind of edit"}[self.edited]

    @property
    def title(self) -> str:
        """The verb at the beginning of a sentence."""
        return self.verb.capitalize()


def edit_of(report: report_pb2.RunReport) -> Edit:
    """The edit that the run's configuration names; "changing" where texts came in pairs."""
    try:
        config = config_from_json(report.provenance.config or "{}")
    except InputError:  # of another version
        config = PipelineConfig()
    scored = any(map(has_scores, config.models))
    data, generator = config.data, config.generator
    edited = IMAGES if data.image_features else TABLE if data.without_text else TEXTS
    is_made_here = bool(data.examples) and not (data.counterfactuals or data.pairs)
    if not is_made_here or generator.function:
        return Edit("changing", scored, edited=edited)
    if generator.method == ATTRIBUTE:
        return Edit("changing", scored, generator.attribute, edited)
    verbs = {"ablation": "removing", "substitution": "swapping"}
    return Edit(verbs.get(generator.method, "changing"), scored)
