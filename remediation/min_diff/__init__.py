"""MinDiff: the scores of two groups are drawn towards one distribution.

Prost, Qian, Chen, Chi, Chen, Beutel: Toward a better trade-off between
performance and fairness with kernel-based distribution matching (2019).
"""

from fairflip.remediation.min_diff import keras, losses

__all__ = ["keras", "losses"]
