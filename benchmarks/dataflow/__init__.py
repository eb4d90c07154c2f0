"""How the cost of an evaluation grows with pairs and workers, computed from measured stages."""
