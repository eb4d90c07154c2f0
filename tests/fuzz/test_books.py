"""The books of reading: of damaged files every intact record is read, and no other content.

Or the run ends with a sentence that names where reading stopped.
"""

from __future__ import annotations

import collections
import os
import pathlib

import pytest

from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.errors import UserError
from support.fuzz.damaged_files import FORMATS, DamagedFile, damaged_file
from support.fuzz.fuzz_settings import count_inputs
from support.fuzz.read_account import FOLDER, refused

NUM_FILES = int(os.environ.get("FAIRFLIP_FUZZ_FILES", "400"))
LAYOUT = RecordLayout(
    id="id", texts=("text",), label="label", label_is_required=True, numbers=("s",)
)


def account_of(file: DamagedFile) -> str:
    """Reads a file and holds what comes out against what was written.

    Returns:
        "read" or "stopped".
    """
    path = pathlib.Path(FOLDER.name, file.name)
    path.write_bytes(file.content)
    refusal = None
    try:
        table, rejects = read_table([str(path)], LAYOUT, batch_size=7)
    except UserError as error:
        refusal = error
    finally:
        path.unlink()
    if refusal is not None:
        assert file.damage, refusal
        refused(refusal, file.name)
        return "stopped"
    good = {
        row["id"]: (row["text"], row["label"], row["s"])
        for row in table.select(["id", "text", "label", "s"]).to_pylist()
    }
    for name, content in good.items():
        assert name in file.written, f"{name!r} was never written"
        # TFRecord has scores as float32.
        *others, score = file.written[name]
        assert (*content[:2], pytest.approx(content[2], rel=1e-6)) == (*others, score), name
    lost = set(file.written) - set(good) - file.damaged
    assert not lost, f"intact records are lost: {sorted(lost)}"
    assert len(good) == table.num_rows
    assert len(good) + len(rejects) >= len(set(file.written) - file.damaged)
    return "read"


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_books_of_damaged_files_balance(file_format):
    outcomes: collections.Counter[str] = collections.Counter()
    for seed in range(FORMATS.index(file_format), NUM_FILES, len(FORMATS)):
        file = damaged_file(seed)
        try:
            outcomes[account_of(file)] += 1
        except AssertionError as error:
            raise AssertionError(f"file {seed}: {file.damage}: {error}") from error
        outcomes["records"] += len(file.written)
        outcomes["damaged"] += len(file.damaged)
        count_inputs(f"books of {file_format}")
    print(f"{file_format}: {dict(outcomes)}")
    assert outcomes["read"] > outcomes["stopped"] > 0


def test_a_reader_that_loses_or_alters_a_record_is_found_out(monkeypatch):
    import sys

    here = sys.modules[__name__]
    whole = next(f for f in map(damaged_file, range(400)) if not f.damage and len(f.written) > 1)
    assert account_of(whole) == "read"

    real = read_table

    def forgetful(*args, **keywords):
        table, rejects = real(*args, **keywords)
        return table.slice(1), rejects

    monkeypatch.setattr(here, "read_table", forgetful)
    with pytest.raises(AssertionError, match="intact records are lost"):
        account_of(whole)
