"""What is measured at sizes of which one run takes minutes."""
