"""Scores kept on disk, by model and text: a broken or repeated run asks for nothing twice.

One SQLite file for each model, which any number of processes of one machine read and write at
once. A text is known by a hash of 128 bits; the text itself is not stored.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence

import numpy as np

from fairflip.protos.errors import InputError

#: Seconds to wait for another process that writes.
PATIENCE = 120.0
KEY_BYTES = 16
_KEYS_A_QUERY = 500
_FORMAT = 1


class ScoreCache:
    """The kept scores of one model.

    Args:
        folder: Where the file lies or is to lie; made if need be, for its owner alone.
        identity: Equal for models that give equal scores.

    Raises:
        InputError: The file is damaged, or cannot be written.
    """

    def __init__(self, folder: str, identity: str):
        self.path = path_of(folder, identity)
        # Workers answer on several threads.
        self._lock = threading.Lock()
        with self._speaking():
            os.makedirs(folder, mode=0o700, exist_ok=True)
            self._database = sqlite3.connect(
                self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            # Readers do not wait for writers; what was written is whole after any end of the
            # process, and perhaps lost, never damaged, after one of the machine.
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS scores "
                "(text BLOB PRIMARY KEY, score REAL NOT NULL) WITHOUT ROWID"
            )
            self._database.execute("CREATE TABLE IF NOT EXISTS model (identity TEXT PRIMARY KEY)")
            self._database.execute("INSERT OR IGNORE INTO model VALUES (?)", (identity,))
            self._database.execute(f"PRAGMA user_version = {_FORMAT}")

    def __len__(self) -> int:
        with self._speaking(), self._lock:
            return self._database.execute("SELECT count(*) FROM scores").fetchone()[0]

    def look_up(self, keys: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
        """Which rows are kept, bool (n,), and their scores, float64 (n,); NaN for others."""
        hashes = [hashed(key) for key in keys]
        known = self._kept(hashes)
        scores = np.array([known.get(each, np.nan) for each in hashes])
        return np.array([each in known for each in hashes], bool), scores

    def num_kept(self, hashes: Sequence[bytes]) -> int:
        """How many of some hashes, from `hashed`, are kept."""
        return len(self._kept(hashes))

    def kept_hashes(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of some hashes that are kept."""
        return set(self._kept(hashes))

    def add(self, keys: Sequence[bytes], scores: np.ndarray) -> None:
        """Keeps the scores of rows, all of them or none; NaN is no answer and not kept."""
        rows = [
            (hashed(key), score)
            for key, score in zip(keys, scores.tolist(), strict=True)
            if score == score
        ]
        with self._speaking(), self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany("INSERT OR IGNORE INTO scores VALUES (?, ?)", rows)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Ends the connection; what was added stays."""
        self._database.close()

    def _kept(self, hashes: Sequence[bytes]) -> dict[bytes, float]:
        known: dict[bytes, float] = {}
        with self._speaking(), self._lock:
            for start in range(0, len(hashes), _KEYS_A_QUERY):
                part = hashes[start : start + _KEYS_A_QUERY]
                marks = ",".join("?" * len(part))
                query = f"SELECT text, score FROM scores WHERE text IN ({marks})"
                known.update(self._database.execute(query, part))
        return known

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        """What goes wrong with the file, in a sentence with a cure."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise InputError(
                f"evaluation.score_cache: {self.path!r} cannot be used ({error}); give a folder of "
                "a local disk with room, and write permission"
            ) from error
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"evaluation.score_cache: {self.path!r} is damaged ({error}); delete the file, and "
                "its texts are asked for again"
            ) from error
        except OSError as error:
            raise InputError(
                f"evaluation.score_cache: {self.path!r} cannot be made ({error.strerror}); give a "
                "folder with write permission"
            ) from error


class ScoreCaches:
    """The kept scores of several outputs of one model, each in the file that it has by itself.

    Args:
        folder: As for `ScoreCache`.
        identities: One for each output.
    """

    def __init__(self, folder: str, identities: Sequence[str]):
        self._caches = [ScoreCache(folder, identity) for identity in identities]

    def look_up(self, keys: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
        """Which rows are kept of all outputs, bool (n,), and their scores, float64 (n, K)."""
        of_models = [cache.look_up(keys) for cache in self._caches]
        is_kept = np.stack([known for known, _ in of_models]).all(axis=0)
        return is_kept, np.stack([scores for _, scores in of_models], axis=1)

    def num_kept(self, hashes: Sequence[bytes]) -> int:
        """How many of some hashes are kept of all outputs."""
        known = set(hashes)
        for cache in self._caches:
            known &= cache.kept_hashes(hashes)
        return len(known)

    def add(self, keys: Sequence[bytes], scores: np.ndarray) -> None:
        """Keeps the scores of rows, float64 (n, K)."""
        for column, cache in enumerate(self._caches):
            cache.add(keys, scores[:, column])

    def close(self) -> None:
        """Ends the connections."""
        for cache in self._caches:
            cache.close()


def open_cache(folder: str, identities: Sequence[str]) -> ScoreCache | ScoreCaches:
    """The kept scores of a model, of one output or several."""
    if len(identities) == 1:
        return ScoreCache(folder, identities[0])
    return ScoreCaches(folder, identities)


def path_of(folder: str, identity: str) -> str:
    """Where a model's scores lie in a folder."""
    return os.path.join(folder, f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.sqlite")


def hashed(key: bytes) -> bytes:
    """What a row is known by: 16 bytes."""
    return hashlib.blake2b(key, digest_size=KEY_BYTES).digest()
