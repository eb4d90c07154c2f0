"""What each record of an input must hold, and what it may hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from fairflip.pipeline.read.cells import Cell, cells_of
from fairflip.pipeline.read.columns import require_columns, slicing_features
from fairflip.pipeline.read.labels import TwoLabels
from fairflip.protos import columns, config_pb2
from fairflip.protos.forms.config_fields import default_of

#: What a file's records are: originals, counterfactuals, or both in one.
KINDS = ("examples", "counterfactuals", "pairs")

DEFAULT_ID: str = default_of(config_pb2.DataSpec, "id_feature")
#: As `id_feature`: records have no ID of their own and are named by file and position.
ROW_ID = "#row"
DEFAULT_TEXT: str = default_of(config_pb2.DataSpec, "text_feature")
DEFAULT_LABEL: str = default_of(config_pb2.DataSpec, "label_feature")
DEFAULT_THRESHOLD: float = default_of(config_pb2.DataSpec, "label_threshold")

#: Longer texts are left out: one of them would fill a worker's memory.
MAX_TEXT_BYTES = 1_000_000

_PAIR_STRINGS = (columns.COUNTERFACTUAL_ID, columns.EDIT, columns.CONTROL_KIND)
#: Several terms may have been changed at once, so these are lists.
_PAIR_LISTS = (
    columns.TERM,
    columns.REPLACEMENT,
    columns.GROUP,
    columns.REPLACEMENT_GROUP,
    columns.CATEGORY,
    columns.EDITED_WORDS,
)
#: Whole numbers in whatever form; pairing reads them.
_PAIR_NUMBERS = (columns.COUNTERFACTUAL_INDEX, columns.CONTROL_OF)


@dataclasses.dataclass(frozen=True)
class Indicators:
    """One numeric column per group, to fold into the slicing feature `feature`.

    A group is named where its column is at or above `threshold`.
    """

    feature: str
    columns: tuple[str, ...]
    threshold: float = DEFAULT_THRESHOLD


@dataclasses.dataclass(frozen=True)
class RecordLayout:
    """Columns by their role. The output of reading has the same schema for every file.

    Attributes:
      kind: One of `KINDS`.
      id: Example ID; becomes a string. `ROW_ID`: made from file name and position.
      texts: Text columns; never null or empty.
      inputs: Further features a model reads, as they are.
      cells: Of a table, in the place of texts and inputs: numbers and categories that a model
        reads; null where missing.
      label: Becomes float64 0.0 or 1.0, null where a record has none and keeps_unlabelled;
        None: no labels are read.
      label_threshold: A label above it is positive.
      label_is_required: Whether files without the label are an error.
      keeps_unlabelled: Whether a record without a label is good, its label null: a flip
        needs none, while training does.
      weight: Finite and not negative; float64. None: no weights.
      slices: Slicing features; become list<string>, empty for "in no group".
      numbers: Scores that are in the data; float64, null where they are no
        number (the score stage leaves those out by name).
      repeats: The same for answers to asking again, as `<score>.repeat2`; optional, but
        where the first file has them every record does.
      strings: Optional; null where missing.
      booleans: The same for truth values.
      lists: The same for multi-valued text; become list<string>.
      vectors: The same for lists of numbers, such as class scores; become list<double>.
      vector_lengths: (vector, how many numbers each of its lists holds), where that is known.
      output_labels: Labels of single outputs, numbers from 0 to 1 and truth values; become
        float64 0.0 or 1.0, null where a record has none.
      required_extras: Those of `strings` and `lists` that must be there.
      filters: (column, value): only records where they are equal are read.
      indicators: Slicing features folded from one column per group.
      max_text_bytes: Longer texts are left out.
      split: Of `data.split_by_hash`: "train", "validation" or "test"; the records of the other
        splits are passed over. "": all are read.
      row_root: With `ROW_ID`, the folder below which files are named, as `row_root`
        in `raw` says; None: their names differ.
      encoding: As `DataSpec.encoding`; "": found out file by file.
      delimiter: As `DataSpec.delimiter`; the same.
      positive_label: As `DataSpec.positive_label`.
      label_files: Patterns of all inputs whose labels mean the same; read where the labels of
        one leave open what they mean.
      two_labels: What the labels are if they are not numbers from 0 to 1 or truth values.
      sources: (name, column): where a column of the output has another name in the files.
      absent: Optional columns that the first file lacks; a later file with one is refused.
    """

    kind: str = "examples"
    id: str = DEFAULT_ID
    texts: tuple[str, ...] = (DEFAULT_TEXT,)
    inputs: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    label: str | None = DEFAULT_LABEL
    label_threshold: float = DEFAULT_THRESHOLD
    label_is_required: bool = False
    keeps_unlabelled: bool = False
    weight: str | None = None
    slices: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    repeats: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    booleans: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    vectors: tuple[str, ...] = ()
    vector_lengths: tuple[tuple[str, int], ...] = ()
    output_labels: tuple[str, ...] = ()
    required_extras: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    indicators: tuple[Indicators, ...] = ()
    max_text_bytes: int = MAX_TEXT_BYTES
    split: str = ""
    row_root: str | None = None
    encoding: str = ""
    delimiter: str = ""
    positive_label: str = ""
    label_files: tuple[str, ...] = ()
    two_labels: TwoLabels | None = None
    sources: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}, got {self.kind!r}")

    def source(self, name: str) -> str:
        """The files' name of a column of the output."""
        return dict(self.sources).get(name, name)

    @property
    def plain_slices(self) -> tuple[str, ...]:
        """Slicing features that are columns, not folded from indicators."""
        folded = {indicator.feature for indicator in self.indicators}
        return tuple(feature for feature in self.slices if feature not in folded)

    @property
    def content(self) -> list[str]:
        """The columns that say first which of the records with one ID is kept."""
        cells = [cell.name for cell in self.cells]
        return [*self.texts, *self.inputs, *cells, *filter(None, [self.label, self.weight])]

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that every file must have, each once."""
        names = [*self.texts, *self.inputs]
        names += [cell.name for cell in self.cells if not cell.is_optional]
        if self.id != ROW_ID:
            names.insert(0, self.id)
        if self.label:
            names.append(self.label)
        names += self.output_labels
        if self.weight:
            names.append(self.weight)
        names += [*self.plain_slices, *self.numbers, *self.required_extras]
        names += [column for column, _ in self.filters]
        names += [column for indicator in self.indicators for column in indicator.columns]
        return tuple(dict.fromkeys(map(self.source, names)))

    @property
    def wanted(self) -> tuple[str, ...]:
        """All columns to read: the required ones and the optional ones."""
        optional = [cell.name for cell in self.cells]
        optional += [*self.repeats, *self.strings, *self.booleans, *self.lists, *self.vectors]
        return tuple(dict.fromkeys([*self.required, *map(self.source, optional)]))

    @property
    def flags(self) -> dict[str, str]:
        """The flag that names each of the required columns, in the files' names."""
        roles = (
            ("id_feature", [self.id]),
            ("text_feature", self.texts[:1]),
            ("label_feature", [self.label]),
            ("weight_feature", [self.weight]),
            ("input_feature", [*self.inputs, *(cell.name for cell in self.cells)]),
            ("slice", self.plain_slices),
            ("score", self.numbers),
            ("filter", [name for name, _ in self.filters]),
            ("indicators", [name for each in self.indicators for name in each.columns]),
        )
        return {self.source(n): flag for flag, names in reversed(roles) for n in names if n}

    def resolve(
        self, available: Iterable[str], source: str, has_schema: bool = True
    ) -> RecordLayout:
        """The layout for an input whose first file `source` has the columns `available`.

        Optional columns that are not there become `absent`, so that every batch of
        the input has one schema.

        Args:
          available: The first file's columns, or those of its first records.
          source: The first file.
          has_schema: Whether every file names its columns before its records. Else
            a later record may have an optional column: all of them stay.

        Raises:
          InputError: A required column is missing.
        """
        available = list(available)
        label = self.label
        if label and label not in available and not self.label_is_required:
            label = None
        resolved = dataclasses.replace(
            self,
            label=label,
            repeats=tuple(n for n in self.repeats if n in available),
            cells=tuple(c for c in self.cells if not c.is_optional or c.name in available),
        )
        if has_schema:
            resolved = dataclasses.replace(
                resolved,
                strings=tuple(n for n in self.strings if self.source(n) in available),
                booleans=tuple(n for n in self.booleans if self.source(n) in available),
                lists=tuple(n for n in self.lists if self.source(n) in available),
                vectors=tuple(n for n in self.vectors if self.source(n) in available),
            )
        require_columns(resolved.required, available, source, resolved.flags)
        wanted = resolved.wanted
        absent = tuple(name for name in self.wanted if name not in wanted)
        return dataclasses.replace(resolved, absent=absent)

    @classmethod
    def from_data_spec(
        cls,
        data: config_pb2.DataSpec,
        kind: str = "examples",
        slices: Sequence[str] = (),
        score_features: Sequence[str] = (),
        filters: Sequence[config_pb2.RowFilter] | None = None,
        label_is_required: bool = False,
        class_features: Sequence[str] = (),
        num_repeats: int = 1,
        split: str = "",
        vector_lengths: Sequence[tuple[str, int]] = (),
        output_labels: Sequence[str] = (),
        class_label: str = "",
    ) -> RecordLayout:
        """The layout that a configuration asks for; counterfactuals' columns have their own names.

        Args:
          data: Names of the columns; empty names mean the defaults.
          kind: One of `KINDS`.
          slices: `EvaluationSpec.slices`: features and crosses ("gender,race").
          score_features: `ModelSpec.score_feature` of models scored already.
          filters: In place of `data.filters`.
          label_is_required: For training. Otherwise a missing label column is
            an error only if the configuration names another than the default.
          class_features: Columns of class scores, read where they are.
          num_repeats: How many answers to one text are read, where there are so many.
          split: Which split is read, where `data.split_by_hash`.
          vector_lengths: Lists of scores that must be there, and how long they are, 0 where
            that is not known yet.
          output_labels: The labels of single outputs.
          class_label: The label that names a class, where there is one.
        """
        text = "" if data.without_text else data.text_feature or DEFAULT_TEXT
        others = tuple(name for name in dict.fromkeys(data.input_features) if name != text)
        features = slicing_features(slices)
        pair_slices = tuple(
            columns.PAIR_SLICES[feature]
            for feature in features
            if feature in columns.PAIR_SLICES and columns.PAIR_SLICES[feature] != columns.DOUBTS
        )
        mapped = {each.name: each.column for each in data.pair_columns}
        label = data.label_feature or DEFAULT_LABEL
        threshold = DEFAULT_THRESHOLD
        if data.HasField("label_threshold"):
            threshold = data.label_threshold
        row_filters = data.filters if filters is None else filters
        label_files = [*data.examples, *data.pairs, *data.train_examples, *data.validation_examples]
        needed = [name for name, _ in vector_lengths]
        needed += [class_label] * (class_label not in ("", DEFAULT_LABEL))
        layout = cls(
            kind=kind,
            id=data.id_feature or DEFAULT_ID,
            texts=() if data.without_text else (text,),
            inputs=() if data.without_text else others,
            cells=cells_of(others, kind, data.image_features) if data.without_text else (),
            label=label,
            label_threshold=threshold,
            label_is_required=label_is_required or label != DEFAULT_LABEL,
            keeps_unlabelled=not label_is_required,
            weight=data.weight_feature or None,
            slices=tuple(name for name in features if name not in columns.PAIR_SLICES),
            numbers=tuple(dict.fromkeys(score_features)),
            repeats=tuple(
                columns.repeated(name, repeat)
                for name in dict.fromkeys(score_features)
                for repeat in range(2, num_repeats + 1)
            ),
            vectors=tuple(dict.fromkeys([*class_features, *(n for n, _ in vector_lengths)])),
            vector_lengths=tuple(each for each in vector_lengths if each[1]),
            output_labels=tuple(dict.fromkeys(output_labels)),
            strings=(class_label,) if class_label else (),
            required_extras=tuple(dict.fromkeys(needed)),
            filters=tuple((rule.column, rule.value) for rule in row_filters),
            split=split if data.split_by_hash else "",
            encoding=data.encoding,
            delimiter=data.delimiter,
            positive_label=data.positive_label,
            label_files=tuple(dict.fromkeys(label_files)),
            indicators=tuple(
                Indicators(
                    rule.feature,
                    tuple(rule.columns),
                    rule.threshold if rule.HasField("threshold") else DEFAULT_THRESHOLD,
                )
                for rule in data.indicator_columns
            ),
        )
        # A label that names a class is read as text, not as a number.
        if class_label == label:
            layout = dataclasses.replace(layout, label=None)
        if kind == "examples":
            return layout
        # What pairs and counterfactuals say of their edit, unless a column is mapped to nothing.
        layout = dataclasses.replace(
            layout,
            strings=(
                *layout.strings,
                *(name for name in _PAIR_STRINGS if mapped.get(name, name)),
            ),
            booleans=tuple(
                name for name in (columns.FLIP_IS_LEGITIMATE,) if mapped.get(name, name)
            ),
            lists=tuple(name for name in _PAIR_LISTS if mapped.get(name, name)),
            required_extras=tuple(
                dict.fromkeys(
                    [
                        *layout.required_extras,
                        *pair_slices,
                        *(name for name, column in mapped.items() if column),
                    ]
                )
            ),
            sources=tuple((name, column) for name, column in mapped.items() if column),
        )
        second_text = columns.counterfactual(text) if kind == "pairs" else text
        if data.counterfactual_feature not in ("", second_text):
            layout = dataclasses.replace(
                layout, sources=(*layout.sources, (second_text, data.counterfactual_feature))
            )
        # A pair's columns of scores and texts stand twice, its slices are the original's.
        if kind == "pairs":
            return dataclasses.replace(
                layout,
                texts=(text, second_text) if text else (),
                strings=(*layout.strings, *_PAIR_NUMBERS),
                slices=tuple(map(columns.own, layout.slices)),
                numbers=(
                    *layout.numbers,
                    *(columns.counterfactual(name) for name in layout.numbers),
                ),
                repeats=(
                    *layout.repeats,
                    *(columns.counterfactual(name) for name in layout.repeats),
                ),
                vectors=(
                    *layout.vectors,
                    *(columns.counterfactual(name) for name in layout.vectors),
                ),
                vector_lengths=(
                    *layout.vector_lengths,
                    *((columns.counterfactual(n), k) for n, k in layout.vector_lengths),
                ),
                required_extras=(
                    *layout.required_extras,
                    *(columns.counterfactual(name) for name, _ in vector_lengths),
                ),
            )
        # A counterfactual has its original's label, weight and slices, and passed its filters.
        return dataclasses.replace(
            layout,
            inputs=(),
            label=None,
            output_labels=(),
            strings=tuple(name for name in layout.strings if name != class_label),
            required_extras=tuple(n for n in layout.required_extras if n != class_label),
            weight=None,
            slices=(),
            indicators=(),
            filters=(),
        )
