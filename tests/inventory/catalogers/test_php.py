"""PHP: Composer's list, PEAR's registry, WordPress and its extensions."""

import json
import random
from pathlib import Path

import pytest

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.php import CATALOGERS, composer, pear, wordpress
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.properties import is_unpublished
from lading.model.reader import WantedFile
from tests.inventory.catalogers.parsing import left_out, packages, tree

SHARED = Path(__file__).resolve().parents[4] / "shared" / "fixtures"
INSTALLED = "app/vendor/composer/installed.json"


def facts(cataloger: Cataloger, path: str, content: str | bytes) -> CatalogerResult:
    data = content if isinstance(content, bytes) else content.encode()
    return cataloger.parse(WantedFile(path=path, mode=0o644, content=data))


def test_composer_lists_what_it_installed() -> None:
    listed = {
        "packages": [
            {
                "name": "Monolog/Monolog",
                "version": "v3.1.0",
                "license": ["MIT"],
                "install-path": "../monolog/monolog",
                "source": [],
                "type": "library",
            },
            {"name": "acme/own", "version": "dev-main", "dist": {"reference": "abc"}, "install-path": "../../src/own"},
            {"name": "acme/tests", "version_normalized": "1.0.0.0", "license": "GPL-2.0-only"},
            {"name": "acme/all", "version": "2.0", "type": "metapackage", "install-path": None},
            {"name": "acme/far", "version": "1.x-dev", "install-path": "../../../../../../etc"},
        ],
        "dev": True,
        "dev-package-names": {"1": "acme/tests"},
    }
    assert facts(composer.CATALOGER, INSTALLED, "\ufeff" + json.dumps(listed)) == CatalogerResult(
        packages=(
            FoundPackage(
                type="composer",
                name="monolog/monolog",
                version="v3.1.0",
                licenses=("MIT",),
                files=("app/vendor/monolog/monolog/",),
            ),
            FoundPackage(
                type="composer",
                name="acme/own",
                version="dev-main",
                files=("app/src/own/",),
                properties={"reference": "abc"},
            ),
            FoundPackage(
                type="composer",
                name="acme/tests",
                version="1.0.0.0",
                licenses=("GPL-2.0-only",),
                files=("app/vendor/acme/tests/",),
                properties={"dev": "true"},
            ),
            FoundPackage(type="composer", name="acme/all", version="2.0"),
            FoundPackage(type="composer", name="acme/far", version="1.x-dev"),
        )
    )


def test_composer_1_wrote_a_plain_list() -> None:
    assert facts(composer.CATALOGER, INSTALLED, '[{"name": "a/b", "version": "1.0"}]').packages == (
        FoundPackage(type="composer", name="a/b", version="1.0", files=("app/vendor/a/b/",)),
    )
    assert facts(composer.CATALOGER, INSTALLED, "[]") == CatalogerResult()


_PHP = """<?php return array(
    'root' => array(
        'name' => 'acme/app', // the project
        'pretty_version' => 'dev-main', 'dev' => false,
        'install_path' => __DIR__ . '/../../',
    ),
    'versions' => [
        'acme/app' => array('pretty_version' => 'dev-main', 'dev_requirement' => false),
        'acme/It\\'s' => array('pretty_version' => '1.0', 'aliases' => array(0 => '1.x-dev'), 'reference' => NULL),
        'guzzlehttp/guzzle' => array(
            'pretty_version' => '6.5.0',
            'install_path' => __DIR__ . '/../guzzlehttp/guzzle',
            'dev_requirement' => false,
        ),
        'acme/branch' => array('pretty_version' => 'dev-main', 'reference' => '0123', 'dev_requirement' => true),
        'psr/log-implementation' => array('dev_requirement' => false, 'provided' => array(0 => '1.0')),
    ],
);
"""
_VERSIONS = "app/vendor/composer/installed.php"


def test_composer_by_what_programs_read() -> None:
    assert facts(composer.CATALOGER, _VERSIONS, _PHP).packages == (
        FoundPackage("composer", "acme/it's", "1.0"),
        FoundPackage("composer", "guzzlehttp/guzzle", "6.5.0", files=("app/vendor/guzzlehttp/guzzle/",)),
        FoundPackage("composer", "acme/branch", "dev-main", properties={"dev": "true", "reference": "0123"}),
    )
    both = tree(composer.CATALOGER, {INSTALLED: '[{"name": "a/b", "version": "1.0"}]', _VERSIONS: _PHP})
    assert [one.name for one in packages(both)] == ["a/b"]
    other = tree(composer.CATALOGER, {INSTALLED: "[]", f"srv/{_VERSIONS}": _PHP})
    assert len(packages(other)) == 3
    # Composer 2.0 wrote the list into the class; later ones only read it there.
    place = _VERSIONS.replace("installed.php", "InstalledVersions.php")
    written = _PHP.replace("<?php return", "<?php\nclass InstalledVersions\n{\nprivate static $installed =")
    assert facts(composer.CATALOGER, place, f"{written}\nprivate static $more;\n}}").packages == (
        facts(composer.CATALOGER, _VERSIONS, _PHP).packages
    )
    later = "<?php\nclass InstalledVersions\n{\nprivate static $installed;\nprivate static $byVendor = array();\n}"
    assert facts(composer.CATALOGER, place, later) == CatalogerResult()
    both = tree(composer.CATALOGER, {place: written, _VERSIONS: "<?php return array('versions' => array());"})
    assert packages(both) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<?php\nclass A {}", "it returns no array"),
        ("<?php return array('versions' => array(", "it is not whole, or holds more than constants"),
        ("<?php return array('versions' => f());", "it is not whole, or holds more than constants"),
        ("<?php return " + "array(" * 100, "it is nested too deep"),
        ("<?php return array('" + "\\'" * 1_000_000, "it is not whole, or holds more than constants"),
    ],
)
def test_composer_tells_which_list_in_php_it_cannot_read(text: str, why: str) -> None:
    message = f"not a list of Composer's packages ({why}): none was read"
    told = Diagnostic("incomplete", "broken-package-database", message, _VERSIONS)
    assert facts(composer.CATALOGER, _VERSIONS, text) == CatalogerResult(diagnostics=(told,))


def test_composer_tells_what_is_installed_without_a_version() -> None:
    entry = "array('install_path' => __DIR__ . '/../a/b')"
    text = f"<?php return array('versions' => array('a/b' => {entry}, 'c/d' => array()));"
    told = left_out(_VERSIONS, "package a/b has no version")
    assert facts(composer.CATALOGER, _VERSIONS, text) == CatalogerResult(diagnostics=(told,))


def test_composer_names_directories_of_no_registry() -> None:
    text = '[{"name": "a/b", "version": "1.0", "dist": {"type": "path", "url": "../b"}}]'
    assert is_unpublished(facts(composer.CATALOGER, INSTALLED, text).packages[0])


def test_composer_tells_what_it_left_out() -> None:
    text = '{"packages": [{"name": "a/b"}, {"version": "1"}, 3, {"name": "c/d", "version": "1"}]}'
    found = facts(composer.CATALOGER, INSTALLED, text)
    assert [one.name for one in found.packages] == ["c/d"]
    assert found.diagnostics == (
        left_out(INSTALLED, "package a/b has no version"),
        left_out(INSTALLED, "an entry names no package"),
        left_out(INSTALLED, "an entry names no package"),
    )
    for broken in ("", "{}", "3", '{"packages": "all"}', '{"packages": [', "[" * 100_000):
        assert facts(composer.CATALOGER, INSTALLED, broken) == CatalogerResult(
            diagnostics=(
                Diagnostic(
                    "incomplete",
                    "broken-package-database",
                    "not a list of Composer's packages: none was read",
                    INSTALLED,
                ),
            )
        )


def serialized(value: object) -> bytes:
    """`value` as PHP's `serialize` writes it."""
    if isinstance(value, str):
        return b's:%d:"%s";' % (len(value.encode()), value.encode())
    if isinstance(value, dict):
        return b"a:%d:{%s}" % (len(value), b"".join(serialized(key) + serialized(one) for key, one in value.items()))
    return b"N;" if value is None else b"b:%d;" % value if isinstance(value, bool) else b"i:%d;" % int(str(value))


ARCHIVE_TAR = {
    "attribs": {"packagerversion": "1.10.12", "version": "2.0"},
    "name": "Archive_Tar",
    "channel": "pear.php.net",
    "summary": 'Tar "; file ü management',
    "version": {"release": "1.4.14", "api": "1.4.0"},
    "license": {"attribs": {"uri": "x"}, "_content": "New BSD License"},
    "filelist": {
        "Archive/Tar.php": {"role": "php", "installed_as": "/usr/local/lib/php/Archive/Tar.php"},
        "docs/x.txt": {"role": "doc"},
    },
    "_lastmodified": 1700000000,
    "old": None,
    "flag": True,
    0: {1: "x"},
}


def test_pear_packages_by_the_names_of_packagist() -> None:
    path = "usr/local/lib/php/.registry/archive_tar.reg"
    assert facts(pear.CATALOGER, path, serialized(ARCHIVE_TAR)) == CatalogerResult(
        packages=(
            FoundPackage(
                type="composer",
                name="pear/archive_tar",
                version="1.4.14",
                licenses=("New BSD License",),
                files=("usr/local/lib/php/Archive/Tar.php",),
                properties={"channel": "pear.php.net"},
            ),
        )
    )
    first = {"package": "Log", "version": "1.9.0", "release_license": "PHP License"}
    (package,) = facts(pear.CATALOGER, path, serialized(first)).packages
    assert (package.name, package.version, package.licenses) == ("pear/log", "1.9.0", ("PHP License",))


def test_pecl_extensions_by_their_own() -> None:
    entry = {"name": "redis", "channel": "pecl.php.net", "version": {"release": "6.0.2"}, "license": "PHP"}
    assert facts(
        pear.CATALOGER, "usr/lib/php/.registry/.channel.pecl.php.net/redis.reg", serialized(entry)
    ).packages == (
        FoundPackage(
            type="generic",
            name="redis",
            version="6.0.2",
            licenses=("PHP",),
            properties={"channel": "pecl.php.net"},
        ),
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not an entry of PEAR's registry"),
        (b'O:8:"stdClass":0:{}', "not an entry of PEAR's registry"),
        (b's:99:"a";', "not an entry of PEAR's registry"),
        (b'a:1:{s:4:"name";s:1:"x";', "not an entry of PEAR's registry"),
        (b"a:1:{i:0;" * 50_000, "not an entry of PEAR's registry"),
        (b"a:9999999999:{", "not an entry of PEAR's registry"),
        (b"N;", "the entry names no package"),
        (b'a:1:{s:4:"name";s:1:"x";}', "package x has no version"),
    ],
)
def test_pear_tells_what_it_left_out(content: bytes, what: str) -> None:
    assert facts(pear.CATALOGER, ".registry/x.reg", content) == CatalogerResult(
        diagnostics=(left_out(".registry/x.reg", what),)
    )


def test_wordpress_itself() -> None:
    text = "<?php\n/**\n * @global string $wp_version\n */\n$wp_version = '6.4.2';\n\n$wp_db_version = 56657;\n"
    assert facts(wordpress.CATALOGER, "var/www/wp-includes/version.php", text).packages == (
        FoundPackage(
            type="generic",
            name="wordpress",
            version="6.4.2",
            files=("var/www/wp-admin/", "var/www/wp-includes/"),
        ),
    )
    assert facts(wordpress.CATALOGER, "wp-includes/version.php", "<?php\n") == CatalogerResult()


def test_wordpress_plugins_and_themes() -> None:
    plugin = "<?php\r\n/**\r\n * Plugin Name: Contact Form\r\n * Version: 5.8.1\r\n * License: GPLv2 or later */\r\n"
    assert facts(wordpress.CATALOGER, "www/wp-content/plugins/contact-form/main.php", plugin).packages == (
        FoundPackage(
            type="generic",
            name="contact-form",
            version="5.8.1",
            licenses=("GPLv2 or later",),
            files=("www/wp-content/plugins/contact-form/",),
            properties={"wordpress": "plugin"},
        ),
    )
    single = "<?php /* Plugin Name: Hello Dolly */\n/* Version: 1.7.2 */"
    for folder in ("plugins", "mu-plugins"):
        (package,) = facts(wordpress.CATALOGER, f"wp-content/{folder}/hello.php", single).packages
        assert (package.name, package.version) == ("hello", "1.7.2")
        assert package.files == (f"wp-content/{folder}/hello.php",)
    (unstated,) = facts(wordpress.CATALOGER, "wp-content/plugins/a/a.php", "<?php\n/* Plugin Name: A */").packages
    assert (unstated.name, unstated.version, unstated.properties) == ("a", "", {"wordpress": "plugin"})
    theme = "@charset 'utf-8';\n/*\nTheme Name: Twenty\nVersion: 1.3\n*/\n"
    (package,) = facts(wordpress.CATALOGER, "wp-content/themes/twenty/style.css", theme).packages
    assert (package.name, package.version, package.properties) == ("twenty", "1.3", {"wordpress": "theme"})


def test_other_files_of_plugins_are_nothing() -> None:
    path = "wp-content/plugins/a/b.php"
    assert facts(wordpress.CATALOGER, path, "<?php\n// Version: 1\n") == CatalogerResult()
    assert facts(wordpress.CATALOGER, path, " " * 8192 + "\n/*\nPlugin Name: A\nVersion: 1\n*/") == CatalogerResult()


def test_what_is_wanted() -> None:
    router = Router(CATALOGERS)
    wanted = {
        "app/vendor/composer/installed.json": "composer",
        "nextcloud/3rdparty/composer/installed.json": "composer",
        "usr/share/php/.registry/xml_util.reg": "pear",
        "usr/share/php/.registry/.channel.pecl.php.net/redis.reg": "pear",
        "www/wp-content/plugins/a/a.php": "wordpress",
        "www/wp-includes/version.php": "wordpress",
        "www/wp-content/themes/a/style.css": "wordpress",
    }
    for path, name in wanted.items():
        assert [route.reader.name for route in router.routes(path)] == [name]
    assert not router.routes("www/wp-content/plugins/a/src/b.php")
    assert not router.routes("app/installed.json")


def test_damaged_files_never_raise() -> None:
    chance = random.Random(1)
    samples = [
        (composer.CATALOGER, INSTALLED, b'{"packages": [{"name": "a/b", "version": "1.0", "license": ["MIT"]}]}'),
        (pear.CATALOGER, ".registry/a.reg", serialized(ARCHIVE_TAR)),
        (wordpress.CATALOGER, "wp-content/plugins/a/a.php", b"<?php\n/*\nPlugin Name: A\nVersion: 1\n*/"),
    ]
    for cataloger, path, content in samples:
        for _ in range(400):
            damaged = bytearray(content)
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            facts(cataloger, path, bytes(damaged))
            facts(cataloger, path, bytes(damaged[: chance.randrange(len(damaged))]))


def test_the_shared_fixture_is_exact() -> None:
    case = SHARED / "php" / "installed-json"
    if not case.is_dir():
        pytest.skip("../shared is not there")
    found = [
        {"name": one.name, "version": one.version, "type": one.type, "licenses": list(one.licenses)}
        for path in sorted((case / "input").rglob("installed.json"))
        for one in facts(composer.CATALOGER, str(path.relative_to(case / "input")), path.read_bytes()).packages
    ]
    assert found == json.loads((case / "expected.json").read_text())


def test_what_composer_packages_need() -> None:
    entry = {
        "name": "a/b",
        "version": "1.0.0",
        "require": {"php": ">=8", "ext-json": "*", "C/d": "^1"},
        "provide": {"psr/log-implementation": "1"},
        "replace": {"old/b": "self.version"},
        "dist": {"shasum": "A" * 40},
    }
    (package,) = facts(composer.CATALOGER, "app/vendor/composer/installed.json", json.dumps([entry])).packages
    assert package.requires == ("c/d",)
    assert package.provides == ("psr/log-implementation", "old/b")
    assert [one.digests for one in package.archives] == [{"sha1": "a" * 40}]
