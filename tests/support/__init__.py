"""What several tests use: data, models, recounts, programs that tests start in processes."""

import pathlib

TESTS = pathlib.Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
