"""Models of other libraries than TensorFlow, from their files to a function of texts.

Each module knows one library, imports it only where one of its models is used, and says how
to install it where it is missing. `files` chooses.
"""

__all__ = ["estimators", "extras", "files", "label_choice", "torch_classifier"]
