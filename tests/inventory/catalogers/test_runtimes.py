"""What software that was built from source brings with its program, as images of it have it."""

import json
from importlib.resources import files

import pytest

from lading.inventory.assemble import assemble
from lading.inventory.catalogers.binary.classify import rules
from lading.inventory.catalogers.binary.runtimes import with_what_it_brings
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.registry import CATALOGERS
from tests.inventory.executables.build import Part, elf
from tests.inventory.unpacking import squash_all
from tests.tars import File

_ELF = elf([Part(".text", b"\xc3", 0x1000)])


def brought(product: str, version: str, path: str) -> set[str]:
    return set(with_what_it_brings(FoundPackage("generic", product, version), path).files)


@pytest.mark.parametrize(
    ("product", "version", "path", "its_own", "others"),
    [
        (
            "python", "3.12.3", "usr/local/lib/libpython3.12.so.1.0",
            {"usr/local/bin/python3.12", "usr/local/lib/libpython3.so", "usr/local/lib/python3.12/lib-dynload/"},
            {"usr/local/lib/python3.12/", "usr/local/lib/python3.1/lib-dynload/"},
        ),
        ("python", "2.7.18", "bin/python2.7", {"bin/python2.7", "lib/python2.7/lib-dynload/"}, {"lib/"}),
        ("ruby", "3.3.6", "usr/local/lib/libruby.so.3.3.6", {"usr/local/bin/ruby", "usr/local/lib/ruby/3.3.0/"}, set()),
        (
            "perl", "5.38.2", "usr/local/lib/perl5/5.38.2/x86_64-linux-gnu/CORE/libperl.so",
            {"usr/local/bin/perl", "usr/local/bin/perl5.38.2", "usr/local/lib/perl5/5.38.2/"},
            {"usr/local/lib/perl5/"},
        ),
        (
            "php", "8.2.1", "usr/local/bin/php",
            {
                "usr/local/lib/php/extensions/no-debug-non-zts-20220829/opcache.so",
                "usr/local/lib/php/extensions/no-debug-zts-20220829/sodium.so",
            },
            {
                "usr/local/lib/php/extensions/no-debug-non-zts-20220829/redis.so",
                "usr/local/lib/php/extensions/no-debug-non-zts-20230831/opcache.so",
            },
        ),
        ("go", "1.26.8", "usr/local/go/bin/go", {"usr/local/go/pkg/tool/"}, {"usr/local/go/src/"}),
        ("erlang", "26.2.1", "app/erts-14.2.1/bin/beam.smp", {"app/erts-14.2.1/bin/", "app/bin/epmd"}, {"app/bin/"}),
        (
            "httpd", "2.4.58", "usr/local/apache2/bin/httpd",
            {"usr/local/apache2/bin/ab", "usr/local/apache2/modules/mod_ssl.so"},
            {"usr/local/apache2/modules/mod_wsgi.so"},
        ),
        (
            "postgresql", "16.1", "usr/local/bin/postgres",
            {"usr/local/bin/createdb", "usr/local/lib/postgresql/plpgsql.so"},
            {"usr/local/lib/postgresql/postgis-3.so"},
        ),
    ],
)  # fmt: skip
def test_what_a_product_brings(product: str, version: str, path: str, its_own: set[str], others: set[str]) -> None:
    found = brought(product, version, path)
    assert found >= its_own
    assert not found & others


def test_elsewhere_and_of_other_products_nothing_is_known() -> None:
    assert brought("php", "9.9.0", "usr/local/bin/php") == set()
    assert brought("python", "3.12.3", "opt/tool/python3") == set()
    assert brought("redis", "7.2.0", "usr/local/bin/redis-server") == set()


def test_the_table_names_products_that_are_told() -> None:
    table = json.loads(files("lading.inventory.catalogers.binary").joinpath("runtimes.json").read_bytes())
    products = [record["product"] for record in table]
    assert set(products) <= {rule.name for rule in rules()}
    assert len(products) == len(set(products))


def test_modules_of_python_belong_to_no_unknown_program() -> None:
    home = "usr/local/lib/python3.12"
    library = elf([Part(".rodata", b"\0PYTHONPATH\0\0003.12.3\0", 0x1000)])
    entries = [
        File("usr/local/lib/libpython3.12.so.1.0", library),
        *(File(path, _ELF) for path in ("usr/local/bin/python3.12", "usr/local/lib/libpython3.so")),
        File(f"{home}/lib-dynload/_ssl.cpython-312-x86_64-linux-gnu.so", _ELF),
        File(f"{home}/site-packages/own.so", _ELF),
        File("usr/local/lib/python3.11/lib-dynload/_ssl.so", _ELF),
    ]
    inventory, _ = assemble(squash_all([entries]), CATALOGERS)
    assert [(one.name, one.version) for one in inventory.packages] == [("python", "3.12.3")]
    assert [one.path for one in inventory.unmanaged] == [
        "usr/local/lib/python3.11/lib-dynload/_ssl.so",
        f"{home}/site-packages/own.so",
    ]
