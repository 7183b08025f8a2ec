"""What the stand-in remembers, in one SQLite file that survives a restart and a kill.

Every change, its events, their deliveries and the answer kept for an idempotency key are one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Object = dict[str, Any]

_TABLES = """
create table if not exists object (
  seq integer primary key autoincrement, id text not null unique, kind text not null, created integer not null,
  due integer, body text not null);
create index if not exists object_kind on object (kind, seq);
create index if not exists object_due on object (due) where due is not null;
create table if not exists answer (
  key text primary key, fingerprint text not null, created integer not null, request text not null,
  status integer not null, body text not null);
create table if not exists delivery (
  id integer primary key autoincrement, event text not null, kind text not null, state text not null,
  attempts integer not null default 0, due real not null default 0, last_status integer, last_error text);
create index if not exists delivery_state on delivery (state, due);
create table if not exists request (
  id integer primary key autoincrement, method text not null, path text not null, params text not null,
  idempotency_key text, status integer);
create table if not exists setting (name text primary key, value text not null);
"""

_PAGE = """
select body from object where kind = :kind
  and (:gt is null or created > :gt) and (:gte is null or created >= :gte)
  and (:lt is null or created < :lt) and (:lte is null or created <= :lte)
  and (:payment_intent is null or json_extract(body, '$.payment_intent') = :payment_intent)
  and (:charge is null or json_extract(body, '$.charge') = :charge)
  and (:source is null or json_extract(body, '$.source') = :source)
  and (:currency is null or json_extract(body, '$.currency') = :currency)
  and (:status is null or json_extract(body, '$.status') = :status)
  and (:types is null or json_extract(body, '$.type') in (select value from json_each(:types)))
  and (:older_than is null or seq < (select seq from object where id = :older_than))
  and (:newer_than is null or seq > (select seq from object where id = :newer_than))
order by case when :newer_than is null then -seq else seq end limit :number
"""
FILTERS = ("payment_intent", "charge", "source", "currency", "status", "gt", "gte", "lt", "lte")


class Store:
    """One connection behind one lock: a stand-in needs to be right, not parallel."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._database = sqlite3.connect(folder / "stripe.sqlite3", check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = normal")
        self._database.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested blocks join the outer one (their failure must leave it too)."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._database.execute("begin immediate")
                yield
                if self._depth == 1:
                    self._database.execute("commit")
            except BaseException:
                if self._depth == 1:
                    self._database.execute("rollback")
                raise
            finally:
                self._depth -= 1

    @contextmanager
    def undo_on_error(self) -> Iterator[None]:
        """A savepoint within a transaction: an operation that is refused leaves nothing behind."""
        self.run("savepoint operation")
        try:
            yield
        except BaseException:
            self.run("rollback to operation")
            raise
        finally:
            self.run("release operation")

    def run(self, statement: str, values: dict[str, Any] | None = None) -> list[sqlite3.Row]:
        """One fixed statement with named values; the rows, if any."""
        with self._lock:
            return self._database.execute(statement, values or {}).fetchall()

    def put(self, thing: Object, *, due: int | None = None) -> Object:
        """Insert or replace by id; `due` (unix seconds) is when the sweep has to look at it."""
        self.run(
            "insert into object (id, kind, created, due, body) values (:id, :kind, :created, :due, :body) "
            "on conflict (id) do update set body = excluded.body, due = excluded.due",
            {
                "id": thing["id"],
                "kind": thing["object"],
                "created": thing["created"],
                "due": due,
                "body": json.dumps(thing),
            },
        )
        return thing

    def get(self, identifier: str, kind: str | None = None) -> Object | None:
        """One object, or None; `kind` restricts what it may be."""
        rows = self.run(
            "select body from object where id = :id and (:kind is null or kind = :kind)",
            {"id": identifier, "kind": kind},
        )
        return json.loads(rows[0]["body"]) if rows else None

    def due_before(self, now: int) -> list[Object]:
        """Objects whose time has come, oldest first."""
        rows = self.run("select body from object where due <= :now order by due, seq", {"now": now})
        return [json.loads(row["body"]) for row in rows]

    def page(self, kind: str, filters: dict[str, Any], types: list[str] | None = None) -> list[Object]:
        """Every match, newest first; with `limit`, `starting_after`, `ending_before` as Stripe means them."""
        newer_than = filters.get("ending_before")
        values: dict[str, Any] = {name: filters.get(name) for name in FILTERS}
        values |= {"kind": kind, "types": json.dumps(types) if types is not None else None}
        values |= {"older_than": filters.get("starting_after"), "newer_than": newer_than}
        rows = self.run(_PAGE, values | {"number": filters.get("limit", -1)})
        found = [json.loads(row["body"]) for row in rows]
        return found[::-1] if newer_than else found

    def setting(self, name: str, default: Any) -> Any:
        """A remembered JSON value."""
        rows = self.run("select value from setting where name = :name", {"name": name})
        return json.loads(rows[0]["value"]) if rows else default

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value across restarts."""
        self.run(
            "insert into setting (name, value) values (:name, :value) "
            "on conflict (name) do update set value = excluded.value",
            {"name": name, "value": json.dumps(value)},
        )
