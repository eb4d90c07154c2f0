"""What evaluations, their parts and their start cost: CPU time and memory, as ratios in one run."""
