"""The TFMA metrics, one a file."""
