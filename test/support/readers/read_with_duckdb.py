"""Reads with DuckDB's delta extension, which is delta-kernel-rs."""

import os

import duckdb
from asked import answer
from duckdb_extensions import import_extension

import_extension("delta")
connection = duckdb.connect()
connection.execute("LOAD delta; SET TimeZone = 'UTC'")
TYPES = {
    "byte": "TINYINT", "short": "SMALLINT", "integer": "INTEGER", "long": "BIGINT", "string": "VARCHAR",
}  # fmt: skip


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def read_table(root, copy):
    connection.execute("DETACH DATABASE IF EXISTS one")
    connection.execute(f"ATTACH '{root}' AS one (TYPE delta, PIN_SNAPSHOT)")
    rows = "one"
    connection.execute(f"COPY (SELECT * FROM {rows}) TO '{copy}'")

    def count(asked):
        column = ".".join(quoted(name) for name in asked["path"])
        if "text" not in asked:
            condition = f"{column} {asked['operator']}"
        elif asked["type"].startswith("timestamp"):
            made = "make_timestamptz" if asked["type"] == "timestamp" else "make_timestamp"
            condition = f"{column} {asked['operator']} {made}({asked['text']})"
        else:
            parts = ["'" + part.replace("'", "''") + "'" for part in asked["text"].split("\0")]
            kind = TYPES.get(asked["type"], asked["type"])
            condition = f"{column} {asked['operator']} CAST({' || chr(0) || '.join(parts)} AS {kind})"
        return connection.execute(f"SELECT count(*) FROM {rows} t WHERE {condition}").fetchone()[0]

    return {}, count


answer(read_table)
os._exit(0)
