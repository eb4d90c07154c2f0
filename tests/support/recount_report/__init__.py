"""An independent recount of a report's numbers, in NumPy and SciPy, from its kept scored pairs."""
