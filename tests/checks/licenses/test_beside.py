"""Licences by the texts that lie beside packages: in directories, in archives, in stores of modules and crates."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from lading import Environment, StarterDatabase
from lading.engine.options import ScanOptions
from lading.engine.scan import inventory
from lading.model.package import Package
from tests.inventory.test_assemble import DEBIAN
from tests.support.images import write_image
from tests.tars import Entry, File

MIT = b"""Copyright (c) 2001 Zebra

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, provided that the above copyright
notice and this permission notice are included in all copies."""
BSD2 = b"""Redistribution and use in source and binary forms, with or without modification, are permitted provided
that the following conditions are met: Redistributions in binary form must reproduce the above copyright notice."""
APACHE = b"Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/"


def packages_of(directory: Path, *entries: Entry) -> dict[str, Package]:
    path = write_image(directory / "image", [[DEBIAN, *entries]])
    options = ScanOptions(checks=("licenses",), lock_files=True)
    found = inventory(f"oci:{path}", options, Environment(database=StarterDatabase()))
    return {one.name: one for one in found.inventory.packages}


def jar(members: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def npm(name: str, license: str) -> File:
    return File(f"srv/node_modules/{name}/package.json", f'{{"name": "{name}", "version": "1.0.0"{license}}}'.encode())


def wheel(name: str, stated: str) -> File:
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{stated}"
    return File(f"srv/lib/{name}-1.0.dist-info/METADATA", metadata.encode())


def test_node(tmp_path: Path) -> None:
    found = packages_of(
        tmp_path,
        npm("a", ', "license": "SEE LICENSE IN LICENSE.md"'),
        File("srv/node_modules/a/LICENSE.md", MIT),
        npm("b", ""),
        File("srv/node_modules/b/COPYING", BSD2),
        npm("c", ', "license": "ISC"'),
        File("srv/node_modules/c/LICENSE", MIT),
        npm("d", ""),
        File("srv/node_modules/d/LICENSE", b"Ask us."),
        npm("e", ', "license": "SEE LICENSE IN LICENSE"'),
    )
    assert {name: one.licenses for name, one in found.items()} == {
        "a": ("MIT",),
        "b": ("BSD-2-Clause",),
        "c": ("ISC",),
        "d": (),
        "e": ("SEE LICENSE IN LICENSE",),
    }
    assert found["a"].properties["licenses_of"] == "text"


def test_python(tmp_path: Path) -> None:
    found = packages_of(
        tmp_path,
        wheel("a", "License: BSD\n"),
        File("srv/lib/a-1.0.dist-info/LICENSE", BSD2),
        wheel("b", "License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n"),
        wheel("c", "License: BSD\n"),
        File("srv/lib/c-1.0.dist-info/licenses/vendored/LICENSE.txt", MIT),
        wheel("d", "License: UNKNOWN\n"),
        File("srv/lib/d-1.0.dist-info/licenses/COPYING", APACHE),
    )
    assert {name: one.licenses for name, one in found.items()} == {
        "a": ("BSD-2-Clause",),
        "b": ("MIT License",),
        "c": ("BSD",),
        "d": ("Apache-2.0",),
    }


def test_copies_in_a_wheel(tmp_path: Path) -> None:
    """Their licenses lie among the wheel's own, by the places of the copies in its source."""
    below = "srv/lib/pip-1.0.dist-info/licenses"
    found = packages_of(
        tmp_path,
        wheel("pip", "License: MIT\n"),
        File("srv/lib/pip/_vendor/vendor.txt", b"pyproject-hooks==1.0\nidna==3.4\nrich==13.0\n"),
        File("srv/lib/pip/_vendor/pyproject_hooks/__init__.py", b"1"),
        File("srv/lib/pip/_vendor/idna/__init__.py", b"1"),
        File("srv/lib/pip/_vendor/rich/__init__.py", b"1"),
        File(f"{below}/src/pip/_vendor/pyproject_hooks/LICENSE", MIT),
        File(f"{below}/pip/_vendor/idna/LICENSE.md", BSD2),
        File(f"{below}/LICENSE.txt", APACHE),
    )
    assert {name: one.licenses for name, one in found.items()} == {
        "pip": ("MIT",), "pyproject-hooks": ("MIT",), "idna": ("BSD-2-Clause",), "rich": (),
    }  # fmt: skip


def test_java(tmp_path: Path) -> None:
    manifest = b"Manifest-Version: 1.0\nImplementation-Title: inner\nImplementation-Version: 2.0\n"
    inner = jar({"META-INF/MANIFEST.MF": manifest, "META-INF/LICENSE.txt": MIT, "LICENSE": APACHE})
    pom = b"groupId=org.zebra\nartifactId=stated\nversion=1.0\n"
    license = b"<project><licenses><license><name>ISC</name></license></licenses></project>"
    stated = jar(
        {
            "META-INF/maven/org.zebra/stated/pom.properties": pom,
            "META-INF/maven/org.zebra/stated/pom.xml": license,
            "META-INF/LICENSE": APACHE,
        }
    )
    found = packages_of(
        tmp_path,
        File("srv/lib/stated-1.0.jar", stated),
        File("srv/app-1.0.war", jar({"LICENSE": BSD2, "LICENSE.txt": APACHE, "WEB-INF/lib/inner-2.0.jar": inner})),
        File("srv/broken-3.0.jar", inner[:-30]),
    )
    assert {name: one.licenses for name, one in found.items()} == {
        "app": ("BSD-2-Clause AND Apache-2.0",),
        "inner": ("MIT",),
        "org.zebra:stated": ("ISC",),
    }


def test_copies_of_modules(tmp_path: Path) -> None:
    found = packages_of(
        tmp_path,
        File("srv/go.mod", b"module example.org/app\n\ngo 1.22\n\nrequire github.com/Zebra/stripes v1.2.0\n"),
        File("root/go/pkg/mod/github.com/!zebra/stripes@v1.2.0/LICENSE", BSD2),
        File("srv/Cargo.lock", b'version = 3\n\n[[package]]\nname = "mane"\nversion = "0.1.0"\n'
             b'source = "registry+https://github.com/rust-lang/crates.io-index"\n'),
        File("root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/mane-0.1.0/LICENSE-MIT", MIT),
    )  # fmt: skip
    assert found["github.com/Zebra/stripes"].licenses == ("BSD-2-Clause",)
    assert found["mane"].licenses == ("MIT",)
