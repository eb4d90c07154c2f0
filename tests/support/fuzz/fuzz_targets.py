"""What is fuzzed: each target takes any bytes, and raises where a promise is broken.

The promises: nothing but a `UserError` is ever raised, in sentences without control characters; no
record is lost (good records and rejects are the records of the file); the sums of pairing hold;
matches lie in the text, apart from each other, and are what the term list says. Scores and the
IDs of a join are recounted, in `score_targets.py` and `id_targets.py`.

The same targets are driven by hypothesis and by a coverage-guided fuzzer (`coverage_guided.py`).
An input that once broke a promise stands in `test_fuzz_targets.py`.
"""

from __future__ import annotations

import csv
import dataclasses
import gzip
import io
import json
import pathlib
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

from fairflip.pipeline.config.checks import COMMANDS
from fairflip.pipeline.config.settings import load_config, validate, with_defaults
from fairflip.pipeline.generate.transforms import generate_table
from fairflip.pipeline.pair.admit import admit_tables
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.join import join_tables
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.config_pb2 import DataSpec
from fairflip.protos.errors import UserError
from fairflip.text.ablation import Ablation
from fairflip.text.matcher import Matcher
from fairflip.text.substitution import Substitution
from fairflip.text.terms import TermList, parse_terms
from support.configurations import parse_config, parse_limits
from support.fuzz.byte_choices import Bytes
from support.fuzz.id_targets import ids
from support.fuzz.pair_account import check_sums
from support.fuzz.read_account import FOLDER, MAX_TEXT_BYTES, account, refused
from support.fuzz.score_targets import scores
from support.record_files import frame_records, to_examples

LAYOUT = RecordLayout(
    id="id",
    texts=("t",),
    label="l",
    weight="w",
    slices=("g",),
    numbers=("s",),
    max_text_bytes=MAX_TEXT_BYTES,
)
NAMES = ("id", "t", "l", "w", "g", "s")
DATA = DataSpec(id_feature="id", text_feature="t", label_feature="l")


# --- readers -----------------------------------------------------------------

_VALUES = (
    *(None, True, 0, 1, -1, 2**63, 0.5, 1.5, float("nan"), float("inf"), "", " ", "x", "nan"),
    *("\0", "a" * 60, '["a", "b"]', ["a", "a"], [], [1.0, 2.0], {"k": 1}, "1", "0.25", "\x1b[2J"),
)
_CELLS = ("", " ", "x", "1", "0.5", "nan", '"', "a\nb", "a,b", "['f', 'g']", "\0", "=1+1", "é")
_BYTES = (b"", b"x", b"\xff", b"1", b"a" * 60, b"\xed\xa0\x80")


def _whole_parquet() -> bytes:
    sink = io.BytesIO()
    rows = [
        {"id": str(i), "t": "x", "l": 1.0, "w": 1.0, "g": ["a"], "s": 0.5, "z": i} for i in range(9)
    ]
    pq.write_table(pa.Table.from_pylist(rows), sink, row_group_size=4)
    return sink.getvalue()


_PARQUET = _whole_parquet()


def _json_lines(choose: Bytes) -> tuple[str, bytes, int | None]:
    lines = []
    while not choose.is_used_up and len(lines) < 30:
        if choose.number(3):
            row = {name: choose.pick(_VALUES) for name in NAMES if choose.number(6)}
            lines.append(json.dumps(row).encode())
        else:
            lines.append(choose.take(choose.number(40)))
    content = b"\n".join(lines)
    return "x.jsonl", content, sum(bool(line.strip()) for line in content.split(b"\n"))


def _any_json_lines(choose: Bytes) -> tuple[str, bytes, int | None]:
    content = choose.rest()
    return "x.jsonl", content, sum(bool(line.strip()) for line in content.split(b"\n"))


def _csv(choose: Bytes) -> tuple[str, bytes, int | None]:
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(NAMES)
    num = 0
    while not choose.is_used_up and num < 30:
        cells = [choose.pick(_CELLS) if choose.number(4) else choose.text(5) for _ in NAMES]
        # A number of fields that differs from the header's is one bad record.
        writer.writerow(cells[: len(NAMES) - (choose.number(8) == 0)])
        num += 1
    return "x.csv", file.getvalue().encode(), num


def _any_csv(choose: Bytes) -> tuple[str, bytes, int | None]:
    return choose.pick(("x.csv", "x.tsv")), b"id,t,l,w,g,s\n" + choose.rest(), None


def _tfrecord(choose: Bytes) -> tuple[str, bytes, int | None]:
    records = []
    while not choose.is_used_up and len(records) < 30:
        if choose.number(3):
            row = {"z": [1]}
            for name in NAMES:
                kind = choose.number(5)
                if kind == 1:
                    row[name] = [choose.pick(_BYTES) for _ in range(1 + choose.number(2))]
                elif kind == 2:
                    row[name] = [float(choose.pick((0.0, 1.0, 7.0, float("nan"))))]
                elif kind == 3:
                    row[name] = [choose.number(3)]
            records += to_examples([row])
        else:
            records.append(choose.take(choose.number(40)))
    return "x.tfrecord", frame_records(records), len(records)


def _any_tfrecord(choose: Bytes) -> tuple[str, bytes, int | None]:
    return "x.tfrecord", choose.rest(), None


def _damaged_parquet(choose: Bytes) -> tuple[str, bytes, int | None]:
    content = bytearray(_PARQUET)
    for _ in range(choose.number(4)):
        # Half of the damage goes where the metadata is.
        place = int.from_bytes(choose.take(2), "big") % len(content)
        if choose.number(2):
            place = len(content) - 1 - place % 400
        content[place : place + 1] = choose.take(1)
    return "x.parquet", bytes(content), None


_FILES = (
    *(_json_lines, _any_json_lines, _csv, _any_csv),
    *(_tfrecord, _any_tfrecord, _damaged_parquet),
)


def readers(data: bytes) -> None:
    """Any file of any format: an account of every record, or one sentence."""
    choose = Bytes(data)
    is_compressed = choose.number(8) == 7
    name, content, num_records = choose.pick(_FILES)(choose)
    if is_compressed and name != "x.parquet":
        name, content = name + ".gz", gzip.compress(content, 1, mtime=0)
    account(content, name, num_records, LAYOUT)


_ENCODINGS = ("", "utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32", "latin-1")
_DELIMITERS = ("", ",", ";", "|", "tab")
_LABELS = ("0", "1", "True", "no", "-1", "2", "toxic", "ok", "", "nan", "1e400", "é", "4", "0.5")


def doors(data: bytes) -> None:
    """CSV in any encoding, with any separator and labels, said to be so or not, and damaged."""
    choose = Bytes(data)
    encoding, delimiter = choose.pick(_ENCODINGS), choose.pick(_DELIMITERS)
    file = io.StringIO(newline="")
    separator = {"": ",", "tab": "\t"}.get(delimiter, delimiter)
    writer = csv.writer(file, delimiter=separator, quoting=choose.number(2))
    writer.writerow(NAMES)
    labels = [choose.pick(_LABELS) for _ in range(1 + choose.number(3))]
    num = 0
    while not choose.is_used_up and num < 30:
        cells = [choose.pick(_CELLS) if choose.number(4) else choose.text(5) for _ in NAMES]
        cells[NAMES.index("l")] = choose.pick(labels)
        writer.writerow(cells)
        num += 1
    content = file.getvalue().encode(encoding or "utf-8", "replace")
    for _ in range(choose.number(3)):  # stray marks, lost bytes
        place = int.from_bytes(choose.take(2), "big") % (len(content) + 1)
        content = content[:place] + choose.pick((b'"', b"\xff", b"\0", b"")) + content[place + 1 :]
    layout = dataclasses.replace(
        LAYOUT,
        encoding=choose.pick((encoding, "", "cp1252")),
        delimiter=choose.pick((delimiter, "")),
        positive_label=choose.pick(("", labels[0])),
    )
    account(content, "x.csv", None, layout)


# --- matcher and pairs ---------------------------------------------------------

_TERMS = "term,group,category,swap\n" + "".join(
    f"{a},male,gender,{b}\n{b},female,gender,{a}\n"
    for a, b in (("he", "she"), ("man", "woman"), ("uncle sam", "aunt mary"), ("mr.", "mrs."))
)
_LIST = parse_terms(_TERMS, "fuzzed")
_PIECES = (
    *("he", "She", "MAN", "woman", "uncle sam", "Mr.", "the", "an apple", "history", "human"),
    *(
        " ",
        "  ",
        "\n",
        ", ",
        ". ",
        "-",
        "'s ",
        "’ll ",
        '"',
        "#",
        "@",
        "*",
        "...",
        "—",
        "🙂",
        "\u0301",
    ),
    *("\u200d", "\u00a0", "\u202e", "\x00", "http://he.com/she", "a@he.org", "ß", "İ", "ﬁ", "1"),
)


def _text(choose: Bytes) -> str:
    pieces = []
    while not choose.is_used_up and len(pieces) < 40:
        pieces.append(choose.pick(_PIECES) if choose.number(4) else choose.text(4))
        if choose.number(12) == 0:
            break
    return "".join(pieces)


def _terms(choose: Bytes) -> TermList | None:
    if choose.number(3):
        return _LIST
    try:
        return parse_terms("term,group,category,swap\n" + _text(choose).replace("|", "\n"), "own")
    except UserError as error:
        refused(error)
        return None


def matcher(data: bytes) -> None:
    """Any text and any term list: matches that are terms, pairs that differ, sums that hold."""
    choose = Bytes(data)
    terms = _terms(choose)
    if terms is None or not len(terms):
        return
    names = [term.text for term in terms.terms]
    texts = [_text(choose) for _ in range(1 + choose.number(4))]
    try:
        find = Matcher(names).find
    except UserError as error:
        refused(error)
        return
    for text in texts:
        end = 0
        for match in find(text):
            assert end <= match.start < match.end <= len(text)
            assert 0 <= match.term < len(names)
            # What was found is, taken by itself, still a term.
            assert find(text[match.start : match.end]), ascii(text)
            end = match.end
    ids = [choose.pick(("a", "b", "c", "d", "", "\0", "é")) for _ in texts]
    originals = pa.table({"id": pa.array(ids), "t": pa.array(texts, pa.string())})
    is_swap = choose.number(2)
    try:
        generator = Substitution(terms) if is_swap else Ablation(terms)
        joined, coverage = generate_table(originals, generator, PairColumns.of(DATA))
    except UserError as error:
        refused(error)
        return
    check_sums(joined)
    for row in joined.pairs.to_pylist():
        assert row["t"] != row["counterfactual.t"]
        assert row["counterfactual.t"].strip()
        assert row["term"]
    assert sum(each.num_pairs for each in coverage.terms.values()) >= joined.pairs.num_rows


def pairs(data: bytes) -> None:
    """Any originals and counterfactuals: none is lost, on either side."""
    choose = Bytes(data)
    ids = ("a", "b", "c", "", " ", None, "\0", "é", "a" * 30)
    values = ("x", "y", "", None, "\x1b", "x ")

    def table(size: int, names: tuple[str, ...]) -> pa.Table:
        columns = {"id": [choose.pick(ids) for _ in range(size)]}
        for name in names:
            columns[name] = [choose.pick(values) for _ in range(size)]
        return pa.table({n: pa.array(c, pa.string()) for n, c in columns.items()})

    names = PairColumns.of(DATA)
    size = choose.number(7)
    try:
        if choose.number(2):
            records = table(size, ("t", "counterfactual.t", "counterfactual_id"))
            joined = admit_tables(records, names)
            num_left = 0
        else:
            more = ("t", "counterfactual_id") if choose.number(2) else ("t",)
            others = table(choose.number(9), more)
            joined = join_tables(table(size, ("t",)), others, names)
            num_left = others.num_rows - joined.audit.num_counterfactuals
    except UserError as error:
        refused(error)
        return
    assert num_left == 0
    check_sums(joined)
    if joined.audit.num_records_read:
        assert joined.audit.num_records_read == size
    remaining = set(joined.pairs["id"].to_pylist()) | set(
        joined.unmatched_originals["id"].to_pylist()
    )
    assert len(remaining) == joined.audit.num_originals


# --- configuration -------------------------------------------------------------

_TOKENS = (
    *("models", "name", "path", "evaluation", "thresholds", "slices", "data", "examples", "output"),
    *("output_dir", "generator", "terms", "remediation", "loss_weights", "limits", "metric", "max"),
    *("min", "bound", "seed", "flip_rate", "auc", "true", "false", "null", "nan", "-inf", "1e999"),
    *("0x1F", "0.5", "9" * 20, "---", "<<", "~", "!!python/object:os.system", "!!binary", "0o7"),
    *(
        "2020-99-99",
        "&a",
        "*a",
        "'x'",
        '"y"',
        "\\x1b",
        "\\u0000",
        "\n",
        "  ",
        "\t",
        "\x00",
        "\u2028",
    ),
    *"{}[]:,<>;#-&*!|%@`'\"\\é",
)


def configuration(data: bytes) -> None:
    """Any text as configuration, limits or term list: read, or refused with the reasons."""
    choose = Bytes(data)
    target = choose.number(8)
    if choose.number(3):
        tokens = []
        while not choose.is_used_up and len(tokens) < 60:
            tokens.append(choose.pick(_TOKENS) if choose.number(8) else choose.text(3))
            if choose.number(2):
                tokens.append(" ")
        text = "".join(tokens)
    else:
        text = choose.rest().decode("utf-8", "replace")
    form = ("textproto", "json", "yaml")[target % 3]
    try:
        if target < 3:
            config = with_defaults(parse_config(text, form))
            for command in COMMANDS:
                try:
                    validate(config, command)
                except UserError as error:
                    refused(error)
        elif target < 6:
            parse_limits(text, form)
        elif target == 6:
            parse_terms(text, "fuzzed")
        else:
            path = pathlib.Path(FOLDER.name, "config")
            path.write_bytes(data)
            load_config(str(path))
    except UserError as error:
        refused(error)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "readers": readers,
    "doors": doors,
    "matcher": matcher,
    "pairs": pairs,
    "scores": scores,
    "ids": ids,
    "configuration": configuration,
}
