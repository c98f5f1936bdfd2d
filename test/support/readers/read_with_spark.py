"""Reads with Spark, in the session of spark_session.py: what it says of tables, their copies, and filters."""

from asked import answer, literal
from pyspark.sql import functions as F


def read_table(root, copy):
    rows = spark.read.format("delta").load(root)
    rows.coalesce(1).write.parquet(copy)

    def value(asked):
        kind, text = asked["type"], asked["text"]
        # Python's times reach Spark by way of another calendar, which differs in early years.
        if kind.startswith("timestamp"):
            return F.expr(f"cast(timestamp_micros({text}) as {kind})")
        if kind == "date":
            return F.expr(f"date'{text}'")
        names = {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint"}
        return F.lit(literal(kind, text)).cast(names.get(kind, kind))

    def count(asked):
        column = F.col(".".join(f"`{name}`" for name in asked["path"]))
        if asked["operator"] == "is null":
            condition = column.isNull()
        elif asked["operator"] == "is not null":
            condition = column.isNotNull()
        else:
            right = value(asked)
            condition = {"=": column == right, "<=": column <= right, ">=": column >= right}[asked["operator"]]
        found = rows.where(condition).agg(F.count(F.lit(1)))
        return found.collect()[0][0]

    detail = spark.sql(f"DESCRIBE DETAIL delta.`{root}`").collect()[0]
    columns = ["version", "operation", "operationMetrics", "engineInfo", "isBlindAppend"]
    history = spark.sql(f"DESCRIBE HISTORY delta.`{root}`").select(*columns).collect()
    said = {
        "schema": json.loads(rows.schema.json()),
        "partitionColumns": detail["partitionColumns"],
        "history": [commit.asDict() for commit in history],
    }
    return said, count


answer(read_table, args[0])
