"""What a run is to do: flags, files and keywords to one checked `PipelineConfig`."""
