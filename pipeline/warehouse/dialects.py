"""SQL dialects that a query is written in."""

#: That of the query itself; the others are sqlglot's, and called as it calls them.
DUCKDB = "duckdb"
DIALECTS = (DUCKDB, "bigquery", "snowflake", "postgres", "spark", "redshift")
