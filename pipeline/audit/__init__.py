"""A finished run before people who did not see it.

`scenarios` holds it to what somebody answers for, `impact` counts decisions by group,
`not_measured` says what is missing, `signature` who vouches for it, `command` writes it down.
"""

__all__ = ["command", "impact", "not_measured", "scenarios", "signature"]
