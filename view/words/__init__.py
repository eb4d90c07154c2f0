"""What a report says in words, and how numbers are written."""
