"""More images of less than 10 MB that ask for as much work as they can: documents of every grammar, and configurations.

As in hostile_images.py; CONFIGURATIONS has what else stands in the configuration of an image.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from hostile_images import Attack, Layer, alone, files, large

_LARGE: Final = 240_000_000
_JULIA: Final = "root/.julia/environments/v1/Manifest.toml"


def toml_tables() -> Iterator[Layer]:
    table = b'[[deps.A]]\nuuid = "a"\nversion = "1.0.0"\n'
    return alone(large(_JULIA, 30_000_000, table * 20_000, b'manifest_format = "2.0"\n'))


def toml_keys() -> Iterator[Layer]:
    return alone(large(_JULIA, 30_000_000, b"a." * 500_000, tail=b"a = 1\n"))


def toml_deep() -> Iterator[Layer]:
    return files("root/.julia/environments/v{}/Manifest.toml", lambda _: b"a = " + b"[" * 500_000)


def toml_many() -> Iterator[Layer]:
    table = b'[[deps.A]]\nuuid = "a"\nversion = "1.0.0"\n' * 400
    return files("root/.julia/environments/v{}/Manifest.toml", lambda _: table)


def yaml_lines() -> Iterator[Layer]:
    return alone(large("snap/a/meta/snap.yaml", _LARGE, b'name: "' + b"a" * 200 + b'"\n'))


def yaml_many() -> Iterator[Layer]:
    return files("root/.pub-cache/hosted/h/p{}-1/pubspec.yaml", lambda number: b"name: p%d\nversion: 1.0.0\n" % number)


def serialized_php() -> Iterator[Layer]:
    return alone(large("usr/share/php/.registry/a.reg", 4_000_000, b"i:0;a:1:{" * 100_000, b"a:9:{"))


def serialized_php_many() -> Iterator[Layer]:
    entry = b'a:2:{s:4:"name";s:1:"a";s:7:"version";a:1:{s:7:"release";s:1:"1";}}'
    return files("usr/share/php/.registry/p{}.reg", lambda _: entry)


def vex_statements() -> Iterator[Layer]:
    statement = b'{"vulnerability":{"name":"CVE-1-1"},"products":[{"@id":"pkg:a/b"}],"status":"fixed"},'
    start = b'{"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"a","timestamp":"2024-01-01T00:00:00Z","version":1,"statements":['
    return alone(large("a.openvex.json", _LARGE, statement * 10_000, start, statement[:-1] + b"]}"))


def vex_many() -> Iterator[Layer]:
    return files(
        "a/{}.openvex.json", lambda number: b'{"@context":"https://openvex.dev/ns/v0.2.0","@id":"%d"}' % number
    )


def sbom_objects() -> Iterator[Layer]:
    """Bills of materials of very many components that say nothing."""
    start = b'{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":['
    size = len(start) + 30_000_000 + len(b"{}]}")
    return alone(*(large(f"a{one}/bom.json", size, b"{}," * 100_000, start, b"{}]}") for one in range(8)))


def hidden_lock_file() -> Iterator[Layer]:
    entry = b'"node_modules/a":{"version":"1.0.0","resolved":"https://x/a.tgz","dependencies":{"b":"1","c":"2"}},'
    return alone(
        large("app/node_modules/.package-lock.json", _LARGE, entry * 10_000, b'{"packages":{', entry[:-1] + b"}}")
    )


def names_of_archives() -> Iterator[Layer]:
    return files("lib/{}" + "-1.1.1-a.b" * 20 + ".jar", lambda _: b"")


def names_of_libraries() -> Iterator[Layer]:
    return files("usr/lib/liba{}.so" + ".1.0" * 50, lambda _: b"\x7fELF")


def copyrights() -> Iterator[Layer]:
    return files("usr/share/doc/p{}/copyright", lambda _: b"License: GPL-2+ or MIT and (Apache-2.0 with x)\n" * 400)


def attestations() -> Iterator[Layer]:
    inner = base64.b64encode(b'{"_type":"https://in-toto.io/Statement/v1","subject":[' + b"{}," * 300_000 + b"{}]}")
    envelope = b'{"payloadType":"application/vnd.in-toto+json","signatures":[],"payload":"%b"}' % inner
    return files("a/{}.vex.json", lambda _: envelope)


def one_package_everywhere() -> Iterator[Layer]:
    return files("app/{}/node_modules/lodash/package.json", lambda _: b'{"name":"lodash","version":"4.17.4"}')


def many_versions() -> Iterator[Layer]:
    return files(
        "app/{}/node_modules/lodash/package.json", lambda number: b'{"name":"lodash","version":"4.%d.1"}' % number
    )


def owned_everywhere() -> Iterator[Layer]:
    """Python packages that one system package claims to have installed, each twice."""
    return files(
        "usr/lib/python3/dist-packages/p{}.egg-info", lambda number: b"Name: p%d\nVersion: 1\n" % (number // 2)
    )


def plain() -> Iterator[Layer]:
    return alone()


def long_history() -> Mapping[str, object]:
    step = {"created_by": "RUN /bin/sh -c " + "a" * 50, "empty_layer": True}
    return {"history": [step] * 60_000}


def odd_history() -> Mapping[str, object]:
    """CMD over and over, with all that looks like a mark before it."""
    step = {"created_by": "#(nop) " * 3_000 + "CMD", "empty_layer": True, "comment": "buildkit."}
    return {"history": [step] * 200}


def large_settings() -> Mapping[str, object]:
    labels = {f"org.example.{number}": "x" * 40 for number in range(60_000)}
    variables = [f"V{number}_VERSION={number}.1.1" for number in range(60_000)]
    return {"config": {"Labels": labels, "Env": variables}}


DOCUMENTS: Final[dict[str, Attack]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        toml_tables, toml_keys, toml_deep, toml_many, yaml_lines, yaml_many, serialized_php, serialized_php_many,
        vex_statements, vex_many, sbom_objects, hidden_lock_file, names_of_archives, names_of_libraries, copyrights,
        attestations, one_package_everywhere, many_versions, owned_everywhere,
    )
} | {"long-history": plain, "odd-history": plain, "large-settings": plain}  # fmt: skip
"""The attacks by name."""

CONFIGURATIONS: Final[dict[str, Callable[[], Mapping[str, object]]]] = {
    "long-history": long_history,
    "odd-history": odd_history,
    "large-settings": large_settings,
}
