"""Models of several outputs, and data for them."""
