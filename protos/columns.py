"""Names of the columns in the pair files and the scored-pair files.

They are a format on disk, like the protos beside them, and are read by
notebooks and checks outside this package.
"""

from __future__ import annotations

COUNTERFACTUAL_PREFIX = "counterfactual."
SCORE_PREFIX = "score."
CLASSES_PREFIX = "classes."
TOP_CLASS_PREFIX = "class."

COUNTERFACTUAL_ID = "counterfactual_id"
TERM = "term"
REPLACEMENT = "replacement"
GROUP = "group"
#: The groups of what stands in the place of the terms; empty for one of no listed group.
REPLACEMENT_GROUP = "replacement_group"
CATEGORY = "category"
FLIP_IS_LEGITIMATE = "flip_is_legitimate"

#: What kind of edit made the counterfactual: no such column, or null, is `IDENTITY`.
EDIT = "edit"
IDENTITY, CONTROL = "identity", "control"
EDITS = (IDENTITY, CONTROL)
#: Of a control: what was edited in place of identity terms (null: another word, and of tables
#: another column), and the
#: `counterfactual_index` of the pair of the same original that it belongs to. A term of the
#: same group in the place of the new one is shown beside controls, never pooled with them.
CONTROL_KIND = "control_kind"
OTHER_WORD, SAME_GROUP = "other_word", "same_group"
CONTROL_KINDS = (OTHER_WORD, SAME_GROUP)
CONTROL_OF = "control_of"
#: Of a pair that names no term: what its edit did to words (`text.controls.edit_key`).
EDITED_WORDS = "edited_words"
#: Of a pair that was written elsewhere: what speaks against it, or `NO_DOUBT`.
DOUBTS = "doubts"
NO_DOUBT = "none"
#: What each doubt says, in the order in which a pair's doubts stand.
DOUBT_MEANINGS = {
    "same_words": "no word differs, only capitals, signs or spaces",
    "no_identity_reference": "no word that differs names an identity",
    "much_changed": "more than three words, and a third of all, differ beside identity words",
    "other_numbers": "a number differs",
    "other_negation": "one side has a negation more",
    "other_names": "a name differs that no list has",
    "grammar": "the counterfactual has a slip of grammar that its original has not",
    "placeholder": "a slot was not filled in",
    "assistant": "a language model speaks of its task or refuses it",
    "near_duplicate": "another counterfactual of the same original has the same words",
}
SPAN = "span"
VALIDITY = "validity"
#: An original's counterfactuals are numbered 0, 1, ... in this int32 column.
COUNTERFACTUAL_INDEX = "counterfactual_index"
#: What is known of a counterfactual besides its features.
ABOUT = (
    COUNTERFACTUAL_ID,
    TERM,
    REPLACEMENT,
    GROUP,
    REPLACEMENT_GROUP,
    CATEGORY,
    FLIP_IS_LEGITIMATE,
    EDIT,
    CONTROL_KIND,
    CONTROL_OF,
    EDITED_WORDS,
    DOUBTS,
    SPAN,
    VALIDITY,
)
#: What tells which pair a control belongs to, and which words either of them edits.
OF_CONTROLS = (
    CONTROL_KIND,
    CONTROL_OF,
    COUNTERFACTUAL_INDEX,
    TERM,
    REPLACEMENT,
    EDITED_WORDS,
)
#: A data set's own column of such a name stands under this prefix in pairs.
ORIGINAL_PREFIX = "original."
#: Key of the Parquet metadata by which files of pairs that fairflip wrote are known.
PAIRS_MARK = b"fairflip.pairs"

#: What counterfactuals and pairs may say of a change, and `data.pair_columns` may map.
MAPPED = (COUNTERFACTUAL_ID, TERM, REPLACEMENT, GROUP, CATEGORY, FLIP_IS_LEGITIMATE)

#: Slicing features that mean what was changed, by the pair column that holds it.
PAIR_SLICES = {
    "counterfactual_group": GROUP,
    "counterfactual_term": TERM,
    "counterfactual_doubt": DOUBTS,
}


def own(feature: str) -> str:
    """The pair column with the data's own `feature`, which may be called like one of ours."""
    is_ours = feature in ABOUT or feature == COUNTERFACTUAL_INDEX
    return ORIGINAL_PREFIX + feature if is_ours else feature


def slicing(feature: str) -> str:
    """The pair column that a slicing feature reads: what was changed, or the data's own."""
    return PAIR_SLICES.get(feature) or own(feature)


def slicing_feature(column: str) -> str:
    """The slicing feature that reads a pair column: the inverse of `slicing`."""
    changed = {pair_column: feature for feature, pair_column in PAIR_SLICES.items()}
    feature = column.removeprefix(ORIGINAL_PREFIX)
    return changed.get(column) or (feature if own(feature) == column else column)


def counterfactual(feature: str) -> str:
    """The pair column with the counterfactual's value of `feature`."""
    return COUNTERFACTUAL_PREFIX + feature


def repeated(name: str, repeat: int) -> str:
    """The column beside scores `name` with the answers to asking again: `repeat` 2, 3, ...

    The first answers, `repeat` 1, are `name` itself.
    """
    return name if repeat == 1 else f"{name}.repeat{repeat}"


def score(model: str, repeat: int = 1) -> str:
    """The scored-pair column with `model`'s score of the original (float64)."""
    return repeated(SCORE_PREFIX + model, repeat)


def counterfactual_score(model: str, repeat: int = 1) -> str:
    """The scored-pair column with `model`'s score of the counterfactual (float64)."""
    return COUNTERFACTUAL_PREFIX + score(model, repeat)


def classes(model: str, repeat: int = 1) -> str:
    """The scored-pair column with `model`'s class scores of the original (lists of float64).

    It stands beside the score of a model that tells classes apart, where a metric over
    classes is asked for: K numbers in every row, K at least 2. Of a model that decides by
    argmax it stands in the place of the score.
    """
    return repeated(CLASSES_PREFIX + model, repeat)


def counterfactual_classes(model: str, repeat: int = 1) -> str:
    """The scored-pair column with `model`'s class scores of the counterfactual."""
    return COUNTERFACTUAL_PREFIX + classes(model, repeat)


def top_class(model: str) -> str:
    """The scored-pair column with the original's class, of a model that decides by argmax."""
    return TOP_CLASS_PREFIX + model


def counterfactual_top_class(model: str) -> str:
    """The scored-pair column with the counterfactual's class."""
    return COUNTERFACTUAL_PREFIX + top_class(model)


#: `DataSpec.format` of files that each hold one image, and their extensions.
IMAGES = "images"
IMAGE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
#: The column that such files make; the ID is the file's name.
IMAGE_FEATURE = "image"
