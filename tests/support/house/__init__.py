"""The rules of the house that tests hold it to."""
