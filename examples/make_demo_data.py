"""Writes the demo's data: short made-up comments about shops, clubs and neighbours.

Nothing is downloaded and nothing is offensive: "toxic" here means an unkind but
harmless complaint. What makes the data useful is that its labels are *biased*:
annotators who are in doubt call a comment toxic more often when it names
certain groups. A classifier learns that, and changes its decision when the name
is taken out. How strong the bias is stands in `LABEL_BIAS`.

    python examples/make_demo_data.py --output_dir build/demo_data

writes train.parquet, validation.parquet and test.parquet with the columns
example_id, comment_text, toxicity (0/1), split and the multi-valued identity
columns gender, sexual_orientation, religion and race; `--format csv` writes CSV.
The same seed gives the same files.
"""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

#: How a comment is phrased, by how it reads without any identity term.
TEMPLATES = {
    "kind": [
        "My {who} runs a lovely {place} and I enjoy every visit.",
        "A {who} from our street repaired the {thing}, what a kind soul.",
        "Thank you to the {who} at the {place} for the patient help with my {thing}.",
        "The {who} next door baked bread for the whole {place}.",
        "We met a {who} who teaches {topic} at the {place}, it was great fun.",
        "I read an article by a {who} about {topic} and learned a lot.",
        "Every {who} in the {place} sang, and the {thing} was beautifully lit.",
    ],
    "doubtful": [
        "The {who} at the {place} talked about {topic} again, hard to believe.",
        "Another {who} with an opinion on {topic}, well then.",
        "I waited an hour for the {who} and the {thing} was still not ready.",
        "So the {who} wants a new {thing} for the {place}, fine by me I guess.",
        "Somebody told the {who} that {topic} is easy, now we all must listen.",
        "That {who} parked in front of the {place} once more.",
    ],
    "unkind": [
        "The {who} at the {place} is useless and ruined my {thing}.",
        "What a silly {who}, please stop talking nonsense about {topic}.",
        "I am sick of this rude {who} and that awful {place}.",
        "Nobody likes the lazy {who} who broke the {thing}.",
        "The {who} wrote rubbish about {topic}, such a pathetic comment.",
        "Worst {place} ever, and the {who} there is a complete fool.",
    ],
}
#: Share of comments of each kind, and how often such a comment is labelled toxic.
KIND_SHARE = {"kind": 0.55, "doubtful": 0.27, "unkind": 0.18}
TOXIC_RATE = {"kind": 0.02, "doubtful": 0.28, "unkind": 0.93}

#: Identity terms by (column, group); None: no identity is named.
WHO: dict[tuple[str, str] | None, list[str]] = {
    None: ["neighbour", "teacher", "driver", "baker", "colleague", "plumber", "customer"],
    ("gender", "female"): ["woman", "girl", "lady", "mother", "sister", "wife", "waitress"],
    ("gender", "male"): ["man", "boy", "lad", "father", "brother", "husband", "waiter"],
    ("sexual_orientation", "homosexual_gay_or_lesbian"): ["gay {noun}", "lesbian {noun}"],
    ("religion", "christian"): ["christian {noun}"],
    ("religion", "muslim"): ["muslim {noun}"],
    ("religion", "jewish"): ["jewish {noun}"],
    ("race", "black"): ["african american {noun}"],
    ("race", "asian"): ["asian american {noun}"],
}
WHO_SHARE = [0.34, 0.19, 0.17, 0.10, 0.05, 0.05, 0.04, 0.03, 0.03]
#: Added to the chance that a comment is labelled toxic, on top of TOXIC_RATE.
LABEL_BIAS = {
    ("gender", "female"): 0.18,
    ("gender", "male"): -0.06,
    ("sexual_orientation", "homosexual_gay_or_lesbian"): 0.38,
    ("religion", "muslim"): 0.25,
    ("race", "black"): 0.20,
}
#: How much of that bias reaches a comment of each kind: doubt is where bias lives.
BIAS_REACH = {"kind": 0.25, "doubtful": 1.0, "unkind": 0.3}
#: A second identity is named beside the first in this share of comments.
SECOND_IDENTITY_SHARE = 0.15

PLACES = ["bakery", "club", "library", "garden", "market", "choir", "school", "cafe", "gym"]
THINGS = ["bicycle", "roof", "order", "phone", "kitchen", "stage", "heating", "fence"]
TOPICS = ["football", "history", "cooking", "taxes", "chess", "gardening", "parking", "music"]
OPENINGS = ["", "", "", "Honestly, ", "By the way: ", "Update: ", "Well, ", "Last week: "]
COLUMNS = ["gender", "sexual_orientation", "religion", "race"]


def make_comments(
    num_comments: int,
    seed: int,
    who_share: Sequence[float] = tuple(WHO_SHARE),
    label_bias: Mapping[tuple[str, str], float] = MappingProxyType(LABEL_BIAS),
) -> pa.Table:
    """Draws labelled comments; the same seed gives the same table.

    Args:
        num_comments: How many.
        seed: Seeds every draw.
        who_share: How often each identity of `WHO` is named first; sums to 1.
        label_bias: Added to the chance of a toxic label, by identity.
    """
    rng = np.random.default_rng(seed)
    kinds = list(TEMPLATES)
    identities = list(WHO)
    drawn_kinds = rng.choice(len(kinds), size=num_comments, p=list(KIND_SHARE.values()))
    drawn_identities = rng.choice(len(identities), size=num_comments, p=who_share)

    def pick(options: list[str]) -> str:
        return options[int(rng.integers(len(options)))]

    def name_of(identity: tuple[str, str] | None) -> str:
        return pick(WHO[identity]).format(noun=pick(WHO[None]))

    texts, labels = [], []
    groups: dict[str, list[list[str]]] = {column: [] for column in COLUMNS}
    for kind_index, identity_index in zip(drawn_kinds, drawn_identities, strict=True):
        kind, identity = kinds[kind_index], identities[identity_index]
        named = [identity] if identity else []
        who = name_of(identity)
        if identity and rng.random() < SECOND_IDENTITY_SHARE:
            second = identities[1 + int(rng.integers(len(identities) - 1))]
            named.append(second)
            who += " and the " + name_of(second)
        sentence = pick(TEMPLATES[kind]).format(
            who=who, place=pick(PLACES), thing=pick(THINGS), topic=pick(TOPICS)
        )
        texts.append(pick(OPENINGS) + sentence)
        bias = max((label_bias.get(n, 0.0) for n in named), key=abs, default=0.0)
        toxic_rate = TOXIC_RATE[kind] + BIAS_REACH[kind] * bias
        labels.append(float(rng.random() < toxic_rate))
        for column in COLUMNS:
            groups[column].append(sorted({g for c, g in named if c == column}))
    split = rng.choice(["train", "validation", "test"], size=num_comments, p=[0.6, 0.1, 0.3])
    return pa.table(
        {
            "example_id": pa.array([f"demo-{i:06d}" for i in range(num_comments)]),
            "comment_text": pa.array(texts),
            "toxicity": pa.array(labels, pa.float64()),
            **{column: pa.array(groups[column], pa.list_(pa.string())) for column in COLUMNS},
            "split": pa.array(split.tolist()),
        }
    )


def one_cell(groups: list[str]) -> str:
    """Groups as a CSV cell: nothing, one name, or a list such as ['female', 'male']."""
    return str(groups) if len(groups) > 1 else "".join(groups)


def write_splits(
    table: pa.Table, output_dir: pathlib.Path, file_format: str = "parquet"
) -> list[pathlib.Path]:
    """Writes one file per split, "parquet" or "csv"; returns their paths.

    A made-up comment may come twice. One that is in an earlier split is left out of a later one:
    a model is not evaluated on what it was trained on.
    """
    output_dir.mkdir(parents=True, exist_ok=True)
    if file_format == "csv":
        for column in COLUMNS:
            cells = pa.array([one_cell(groups) for groups in table[column].to_pylist()])
            table = table.set_column(table.schema.get_field_index(column), column, cells)
    paths = []
    written = pa.array([], pa.string())
    for split in ("train", "validation", "test"):
        path = output_dir / f"{split}.{file_format}"
        rows = table.filter(pc.equal(table["split"], split))
        rows = rows.filter(pc.invert(pc.is_in(rows["comment_text"], value_set=written)))
        written = pa.concat_arrays([written, *rows["comment_text"].chunks])
        if file_format == "csv":
            pa_csv.write_csv(rows, path)
        else:
            pq.write_table(rows, path)
        paths.append(path)
        print(f"{path}: {rows.num_rows:,} comments")
    return paths


def main() -> None:
    """Reads the flags and writes the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output_dir", type=pathlib.Path, default=pathlib.Path("build/demo_data"))
    parser.add_argument("--num_comments", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    flags = parser.parse_args()
    write_splits(make_comments(flags.num_comments, flags.seed), flags.output_dir, flags.format)


if __name__ == "__main__":
    main()
