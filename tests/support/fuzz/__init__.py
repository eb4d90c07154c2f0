"""What is fuzzed, and how much of it."""
