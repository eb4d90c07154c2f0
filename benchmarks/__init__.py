"""What is measured, each figure with the bound that the project sets itself: one module a question.

A benchmark is run from the repository's root, as `python -m benchmarks.speed.counting`, and all
that have a bound by `python -m benchmarks.run_all`.
"""
