"""What receives exports in tests: servers on loopback that stop by themselves, and readers."""
