"""What can be wrong with a configuration that changes a column of a table."""

from __future__ import annotations

from fairflip.protos.config_pb2 import LinkedColumn, PipelineConfig, RemediationSpec
from fairflip.protos.forms.checks import Problems
from fairflip.protos.forms.config_fields import default_of
from fairflip.protos.forms.messages import quote
from fairflip.protos.forms.remediation_choices import AT_INFERENCE
from fairflip.protos.forms.run_edits import ATTRIBUTE


def check_attribute(config: PipelineConfig, problems: Problems) -> None:
    """Attribute, values and linked columns go together, and nothing asks for a text."""
    generator, data = config.generator, config.data
    name = generator.attribute
    if generator.method != ATTRIBUTE:
        method = generator.function or generator.method
        problems.add(
            "generator.attribute",
            f"{quote(name)} is given, and pairs are made by {quote(method)}",
            "give --generator attribute, or drop it",
        )
        return
    if not name:
        problems.add(
            "generator.attribute",
            "the column to change is missing",
            "give --attribute COLUMN, or --attribute COLUMN=VALUE,VALUE",
        )
        return
    if data.text_feature:
        problems.add(
            "data.text_feature",
            f"{quote(data.text_feature)} is given, and a column of a table is changed",
            "name it as a feature (--input_feature), or leave it out",
        )
    if len(generator.attribute_values) == 1:
        problems.add(
            "generator.attribute_values",
            f"{quote(generator.attribute_values[0])} stands alone",
            "give two values or more, such as --attribute gender=female,male",
        )
    if data.input_features and name not in data.input_features:
        problems.add(
            "generator.attribute",
            f"{quote(name)} is none of data.input_features",
            f"give --input_feature {name}, too; what no model reads cannot change a decision",
        )
    for index, linked in enumerate(generator.linked):
        _check_linked(f"generator.linked[{index}]", linked, config, problems)
    if config.train_baseline:
        problems.add(
            "train_baseline",
            "the built-in classifier reads a text, and a table has none",
            "give a model of your own (--model NAME=PATH)",
        )
    if config.remediation.technique in AT_INFERENCE:
        _check_remedy(config, problems)


def _check_remedy(config: PipelineConfig, problems: Problems) -> None:
    """A remedy at inference asks for each value that is named, and about no text."""
    remediation, name = config.remediation, config.generator.attribute
    if not config.generator.attribute_values:
        problems.add(
            "generator.attribute_values",
            f"{remediation.technique} sets {quote(name)} to the values that are named, and none is",
            f"name them, such as --attribute {name}=VALUE,VALUE",
        )
    if remediation.edits == "plain":
        problems.add(
            "remediation.edits",
            "'plain' is about edits of texts, and a table has none",
            "leave --edits out",
        )
    if remediation.num_averaged not in (0, default_of(RemediationSpec, "num_averaged")):
        problems.add(
            "remediation.num_averaged",
            f"{remediation.num_averaged} is given, and of a table all named values are averaged",
            "leave --num_averaged out",
        )


def _check_linked(
    path: str, linked: LinkedColumn, config: PipelineConfig, problems: Problems
) -> None:
    generator, data = config.generator, config.data
    roles = (data.id_feature, data.label_feature, data.weight_feature)
    if linked.column == generator.attribute or linked.column in roles:
        problems.add(
            f"{path}.column",
            f"{quote(linked.column)} is the attribute, the ID, the label or the weight",
            "name a column that follows from the attribute",
        )
    if data.input_features and linked.column not in data.input_features:
        problems.add(
            f"{path}.column",
            f"{quote(linked.column)} is none of data.input_features",
            f"give --input_feature {linked.column}, too, or drop it",
        )
    values = generator.attribute_values
    for group in linked.values:
        size = len(group.split(":"))
        if size < 2:
            cure = "give values with colons between, such as Mr:Mrs"
            problems.add(f"{path}.values", f"{quote(group)} is one value", cure)
        elif size > 2 and not values:
            problems.add(
                f"{path}.values",
                f"{quote(group)} holds {size} values, and the attribute's are not named",
                "name them in the same order, such as --attribute COLUMN=A,B,C",
            )
        elif values and size != len(values):
            problems.add(
                f"{path}.values",
                f"{quote(group)} holds {size} values, the attribute {len(values)}",
                "give one for each of the attribute's values, in their order",
            )
