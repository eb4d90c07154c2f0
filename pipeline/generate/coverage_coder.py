"""How Beam carries a `Coverage` between workers."""

from __future__ import annotations

import apache_beam as beam

from fairflip.pipeline.generate.coverage import Coverage
from fairflip.pipeline.records.json_coders import JsonCoder


class CoverageCoder(JsonCoder):
    """Codes a `Coverage`."""

    kind = Coverage


beam.coders.registry.register_coder(Coverage, CoverageCoder)
