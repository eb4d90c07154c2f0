"""Why no counterfactual meets an original: IDs that are written in two ways."""

from __future__ import annotations

import dataclasses
import decimal
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from fairflip.pipeline.evaluate.inputs import EvaluationInputs
from fairflip.pipeline.read.files import CheckedInput, read_file
from fairflip.pipeline.read.layout import ROW_ID
from fairflip.protos.config_pb2 import DataSpec
from fairflip.protos.forms.messages import quote

#: IDs of each side that are looked at.
MOST_IDS = 200_000


def _as_number(value: str) -> str:
    try:
        number = decimal.Decimal(value)
    except decimal.InvalidOperation:
        return value
    # A power of ten beyond this is no ID, and its digits would fill the memory.
    return (
        f"{number.normalize():f}" if number.is_finite() and abs(number.adjusted()) < 40 else value
    )


def _in_any_way(value: str) -> str:
    plain = unicodedata.normalize("NFKC", " ".join(value.split())).casefold()
    return _as_number(unicodedata.normalize("NFKC", plain))


#: What two ways to write an ID may differ in -> what makes them one.
_FORMS: Mapping[str, Callable[[str], str]] = {
    "in space around or inside them": lambda value: "".join(value.split()),
    "in case": str.casefold,
    "in their Unicode form": lambda value: unicodedata.normalize("NFKC", value),
    "in how numbers are written": _as_number,
    "in case, space, Unicode form and how numbers are written": _in_any_way,
}


def why_ids_never_match(data: DataSpec, inputs: EvaluationInputs) -> str:
    """The sentence for counterfactuals of which none has its original's ID.

    Args:
        data: Names of the columns.
        inputs: With examples and counterfactuals.
    """
    assert inputs.examples is not None
    assert inputs.counterfactuals is not None
    originals, others = _ids_of(inputs.examples), _ids_of(inputs.counterfactuals)
    start = "no pair is left: no counterfactual has the ID of an original"
    if data.id_feature == ROW_ID:
        return (
            f"{start}; rows are named by file and position (data.id_feature {ROW_ID!r}), so that "
            "the files of both sides must have the same names; name them so, or give a column "
            "with IDs"
        )
    met: dict[str, list[tuple[str, str]]] = {}
    for difference, form in _FORMS.items():
        by_form = {form(value): value for value in originals}
        met[difference] = [
            (value, by_form[form(value)]) for value in others if form(value) in by_form
        ]
    # The first that explains the most: each form alone comes before all of them together.
    difference = max(met, key=lambda name: len(met[name]))
    if met[difference]:
        other, original = min(met[difference])
        return (
            f"{start}, and {len(met[difference]):,} differ from one only {difference}: "
            f"{quote(original)} in data.examples is {quote(other)} in data.counterfactuals; "
            f"write {quote(data.id_feature)} alike on both sides"
        )
    return (
        f"{start}: those of data.examples are such as {_shown(originals)}, those of "
        f"data.counterfactuals such as {_shown(others)}; check the column that is data.id_feature "
        f"({quote(data.id_feature)})"
    )


def _shown(ids: Iterable[str]) -> str:
    return " and ".join(quote(value) for value in sorted(ids)[:2]) or "none"


def _ids_of(checked: CheckedInput) -> set[str]:
    """Distinct IDs of an input, up to `MOST_IDS` records."""
    layout = dataclasses.replace(
        checked.layout,
        texts=(),
        inputs=(),
        label=None,
        weight=None,
        slices=(),
        indicators=(),
        numbers=(),
        strings=(),
        booleans=(),
        lists=(),
        vectors=(),
        required_extras=(),
    )
    ids: set[str] = set()
    number = 0
    for entry in checked.files:
        if not entry.size_bytes:
            continue
        for part in read_file(entry.path, layout, checked.file_format, batch_size=8192):
            ids.update(part.batch.column(layout.id).to_pylist())
            number += part.num_records
            if number >= MOST_IDS:
                return ids
    return ids
