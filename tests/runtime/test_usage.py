"""Which packages are in use, and what differs from the image."""

from lading.model.package import Location, Package, Usage
from lading.model.runtime import ChangedFile, ChangedPackage, Drift
from lading.runtime.drift import drift_of
from lading.runtime.proc import FileUse, Loaded, ProcessStatus
from lading.runtime.sight import SeenProcess, Sight, arguments_of
from lading.runtime.upper import Written
from lading.runtime.usage import with_usage


def deb(name: str, *files: str, version: str = "1") -> Package:
    return Package(name, version, "deb", files=files, locations=(Location("var/lib/dpkg/status", 1),))


def sight(
    mapped: tuple[FileUse, ...] = (),
    *,
    pid: int = 7,
    program: FileUse | None = None,
    modules: tuple[str, ...] = (),
    files: tuple[str, ...] = (),
    words: tuple[str, ...] = (),
    unseen: tuple[str, ...] = (),
) -> Sight:
    loaded = Loaded(program, mapped, tuple(map(FileUse, files)), words, "srv")
    arguments = tuple(FileUse(one) for one in arguments_of(words, "srv"))
    seen = SeenProcess(pid, ProcessStatus("app"), loaded, tuple(map(FileUse, modules)), arguments)
    return Sight((seen,), unseen)


def used(packages: list[Package], seen: Sight, mounts: tuple[str, ...] = ()) -> list[Usage | None]:
    return [one.usage for one in with_usage(packages, seen, mounts)]


def test_merged_directories_are_one() -> None:
    packages = [deb("libc6", "lib/x86_64-linux-gnu/libc.so.6"), deb("bash", "bin/bash"), deb("tool", "usr/bin/tool")]
    seen = sight((FileUse("usr/lib/x86_64-linux-gnu/libc.so.6"),), program=FileUse("usr/bin/tool"))
    assert used(packages, seen) == [
        Usage(True, "mapped", ("usr/lib/x86_64-linux-gnu/libc.so.6",), ("app (7)",)),
        Usage(False),
        Usage(True, "mapped", ("usr/bin/tool",), ("app (7)",)),
    ]


def test_a_package_of_a_language_is_used_by_what_lies_in_its_directory() -> None:
    outer = Package("outer", "1", "npm", files=("app/node_modules/outer/",), locations=(Location("app/o.json", 1),))
    inner = Package("inner", "1", "npm", files=("app/node_modules/outer/node_modules/inner/",))
    jar = Package("log4j", "1", "maven", locations=(Location("app/a.jar!/lib/log4j.jar", 1),))
    module = Package("net", "1", "golang", evidence="binary", locations=(Location("usr/bin/server", 1),))
    seen = sight(
        modules=("app/node_modules/outer/node_modules/inner/index.js",), files=("app/a.jar",), words=("./bin/x.sh",)
    )
    assert used([outer, inner, jar, module], seen) == [
        Usage(False),
        Usage(True, "memory", ("app/node_modules/outer/node_modules/inner/index.js",), ("app (7)",)),
        Usage(True, "open", ("app/a.jar",), ("app (7)",)),
        Usage(False),
    ]


def test_an_argument_is_a_use() -> None:
    script = Package("tool", "1", "pypi", files=("srv/tool/",))
    assert used([script], sight(words=("python3", "tool/run.py"))) == [
        Usage(True, "argument", ("srv/tool/run.py",), ("app (7)",))
    ]


def test_of_what_is_not_known_nothing_is_said() -> None:
    packages = [deb("known", "usr/bin/x"), deb("unknown"), Package("d", "1", "npm", evidence="declared", files=("a/",))]
    assert used(packages, sight()) == [Usage(False), None, None]
    assert used(packages, sight(unseen=("something",))) == [None, None, None]
    assert used(packages, Sight()) == [None, None, None]


def test_an_open_directory_is_no_use() -> None:
    packages = [deb("base-files", "usr", "usr/lib"), deb("libc6", "usr/lib", "usr/lib/libc.so.6")]
    assert used(packages, sight(files=("usr/lib",))) == [Usage(False), Usage(False)]


def test_what_a_mount_hides_is_no_use() -> None:
    package = deb("data", "srv/data/a.so", "srv/database")
    assert used([package], sight((FileUse("srv/data/a.so"),)), ("/srv/data",)) == [Usage(False)]
    assert used([package], sight((FileUse("srv/database"),)), ("/srv/data", "/")) == [
        Usage(True, "mapped", ("srv/database",), ("app (7)",))
    ]


def test_a_file_that_was_replaced_is_its_package_s_use_still() -> None:
    assert used([deb("libssl3", "usr/lib/libssl.so.3")], sight((FileUse("usr/lib/libssl.so.3", True),))) == [
        Usage(True, "mapped", ("usr/lib/libssl.so.3",), ("app (7)",))
    ]


def test_drift_of_packages_and_files() -> None:
    image = [deb("libssl3", "usr/lib/libssl.so.3"), deb("curl", "usr/bin/curl"), deb("gone", "usr/bin/gone")]
    now = [
        deb("libssl3", "usr/lib/libssl.so.3", version="2"),
        deb("curl", "usr/bin/curl"),
        deb("new", "usr/bin/new", version="3"),
    ]
    written = Written(
        (
            ChangedFile("usr/bin/curl", "changed", "program"),
            ChangedFile("usr/bin/gone", "removed"),
            ChangedFile("usr/bin/new", "added", "program"),
            ChangedFile("usr/bin/own", "added", "script"),
            ChangedFile("usr/lib/libssl.so.3", "changed", "library"),
        ),
        touched=2,
    )
    seen = sight(
        (FileUse("usr/lib/libssl.so.3", True), FileUse("usr/bin/gone", True)), program=FileUse("usr/bin/new"), pid=9
    )
    assert drift_of(written, image, now, seen) == Drift(
        (
            ChangedFile("usr/bin/curl", "changed", "program", "curl"),
            ChangedFile("usr/bin/gone", "removed", "file", "gone", (9,)),
            ChangedFile("usr/bin/new", "added", "program", "new", (9,)),
            ChangedFile("usr/bin/own", "added", "script"),
            ChangedFile("usr/lib/libssl.so.3", "changed", "library", "libssl3"),
        ),
        (
            ChangedPackage("deb", "gone", "1", "", (9,)),
            ChangedPackage("deb", "libssl3", "1", "2", (9,)),
            ChangedPackage("deb", "new", "", "3"),
        ),
        touched=2,
    )
