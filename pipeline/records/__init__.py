"""What became of every record: rejects, their limit, the audit, sums that show none was lost."""
