"""The public counterfactual sets: what they are, whose, and under which licence."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import nearest, quote

#: Folder of data outside of the repository; its `benchmark/` holds the sets' files.
DATA_VARIABLE = "FAIRFLIP_DATA"
PUBLISHED = "hatecheck_predictions"
LANGUAGES = ("french", "german", "italian", "portuguese", "spanish")


@dataclasses.dataclass(frozen=True)
class PublicSet:
    """One set.

    Attributes:
        name: By which the command line calls it.
        title: What it is.
        files: Names under which its data may lie, the first that is there is read; none: it comes
            with this package.
        citation: Whom to cite.
        licence: Under which its texts are.
        address: Where they come from.
        cluster: What is drawn together: a column of its pairs, "" for the original.
        flips_are_right: Counterfactuals have the opposite label.
        published: Names of models whose decisions lie beside the pairs.
    """

    name: str
    title: str
    files: tuple[str, ...]
    citation: str
    licence: str
    address: str
    cluster: str = ""
    flips_are_right: bool = False
    published: tuple[str, ...] = ()


_HATECHECK = PublicSet(
    name="hatecheck",
    title="HateCheck",
    files=("hatecheck_pairs.parquet", "test_suite_cases.csv"),
    citation="Röttger, Vidgen, Nguyen, Waseem, Margetts and Pierrehumbert: HateCheck: Functional "
    "Tests for Hate Speech Detection Models. ACL 2021",
    licence="CC BY 4.0",
    address="https://github.com/paul-rottger/hatecheck-data",
    cluster="template",
    published=("perspective", "siftninja", "bert_davidson", "bert_founta"),
)
_CAD_IMDB = PublicSet(
    name="cad_imdb",
    title="Counterfactually augmented film reviews",
    files=("cad_imdb_pairs.parquet",),
    citation="Kaushik, Hovy and Lipton: Learning the Difference that Makes a Difference with "
    "Counterfactually-Augmented Data. ICLR 2020",
    licence="Apache-2.0",
    address="https://github.com/acmi-lab/counterfactually-augmented-data",
    flips_are_right=True,
)
_TEMPLATES = PublicSet(
    name="templates",
    title="Sentences about people at work",
    files=(),
    citation="fairflip: templates of its own, in the manner of WinoBias",
    licence="Apache-2.0",
    address="pipeline/benchmark/templates.py",
    cluster="template",
)
_WINOBIAS = PublicSet(
    name="winobias",
    title="WinoBias",
    files=(
        "winobias_dev.parquet",
        "pro_stereotyped_type1.txt.dev",
        "pro_stereotyped_type1.txt.test",
    ),
    citation="Zhao, Wang, Yatskar, Ordonez and Chang: Gender Bias in Coreference Resolution: "
    "Evaluation and Debiasing Methods. NAACL 2018",
    licence="MIT",
    address="https://github.com/uclanlp/corefBias",
)
_WINOGENDER = PublicSet(
    name="winogender",
    title="Winogender",
    files=("winogender.parquet", "all_sentences.tsv"),
    citation="Rudinger, Naradowsky, Leonard and Van Durme: Gender Bias in Coreference Resolution. "
    "NAACL 2018",
    licence="MIT",
    address="https://github.com/rudinger/winogender-schemas",
    cluster="template",
)
_PANDA = PublicSet(
    name="panda",
    title="PANDA",
    files=("panda.parquet", "panda.csv", "panda.jsonl"),
    citation="Qian, Ross, Fernandes, Smith, Kiela and Williams: Perturbation Augmentation for "
    "Fairer NLP. EMNLP 2022",
    licence="MIT",
    address="https://github.com/facebookresearch/ResponsibleNLP",
)
SETS = {
    one.name: one
    for one in (
        _HATECHECK,
        *(
            PublicSet(
                name=f"mhc_{language}",
                title=f"Multilingual HateCheck, {language.capitalize()}",
                files=(f"mhc_{language}.parquet", f"hatecheck_cases_final_{language}.csv"),
                citation="Röttger, Seelawi, Nozza, Talat and Vidgen: Multilingual HateCheck: "
                "Functional Tests for Multilingual Hate Speech Detection Models. WOAH 2022",
                licence="CC BY 4.0",
                address="https://github.com/rewire-online/multilingual-hatecheck",
                cluster="template",
            )
            for language in LANGUAGES
        ),
        _CAD_IMDB,
        _TEMPLATES,
        _WINOBIAS,
        _WINOGENDER,
        _PANDA,
    )
}
#: What needs a word of consent, and why.
CONSENT = {
    PUBLISHED: "The predictions of four models on HateCheck "
    "(https://github.com/paul-rottger/hatecheck-experiments) state no licence; use them for "
    "evaluation only.",
}


def chosen(names: Sequence[str]) -> list[PublicSet]:
    """The sets of some names; none named: HateCheck.

    Raises:
        ConfigurationError: A name is of no set.
    """
    problems = [
        f"--set: {quote(name)} is no benchmark{nearest(name, SETS)}"
        for name in names
        if name not in SETS
    ]
    if problems:
        raise ConfigurationError(problems)
    return [SETS[name] for name in dict.fromkeys(names or ("hatecheck",))]


def data_folder(given: str, makes: bool = False) -> str:
    """Where the sets' files lie: the folder given, or `benchmark` in that of FAIRFLIP_DATA.

    Args:
        given: By the command line.
        makes: Makes the folder where it is not there.

    Raises:
        ConfigurationError: Nobody says where, or there is no such folder.
    """
    folder = given
    if not folder and os.environ.get(DATA_VARIABLE):
        folder = os.path.join(os.environ[DATA_VARIABLE], "benchmark")
    if not folder:
        raise ConfigurationError(
            f"--data_dir: name the folder with the sets' files, or set {DATA_VARIABLE}; "
            "docs/benchmark.md says which files they are"
        )
    if makes:
        os.makedirs(folder, exist_ok=True)
    if not os.path.isdir(folder):
        raise ConfigurationError(f"--data_dir: {quote(folder)} is no folder")
    return folder


def is_missing(one: PublicSet, folder: str) -> bool:
    """Whether a set needs a file that is not in the folder."""
    return bool(one.files) and not _file_there(one, folder)


def _file_there(one: PublicSet, folder: str) -> str:
    paths = [os.path.join(folder, name) for name in one.files]
    return next((path for path in paths if os.path.isfile(path)), "")


def file_of(one: PublicSet, folder: str) -> str:
    """The path of a set's data; "" where it comes with this package.

    Raises:
        ConfigurationError: None of its files is there.
    """
    path = _file_there(one, folder)
    if path or not one.files:
        return path
    raise ConfigurationError(
        f"--set {one.name}: {quote(folder)} holds no {' or '.join(one.files)}; its texts are at "
        f"{one.address} ({one.licence}), and docs/benchmark.md says how to lay them there"
    )
