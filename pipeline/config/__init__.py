"""What a run is to do: flags, files and keywords become one checked `PipelineConfig`."""

__all__ = ["keywords", "model_checks", "output_folder", "settings"]
