"""Files of every format of which it is known what each record was, and which were damaged."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import io
import json
import random
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

from support.record_files import frame_records, to_examples

FORMATS = ("csv", "jsonl", "tfrecord", "parquet")
#: The column after those that are read: what a cut through it takes away is not missed.
COLUMNS = ("id", "text", "label", "s", "note")
_WORDS = (
    "she",
    "said",
    "he",
    "went, too",
    "café",
    'a "new" one',
    "two\nlines",
    "it’s",
    "x;y",
    "0.5",
)


@dataclasses.dataclass
class DamagedFile:
    """A file and what is known of it.

    Attributes:
        name: With the extension of its format.
        content: Its bytes.
        written: ID -> (text, label, score) of every record that was written.
        damaged: IDs of the records that the damage may have touched.
        damage: What was done, for the message of a test that fails.
    """

    name: str
    content: bytes
    written: dict[str, tuple[str, float, float]]
    damaged: set[str]
    damage: list[str]


def damaged_file(seed: int) -> DamagedFile:
    """The file of a number: always the same."""
    choose = random.Random(seed)
    file_format = FORMATS[seed % len(FORMATS)]
    rows = [_row(choose, n) for n in range(choose.randint(2, 40))]
    made = {"csv": _csv, "jsonl": _jsonl, "tfrecord": _tfrecord, "parquet": _parquet}
    actual = made[file_format](choose, rows)
    if file_format != "parquet" and choose.random() < 0.15:
        actual.name += ".gz"
        actual.content = gzip.compress(actual.content, 1, mtime=0)
        if choose.random() < 0.5:
            actual.content = actual.content[: choose.randrange(20, len(actual.content))]
            actual.damaged = set(actual.written)
            actual.damage.append("compressed and cut off")
    return actual


def _row(choose: random.Random, number: int) -> dict:
    text = " ".join(choose.choice(_WORDS) for _ in range(choose.randint(1, 6)))
    return {
        "id": f"e{number}",
        "text": text,
        "label": choose.randrange(2),
        "s": choose.randrange(1, 1000) / 1000,
        "note": choose.choice(["plain", "of, several", "", "n"]),
    }


def _written(rows: list[dict]) -> dict[str, tuple[str, float, float]]:
    return {row["id"]: (row["text"], float(row["label"]), row["s"]) for row in rows}


def _victims(choose: random.Random, num: int) -> list[int]:
    """Records to damage, none beside another: two damages may make one valid record of two."""
    actual: list[int] = []
    for place in sorted(choose.sample(range(num), choose.randint(0, min(3, num)))):
        if not actual or place > actual[-1] + 1:
            actual.append(place)
    return actual


# --- lines -------------------------------------------------------------------


def _at(choose: random.Random, line: str, what: str) -> str:
    place = choose.randrange(len(line) + 1)
    return line[:place] + what + line[place:]


_LINE_DAMAGE: dict[str, Callable[[random.Random, str], str]] = {
    "a field too many": lambda choose, line: line + ",more",
    "a separator lost": lambda choose, line: line.replace(",", "", 1),
    "a stray quotation mark": lambda choose, line: _at(choose, line, '"'),
    "a mark that opens nothing": lambda choose, line: line.replace(",", ',"', 1),
    "a quotation mark lost": lambda choose, line: line.replace('"', "", 1),
    "its last mark lost": lambda choose, line: "".join(line.rsplit('"', 1)),
    "cut off": lambda choose, line: line[: choose.randrange(len(line))],
    "bytes that are no text": lambda choose, line: line.replace(",", "\udcff,", 2),
    "no label": lambda choose, line: line.replace(",0,", ",?,").replace(",1,", ",?,"),
}


def _csv(choose: random.Random, rows: list[dict]) -> DamagedFile:
    lines = []
    quoting = choose.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    for row in rows:
        file = io.StringIO(newline="")
        csv.writer(file, lineterminator="\n", quoting=quoting).writerow(row.values())
        lines.append(file.getvalue()[:-1])
    actual = DamagedFile("x.csv", b"", _written(rows), set(), [])
    for victim in _victims(choose, len(rows)):
        kind = choose.choice(list(_LINE_DAMAGE))
        spoilt = _LINE_DAMAGE[kind](choose, lines[victim])
        if spoilt != lines[victim]:
            lines[victim] = spoilt
            actual.damaged.add(rows[victim]["id"])
            actual.damage.append(f"{rows[victim]['id']}: {kind}")
    text = _joined(choose, [",".join(COLUMNS), *lines], rows, actual)
    actual.content = text.encode("utf-8", "surrogateescape")
    return actual


def _joined(choose: random.Random, lines: list[str], rows: list[dict], actual: DamagedFile) -> str:
    """Lines as a file; now and then the end of one is lost, or the end of the file."""
    first = len(lines) - len(rows)
    whole = [n for n, row in enumerate(rows[:-1]) if not _near(n, rows, actual)]
    ends = ["\n"] * len(lines)
    if whole and choose.random() < 0.2:
        lost = first + choose.choice(whole)
        ends[lost] = ""
        actual.damaged |= {rows[lost - first]["id"], rows[lost - first + 1]["id"]}
        actual.damage.append(f"{rows[lost - first]['id']}: the end of its line lost")
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    if choose.random() < 0.15 and not _near(len(rows) - 1, rows, actual):
        last = len(lines[-1])
        text = text[: len(text) - choose.randrange(1, last + 2)]
        actual.damaged.add(rows[-1]["id"])
        actual.damage.append("the file cut off in its last record")
    return text


def _near(number: int, rows: list[dict], actual: DamagedFile) -> bool:
    return any(row["id"] in actual.damaged for row in rows[max(number - 1, 0) : number + 3])


_JSON_DAMAGE: dict[str, Callable[[random.Random, str], str]] = {
    "cut off": lambda choose, line: line[: choose.randrange(1, len(line))],
    "a brace lost": lambda choose, line: line[1:],
    "a key twice": lambda choose, line: line[:-1] + ', "s": 0.777}',
    "a key twice, written otherwise": lambda choose, line: line[:-1] + ', "\\u0073" : 0.777}',
    "bytes that are no text": lambda choose, line: line.replace('"text": "', '"text": "\udcff'),
    "no label": lambda choose, line: line.replace('"label"', '"lable"'),
    "a label of another kind": lambda choose, line: line.replace('"label": ', '"label": 7'),
    "a list of texts": lambda choose, line: line.replace('"text": ', '"text": ["a", "b"], "o": '),
    "a stray quotation mark": lambda choose, line: line.replace('", ', '"", ', 1),
    "no object": lambda choose, line: f"[{line}]",
}


def _jsonl(choose: random.Random, rows: list[dict]) -> DamagedFile:
    lines = [json.dumps(row, ensure_ascii=choose.random() < 0.5) for row in rows]
    actual = DamagedFile("x.jsonl", b"", _written(rows), set(), [])
    for victim in _victims(choose, len(rows)):
        kind = choose.choice(list(_JSON_DAMAGE))
        lines[victim] = _JSON_DAMAGE[kind](choose, lines[victim])
        actual.damaged.add(rows[victim]["id"])
        actual.damage.append(f"{rows[victim]['id']}: {kind}")
    actual.content = _joined(choose, lines, rows, actual).encode("utf-8", "surrogateescape")
    return actual


# --- records -----------------------------------------------------------------

_VALUE_DAMAGE = {
    "bytes that are no text": ("text", b"\xff\xfe"),
    "no text": ("text", b""),
    "a label off the scale": ("label", 7.0),
    "no label": ("label", None),
}


def _tfrecord(choose: random.Random, rows: list[dict]) -> DamagedFile:
    rows = [{**row, "label": float(row["label"]), "note": row["note"] or None} for row in rows]
    actual = DamagedFile("x.tfrecord", b"", _written(rows), set(), [])
    records = to_examples(rows)
    framed = [frame_records([record]) for record in records]
    for victim in _victims(choose, len(rows)):
        actual.damaged.add(rows[victim]["id"])
        if choose.random() < 0.6:
            kind = choose.choice(list(_VALUE_DAMAGE))
            name, value = _VALUE_DAMAGE[kind]
            framed[victim] = frame_records(to_examples([{**rows[victim], name: value}]))
        elif choose.random() < 0.5:
            kind = "no example"
            framed[victim] = frame_records([records[victim][: choose.randrange(1, 9)]])
        else:
            kind = "a byte changed"
            place = choose.randrange(len(framed[victim]))
            changed = bytearray(framed[victim])
            changed[place] ^= 1 << choose.randrange(8)
            framed[victim] = bytes(changed)
        actual.damage.append(f"{rows[victim]['id']}: {kind}")
    actual.content = b"".join(framed)
    if choose.random() < 0.15:
        actual.content = actual.content[: -choose.randrange(1, len(framed[-1]))]
        actual.damaged.add(rows[-1]["id"])
        actual.damage.append("the file cut off in its last record")
    return actual


def _parquet(choose: random.Random, rows: list[dict]) -> DamagedFile:
    actual = DamagedFile("x.parquet", b"", _written(rows), set(), [])
    values = [{**row, "text": row["text"].encode(), "label": float(row["label"])} for row in rows]
    for victim in _victims(choose, len(rows)):
        kind = choose.choice(list(_VALUE_DAMAGE))
        name, value = _VALUE_DAMAGE[kind]
        values[victim][name] = value
        actual.damaged.add(rows[victim]["id"])
        actual.damage.append(f"{rows[victim]['id']}: {kind}")
    sink = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(values),
        sink,
        row_group_size=choose.randint(1, 20),
        compression=choose.choice(["none", "snappy", "zstd"]),
        # Without these no reader can tell that a byte of a value is another one.
        write_page_checksum=True,
    )
    content = bytearray(sink.getvalue())
    if choose.random() < 0.3:
        if choose.random() < 0.5:
            content = content[: choose.randrange(len(content))]
            actual.damage.append("the file cut off")
        else:
            content[choose.randrange(len(content))] ^= 1 << choose.randrange(8)
            actual.damage.append("a byte changed")
        actual.damaged = set(actual.written)
    actual.content = bytes(content)
    return actual
