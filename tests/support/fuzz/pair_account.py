"""What must hold of everything that was paired: the sums of its audit."""

from __future__ import annotations

from fairflip.pipeline.pair.settle import Joined


def check_sums(joined: Joined) -> None:
    """The sums that `PairingAudit` promises, and that rejects are what they count."""
    audit = joined.audit
    assert joined.pairs.num_rows == audit.num_pairs
    assert joined.unmatched_originals.num_rows == audit.num_unmatched_originals
    assert audit.num_records_read == (
        audit.num_records_admitted + audit.num_duplicate_ids + audit.num_rejected_originals
    )
    assert audit.num_counterfactuals == (
        audit.num_pairs
        + audit.num_unmatched_counterfactuals
        + audit.num_identical_pairs
        + audit.num_duplicate_counterfactual_ids
        + audit.num_rejected_counterfactuals
    )
    assert len(joined.rejects) == (
        audit.num_duplicate_ids
        + audit.num_rejected_originals
        + audit.num_unmatched_counterfactuals
        + audit.num_identical_pairs
        + audit.num_duplicate_counterfactual_ids
        + audit.num_rejected_counterfactuals
    )
    for record in joined.rejects:
        assert record.detail.isprintable()
        record.to_json()
