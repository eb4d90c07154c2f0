"""Many training steps and what each costs: flips against performance."""
