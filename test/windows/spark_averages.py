"""Averages of readings over ten seconds by Spark Structured Streaming, as its users write them, in update and in append mode.

spark_averages.py <jars> <brokers> <topic>: for each line of its standard input both queries take what is in the topic, as one
micro-batch each, and a line is printed when they have. At the end it prints the rows of both: in update mode the last of each key.
"""

import json
import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructField, StructType
from windows_session import open_session

SCHEMA = StructType(
    [
        StructField("id", IntegerType(), False),
        StructField("ts", StringType(), False),
        StructField("value", DoubleType(), False),
        StructField("source", StringType(), True),
    ]
)


def averages_of(spark: SparkSession, brokers: str, topic: str) -> DataFrame:
    records = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", brokers)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .load()
    )
    readings = (
        records.select(F.from_json(F.col("value").cast("string"), SCHEMA).alias("data"))
        .select("data.id", F.to_timestamp("data.ts").alias("ts"), "data.value")
        .na.drop(subset=["ts"])
    )
    return (
        readings.withWatermark("ts", "30 seconds")
        .groupBy(F.window("ts", "10 seconds"), "id")
        .agg(F.avg("value").alias("average"), F.count("*").alias("readings"))
        .select(F.unix_millis("window.start").alias("startMs"), "id", "average", "readings")
    )


def start(averages: DataFrame, mode: str, rows: dict[str, dict]) -> StreamingQuery:
    def take(frame: DataFrame, batch: int) -> None:
        for text in frame.toJSON().collect():
            row = json.loads(text)
            key = f"{row['startMs']} {row['id']}"
            # What is appended twice stays twice.
            rows[f"{key} {batch}" if mode == "append" and key in rows else key] = row

    return averages.writeStream.outputMode(mode).foreachBatch(take).start()


def main() -> None:
    jars, brokers, topic = sys.argv[1:]
    spark = open_session(jars)
    rows: dict[str, dict[str, dict]] = {"update": {}, "append": {}}
    queries = [start(averages_of(spark, brokers, topic), mode, rows[mode]) for mode in rows]
    for _ in sys.stdin:
        for query in queries:
            query.processAllAvailable()
        print("taken", flush=True)
    for query in queries:
        query.stop()
    print(json.dumps({mode: list(found.values()) for mode, found in rows.items()}), flush=True)
    spark.stop()


main()
