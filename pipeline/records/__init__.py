"""What became of every record: rejects, their limit, the audit, sums that show none was lost."""

__all__ = [
    "example_ids",
    "json_coders",
    "pairing_audit",
    "record_sums",
    "reject_files",
    "reject_limit",
    "rejected_record",
    "rejects",
]
