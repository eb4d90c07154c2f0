"""What the blocks of the documentation and the notebooks are run with."""
