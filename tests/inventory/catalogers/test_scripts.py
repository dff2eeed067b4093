"""Software made of scripts: each rule on a few lines as the product writes them."""

import struct
from random import Random

import pytest

from lading.inventory.catalogers import scripts
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.router import Router
from lading.model.reader import WantedFile


def read(path: str, content: bytes) -> CatalogerResult:
    """What is read from a file, given that the router hands it over."""
    if not Router([scripts.CATALOGER]).routes(path):
        return CatalogerResult()
    return scripts.CATALOGER.parse(WantedFile(path=path, mode=0o644, content=content))


def phar(members: dict[str, bytes], flags: int = 0o644) -> bytes:
    """A phar archive as PHP writes it."""
    entries = b"".join(
        struct.pack("<I", len(name)) + name.encode() + struct.pack("<6I", len(data), 0, len(data), 0, flags, 0)
        for name, data in members.items()
    )
    manifest = struct.pack("<IHI", len(members), 0x1100, 0x10000) + struct.pack("<II", 0, 0) + entries
    stub = b"#!/usr/bin/env php\n<?php\n__HALT_COMPILER(); ?>\r\n"
    return stub + struct.pack("<I", len(manifest)) + manifest + b"".join(members.values())


WP_CLI = {"vendor/other/VERSION": b"9.9\n", "vendor/wp-cli/wp-cli/VERSION": b"2.10.0\n", "php/x.php": b"<?php"}

CASES: list[tuple[str, bytes, str, str, str]] = [
    (
        "usr/local/bin/composer",
        b"    public const VERSION = '2.7.1';\n    public const BRANCH_ALIAS_VERSION = '';\n",
        "composer",
        "composer/composer",
        "2.7.1",
    ),
    (
        "opt/composer.phar",
        b"const VERSION = '2.0.0-RC1';\n const BRANCH_ALIAS_VERSION",
        "composer",
        "composer/composer",
        "2.0.0-RC1",
    ),
    ("usr/local/bin/wp", phar(WP_CLI), "composer", "wp-cli/wp-cli", "2.10.0"),
    ("opt/wp-cli.phar", phar(WP_CLI), "composer", "wp-cli/wp-cli", "2.10.0"),
    ("opt/drupal/web/core/lib/Drupal.php", b"  const VERSION = '10.2.3';\n", "composer", "drupal/core", "10.2.3"),
    ("var/www/html/includes/bootstrap.inc", b"define('VERSION', '7.98');\n", "composer", "drupal/drupal", "7.98"),
    ("w/includes/Defines.php", b"define( 'MW_VERSION', '1.41.0' );\n", "composer", "mediawiki/core", "1.41.0"),
    ("w/includes/DefaultSettings.php", b"$wgVersion = '1.31.1';\n", "composer", "mediawiki/core", "1.31.1"),
    (
        "pma/libraries/classes/Version.php",
        b"public const VERSION = '5.2.1' . VERSION_SUFFIX;\n",
        "composer",
        "phpmyadmin/phpmyadmin",
        "5.2.1",
    ),
    (
        "pma/libraries/classes/Config.php",
        b"$this->set('PMA_VERSION', '4.9.7');\n",
        "composer",
        "phpmyadmin/phpmyadmin",
        "4.9.7",
    ),
    (
        "html/administrator/manifests/files/joomla.xml",
        b'<?xml version="1.0"?>\n<extension type="file" method="upgrade">\n<name>files_joomla</name>\n'
        b"<version>5.0.2</version>\n",
        "generic",
        "joomla",
        "5.0.2",
    ),
    (
        "var/www/html/version.php",
        b"$version  = 2023100901.00;\n$release  = '4.3.1+ (Build: 20231222)';\n",
        "composer",
        "moodle/moodle",
        "4.3.1",
    ),
    (
        "usr/src/nextcloud/version.php",
        b"<?php\n$OC_Version = array(28,0,1,1);\n$OC_VersionString = '28.0.1';\n$vendor = 'nextcloud';\n",
        "generic",
        "nextcloud",
        "28.0.1",
    ),
    (
        "var/www/owncloud/version.php",
        b"<?php\n$OC_VersionString = '10.13.4';\n$vendor = 'owncloud';\n",
        "generic",
        "owncloud",
        "10.13.4",
    ),
    (
        "rc/program/include/iniset.php",
        b"define('RCMAIL_VERSION', '1.6.5');\n",
        "composer",
        "roundcube/roundcubemail",
        "1.6.5",
    ),
    (
        "matomo/core/Version.php",
        b"<?php\nnamespace Piwik;\nfinal class Version\n{\n    const VERSION = '5.0.1';\n",
        "composer",
        "matomo/matomo",
        "5.0.1",
    ),
    ("f/includes/constants.php", b"@define('PHPBB_VERSION', '3.3.11');\n", "composer", "phpbb/phpbb", "3.3.11"),
    ("z/include/defines.inc.php", b"define('ZABBIX_VERSION',\t\t'6.0.14');\n", "generic", "zabbix", "6.0.14"),
    ("cacti/include/cacti_version", b"1.2.26\n", "composer", "cacti/cacti", "1.2.26"),
    ("srv/dokuwiki/VERSION", b'2023-04-04a "Jack Jackrum"\n', "generic", "dokuwiki", "2023-04-04a"),
    (
        "srv/adminer.php",
        b"<?php\n/** Adminer\n* @link https://www.adminer.org/\n* @author x\n* @version 4.8.1\n*/",
        "composer",
        "vrana/adminer",
        "4.8.1",
    ),
    (
        "ps/app/AppKernel.php",
        b"    const VERSION = '8.1.3';\n    const MAJOR_VERSION_STRING = '8';\n",
        "composer",
        "prestashop/prestashop",
        "8.1.3",
    ),
    ("usr/local/lib/erlang/releases/26/OTP_VERSION", b"26.2.1\n", "generic", "erlang", "26.2.1"),
    (
        "app/lib/elixir-1.16.0/ebin/elixir.app",
        b'{application,elixir,\n [{vsn,"1.16.0"},\n',
        "generic",
        "elixir",
        "1.16.0",
    ),
    ("e/lib/elixir/ebin/elixir.app", b'{application,elixir,\n [{vsn,"1.16.0"},\n', "generic", "elixir", "1.16.0"),
    ("r/plugins/rabbit-3.12.1/ebin/rabbit.app", b'\t{vsn, "3.12.1"},\n', "generic", "rabbitmq", "3.12.1"),
    ("c/lib/couch-3.3.3/ebin/couch.app", b'{vsn,"3.3.3"}', "generic", "couchdb", "3.3.3"),
    ("q/lib/emqx-5.4.1/ebin/emqx.app", b'{vsn,"5.4.1"}', "generic", "emqx", "5.4.1"),
    ("usr/local/go/VERSION", b"go1.22.0\ntime 2024-01-30T19:26:55Z\n", "generic", "go", "1.22.0"),
    ("usr/share/grafana/VERSION", b"10.3.1", "generic", "grafana", "10.3.1"),
    ("opt/gitlab/embedded/service/gitlab-rails/VERSION", b"16.8.1-ee\n", "generic", "gitlab", "16.8.1"),
    ("l/logstash-core/versions-gem-copy.yml", b"---\nlogstash: 8.12.0\n", "generic", "logstash", "8.12.0"),
    (
        "f/application.ini",
        b"[App]\nVendor=Mozilla\nName=Firefox\nRemotingName=firefox\nVersion=122.0\nBuildID=2\n",
        "generic",
        "firefox",
        "122.0",
    ),
    ("t/application.ini", b"[App]\nName=Thunderbird\nVersion=115.7.0\n", "generic", "thunderbird", "115.7.0"),
    ("s/jquery.min.js", b"/*! jQuery v3.5.1 | (c) JS Foundation */", "npm", "jquery", "3.5.1"),
    ("s/jquery.js", b"/*!\n * jQuery JavaScript Library v1.12.4\n", "npm", "jquery", "1.12.4"),
    ("s/jquery-ui.min.js", b"/*! jQuery UI - v1.13.2 - 2022-07-14\n", "npm", "jquery-ui", "1.13.2"),
    ("s/bootstrap.min.js", b"/*!\n * Bootstrap v3.3.7 (http://getbootstrap.com)\n", "npm", "bootstrap", "3.3.7"),
    ("s/angular.min.js", b"/*\n AngularJS v1.8.2\n", "npm", "angular", "1.8.2"),
    ("s/lodash.min.js", b'n.VERSION="4.17.11",', "npm", "lodash", "4.17.11"),
    ("s/moment.js", b"//! moment.js\n//! version : 2.25.2\n", "npm", "moment", "2.25.2"),
    ("s/handlebars.min.js", b"/**!\n\n @license\n handlebars v4.7.6\n", "npm", "handlebars", "4.7.6"),
    ("s/purify.min.js", b"/*! @license DOMPurify 2.3.3 | (c) Cure53\n", "npm", "dompurify", "2.3.3"),
    ("s/vue.min.js", b"/*!\n * Vue.js v2.6.14\n", "npm", "vue", "2.6.14"),
    ("s/axios.min.js", b"// Axios v1.6.5 Copyright (c) 2024", "npm", "axios", "1.6.5"),
]


@pytest.mark.parametrize(("path", "content", "type_", "name", "version"), CASES)
def test_rule(path: str, content: bytes, type_: str, name: str, version: str) -> None:
    assert [(one.type, one.name, one.version) for one in read(path, content).packages] == [(type_, name, version)]


def test_every_rule_has_a_case() -> None:
    assert {(rule.type, rule.name) for rule in scripts.rules()} == {(case[2], case[3]) for case in CASES}


def test_packages_are_complete() -> None:
    assert read("usr/lib/erlang/releases/25/OTP_VERSION", b"25.3.2.8\n") == CatalogerResult(
        packages=(
            FoundPackage(
                type="generic",
                name="erlang",
                version="25.3.2.8",
                evidence="binary",
                cpes=("cpe:2.3:a:erlang:erlang\\/otp:25.3.2.8:*:*:*:*:*:*:*",),
            ),
        )
    )
    (jquery,) = read("srv/static/jquery.min.js", b"/*! jQuery v3.5.1 | (c)").packages
    assert jquery.evidence == "bundled"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("usr/local/bin/composer", b"#!/bin/sh\nexec php composer.phar\n"),
        ("usr/local/bin/composer", b"const VERSION = '@package_version@';\nconst BRANCH_ALIAS_VERSION"),
        ("x/application.ini", b"[App]\nName=Zotero\nVersion=6.0\n"),
        ("app/node_modules/jquery/dist/jquery.min.js", b"/*! jQuery v3.5.1 | (c)"),
        ("usr/share/grafana/VERSION", b"see the changes of 10.3.1\n"),
        ("usr/share/other/VERSION", b"10.3.1"),
        ("usr/lib/erlang/releases/25/OTP_VERSION", b"unknown\n"),
        ("s/jquery.js", b""),
        ("s/jquery.js", b"x" * 70_000 + b"jQuery v3.5.1"),
        ("opt/wp-cli.phar", phar(WP_CLI, flags=0x1000)),
        ("opt/wp-cli.phar", b"__HALT_COMPILER(); ?>\n\xff\xff\xff\xff"),
        ("opt/wp-cli.phar", b"no phar"),
    ],
)
def test_other_files_of_such_names(path: str, content: bytes) -> None:
    assert read(path, content) == CatalogerResult()


def test_wordpress_is_left_to_others() -> None:
    assert not Router([scripts.CATALOGER]).routes("var/www/html/wp-includes/version.php")


def test_damaged_content_never_raises() -> None:
    random = Random(1)
    for path, content, *_ in CASES:
        for _ in range(20):
            data = bytearray(content)
            data[random.randrange(len(data))] = random.randrange(256)
            assert read(path, bytes(data[: random.randrange(len(data) + 1)])).diagnostics == ()


def test_hostile_content_is_bounded() -> None:
    pieces = (b"jQuery v1.", b"<extension >", b"$OC_VersionString = '1.1';", b"namespace Piwik;", b"Name=Firefox\n")
    for piece in pieces:
        content = piece * (200_000 // len(piece))
        for path, *_ in CASES:
            read(path, content)
