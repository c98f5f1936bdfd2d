"""The session of Spark in which windows are compared: small, and in UTC."""

from pyspark.sql import SparkSession


def open_session(jars: str) -> SparkSession:
    session = (
        SparkSession.builder.appName("windows")
        .master("local[1]")
        .config("spark.driver.memory", "1g")
        .config("spark.jars", jars)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session
