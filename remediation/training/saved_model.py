"""Models on disk: `.keras` files, and SavedModels that TFMA and servers read.

TFMA refuses `.keras` files and feeds serialized `tf.Example`s to
`serving_default`, which a plain export does not take.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from fairflip.protos.errors import InputError

#: Names within a model's folder.
KERAS_FILE = "model.keras"
SAVED_MODEL_FOLDER = "saved_model"
#: The SavedModel's endpoint that takes plain tensors instead of tf.Examples.
TENSOR_SIGNATURE = "tensors"


def example_features(model: keras.Model, input_features: Sequence[str]) -> dict[str, Any]:
    """What to parse from a `tf.Example` for each input of a functional model.

    Args:
        model: A functional or sequential model.
        input_features: The example's feature for each input, in the order of the
            model's inputs; for several inputs, their names are used if they match.

    Returns:
        `tf.io.FixedLenFeature` by feature name. Missing text reads as "".

    Raises:
        InputError: Numbers of features and inputs differ.
    """
    if len(input_features) != len(model.inputs):
        raise InputError(
            f"The model has {len(model.inputs)} inputs, but {len(input_features)} input features "
            f"are named: {list(input_features)}."
        )
    names = [tensor.name for tensor in model.inputs]
    ordered = names if set(names) == set(input_features) else list(input_features)
    features = {}
    for feature, tensor in zip(ordered, model.inputs, strict=True):
        shape = list(tensor.shape[1:])
        if None in shape:
            raise InputError(
                f"Input {tensor.name!r} has shape {tensor.shape}; a tf.Example signature needs "
                "a known length."
            )
        if tensor.dtype == "string":
            default: Any = "" if not shape else [""] * int(np.prod(shape))
            features[feature] = tf.io.FixedLenFeature(shape, tf.string, default)
        elif "int" in tensor.dtype or tensor.dtype == "bool":
            features[feature] = tf.io.FixedLenFeature(shape, tf.int64)
        else:
            features[feature] = tf.io.FixedLenFeature(shape, tf.float32)
    return features


def model_call(model: keras.Model, features: Mapping[str, tf.Tensor]) -> Any:
    """Calls a model with features in the order of its inputs."""
    tensors = [
        tf.cast(value, tensor.dtype) if value.dtype != tf.string else value
        for value, tensor in zip(features.values(), model.inputs, strict=True)
    ]
    structure = keras.tree.map_structure(lambda t: t, model._inputs_struct)
    outputs = model(keras.tree.pack_sequence_as(structure, _in_structure_order(model, tensors)))
    names = list(getattr(model, "output_names", None) or [])
    if isinstance(outputs, list | tuple) and len(outputs) == len(names) > 1:
        # A signature would number them; the `.keras` file has names.
        return dict(zip(names, outputs, strict=True))
    return outputs


def _in_structure_order(model: keras.Model, tensors: list[Any]) -> list[Any]:
    """Tensors given in the order of `model.inputs`, in that of its input structure."""
    flat = keras.tree.flatten(model._inputs_struct)
    order = [next(i for i, t in enumerate(model.inputs) if t is wanted) for wanted in flat]
    return [tensors[i] for i in order]


def export_saved_model(
    model: keras.Model, folder: str | pathlib.Path, *, input_features: Sequence[str]
) -> None:
    """Writes a SavedModel whose `serving_default` takes serialized `tf.Example`s.

    Args:
        model: A functional or sequential Keras model.
        folder: Where to.
        input_features: See `example_features`.
    """
    if isinstance(model, keras.Sequential):
        model = model._functional
    spec = example_features(model, input_features)

    def serve_examples(examples: tf.Tensor) -> Any:
        return model_call(model, tf.io.parse_example(examples, spec))

    def serve_tensors(*tensors: tf.Tensor) -> Any:
        return model_call(model, dict(zip(spec, tensors, strict=True)))

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serving_default",
        serve_examples,
        input_signature=[tf.TensorSpec([None], tf.string, name="examples")],
    )
    archive.add_endpoint(
        TENSOR_SIGNATURE,
        serve_tensors,
        input_signature=[
            tf.TensorSpec([None, *feature.shape], feature.dtype, name=name)
            for name, feature in spec.items()
        ],
    )
    archive.write_out(str(folder), verbose=False)


def save_model(
    model: keras.Model,
    folder: str | pathlib.Path,
    *,
    text_feature: str = "",
    input_features: Sequence[str] = (),
    formats: Sequence[str] = ("keras", "saved_model"),
) -> dict[str, pathlib.Path]:
    """Writes a model into a folder: `model.keras` and `saved_model/`.

    Args:
        model: The model, without a training wrapper.
        folder: Where to; made if need be.
        text_feature: The feature that holds the text, where the model reads it alone.
        input_features: The features it reads otherwise, in the order of its inputs.
        formats: Any of "keras" and "saved_model".

    Returns:
        The path of each format.
    """
    unknown = set(formats) - {"keras", "saved_model"}
    if unknown:
        raise InputError(f"Unknown model formats {sorted(unknown)}; choose keras or saved_model.")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    if "keras" in formats:
        paths["keras"] = folder / KERAS_FILE
        model.save(paths["keras"])
    if "saved_model" in formats:
        paths["saved_model"] = folder / SAVED_MODEL_FOLDER
        features = tuple(input_features) or (text_feature,)
        export_saved_model(model, paths["saved_model"], input_features=features)
    return paths


class LoadedSavedModel:
    """A SavedModel's signature as a function of arrays.

    Args:
        folder: The SavedModel.
        signature_name: Default "serving_default".
    """

    def __init__(self, folder: str | pathlib.Path, signature_name: str = "serving_default"):
        self._module = tf.saved_model.load(str(folder))
        signatures = self._module.signatures
        if signature_name not in signatures:
            raise InputError(
                f"SavedModel {folder} has no signature {signature_name!r}; it has "
                f"{', '.join(signatures) or 'none'}."
            )
        self._signature = signatures[signature_name]

    def __call__(self, **tensors: Any) -> dict[str, np.ndarray]:
        """The outputs by name for the signature's inputs by name."""
        outputs = self._signature(**{k: tf.constant(v) for k, v in tensors.items()})
        return {name: value.numpy() for name, value in outputs.items()}


def load_model(
    path: str | pathlib.Path,
    allow_custom_code: bool = False,
    signature_name: str = "serving_default",
) -> keras.Model | LoadedSavedModel:
    """Loads a model: `.keras` or `.h5` as a Keras model, a folder as a SavedModel.

    Args:
        path: A `.keras` file, a SavedModel, or a folder `save_model` wrote.
        allow_custom_code: Let a `.keras` file bring code of its own (Lambda
            layers). Only for files whose origin you trust.
        signature_name: For a SavedModel.

    Raises:
        InputError: The file is missing, holds code that is not allowed, or cannot
            be read.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise InputError(f"Model {path} does not exist.")
    if path.is_dir() and (path / KERAS_FILE).is_file():
        path = path / KERAS_FILE
    if path.is_dir():
        if not (path / "saved_model.pb").is_file():
            raise InputError(f"Folder {path} holds neither {KERAS_FILE} nor a SavedModel.")
        return LoadedSavedModel(path, signature_name)
    if path.suffix != ".keras" and not allow_custom_code:
        raise InputError(
            f"Model {path} is no .keras file, and Keras's safe mode covers no other; save it with "
            "model.save('NAME.keras'), or set allow_custom_code if you trust the file."
        )
    # Wrappers, losses and the layers of remedies register themselves on import.
    from fairflip.remediation import counterfactual, min_diff  # noqa: F401
    from fairflip.remediation.in_graph import layers  # noqa: F401

    try:
        return keras.models.load_model(path, safe_mode=not allow_custom_code)
    except (ValueError, TypeError, OSError) as error:
        text = str(error)
        if not allow_custom_code and ("safe_mode" in text or "lambda" in text.lower()):
            raise InputError(
                f"Model {path} holds code of its own (such as a Lambda layer), which is not run "
                "unless allow_custom_code is set for it; set it only if you trust the file."
            ) from error
        unknown = re.search(r"Could not locate (?:class|function) '([^']+)'", text)
        if unknown:
            raise InputError(
                f"Model {path} holds {unknown[1]!r}, which Keras does not know; import the module "
                "that registers it (--import MODULE, models.import_module) and set "
                "allow_custom_code."
            ) from error
        # Keras repeats the whole architecture on the lines after the first.
        first_line = next(iter(text.strip().splitlines()), "")[:200]
        raise InputError(
            f"Model {path} cannot be read by Keras {keras.__version__} ({first_line}); it is "
            "damaged or of another version: save or download it again."
        ) from error
