"""Maps the repository's folders to the one import package, ``fairflip``.

Everything declarative stands in pyproject.toml; this file holds what setuptools
wants as code, and is what Beam's ``--setup_file`` runs on workers.
"""

from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
ROOMS = ("protos", "text", "metrics", "remediation", "view", "pipeline")


def folder_packages() -> dict[str, str]:
    """Every folder with an ``__init__.py`` below a room, by import name."""
    mapping = {"fairflip": "api"}
    for room in ROOMS:
        for init in sorted((ROOT / room).rglob("__init__.py")):
            folder = init.parent.relative_to(ROOT)
            mapping["fairflip." + ".".join(folder.parts)] = folder.as_posix()
    return mapping


packages = folder_packages()
setup(packages=sorted(packages), package_dir=packages)
