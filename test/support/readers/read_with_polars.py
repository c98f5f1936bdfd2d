"""Reads with polars: the log through delta-rs, the files by itself."""

import os

import polars
from asked import answer, literal
from deltalake import DeltaTable


def read_table(root, copy):
    table = DeltaTable(root)
    polars.scan_delta(table).collect().write_parquet(copy)

    def count(asked):
        rows = polars.scan_delta(table)
        kind = rows.collect_schema()[asked["path"][0]]
        column = polars.col(asked["path"][0])
        for name in asked["path"][1:]:
            column = column.struct.field(name)
            kind = next(field.dtype for field in kind.fields if field.name == name)
        if asked["operator"] == "is null":
            condition = column.is_null()
        elif asked["operator"] == "is not null":
            condition = column.is_not_null()
        else:
            value = polars.lit(literal(asked["type"], asked["text"]), dtype=kind)
            condition = {"=": column == value, "<=": column <= value, ">=": column >= value}[asked["operator"]]
        return rows.filter(condition).select(polars.len()).collect().item()

    return {}, count


answer(read_table)
os._exit(0)
