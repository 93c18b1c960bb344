"""The tables, how they are opened, and what the database itself forbids."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from uprez.errors import LedgerError

Why = Literal["locked", "too new", "damaged", "full", "read-only"]

FIRST = (
    """CREATE TABLE orders(
         n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, provider TEXT NOT NULL, body TEXT NOT NULL,
         state TEXT NOT NULL CHECK(state IN('queued','active','done','failed','needs-you','cancelled')),
         unit TEXT NOT NULL, amount INTEGER CHECK(amount >= 0), estimate TEXT NOT NULL, error TEXT,
         render TEXT, cancel_wanted INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL) STRICT""",
    """CREATE TABLE attempt(
         id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders(id), n INTEGER NOT NULL,
         state TEXT NOT NULL CHECK(state IN('prepared','sending','acked','remote-done','downloaded',
           'verified','placed','void','failed','unknown')),
         owner TEXT NOT NULL REFERENCES owner(name), unit TEXT NOT NULL,
         reserved INTEGER NOT NULL CHECK(reserved >= 0), charged INTEGER CHECK(charged >= 0),
         staged TEXT, ticket TEXT, succeeded TEXT, sha256 TEXT, name TEXT, bytes INTEGER, info TEXT,
         verdict TEXT, updated REAL NOT NULL, UNIQUE(order_id, n)) STRICT""",
    "CREATE UNIQUE INDEX one_live ON attempt(order_id) WHERE state NOT IN('void','failed')",
    """CREATE TABLE event(
         seq INTEGER PRIMARY KEY, order_id TEXT NOT NULL, attempt TEXT, at REAL NOT NULL,
         kind TEXT NOT NULL, detail TEXT NOT NULL) STRICT""",
    "CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'append only'); END",
    "CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'append only'); END",
    # overrun: what services charged beyond their own quotes; it never makes room for a new reservation
    """CREATE TABLE budget(
         scope TEXT NOT NULL, unit TEXT NOT NULL, cap INTEGER NOT NULL CHECK(cap >= 0),
         reserved INTEGER NOT NULL DEFAULT 0 CHECK(reserved >= 0),
         spent INTEGER NOT NULL DEFAULT 0 CHECK(spent >= 0),
         overrun INTEGER NOT NULL DEFAULT 0 CHECK(overrun >= 0),
         PRIMARY KEY(scope, unit), CHECK(reserved + spent <= cap + overrun)) STRICT""",
    """CREATE TABLE reservation(
         attempt TEXT NOT NULL REFERENCES attempt(id), scope TEXT NOT NULL, unit TEXT NOT NULL,
         amount INTEGER NOT NULL CHECK(amount >= 0), PRIMARY KEY(attempt, scope, unit),
         FOREIGN KEY(scope, unit) REFERENCES budget(scope, unit)) STRICT""",
    """CREATE TABLE owner(
         name TEXT PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, since REAL NOT NULL) STRICT""",
    "CREATE TABLE plate(name TEXT PRIMARY KEY, bytes INTEGER NOT NULL, info TEXT NOT NULL) STRICT",
)
MIGRATIONS: tuple[tuple[str, ...], ...] = (FIRST,)
"""Each takes the database from the version of its index to the next one; never edited, only added to."""


def connect(path: Path, patience: float) -> sqlite3.Connection:
    """Open a ledger and bring it to the present version; `patience` is in seconds. Raises LedgerError."""
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
    return database


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write all of a block or none of it; takes the write lock at once."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say in a sentence what the database, or its disk, refused. Raises LedgerError."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise  # the guards above: a bug of ours, which no sentence should hide
    except sqlite3.Error as wrong:
        raise _error(path, getattr(wrong, "sqlite_errorname", ""), str(wrong)) from wrong
    except PermissionError as wrong:
        raise _error(path, "SQLITE_READONLY", str(wrong)) from wrong


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA journal_mode=DELETE")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA foreign_keys=ON")
    if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _error(path, "SQLITE_CORRUPT", "quick_check")
    if _version(database) != len(MIGRATIONS):
        with transaction(database):
            _migrate(database, path)


def _migrate(database: sqlite3.Connection, path: Path) -> None:
    version = _version(database)
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"{path} was written by a newer uprez (version {version}, this one knows {len(MIGRATIONS)}); "
            "install the newer one",
            why="too new",
        )
    for migration in MIGRATIONS[version:]:
        for statement in migration:
            database.execute(statement)
    database.execute(f"PRAGMA user_version={len(MIGRATIONS)}")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


_SENTENCES: tuple[tuple[tuple[str, ...], Why, str], ...] = (
    (("SQLITE_BUSY", "SQLITE_LOCKED"), "locked", "is locked by another process; close it and try again"),
    (("SQLITE_FULL",), "full", "can't be written, the disk is full; free some space and run `uprez resume`"),
    (
        ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM"),
        "read-only",
        "can't be written; choose another folder with --workspace",
    ),
    (
        ("SQLITE_IOERR",),
        "full",
        "can't be written, its disk fails or is full; mend that, then run `uprez resume`",
    ),
)


def _error(path: Path, name: str, text: str) -> LedgerError:
    for starts, why, sentence in _SENTENCES:
        if name.startswith(starts):
            return LedgerError(f"{path} {sentence}", why=why)
    return LedgerError(
        f"{path} is damaged ({text}); keep a copy of it, since it says what was bought, and ask for help",
        why="damaged",
    )
