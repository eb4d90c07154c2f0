"""An evaluation with its gate as a component of Kubeflow Pipelines.

`evaluation_component` and `model_component` make lightweight Python components of kfp's SDK; the
image that they run in needs this package. The extra `kubeflow` brings the SDK.

No postponed annotations here: kfp reads those of the components as they are.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

try:
    from kfp import dsl
    from kfp.dsl import HTML, Artifact, Dataset, Input, Markdown, Metrics, Model, Output
except ImportError as error:
    raise ImportError(
        "fairflip.kubeflow needs the SDK of Kubeflow Pipelines: pip install 'fairflip[kubeflow]'"
    ) from error

#: Makes tasks of a pipeline; what `dsl.component` returns.
Component = Any


def evaluation_component(
    base_image: str, *, packages: Sequence[str] = (), install_kfp: bool = True
) -> Component:
    """A component that evaluates pairs: with scores in the data, or a model of the configuration.

    Its inputs are the artifact `pairs`, `config` and `limits` as text, `reference` (the folder of
    an earlier run) and `pairs_file`, a name whose ending says the pairs' format. Its outputs are
    `run`, `report` (the page), `summary`, `metrics`, and the parameters `gate` ("pass" where all
    limits hold, else "fail") and `light` (the verdict). A broken limit does not fail the task, so
    that its page is kept and `dsl.If(task.outputs["gate"] == "pass")` can stand before a
    deployment.

    Args:
        base_image: An image with this package, or with Python where `packages` names it.
        packages: What pip installs when the task begins.
        install_kfp: Whether pip installs kfp then; not needed in an image that has it.
    """

    def fairflip_evaluate(
        config: str,
        pairs: Input[Dataset],
        run: Output[Artifact],
        report: Output[HTML],
        summary: Output[Markdown],
        metrics: Output[Metrics],
        limits: str = "",
        reference: str = "",
        pairs_file: str = "pairs.parquet",
    ) -> NamedTuple("Outputs", [("gate", str), ("light", str)]):  # type: ignore[valid-type]
        from fairflip._pipeline_step import perform_task

        return perform_task(
            config,
            run,
            report,
            summary,
            metrics,
            pairs=pairs.path,
            pairs_file=pairs_file,
            limits=limits,
            reference=reference,
        )

    return _component(fairflip_evaluate, base_image, packages, install_kfp)


def model_component(
    base_image: str, *, packages: Sequence[str] = (), install_kfp: bool = True
) -> Component:
    """As `evaluation_component`, with a model that another task of the pipeline made.

    Its further inputs are the artifact `model`, `model_kind` ("sklearn", "onnx", "hf", or "" for
    a Keras model) and `model_file`, a name such as "model.skops" or "model.keras".

    Args:
        base_image: An image with this package, or with Python where `packages` names it.
        packages: What pip installs when the task begins.
        install_kfp: Whether pip installs kfp then; not needed in an image that has it.
    """

    def fairflip_evaluate_model(
        config: str,
        pairs: Input[Dataset],
        model: Input[Model],
        run: Output[Artifact],
        report: Output[HTML],
        summary: Output[Markdown],
        metrics: Output[Metrics],
        limits: str = "",
        reference: str = "",
        pairs_file: str = "pairs.parquet",
        model_kind: str = "",
        model_file: str = "model",
    ) -> NamedTuple("Outputs", [("gate", str), ("light", str)]):  # type: ignore[valid-type]
        from fairflip._pipeline_step import perform_task

        return perform_task(
            config,
            run,
            report,
            summary,
            metrics,
            pairs=pairs.path,
            pairs_file=pairs_file,
            model=model.path,
            model_kind=model_kind,
            model_file=model_file,
            limits=limits,
            reference=reference,
        )

    return _component(fairflip_evaluate_model, base_image, packages, install_kfp)


def _component(
    function: Any, base_image: str, packages: Sequence[str], install_kfp: bool
) -> Component:
    return dsl.component(
        function,
        base_image=base_image,
        packages_to_install=list(packages) or None,
        install_kfp_package=install_kfp,
    )
