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


@dataclass(frozen=True)
class Edit:
    """The edit of a run's pairs and of their controls.

    Attributes:
      verb: "removing", "swapping" or "changing".
      is_scored_elsewhere: scores were in the data, so that controls need scores, too.
      column: of a table, the one that was changed; "" where words of texts were.
    """

    verb: str
    is_scored_elsewhere: bool = False
    column: str = ""

    @property
    def terms(self) -> str:
        """What pairs change."""
        return f"the column {self.column}" if self.column else "identity terms"

    @property
    def others(self) -> str:
        """What controls change."""
        return "other columns" if self.column else "other words"

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
    is_made_here = bool(data.examples) and not (data.counterfactuals or data.pairs)
    if not is_made_here or generator.function:
        return Edit("changing", scored)
    if generator.method == ATTRIBUTE:
        return Edit("changing", scored, generator.attribute)
    verbs = {"ablation": "removing", "substitution": "swapping"}
    return Edit(verbs.get(generator.method, "changing"), scored)
