"""The table of the command line's flags: each sets one field of `PipelineConfig`.

The parser, its ``--help`` and the reference in docs/ are made from it. A flag
that is repeatable replaces the whole list of the configuration file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.messages import nearest, quote

_WORK = ("generate", "evaluate", "remediate", "run")
_SCORING = ("evaluate", "run")
_TRAINING = ("remediate", "run")
_FINISHED = ("report", "gate")

#: Sets one field of a configuration from one value of a flag.
Setter = Callable[[PipelineConfig, str], None]


@dataclasses.dataclass(frozen=True)
class Flag:
    """One flag of the command line.

    Attributes:
        name: Without dashes.
        field: Dotted path of the field in `PipelineConfig`.
        help: One sentence for ``--help`` and the reference.
        metavar: What stands for its value; "" for a switch without a value.
        default: The default in words, "" where there is none.
        repeatable: Whether each further use adds to a list.
        commands: The commands that take it.
        setter: For values that are not simply the field's: adds one value.
    """

    name: str
    field: str
    help: str
    metavar: str = ""
    default: str = ""
    repeatable: bool = False
    commands: tuple[str, ...] = _WORK
    setter: Setter | None = None

    @property
    def is_switch(self) -> bool:
        """Whether the flag stands alone, without a value."""
        return not self.metavar

    @property
    def help_text(self) -> str:
        """The help with the default, as the command line shows it."""
        notes = []
        if self.default:
            notes.append(f"default: {self.default}")
        if self.repeatable:
            notes.append("repeatable")
        return self.help + (f" ({'; '.join(notes)})" if notes else "")


def _named(value: str, flag: str, form: str) -> tuple[str, str]:
    name, equals, rest = value.partition("=")
    if not (name and equals and rest):
        raise ValueError(f"{quote(value)} is not of the form {form}")
    return name, rest


def _model_setter(flag: str, field: str, form: str) -> Setter:
    def add(config: PipelineConfig, value: str) -> None:
        name, rest = _named(value, flag, form)
        setattr(config.models.add(name=name), field, rest)

    return add


def _filter_setter(field: str) -> Setter:
    def add(config: PipelineConfig, value: str) -> None:
        column, rest = _named(value, field, "COLUMN=VALUE")
        getattr(config.data, field).add(column=column, value=rest)

    return add


def _add_indicators(config: PipelineConfig, value: str) -> None:
    feature, columns = _named(value, "indicators", "FEATURE=COLUMN,COLUMN")
    config.data.indicator_columns.add(feature=feature, columns=columns.split(","))


def _add_pair_column(config: PipelineConfig, value: str) -> None:
    name, equals, column = value.partition("=")
    if not (name and equals):
        raise ValueError(f"{quote(value)} is not of the form NAME=COLUMN")
    config.data.pair_columns.add(name=name, column=column)


def _set_generator(config: PipelineConfig, value: str) -> None:
    if ":" in value:
        config.generator.function = value
        config.generator.method = ""
    else:
        config.generator.method = value
        config.generator.function = ""


def _set_score_scale(config: PipelineConfig, value: str) -> None:
    """Of one model, `NAME=SCALE`, or of all, `SCALE`."""
    name, equals, scale = value.rpartition("=")
    models = [model for model in config.models if not equals or model.name == name]
    if equals and not models:
        known = [model.name for model in config.models]
        raise ValueError(f"{quote(value)} names no model{nearest(name, known)}")
    for model in models:
        model.score_scale = scale


def _allow_custom_code(config: PipelineConfig, value: str) -> None:
    for model in config.models:
        model.allow_custom_code = True


FLAGS: tuple[Flag, ...] = (
    # data
    Flag("examples", "data.examples", "file pattern of the originals", "PATTERN", repeatable=True),
    Flag(
        "counterfactuals",
        "data.counterfactuals",
        "file pattern of ready-made counterfactuals; without them they are generated",
        "PATTERN",
        repeatable=True,
        commands=("evaluate", "remediate", "run"),
    ),
    Flag(
        "pairs",
        "data.pairs",
        "file pattern of records that hold both sides; instead of --examples",
        "PATTERN",
        repeatable=True,
        commands=("evaluate", "remediate", "run"),
    ),
    Flag(
        "train_examples",
        "data.train_examples",
        "file pattern of labelled examples to retrain on",
        "PATTERN",
        repeatable=True,
        commands=_TRAINING,
    ),
    Flag(
        "validation_examples",
        "data.validation_examples",
        "file pattern of labelled examples for early stopping and for a sweep's choice",
        "PATTERN",
        "where needed, a tenth of the training examples by a hash of the ID",
        repeatable=True,
        commands=_TRAINING,
    ),
    Flag(
        "format", "data.format", "tfrecord, parquet, csv or jsonl", "NAME", "by the file extension"
    ),
    Flag("id_feature", "data.id_feature", "column of the example ID", "NAME", "example_id"),
    Flag("text_feature", "data.text_feature", "column of the text", "NAME", "comment_text"),
    Flag("label_feature", "data.label_feature", "column of the label, if any", "NAME", "toxicity"),
    Flag("weight_feature", "data.weight_feature", "column of example weights", "NAME", "none"),
    Flag(
        "label_threshold",
        "data.label_threshold",
        "a label above this is positive",
        "NUMBER",
        "0.5",
    ),
    Flag(
        "input_feature",
        "data.input_features",
        "a feature that the model reads, when it reads more than the text",
        "NAME",
        repeatable=True,
    ),
    Flag(
        "filter",
        "data.filters",
        "read only records whose COLUMN has VALUE",
        "COLUMN=VALUE",
        repeatable=True,
        setter=_filter_setter("filters"),
    ),
    Flag(
        "train_filter",
        "data.train_filters",
        "the same for --train_examples",
        "COLUMN=VALUE",
        repeatable=True,
        commands=_TRAINING,
        setter=_filter_setter("train_filters"),
    ),
    Flag(
        "validation_filter",
        "data.validation_filters",
        "the same for --validation_examples",
        "COLUMN=VALUE",
        repeatable=True,
        commands=_TRAINING,
        setter=_filter_setter("validation_filters"),
    ),
    Flag(
        "indicators",
        "data.indicator_columns",
        "fold one numeric column per group into one slicing feature",
        "FEATURE=COLUMN,COLUMN",
        repeatable=True,
        setter=_add_indicators,
    ),
    Flag(
        "positive_label",
        "data.positive_label",
        "which of two label values is positive, where labels are words such as toxic and ok",
        "VALUE",
        "numbers from 0 to 1 and truth values; of -1 and 1, or 1 and 2, the greater",
    ),
    Flag("encoding", "data.encoding", "of CSV and JSON Lines files", "NAME", "found out, and said"),
    Flag(
        "delimiter",
        "data.delimiter",
        "of CSV files: a comma, a semicolon, | or tab",
        "CHARACTER",
        "found out, and said",
    ),
    Flag(
        "pair_column",
        "data.pair_columns",
        "the column of counterfactuals or pairs that holds term, replacement, group, category, "
        "counterfactual_id or flip_is_legitimate; NAME= where such a column is the data's own",
        "NAME=COLUMN",
        "columns of these names, in files that generate wrote or where their types fit",
        repeatable=True,
        commands=("evaluate", "remediate", "run"),
        setter=_add_pair_column,
    ),
    # generator
    Flag(
        "generator",
        "generator.method",
        "how counterfactuals are made: ablation, substitution, or package.module:function",
        "NAME",
        "ablation",
        setter=_set_generator,
    ),
    Flag(
        "terms",
        "generator.terms",
        "a CSV with the columns term,group,category,swap, or the name of a built-in list",
        "FILE|NAME",
        "clp_tutorial",
    ),
    Flag(
        "per_term",
        "generator.per_term",
        "ablation: one counterfactual per term instead of per text",
    ),
    Flag(
        "category",
        "generator.categories",
        "only the terms of this category",
        "NAME",
        "all of the list",
        repeatable=True,
    ),
    Flag(
        "min_validity",
        "generator.min_validity",
        "leave out counterfactuals whose validity score is below this",
        "NUMBER",
        "keep all",
    ),
    Flag("tagger", "generator.tagger", "spaCy pipeline for parts of speech", "NAME", "rules"),
    # models
    Flag(
        "model",
        "models.path",
        "a .keras file or SavedModel; the first model is the baseline",
        "NAME=PATH",
        repeatable=True,
        commands=("evaluate", "remediate", "run"),
        setter=_model_setter("model", "path", "NAME=PATH"),
    ),
    Flag(
        "score",
        "models.score_feature",
        "a model whose scores are in the data, as FEATURE and counterfactual.FEATURE",
        "NAME=FEATURE",
        repeatable=True,
        commands=_SCORING,
        setter=_model_setter("score", "score_feature", "NAME=FEATURE"),
    ),
    Flag(
        "handler",
        "models.handler",
        "a model by the import path of a factory of its Beam ModelHandler",
        "NAME=MODULE:FACTORY",
        repeatable=True,
        commands=_SCORING,
        setter=_model_setter("handler", "handler", "NAME=MODULE:FACTORY"),
    ),
    Flag(
        "allow_custom_code",
        "models.allow_custom_code",
        "load models whose layers run code of their own; only for models you trust",
        commands=("evaluate", "remediate", "run"),
        setter=_allow_custom_code,
    ),
    Flag(
        "score_scale",
        "models.score_scale",
        "what scores are: probability (0 to 1), logit (made probabilities on reading), or any "
        "(as they are; give --threshold); of one model, or of all",
        "[NAME=]SCALE",
        "probability",
        commands=("evaluate", "remediate", "run"),
        setter=_set_score_scale,
    ),
    # evaluation
    Flag(
        "slice",
        "evaluation.slices",
        "a feature, or a cross F,G; Overall is always there; generated pairs keep its column",
        "F[,G]",
        repeatable=True,
        commands=("generate", *_SCORING),
    ),
    Flag(
        "threshold",
        "evaluation.thresholds",
        "a decision threshold: positive means score > threshold",
        "T",
        "0.5",
        repeatable=True,
        commands=_SCORING,
    ),
    Flag(
        "confidence_level",
        "evaluation.confidence_level",
        "of all intervals",
        "SHARE",
        "0.95",
        commands=_SCORING,
    ),
    Flag(
        "min_slice_size",
        "evaluation.min_slice_size",
        "mark slices with fewer originals as too few to say",
        "N",
        "1",
        commands=_SCORING,
    ),
    Flag(
        "num_example_ids",
        "evaluation.num_example_ids",
        "flipped pairs to keep by ID for each slice, threshold and direction",
        "N",
        "100",
        commands=_SCORING,
    ),
    Flag(
        "num_buckets",
        "evaluation.num_buckets",
        "resampling buckets",
        "N",
        "64",
        commands=_SCORING,
    ),
    Flag(
        "eval_config",
        "evaluation.eval_config",
        "a TFMA EvalConfig (textproto) whose metrics are computed as well",
        "FILE",
        commands=_SCORING,
    ),
    Flag(
        "score_unpaired",
        "evaluation.score_unpaired",
        "score originals without a counterfactual too, for AUC over all examples",
        "true|false",
        "true",
        commands=_SCORING,
    ),
    Flag("batch_size", "evaluation.batch_size", "rows per batch", "N", "1024", commands=_SCORING),
    Flag(
        "max_rejects",
        "evaluation.max_rejects",
        "stop when more records are left out: a share below 1 or a count",
        "N|SHARE",
        "5 % and ten of the records that cannot be read or scored",
    ),
    Flag(
        "limits",
        "evaluation.limits",
        "the gate's limits (textproto, JSON or YAML)",
        "FILE",
        commands=("evaluate", "run", "gate"),
    ),
    # remediation
    Flag(
        "technique",
        "remediation.technique",
        "clp, mindiff, augmentation or plain",
        "NAME",
        "clp",
        commands=_TRAINING,
    ),
    Flag("loss", "remediation.loss", "pair loss", "NAME", "by the technique", commands=_TRAINING),
    Flag(
        "loss_weight",
        "remediation.loss_weights",
        "weight of the pair loss; several make a sweep",
        "W",
        "1.0",
        repeatable=True,
        commands=_TRAINING,
    ),
    Flag(
        "sweep_loss",
        "remediation.sweep_losses",
        "a loss of either technique to try beside --loss, with every weight",
        "NAME",
        repeatable=True,
        commands=_TRAINING,
    ),
    Flag("epochs", "remediation.epochs", "epochs of retraining", "N", "1", commands=_TRAINING),
    Flag(
        "train_batch_size",
        "remediation.batch_size",
        "examples per training step",
        "N",
        "128",
        commands=_TRAINING,
    ),
    Flag(
        "learning_rate",
        "remediation.learning_rate",
        "of retraining",
        "RATE",
        "the optimizer's own",
        commands=_TRAINING,
    ),
    Flag(
        "learning_rate_schedule",
        "remediation.learning_rate_schedule",
        "constant, or cosine: the learning rate falls to 0",
        "NAME",
        "constant",
        commands=_TRAINING,
    ),
    Flag(
        "pairing",
        "remediation.pairing",
        "of CLP: aligned, each pair once an epoch, or packed, pairs repeated beside the batches",
        "NAME",
        "aligned",
        commands=_TRAINING,
    ),
    Flag(
        "from_scratch",
        "remediation.from_scratch",
        "start from fresh weights instead of the baseline's",
        commands=_TRAINING,
    ),
    Flag(
        "negative_originals_only",
        "remediation.negative_originals_only",
        "make pairs only of originals labelled negative",
        commands=_TRAINING,
    ),
    Flag(
        "held_out_term",
        "remediation.held_out_terms",
        "a term withheld from training and reported apart",
        "TERM",
        repeatable=True,
        commands=_TRAINING,
    ),
    Flag(
        "remediated_name",
        "remediation.model_name",
        "name of the remediated model in the report",
        "NAME",
        "remediated",
        commands=_TRAINING,
    ),
    Flag(
        "trainer",
        "remediation.trainer",
        "import path of a training function of your own",
        "MODULE:FUNCTION",
        commands=_TRAINING,
    ),
    Flag(
        "early_stopping_patience",
        "remediation.early_stopping_patience",
        "stop after this many epochs without improvement",
        "N",
        "off",
        commands=_TRAINING,
    ),
    Flag(
        "min_diff_group",
        "remediation.min_diff_group",
        "MinDiff: the group whose negatives are matched to the other negatives",
        "FEATURE:GROUP",
        commands=_TRAINING,
    ),
    Flag(
        "num_seeds",
        "remediation.num_seeds",
        "training runs per setting of a sweep",
        "N",
        "1",
        commands=_TRAINING,
    ),
    Flag(
        "auc_budget",
        "remediation.auc_budget",
        "the largest loss of AUC that a sweep's choice may cost",
        "NUMBER",
        "0.005",
        commands=_TRAINING,
    ),
    # output
    Flag("output_dir", "output.output_dir", "where everything is written", "DIR"),
    Flag(
        "run",
        "output.output_dir",
        "the output directory of a finished run",
        "DIR",
        commands=_FINISHED,
    ),
    Flag(
        "no_text",
        "output.no_text",
        "leave text out of scored pairs, report and rejects; while a run is under way, steps/ "
        "holds it, for its owner alone",
    ),
    Flag(
        "no_examples",
        "output.no_examples",
        "leave example pairs out of the HTML report",
        commands=("evaluate", "run", "report"),
    ),
    Flag(
        "overwrite",
        "output.overwrite",
        "write into a directory with a run of another configuration",
    ),
    Flag("seed", "seed", "of everything that draws", "N", "0"),
)
