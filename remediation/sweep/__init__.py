"""Many training steps, and what each costs in performance for fewer flips."""

__all__ = ["price", "sweep"]
