"""What model files are and what they would run, said without loading them or TensorFlow."""

__all__ = ["checks", "fingerprint", "keras_files", "kinds", "saved_models"]
