"""Files on any filesystem, Parquet, the folder of a run, its manifest."""
