"""docs/inputs.md names every reason for which a record may leave."""

from __future__ import annotations

import re

from fairflip.pipeline.read import formats, judge
from fairflip.pipeline.records import record_sums
from fairflip.pipeline.score import transforms

#: Names of outputs and of sums, which these modules hold too.
_NO_REASONS = {
    "NAMESPACE",
    "SCORED",
    "SECOND_LOOKS",
    "REJECTS",
    "ROW_ID",
    "COUNTS",
    "ACCOUNTS",
    *vars(record_sums),
}


def test_every_reason_is_documented(repository):
    page = (repository / "docs" / "inputs.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z0-9_]+)`", page))
    reasons = {
        value
        for module in (judge, transforms)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and name not in _NO_REASONS
        if not name.startswith(("_", "DEFAULT"))
    }
    for path in (repository / "pipeline" / "read").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        reasons |= set(re.findall(r'"((?:not|wrong|invalid)_[a-z0-9_]+)"', source))
    assert len(reasons) > 18
    assert reasons <= documented
    for extension in formats._EXTENSIONS:
        assert f"`{extension}`" in page
