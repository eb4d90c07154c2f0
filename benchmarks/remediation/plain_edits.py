"""How often the edits that a graph can make are those of pairs, on real text.

    python -m benchmarks.remediation.plain_edits [--data FOLDER] [davidson cad edos]

Of the texts of a split that hold a term by either way: the share of which both ways make the
same counterfactuals, all of them (averaging), or the same text without terms (blindness);
"as read": the same but for signs and capitals, which a `TextVectorization` layer takes away.
Prints a Markdown table.
"""

from __future__ import annotations

import string

from benchmarks.real_text import data_folder, evaluation_split, flags_of, splits_of
from benchmarks.remediation.price import DATA_SETS
from fairflip.pipeline.averaging.texts import TextsToAsk
from fairflip.protos.config_pb2 import InferenceRemedy

_SIGNS = str.maketrans("", "", string.punctuation)


def as_read(text: str) -> str:
    """A text as the vectorising layer of a model reads it."""
    return " ".join(text.lower().translate(_SIGNS).split())


def shares(texts: list[str], **fields: str) -> tuple[int, float, float]:
    """Texts that hold a term, and of these those edited alike, and alike as read."""
    full, plain = (
        TextsToAsk(InferenceRemedy(edits=edits, num_averaged=1000, **fields)).of(texts)
        for edits in ("full", "plain")
    )
    num_changed = alike = alike_as_read = 0
    for text, ours, graphs in zip(texts, full, plain, strict=True):
        if ours == [text] == graphs:
            continue
        num_changed += 1
        alike += set(ours) == set(graphs)
        alike_as_read += set(map(as_read, ours)) == set(map(as_read, graphs))
    return num_changed, alike / max(1, num_changed), alike_as_read / max(1, num_changed)


def main() -> None:
    """Prints the table."""
    flags = flags_of(__doc__.splitlines()[0], "davidson, cad, edos")
    if not data_folder().is_dir():
        print("the data is not there; give --data FOLDER")
        return
    print("| data | list | remedy | texts with a term | same edits | same as read |")
    print("|---" * 6 + "|")
    for name in flags.names or ["davidson", "cad", "edos"]:
        texts = splits_of(DATA_SETS[name].file)[evaluation_split()]["comment_text"].to_pylist()
        for terms in ("clp_tutorial", "identity"):
            for technique in ("averaging", "blindness"):
                number, alike, alike_as_read = shares(
                    texts, technique=technique, method="substitution", terms=terms
                )
                print(
                    f"| {name} | `{terms}` | {technique} | {number:,} | {alike:.1%} "
                    f"| {alike_as_read:.1%} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
