"""CLP in Hugging Face's `Trainer`: a mixin for its loss, and a collator that keeps pairs.

    class PairedTrainer(PairedTrainerMixin, transformers.Trainer):
        pass

    trainer = PairedTrainer(
        model=model, args=args, train_dataset=rows, data_collator=PairedCollator(tokenizer),
        pair_loss="pairwise_symmetric_kl", pair_loss_weight=1.0,
    )

A row of the dataset is what the tokenizer made of a text, with `labels`, and under
`counterfactual` what it made of the text's counterfactual, where it has one. The arguments need
``remove_unused_columns=False``, since the model itself takes no counterfactual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from fairflip.remediation.torch import pair_losses
from fairflip.remediation.torch.step import AlignedPairs, pair_term

#: In a row its counterfactual, in a batch the inputs of all of them.
COUNTERFACTUAL = "counterfactual"
_ROWS = "counterfactual_rows"


class PairedCollator:
    """Rows to a batch: padded texts, labels, and the counterfactuals beside them.

    Args:
        tokenizer: Pads.
    """

    def __init__(self, tokenizer: Any):
        self._tokenizer = tokenizer

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A batch; `counterfactual` is left out where no row has one."""
        plain = [{k: v for k, v in row.items() if k != COUNTERFACTUAL} for row in rows]
        batch = dict(self._tokenizer.pad(plain, return_tensors="pt"))
        has = [number for number, row in enumerate(rows) if row.get(COUNTERFACTUAL)]
        if has:
            pairs = [dict(rows[number][COUNTERFACTUAL]) for number in has]
            batch[COUNTERFACTUAL] = dict(self._tokenizer.pad(pairs, return_tensors="pt"))
            batch[_ROWS] = torch.tensor(has)
        return batch


class PairedTrainerMixin:
    """Adds a pair loss to the loss of a `transformers.Trainer`; stands before it in the bases.

    Args:
        *args: Of the `Trainer`.
        pair_loss: A pair loss or its name.
        pair_loss_weight: Its weight.
        **kwargs: Of the `Trainer`.
    """

    def __init__(
        self,
        *args: Any,
        pair_loss: Any = "pairwise_symmetric_kl",
        pair_loss_weight: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.pair_loss = pair_losses.get(pair_loss)
        self.pair_loss_weight = float(pair_loss_weight)

    def compute_loss(
        self, model: Any, inputs: Mapping[str, Any], return_outputs: bool = False, **kwargs: Any
    ) -> Any:
        """The `Trainer`'s own loss, plus the weighted pair loss of the batch."""
        plain = {k: v for k, v in inputs.items() if k not in (COUNTERFACTUAL, _ROWS)}
        base: Any = super()
        loss, outputs = base.compute_loss(model, plain, return_outputs=True, **kwargs)
        if COUNTERFACTUAL in inputs:
            pairs = AlignedPairs(inputs[COUNTERFACTUAL], inputs[_ROWS])
            logits = outputs["logits"] if isinstance(outputs, Mapping) else outputs.logits
            loss = loss + self.pair_loss_weight * pair_term(model, self.pair_loss, logits, pairs)
        return (loss, outputs) if return_outputs else loss
