"""Finds the columns of ID, text and label where the configuration does not name them.

The first file's first records tell. A role is given to a column only where exactly one fits;
where several do, the run stops and names them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from fairflip.pipeline.guess.profiles import Profile, profiles_of
from fairflip.pipeline.read.formats import available_columns, format_of
from fairflip.pipeline.read.layout import ROW_ID, RecordLayout
from fairflip.pipeline.storage import filesystem
from fairflip.protos import columns
from fairflip.protos.config_pb2 import DataSpec, PipelineConfig
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.forms.messages import quote

ID, TEXT, LABEL = "id_feature", "text_feature", "label_feature"
_WORDS = {ID: "the ID", TEXT: "the text", LABEL: "the label"}


class _Fits(NamedTuple):
    """The columns that fit a role, and whether the run cannot do without."""

    names: list[str]
    is_needed: bool


def settle_columns(config: PipelineConfig, command: str) -> list[str]:
    """Names the columns that nobody named, in place.

    Args:
        config: Complete; `data.unnamed_columns` says which roles are open. Afterwards none is.
        command: The command; training needs a label.

    Returns:
        A sentence for each column that was taken, with its flag.

    Raises:
        ConfigurationError: Several columns fit a role.
    """
    data = config.data
    open_roles = list(data.unnamed_columns)
    del data.unnamed_columns[:]
    patterns = list(data.pairs or data.examples or data.train_examples)
    if not patterns or not (open_roles or data.without_text):
        return []
    try:
        files = [entry for entry in filesystem.match(patterns, "data") if entry.size_bytes > 0]
        path = files[0].path
        file_format = format_of(path, data.format)
        layout = RecordLayout(encoding=data.encoding, delimiter=data.delimiter)
        available = available_columns(path, file_format, layout)
    except (InputError, ConfigurationError, IndexError):
        return []  # Reading the input says what is wrong.
    open_roles = [role for role in open_roles if getattr(data, role) not in available]
    has_features = bool(data.input_features) or not data.without_text
    if not open_roles and has_features:
        return []
    taken = _taken(config, open_roles)
    # A column that slices, or is changed, is no label and no ID, and may be a feature.
    other_roles = taken | _named_otherwise(config)
    names = [n for n in available if n not in (taken if data.without_text else other_roles)]
    profiles = profiles_of(path, file_format, layout, [n for n in names if not _is_ours(n)])
    open_columns = [each for each in profiles if each.name not in other_roles]
    if TEXT in open_roles and _is_table(data, open_columns, available):
        open_roles.remove(TEXT)
        data.without_text, data.text_feature = True, ""
    sentences = _named(data, open_roles, open_columns, available, path, command)
    if data.without_text and not data.input_features:
        sentences.append(_features(data, profiles, path))
    return sentences


def _is_table(data: DataSpec, profiles: Sequence[Profile], available: Collection[str]) -> bool:
    """Whether records come in pairs, or name what models read, and no column is a text."""
    if any(profile.is_text for profile in profiles):
        return False
    in_pairs = any(columns.counterfactual(each.name) in available for each in profiles)
    return bool(data.input_features) or (bool(data.pairs) and in_pairs)


def _features(data: DataSpec, profiles: Sequence[Profile], path: str) -> str:
    """Names what models of a table read: every column of numbers or words without a role."""
    others = {data.id_feature, data.label_feature, data.text_feature}
    free = [profile for profile in profiles if profile.name not in others]
    data.input_features.extend(profile.name for profile in free if profile.values)
    unread = [profile.name for profile in free if not profile.values]
    sentence = f"{path}: models read {', '.join(map(quote, data.input_features)) or 'nothing'}"
    if unread:
        sentence += f", and not {', '.join(map(quote, unread))}, without a number or word"
    return f"{sentence} (--input_feature names others)"


def _named(
    data: DataSpec,
    open_roles: Sequence[str],
    profiles: Sequence[Profile],
    available: Collection[str],
    path: str,
    command: str,
) -> list[str]:
    """Sets each open role, the text first: what is a text is no ID and no label."""
    finders: dict[str, Callable[[], _Fits]] = {
        TEXT: lambda: _texts(profiles, data, available),
        ID: lambda: _ids(rest()),
        LABEL: lambda: _labels(rest(), command, data.without_text),
    }

    def rest() -> list[Profile]:
        return [profile for profile in profiles if profile.name not in settled]

    settled: set[str] = set()
    sentences, problems = [], []
    for role, find in finders.items():
        if role not in open_roles:
            continue
        fits = find()
        if len(fits.names) == 1:
            [name] = fits.names
            setattr(data, role, name)
            settled.add(name)
            sentences.append(f"{path}: {quote(name)} is {_WORDS[role]} (--{role} {name})")
        elif fits.names:
            listed = ", ".join(map(quote, fits.names))
            if fits.is_needed:
                problems.append(
                    f"data.{role}: {path} has several columns that may be {_WORDS[role]}: "
                    f"{listed}; name one, such as --{role} {fits.names[0]}"
                )
            else:
                sentences.append(
                    f"{path}: no label is read, since several columns may be one: {listed}; name "
                    f"it (--{role}) for accuracy and AUC"
                )
        elif role == ID and not data.counterfactuals:
            data.id_feature = ROW_ID
            sentences.append(
                f"{path}: no column is an ID: records are named by file and position "
                f"(--id_feature '{ROW_ID}')"
            )
    if problems:
        raise ConfigurationError(problems)
    return sentences


def _taken(config: PipelineConfig, open_roles: Collection[str]) -> set[str]:
    """Columns that are something else already."""
    data, evaluation = config.data, config.evaluation
    names = {getattr(data, role) for role in (ID, TEXT, LABEL) if role not in open_roles}
    names |= {data.weight_feature, data.counterfactual_feature, evaluation.cluster_feature}
    names |= {*data.input_features, *(each.column for each in data.pair_columns)}
    names |= {rule.column for rule in (*data.filters, *data.train_filters)}
    names |= {column for rule in data.indicator_columns for column in rule.columns}
    names |= {each.column for each in data.output_labels}
    names |= {model.score_feature for model in config.models}
    names |= {name for model in config.models for name in model.score_features}
    return names


def _named_otherwise(config: PipelineConfig) -> set[str]:
    """Columns that slice or are changed."""
    generator = config.generator
    names = {name for entry in config.evaluation.slices for name in entry.split(",")}
    return names | {generator.attribute, *(each.column for each in generator.linked)}


def _is_ours(name: str) -> bool:
    is_of_a_pair = name in columns.ABOUT or name == columns.COUNTERFACTUAL_INDEX
    return is_of_a_pair or name.startswith((columns.COUNTERFACTUAL_PREFIX, columns.SCORE_PREFIX))


def _texts(profiles: Sequence[Profile], data: DataSpec, available: Collection[str]) -> _Fits:
    names = [profile.name for profile in profiles if profile.is_text]
    if data.pairs:
        # Of a pair the first text has its second one beside it.
        names = [n for n in names if columns.counterfactual(n) in available] or names
    return _Fits(names, True)


def _ids(profiles: Sequence[Profile]) -> _Fits:
    return _Fits([profile.name for profile in profiles if profile.is_id], True)


def _labels(profiles: Sequence[Profile], command: str, of_table: bool = False) -> _Fits:
    named = [profile.name for profile in profiles if profile.is_label and profile.names_a_label]
    if named:
        return _Fits(named, True)
    is_needed = command in ("run", "remediate", "sweep")
    if of_table and not is_needed:  # Of 0 and 1 are many of its features, too.
        return _Fits([], False)
    others = [profile.name for profile in profiles if profile.is_zero_or_one]
    return _Fits(others, is_needed)
