"""The peer of `menjian bench api`: a bare FastAPI application that inserts what it is sent into SQLite, durably, and
reads it back. No sign-in, no ledger, no rules. `python -m api.bench_peer FILE PORT`."""

from __future__ import annotations

import sqlite3
import sys
from threading import Lock

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL")


class Report(BaseModel):
    """What a report of the service says."""

    by: str
    name: str
    phone: str


def create(path: str) -> FastAPI:
    """The application on a database file."""
    app, turn = FastAPI(), Lock()
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for statement in (*(f"PRAGMA {pragma}" for pragma in PRAGMAS), "CREATE TABLE report (by, name, phone)"):
        database.execute(statement)

    @app.post("/reports", status_code=201)
    def submit(body: Report) -> dict[str, int | None]:
        with turn:
            made = database.execute("INSERT INTO report VALUES (?, ?, ?)", (body.by, body.name, body.phone))
        return {"report": made.lastrowid}

    @app.get("/reports")
    def listed() -> list[tuple[str, str, str]]:
        with turn:
            return database.execute("SELECT * FROM report ORDER BY rowid DESC LIMIT 50").fetchall()

    return app


if __name__ == "__main__":
    uvicorn.run(create(sys.argv[1]), port=int(sys.argv[2]), access_log=False, log_level="warning")
