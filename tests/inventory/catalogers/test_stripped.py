import pytest

from lading.inventory.catalogers.python import CATALOGER
from lading.inventory.catalogers.python.stripped import stated_version
from tests.inventory.catalogers.parsing import facts, packages, tree
from tests.inventory.test_assemble import inventory_of
from tests.tars import File

SITE = "usr/lib/python3.11/site-packages"
DJANGO = 'VERSION = (4, 2, 1, "final", 0)\n\n__version__ = get_version(VERSION)\n'


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('__title__ = "requests"\n__version__ = "2.31.0"\n', "2.31.0"),
        ("__version__: str = '3.1.2'\n", "3.1.2"),
        ("version = __version__ = '1.9.1'\n__version_tuple__ = (1, 9, 1)\n", "1.9.1"),
        ("__version__ = version = '26.9'\n", "26.9"),
        ("    __version__ = '2.0.7'\n", "2.0.7"),
        ('__version__ = "v1.26.5"\n', "1.26.5"),
        ('VERSION = "5.0rc1"\n', "5.0rc1"),
        (DJANGO, "4.2.1"),
        ("version_info = (20, 1, 0)\n__version__ = '.'.join(map(str, version_info))\n", "20.1.0"),
        ("__version_info__ = (3, 4)\n", "3.4"),
        ("VERSION = (4, 2, 0, 'alpha', 1)\n", ""),
        ("__version__ = importlib.metadata.version('x')\n", ""),
        ('__version__ = "0.0.0"\n', ""),
        ('__version__ = "99.99.99"\n', ""),
        ('def f(version="1.2.3"):\n    pass\n', ""),
        ("# __version__ = '1.0.0'\n", ""),
        ("", ""),
    ],
)
def test_what_modules_state(text: str, version: str) -> None:
    assert stated_version(text.encode()) == version


def test_a_module_without_metadata_is_the_package_that_it_says() -> None:
    files: dict[str, str | bytes] = {
        f"{SITE}/yaml/__init__.py": "from .error import *\n__version__ = '5.3'\n",
        f"{SITE}/requests/__init__.py": "__version__ = 'of something else'\n",
        f"{SITE}/requests/__version__.py": "__version__ = '2.25.0'\n",
        f"{SITE}/requests/_version.py": "__version__ = 'none'\n",
        f"{SITE}/urllib3/_version.py": "__version__ = '1.26.4'\n",
        f"{SITE}/own_module/__init__.py": "__version__ = '1.0.0'\n",
        f"{SITE}/yaml/deeper/version.py": "__version__ = '1.0.0'\n",
        "srv/app/requests/__init__.py": "__version__ = '2.25.0'\n",
    }
    found = packages(tree(CATALOGER, files))
    assert {(one.name, one.version, one.evidence, one.files) for one in found} == {
        ("pyyaml", "5.3", "binary", (f"{SITE}/yaml/",)),
        ("requests", "2.25.0", "binary", (f"{SITE}/requests/",)),
        ("urllib3", "1.26.4", "binary", (f"{SITE}/urllib3/",)),
    }


@pytest.mark.parametrize(
    "metadata",
    [
        f"{SITE}/PyYAML-6.0.dist-info/METADATA",
        f"{SITE}/PyYAML-6.0.egg-info/PKG-INFO",
        f"{SITE}/PyYAML-6.0.egg-info",
        f"{SITE}/PyYAML-6.0.dist-info/RECORD",
    ],
)
def test_metadata_beside_a_module_says_what_it_is(metadata: str) -> None:
    text = (
        "yaml/__init__.py,,\n" if metadata.endswith("RECORD") else "Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0\n"
    )
    files: dict[str, str | bytes] = {metadata: text, f"{SITE}/yaml/__init__.py": "__version__ = '5.3'\n"}
    assert [(one.name, one.version) for one in packages(tree(CATALOGER, files))] == [("pyyaml", "6.0")]


def test_metadata_elsewhere_says_nothing_of_a_module() -> None:
    files: dict[str, str | bytes] = {
        "opt/lib/site-packages/PyYAML-6.0.dist-info/METADATA": "Name: PyYAML\nVersion: 6.0\n",
        f"{SITE}/yaml/__init__.py": "__version__ = '5.3'\n",
    }
    assert {one.version for one in packages(tree(CATALOGER, files))} == {"6.0", "5.3"}


def test_what_is_known_is_no_longer_unmanaged() -> None:
    files = [
        File(f"{SITE}/requests/__init__.py", b""),
        File(f"{SITE}/requests/__version__.py", b"__version__ = '2.25.0'\n"),
        File(f"{SITE}/unheard_of/__init__.py", b"__version__ = '1.0.0'\n"),
    ]
    inventory, diagnostics = inventory_of(files)
    assert [(one.name, one.version, one.locations[0].path) for one in inventory.packages] == [
        ("requests", "2.25.0", f"{SITE}/requests/__init__.py")
    ]
    assert [one.path for one in inventory.unmanaged] == [f"{SITE}/unheard_of/__init__.py"]
    assert diagnostics == ()


def test_a_module_of_the_table_alone_is_looked_into() -> None:
    path = f"{SITE}/unheard_of/_version.py"
    assert facts(CATALOGER, path, "__version__ = '1.0.0'\n").packages == ()
