"""The way of a batch of records, in Beam, and the runs, limits and commands around it.

The one way, in the order in which a batch goes:

* `read`: files -> batches of good records, and rejects.
* `pair`: originals and counterfactuals -> audited pairs; `generate` makes
  counterfactuals where there are none.
* `score`: models -> scores, by Beam's RunInference.
* `evaluate`: the graph that joins these and counts with `fairflip.metrics`.

Around it: `run` (one run in one folder), `gate` (limits over a finished run), `config`
(what a run is to do), `cli` (words in, exit code out). Below it: `records` (what became
of every record), `beam` (running a graph), `storage` (files on any filesystem).
"""
