"""The digests of packages that are one file: of archives, of archives in these, of programs, of package files."""

import hashlib
from pathlib import Path

from lading import Environment, StarterDatabase
from lading.engine.scan import inventory, inventory_for_bill
from lading.formats.sbom.own_file import OwnFile, own_file
from lading.model.package import Location, Package
from tests.checks.licenses.test_beside import jar
from tests.inventory.catalogers.test_binary import go
from tests.inventory.test_assemble import DEBIAN
from tests.support.images import write_image
from tests.tars import File

WHEEL = jar({"tool-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n", "tool.py": b""})


def artifact(name: str, **members: bytes) -> bytes:
    pom = f"groupId=org.example\nartifactId={name}\nversion=1.0\n".encode()
    return jar({f"META-INF/maven/org.example/{name}/pom.properties": pom, "a/A.class": b"", **members})


INNER = artifact("inner")
OUTER = jar({"META-INF/MANIFEST.MF": b"Implementation-Title: shop\n", "WEB-INF/lib/inner-1.0.jar": INNER})


def digests(content: bytes, *names: str) -> dict[str, str]:
    return {name: hashlib.new(name, content).hexdigest() for name in names}


def listed(directory: Path, *files: File, bill: bool = True) -> dict[str, Package]:
    target = f"oci:{directory if directory.exists() else write_image(directory, [[DEBIAN, *files]])}"
    ask = inventory_for_bill if bill else inventory
    found = ask(target, None, Environment(database=StarterDatabase(), layer_cache=directory.parent / "cache"))
    return {f"{one.type} {one.name}": one for one in found.inventory.packages}


def test_files_that_are_packages(tmp_path: Path) -> None:
    outer, program = artifact("outer", **{"lib/inner-1.0.jar": INNER}), go()
    files = (
        File("srv/outer-1.0.jar", outer),
        File("srv/tool", program, mode=0o755),
        File("srv/wheels/tool-1.0-py3-none-any.whl", WHEEL),
    )
    found = listed(tmp_path / "image", *files)
    of_archive = ("sha1", "sha256", "sha512")
    assert found["maven org.example:outer"].digests == digests(outer, *of_archive)
    assert found["maven org.example:inner"].digests == digests(INNER, *of_archive)
    assert found["pypi tool"].digests == digests(WHEEL, *of_archive)
    assert found["golang example.com/me/tool"].digests == digests(program, "sha256", "sha512")
    modules = [one for name, one in found.items() if name.startswith("golang ") and one.digests]
    assert [one.name for one in modules] == ["example.com/me/tool"]
    # What lists packages alone reads no more than it needs, before and after.
    plain = listed(tmp_path / "image", *files, bill=False)
    assert plain["maven org.example:outer"].digests == digests(outer, "sha1")
    assert listed(tmp_path / "image", *files) == found
    assert own_file(found["maven org.example:inner"]) == OwnFile(
        "srv/outer-1.0.jar!/lib/inner-1.0.jar", executable=True, archive=True, structured=True
    )
    wheel = own_file(found["pypi tool"])
    assert wheel == OwnFile("srv/wheels/tool-1.0-py3-none-any.whl", executable=False, archive=True, structured=True)
    assert own_file(found["golang example.com/me/tool"]) == OwnFile(
        "srv/tool", executable=True, archive=False, structured=True
    )


def test_the_same_package_in_two_files(tmp_path: Path) -> None:
    other = artifact("inner", **{"b/B.class": b"b"})
    found = listed(tmp_path / "image", File("srv/a/inner-1.0.jar", INNER), File("srv/b/inner-1.0.jar", other))
    package = found["maven org.example:inner"]
    assert [one.path for one in package.locations] == ["srv/a/inner-1.0.jar", "srv/b/inner-1.0.jar"]
    assert package.digests == digests(INNER, "sha1", "sha256", "sha512")


def test_packages_that_are_no_file() -> None:
    place = (Location("srv/app.jar", 1),)
    bundled = Package("a", "1", "maven", locations=place, properties={"bundled_in": "app"}, digests={"sha1": "aa"})
    library = Package("zlib", "1.3", "generic", locations=(Location("srv/tool", 1),), evidence="static")
    crate = Package("b", "1", "cargo", locations=(Location("srv/tool", 1),), evidence="binary", digests={"sha1": "aa"})
    tree = Package("c", "1", "npm", locations=(Location("srv/node_modules/c/package.json", 1),))
    assert [own_file(one) for one in (bundled, library, crate, tree)] == [None] * 4
