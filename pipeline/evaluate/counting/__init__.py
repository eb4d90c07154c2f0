"""What a run counts of its scored pairs: parts that one pass counts, and the report of each.

`counted_families` says which parts the outputs of a run have, and puts their reports
together; `model_reports` counts any parts.
"""

__all__ = ["class_reports", "counted_families", "damaged", "model_reports"]
