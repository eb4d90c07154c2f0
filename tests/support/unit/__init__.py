"""What makes a test a unit test: nothing heavy is started, and plots are not rendered."""
