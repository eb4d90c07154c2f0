"""Folders of runs, made without running anything."""
