"""Reads with Spark, in the session of spark_session.py: what it says of tables, their copies, and filters."""

from asked import answer, literal
from pyspark.sql import functions as F


def read_table(root, copy):
    rows = spark.read.format("delta").load(root)
    rows.coalesce(1).write.parquet(copy)
    kinds = {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint"}

    def count(asked):
        column = F.col(".".join(f"`{name}`" for name in asked["path"]))
        if asked["operator"] == "is null":
            condition = column.isNull()
        elif asked["operator"] == "is not null":
            condition = column.isNotNull()
        else:
            value = F.lit(literal(asked["type"], asked["text"])).cast(kinds.get(asked["type"], asked["type"]))
            condition = {"=": column == value, "<=": column <= value, ">=": column >= value}[asked["operator"]]
        found = rows.where(condition).agg(F.count(F.lit(1)))
        return found.collect()[0][0]

    detail = spark.sql(f"DESCRIBE DETAIL delta.`{root}`").collect()[0]
    return {"schema": json.loads(rows.schema.json()), "partitionColumns": detail["partitionColumns"]}, count


answer(read_table, args[0])
