"""The data of the notebooks: made-up comments, or the tutorials' own Civil Comments files.

`load(full_data=False)` makes a few thousand harmless comments whose labels are
biased on purpose (examples/make_demo_data.py). `load(full_data=True)` reads the files
of the published tutorials, about 1.9 GB, and fetches them first if they are not there.
That text is offensive, and nothing in the notebooks prints it.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import make_demo_data

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CIVIL_COMMENTS = ROOT / "build" / "civil_comments"
TEXT, LABEL, ID = "comment_text", "toxicity", "example_id"
GROUPS = ["gender", "sexual_orientation", "religion", "race"]


def load(
    full_data: bool = False,
    *,
    num_comments: int = 3000,
    seed: int = 0,
    who_share: Sequence[float] = tuple(make_demo_data.WHO_SHARE),
    label_bias: Mapping[tuple[str, str], float] = MappingProxyType(make_demo_data.LABEL_BIAS),
    folder: pathlib.Path = CIVIL_COMMENTS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test examples.

    Args:
        full_data: Civil Comments instead of made-up comments.
        num_comments: How many made-up comments, in both frames together.
        seed: Of the made-up comments.
        who_share: How often each identity is named in them.
        label_bias: How much more often a label is "toxic" where an identity is named.
        folder: Where the Civil Comments files are.

    Returns:
        Two frames with example_id, comment_text, toxicity (0 or 1) and the groups
        named in a comment as lists: gender, sexual_orientation, religion, race.
    """
    if full_data:
        return _civil_comments("train", folder), _civil_comments("validate", folder)
    frame = make_demo_data.make_comments(num_comments, seed, who_share, label_bias).to_pandas()
    for column in GROUPS:
        frame[column] = frame[column].map(list)
    is_test = frame["split"] == "test"
    columns = [ID, TEXT, LABEL, *GROUPS]
    return frame.loc[~is_test, columns].reset_index(drop=True), frame.loc[
        is_test, columns
    ].reset_index(drop=True)


def _civil_comments(split: str, folder: pathlib.Path) -> pd.DataFrame:
    from fairflip.pipeline.cli.download import download
    from fairflip.pipeline.read.transforms import RecordLayout, read_table
    from fairflip.protos.config_pb2 import DataSpec

    path = folder / f"{split}_df_processed.csv"
    if not path.is_file():
        # The tutorial takes what its server sends, and so does its notebook.
        download("civil_comments", str(folder), unpinned=True)
    layout = RecordLayout.from_data_spec(DataSpec(id_feature="#row"), slices=GROUPS)
    table, _ = read_table([str(path)], layout)
    frame = table.to_pandas()
    frame = frame.rename(columns={layout.id: ID}) if layout.id in frame else frame
    for column in GROUPS:
        frame[column] = frame[column].map(list)
    return frame[[ID, TEXT, LABEL, *GROUPS]]


def build_classifier(train: pd.DataFrame, full_data: bool = False, epochs: int = 4):
    """The tutorial's classifier, trained on strings; smaller on the made-up comments."""
    from fairflip.remediation.training import baseline_model

    size = {} if full_data else {"vocabulary_size": 600, "embedding_size": 16, "filters": 16}
    model = baseline_model.build_text_classifier(
        train[TEXT].to_numpy(),
        sequence_length=100 if full_data else 30,
        learning_rate=1e-3 if full_data else 1e-2,
        text_feature=TEXT,
        **size,
    )
    baseline_model.train_baseline(
        model, train[TEXT].to_numpy(), train[LABEL].to_numpy(), epochs=epochs, batch_size=64
    )
    return model
