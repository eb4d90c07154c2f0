"""Writes a Flex Template: the metadata of its parameters, and the specification with an image.

    python examples/dataflow/make_template.py --image=REGION-docker.pkg.dev/... \
        --output=template.json
    python examples/dataflow/make_template.py --metadata=examples/dataflow/metadata.json

The parameters are made from the table of flags, so that they cannot differ from the
command line. Upload the file to gs:// and start jobs with
`gcloud dataflow flex-template run NAME --template-file-gcs-location=gs://...`.
"""

from __future__ import annotations

import argparse
import json
import pathlib
from typing import Any

from fairflip.pipeline.config.settings import flags_of

#: Offered as parameters, in this order; the required ones first.
PARAMETERS = (
    *("output_dir", "examples", "counterfactuals", "pairs", "model", "score", "slice"),
    *("threshold", "id_feature", "text_feature", "label_feature", "weight_feature"),
    *("format", "generator", "terms", "seed", "confidence_level", "no_text", "overwrite"),
)
REQUIRED = ("output_dir",)
#: Beam's, which the launcher has no parameter of its own for.
BEAM_PARAMETERS = {
    "sdk_container_image": "Image of the workers; normally the template's own.",
    "number_of_worker_harness_threads": "Bundles that one process works on at a time.",
}


def metadata() -> dict[str, Any]:
    """The template's name and parameters, as Dataflow's console shows them."""
    flags = {flag.name: flag for flag in flags_of("evaluate")}
    parameters = []
    for name in PARAMETERS:
        flag = flags[name]
        several = '; several values: separated by ";"' if flag.is_repeatable else ""
        switch = '; "true" switches it on' if flag.is_switch else ""
        parameters.append(
            {
                "name": name,
                "label": name.replace("_", " ").capitalize(),
                "helpText": flag.options.help + several + switch,
                "isOptional": name not in REQUIRED,
            }
        )
    for name, text in BEAM_PARAMETERS.items():
        parameters.append(
            {"name": name, "label": name.replace("_", " "), "helpText": text, "isOptional": True}
        )
    return {
        "name": "fairflip evaluate",
        "description": "How often a classifier's decision flips when only an identity reference "
        "in the input changes: counterfactual flip rates by slice.",
        "parameters": parameters,
    }


def specification(image: str) -> dict[str, Any]:
    """The template file: an image, its language, and the metadata."""
    return {"image": image, "sdkInfo": {"language": "PYTHON"}, "metadata": metadata()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", help="what examples/dataflow/Dockerfile builds")
    parser.add_argument("--output", type=pathlib.Path, help="write the specification here")
    parser.add_argument("--metadata", type=pathlib.Path, help="write the metadata alone here")
    flags = parser.parse_args()
    if not flags.metadata and not (flags.image and flags.output):
        parser.error("give --image and --output, or --metadata")
    if flags.output:
        flags.output.write_text(json.dumps(specification(flags.image), indent=1) + "\n")
    if flags.metadata:
        flags.metadata.write_text(json.dumps(metadata(), indent=1) + "\n")


if __name__ == "__main__":
    main()
