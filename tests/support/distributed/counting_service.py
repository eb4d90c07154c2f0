"""A scoring service for whoever is in the same network: prints its address, then who asked.

    python counting_service.py

It scores a text by its length. A line on its input is answered by a line of JSON: how often each
text was asked for since the line before.
"""

from __future__ import annotations

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from support.scoring_service import scoring_service


def score_of(text: str) -> float:
    """A score that every text has of its own."""
    return len(text) % 17 / 17


def main() -> None:
    with scoring_service(score_of) as service:
        print(service.description(timeout=60.0), end="---\n", flush=True)
        for _ in sys.stdin:
            asked = dict(service.asked)
            service.asked.clear()
            print(json.dumps(asked), flush=True)


if __name__ == "__main__":
    main()
