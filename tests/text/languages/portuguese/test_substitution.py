"""Portuguese swaps: phrases, contractions, pronouns, groups, what is left alone."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Falei com o novo vizinho.", "Falei com a nova vizinha."),
        ("a assinatura da diretora", "a assinatura do diretor"),
        ("Entreguei à professora.", "Entreguei ao professor."),
        ("Confio nesse engenheiro.", "Confio nessa engenheira."),
        ("Foi visto pelos alunos.", "Foi visto pelas alunas."),
        ("uma das atrizes", "um dos atores"),
        ("todos os outros alunos", "todas as outras alunas"),
        ("a jovem professora", "o jovem professor"),
        ("Minha mulher canta.", "Meu marido canta."),
        ("os meus dois irmãos", "as minhas duas irmãs"),
        ("A casa dela é longe.", "A casa dele é longe."),
        ("O aluno saiu e não o vi.", "A aluna saiu e não a vi."),
        ("Os alunos vieram e cumprimentei-os.", "As alunas vieram e cumprimentei-as."),
        ("O juiz foi eleito ontem.", "A juíza foi eleita ontem."),
        ("O carro está sujo, disse o ator.", "O carro está sujo, disse a atriz."),
        ("Ela mesma disse isso.", "Ele mesmo disse isso."),
        ("O português é uma língua.", None),
        ("Um português canta.", "Uma portuguesa canta."),
        ("A música toca.", None),
        ("As pessoas saíram.", None),
        ("O modelo é novo.", None),
        ("A chave sumiu. Ela era nova.", "[unsure_pronoun]"),
        ("Os professores são uns animais.", "[unsure_agreement]"),
    ],
)
def test_swaps_of_gender(portuguese, text, wanted):
    assert portuguese(text) == wanted


@pytest.mark.parametrize(
    ("text", "category", "wanted"),
    [
        ("O judeu rezava.", "religion", "O muçulmano rezava."),
        ("uma família muçulmana", "religion", "uma família cristã"),
        ("as pessoas negras", "race", "as pessoas brancas"),
        ("Os angolanos chegaram.", "nationality", "Os brasileiros chegaram."),
        ("É homossexual.", "sexual_orientation", "É heterossexual."),
        ("Pessoas com deficiência", "disability", "Pessoas sem deficiência"),
    ],
)
def test_groups_keep_gender_and_number(text, category, wanted):
    swap = make_generator(GeneratorSpec(method="substitution", language="pt"))
    made = [one for one in swap.generate([text])[0] if category in one.categories]
    assert wanted in [one.text for one in made]


def test_groups_of_things_are_left_alone():
    swap = make_generator(GeneratorSpec(method="substitution", terms="identity_pt"))
    assert swap.generate(["vinho português e um carro preto"])[0] == []
