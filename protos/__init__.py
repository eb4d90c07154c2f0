"""The two formats on disk: PipelineConfig (what to do) and RunReport (what was found)."""
