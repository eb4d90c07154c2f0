import pyarrow

from fairflip._version import installed_version


def test_version_of_a_package_and_nothing_of_one_that_is_not_there():
    assert installed_version("pyarrow") == pyarrow.__version__
    assert installed_version("no-such-package-of-ours") == ""
