"""Texts in which one piece each is exchanged for another, made all at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Positions = npt.NDArray[np.int64]


def spliced(
    texts: pa.StringArray,
    rows: Positions,
    starts: Positions,
    ends: Positions,
    pieces: pa.StringArray,
    chosen: Positions,
) -> pa.StringArray:
    """C texts with other pieces in them.

    Args:
        texts: What is edited.
        rows: [C] which of them.
        starts: [C] where the piece begins that goes, in bytes of UTF-8.
        ends: [C] and where it ends.
        pieces: What may stand in its place.
        chosen: [C] which of these does.
    """
    number = len(rows)
    whole = texts.take(pa.array(rows))
    begins = np.frombuffer(whole.buffers()[1], np.int32, number + 1) if number else _NOTHING
    # Of each text what stands before, the piece that goes, and what stands behind.
    edges = np.empty(3 * number + 1, np.int32)
    edges[::3] = begins
    edges[1::3] = begins[:-1] + starts
    edges[2::3] = begins[:-1] + ends
    cut = pa.StringArray.from_buffers(
        3 * number, pa.py_buffer(edges), whole.buffers()[2] or pa.py_buffer(b"")
    )
    order: Positions = np.arange(3 * number)
    order[1::3] = 3 * number + chosen
    together = pa.concat_arrays([cut, pieces]).take(pa.array(order))
    offsets = np.frombuffer(together.buffers()[1], np.int32, 3 * number + 1) if number else _NOTHING
    return pa.StringArray.from_buffers(
        number,
        pa.py_buffer(np.ascontiguousarray(offsets[::3])),
        together.buffers()[2] or pa.py_buffer(b""),
    )


_NOTHING: npt.NDArray[np.int32] = np.zeros(1, np.int32)
