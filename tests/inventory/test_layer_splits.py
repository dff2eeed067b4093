"""However a root filesystem is split into layers, its inventory is that of the directory it comes to."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from lading.engine.inventory import take_inventory
from lading.image.open import OpenOptions, open_image
from lading.model.package import Inventory, Location, Package
from lading.model.ports import NoProgress, OpenedImage
from lading.safeio.limits import Limits
from tests.engine.test_inventory import Opened, source
from tests.inventory.catalogers import test_java
from tests.inventory.catalogers.rpm_databases import ndb, package
from tests.inventory.catalogers.test_binary import inline, line_table
from tests.inventory.executables.build import Part, elf
from tests.inventory.test_squash import Impossible, Root
from tests.tars import Directory, Entry, File, Hardlink, Symlink, make_tar

Move = tuple[str, str, str]
"""What is done, where, and with what: a key of CONTENTS for a file, the target of a link, a feature."""


def program(version: str) -> bytes:
    info = inline(f"path\tx.org/app\nmod\tx.org/app\t{version}\t\ndep\tgolang.org/x/net\tv0.16.0\n")
    return elf(
        [Part(".gopclntab", line_table(["main.main", "os.Exit"]), 0x1000), Part(".go.buildinfo", info, 0x8000, 2)]
    )


def jar(version: str) -> bytes:
    return test_java.jar(test_java.pom("org.example", "lib", version))


def module(name: str, version: str) -> bytes:
    return json.dumps({"name": name, "version": version}).encode()


def deb(*versions: str) -> bytes:
    return "\n".join(
        f"Package: p{number}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n"
        for number, version in enumerate(versions)
    ).encode()


CONTENTS: dict[str, bytes] = {
    "debian": b'ID=debian\nVERSION_ID="12"\n',
    "alpine": b"ID=alpine\nVERSION_ID=3.20.1\n",
    "deb 1": deb("1"),
    "deb 2": deb("2", "3"),
    "list": b"/.\n/lib/tool\n/usr/bin/go\n/usr/lib/python3/demo-1.0.dist-info/METADATA\n"
    b"/app/node_modules/a/package.json\n",
    "apk 1": b"P:a\nV:1-r0\nA:x\nF:lib\nR:tool\n\n",
    "apk 2": b"P:a\nV:2-r0\nA:x\nF:usr/lib\nR:tool\nF:srv\nR:a.jar\n\nP:b\nV:1-r0\nA:x\nF:usr/bin\nR:go\n\n",
    "rpm": ndb([package("curl", "8.1", "3", dir_names=["/opt/"], base_names=["tool"], dir_indexes=[0])]),
    "a 1": module("a", "1.0.0"),
    "a 2": module("a", "2.0.0"),
    "b": module("b", "1.0.0"),
    "metadata 1": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
    "metadata 2": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.1\n",
    "record": b"demo/__init__.py,,\nlib.so,,\n",
    "jar 1": jar("1.0"),
    "jar 2": test_java.jar({"BOOT-INF/lib/lib-2.0.jar": jar("2.0"), **test_java.pom("org.example", "app", "1.0")}),
    "go 1": program("v1.0.0"),
    "go 2": program("(devel)"),
    "elf": elf([Part(".text", b"code", 0x1000)]),
    "text": b"text\n",
    "sets": b'{"content_sets": ["a"]}',
}
FILES: dict[str, tuple[str, ...]] = {
    "etc/os-release": ("debian", "alpine"),
    "usr/lib/os-release": ("alpine", "debian"),
    "var/lib/dpkg/status": ("deb 1", "deb 2"),
    "var/lib/dpkg/info/p0.list": ("list", "text"),
    "lib/apk/db/installed": ("apk 1", "apk 2"),
    "var/lib/rpm/Packages.db": ("rpm",),
    "app/node_modules/a/package.json": ("a 1", "a 2"),
    "app/node_modules/a/node_modules/b/package.json": ("b",),
    "srv/node_modules/b/package.json": ("b", "a 2"),
    "usr/lib/python3/demo-1.0.dist-info/METADATA": ("metadata 1", "metadata 2"),
    "usr/lib/python3/demo-1.0.dist-info/RECORD": ("record",),
    "usr/lib/python3/lib.so": ("elf",),
    "srv/a.jar": ("jar 1", "jar 2"),
    "usr/bin/go": ("go 1", "go 2"),
    "usr/lib/tool": ("elf", "go 1", "text"),
    "opt/tool": ("elf", "go 2"),
    "root/buildinfo/content_manifests/x.json": ("sets",),
}
DIRECTORIES = sorted({str(parent) for path in FILES for parent in Path(path).parents} - {"."})
PATHS = [*FILES, *DIRECTORIES]
LINKS = {
    "lib": ("usr/lib", "/usr/lib", "srv"),
    "usr/lib": ("../lib", "/lib"),
    "var/lib/dpkg": ("../../srv/dpkg", "/opt/dpkg"),
    "var/lib/rpm": ("../../usr/lib/sysimage/rpm",),
    "var": ("srv", "/mnt/var"),
    "srv/current": ("../app", "/app", "node_modules"),
    "app": ("srv", "/opt/app", "nowhere"),
    "app/node_modules/b": ("../../srv/node_modules/b", "a"),
    "etc/os-release": ("../usr/lib/os-release", "/srv/release", "os-release"),
    "var/lib/dpkg/status": ("../../../srv/status",),
    "usr/lib/python3": ("python3.11",),
    "usr/lib/tool": ("../bin/go",),
    "srv/a.jar": ("../opt/b.jar",),
}
ELSEWHERE = [
    "srv/dpkg/status", "opt/dpkg/status", "srv/status", "srv/release", "usr/lib/sysimage/rpm/Packages.db", "opt/b.jar",
    "mnt/var/lib/dpkg/status", "srv/lib/dpkg/status", "opt/app/node_modules/a/package.json",
    "usr/lib/python3.11/demo-1.0.dist-info/METADATA", "srv/current/a/package.json", "srv/apk/db/installed",
    "usr/lib/apk/db/installed", "lib/tool", "lib/os-release", "srv/tool", "opt/a.jar",
]  # fmt: skip
_PLAIN = st.sampled_from([("file", path, content) for path, contents in FILES.items() for content in contents])
_PROGRAMS = {"elf", "go 1", "go 2"}
_ANY = st.tuples(
    st.just("file"), st.sampled_from([*FILES, *ELSEWHERE]), st.sampled_from(sorted(CONTENTS.keys() - _PROGRAMS))
)
_LINKED = st.sampled_from([("symlink", path, target) for path, targets in LINKS.items() for target in targets])
_GONE = st.tuples(st.sampled_from(["whiteout", "opaque", "directory"]), st.sampled_from(PATHS), st.just(""))
_HARD = st.tuples(st.just("hardlink"), st.sampled_from([*FILES, *ELSEWHERE]), st.sampled_from([*FILES, *ELSEWHERE]))
MOVES = st.one_of(_PLAIN, _PLAIN, _PLAIN, _ANY, _LINKED, _GONE, _HARD)
LAYERS = st.lists(st.lists(MOVES, min_size=1, max_size=8), min_size=1, max_size=4)
REFUSED = ("package-database-deleted", "package-database-emptied", "distribution-file-deleted")
"""What lower layers are asked for although it is gone."""


def applied(root: Root, layer: Sequence[Move]) -> Iterator[Entry]:
    """The entries of a layer, without moves that no engine could make, as they are put on top of the root."""
    gone: list[tuple[str, str]] = []
    written: dict[str, str] = {}
    for kind, path, _ in layer:
        with suppress(Impossible):
            if kind == "whiteout":
                gone.append((kind, root.real(path)))
                parent, _, name = path.rpartition("/")
                yield File(f"{parent}/.wh.{name}" if parent else f".wh.{name}")
            elif kind == "opaque":
                gone.append((kind, root.resolve(path)))
                yield File(f"{path}/.wh..wh..opq")
    for kind, path in gone:
        if kind == "whiteout":
            root.remove(path)
        else:
            for node in [node for node in root.nodes if node.startswith(f"{path}/")]:
                root.nodes.pop(node, None)
    for kind, path, detail in sorted(layer, key=lambda move: _ORDER.index(move[0])):
        with suppress(Impossible):
            real = root.real(path)
            # Archives of layers say everything once, and have both ends of a hard link.
            if any(one == real or one.startswith(f"{real}/") for one in written):
                continue
            # Through a link to a directory only wanted files are written.
            if real != path and (kind in ("symlink", "directory") or detail not in FILES.get(real, ())):
                continue
            if kind == "hardlink":
                if written.get(root.real(detail)) != "file":
                    continue
                root.link(path, detail)
                yield Hardlink(path, detail)
            elif kind == "file":
                root.put(path, (kind, detail))
                yield File(path, CONTENTS[detail])
            elif kind == "directory":
                root.put(path, (kind, detail))
                yield Directory(path)
            elif kind == "symlink":
                root.put(path, (kind, detail))
                yield Symlink(path, detail)
            written[real] = kind


_ORDER = ("whiteout", "opaque", "symlink", "directory", "file", "hardlink")


def write(root: Root, directory: Path) -> None:
    for path, (kind, detail) in sorted(root.nodes.items()):
        if kind == "directory":
            (directory / path).mkdir(parents=True)
        elif kind == "symlink":
            (directory / path).symlink_to(detail)
        else:
            (directory / path).write_bytes(CONTENTS[detail])


def found(opened: OpenedImage) -> tuple[Inventory, set[str]]:
    """The inventory without its layers, and the codes of the remarks."""
    inventory, diagnostics, *_ = take_inventory(opened, cache=None, limits=Limits(), progress=NoProgress())
    plain = structs.replace(
        inventory,
        packages=tuple(map(_without_layers, inventory.packages)),
        unmanaged=tuple(structs.replace(one, layer=0) for one in inventory.unmanaged),
    )
    return plain, {one.code for one in diagnostics}


def _without_layers(package: Package) -> Package:
    """Its files may be named by links, as in the layer that has them."""
    places = tuple(Location(one.path, 0) for one in package.locations)
    return structs.replace(package, layer=0, locations=places, files=())


@given(LAYERS)
def test_any_split_has_the_inventory_of_the_directory(layers: list[list[Move]]) -> None:
    root = Root()
    root.put("etc/os-release", ("file", "debian"))
    base: list[Entry] = [File("etc/os-release", CONTENTS["debian"])]
    entries = [base, *(list(applied(root, layer)) for layer in layers)]
    split, codes = found(Opened([source(index, make_tar(layer)) for index, layer in enumerate(entries, 1)]))
    assume(not codes.intersection(REFUSED))
    with tempfile.TemporaryDirectory() as directory:
        write(root, Path(directory))
        whole, _ = found(open_image(f"dir:{directory}", OpenOptions()))
    assert split == whole


def test_what_lies_in_a_hard_link_is_named_by_it() -> None:
    first = [File("etc/os-release", CONTENTS["debian"]), File("srv/a.jar", CONTENTS["jar 2"])]
    second: list[Entry] = [Hardlink("opt/b.jar", "srv/a.jar")]
    opened = Opened([source(1, make_tar([*first, *second])), source(2, make_tar([File("srv/.wh.a.jar")]))])
    inventory, _, *_ = take_inventory(opened, cache=None, limits=Limits(), progress=NoProgress())
    assert {one.name: one.properties.get("path", "") for one in inventory.packages} == {
        "org.example:app": "",
        "org.example:lib": "opt/b.jar!/BOOT-INF/lib/lib-2.0.jar",
    }


def test_a_hard_link_is_read_as_what_lies_there() -> None:
    """Installers link from their caches."""
    site, cache = "usr/lib/python3/site-packages", "root/.cache/uv/archive-v0/x"
    names = {"METADATA": CONTENTS["metadata 1"], "RECORD": b"demo/lib.so,,\n"}
    entries: list[Entry] = [
        File("etc/os-release", CONTENTS["debian"]),
        *(File(f"{cache}/demo-1.0.dist-info/{name}", data) for name, data in names.items()),
        File(f"{cache}/demo/lib.so", CONTENTS["elf"]),
        *(Hardlink(f"{site}/demo-1.0.dist-info/{name}", f"{cache}/demo-1.0.dist-info/{name}") for name in names),
        Hardlink(f"{site}/demo/lib.so", f"{cache}/demo/lib.so"),
    ]
    opened = Opened([source(1, make_tar(entries))])
    inventory, _, *_ = take_inventory(opened, cache=None, limits=Limits(), progress=NoProgress())
    [demo] = inventory.packages
    assert [one.path for one in demo.locations] == [f"{place}/demo-1.0.dist-info/METADATA" for place in (cache, site)]
    assert {f"{cache}/demo/", f"{site}/demo/"} <= set(demo.files)
    assert inventory.unmanaged == ()
