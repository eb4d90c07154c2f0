"""Files on any filesystem, Parquet, the folder of a run, its manifest."""

__all__ = [
    "file_heads",
    "filesystem",
    "local_files",
    "manifest",
    "read_parquet",
    "record_batch_coder",
    "run_folder",
    "write_parquet",
]
