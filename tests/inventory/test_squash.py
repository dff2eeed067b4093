"""Squash equals what a container engine's root filesystem would hold."""

from collections.abc import Sequence

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lading.inventory.seen import Squashed
from tests.inventory.unpacking import squash_all
from tests.tars import Directory, Entry, File, Hardlink, Symlink


def text_at(squashed: Squashed, path: str) -> str | None:
    seen = squashed.visible.get(("release", path))
    return None if seen is None else seen.facts.text


def os_release(*layers: Sequence[Entry]) -> str | None:
    return text_at(squash_all(layers), "etc/os-release")


RELEASE = File("etc/os-release", b"ID=one")


def test_the_upper_file_wins() -> None:
    assert os_release([RELEASE], [File("etc/os-release", b"ID=two")]) == "ID=two"


def test_a_whiteout_hides_a_file_and_a_later_layer_brings_it_back() -> None:
    gone = [File("etc/.wh.os-release")]
    assert os_release([RELEASE], gone) is None
    assert os_release([RELEASE], gone, [RELEASE]) == "ID=one"


def test_a_whiteout_of_a_directory_hides_all_below_it_but_not_its_own_layer() -> None:
    assert os_release([RELEASE], [File(".wh.etc")]) is None
    assert os_release([RELEASE], [File(".wh.etc"), File("etc/os-release", b"ID=new")]) == "ID=new"


def test_an_opaque_directory_hides_what_lies_below_it_in_lower_layers() -> None:
    assert os_release([RELEASE], [Directory("etc"), File("etc/.wh..wh..opq")]) is None
    assert os_release([RELEASE], [File("etc/.wh..wh..opq"), File("etc/os-release", b"ID=new")]) == "ID=new"
    assert os_release([RELEASE], [File(".wh..wh..opq")]) is None


def test_a_symlink_to_a_wanted_file_is_followed() -> None:
    link = Symlink("etc/os-release", "../usr/lib/os-release")
    assert os_release([File("usr/lib/os-release", b"ID=one"), link]) == "ID=one"
    assert os_release([File("usr/lib/os-release", b"ID=one")], [link], [File("usr/lib/os-release", b"ID=2")]) == "ID=2"


def test_a_symlink_to_an_unwanted_file_is_followed_by_a_detour() -> None:
    hidden = File("opt/vendor/release", b"ID=vendor")
    assert os_release([hidden, Symlink("etc/os-release", "/opt/vendor/release")]) == "ID=vendor"
    assert os_release([hidden], [Symlink("etc/os-release", "../opt/vendor/release")]) == "ID=vendor"
    assert os_release([hidden], [Symlink("etc/os-release", "/opt/vendor/release")], [File("opt/.wh.vendor")]) is None


def test_a_symlink_loop_is_told() -> None:
    squashed = squash_all([[Symlink("etc/os-release", "a"), Symlink("etc/a", "os-release")]])
    assert text_at(squashed, "etc/os-release") is None
    assert [(one.level, one.code, one.where) for one in squashed.diagnostics] == [
        ("incomplete", "symlink-loop", "etc/os-release")
    ]


def test_a_directory_replaced_by_a_symlink_hides_its_old_content() -> None:
    lower: list[Entry] = [RELEASE, File("srv/os-release", b"ID=moved")]
    assert os_release(lower, [Symlink("etc", "srv")]) == "ID=moved"
    assert os_release(lower, [Symlink("etc", "nowhere")]) is None


def test_a_directory_replaced_by_a_file_hides_its_old_content() -> None:
    assert os_release([RELEASE], [File("etc")]) is None


def test_a_file_replaced_by_a_directory_is_gone() -> None:
    assert os_release([RELEASE], [Directory("etc/os-release")]) is None


def test_a_symlink_replaced_by_a_directory_is_not_followed_any_more() -> None:
    layers: list[list[Entry]] = [[Symlink("etc", "srv"), File("srv/os-release", b"ID=srv")], [Directory("etc")]]
    assert os_release(*layers) is None
    assert os_release(*layers, [File("etc/os-release", b"ID=etc")]) == "ID=etc"


def test_an_entry_below_a_symlinked_parent_is_written_through_it() -> None:
    assert os_release([Symlink("etc", "srv")], [File("etc/os-release", b"ID=x")]) == "ID=x"
    squashed = squash_all([[Symlink("lib", "usr/lib")], [File("lib/os-release", b"ID=x")]])
    assert text_at(squashed, "usr/lib/os-release") == "ID=x"


def test_hard_links_in_the_same_layer_and_to_a_lower_one() -> None:
    content = File("opt/real", b"ID=linked")
    assert os_release([content, Hardlink("etc/os-release", "opt/real")]) == "ID=linked"
    assert os_release([content], [Hardlink("etc/os-release", "opt/real")]) == "ID=linked"
    # The content stays when its other name is removed or rewritten later.
    assert os_release([content], [Hardlink("etc/os-release", "opt/real")], [File("opt/.wh.real")]) == "ID=linked"
    rewritten = [File("opt/real", b"ID=other")]
    assert os_release([content], [Hardlink("etc/os-release", "opt/real")], rewritten) == "ID=linked"


def test_duplicate_entries_the_last_one_counts() -> None:
    assert os_release([RELEASE, File("etc/os-release", b"ID=two")]) == "ID=two"
    assert os_release([RELEASE, Symlink("etc/os-release", "nowhere")]) is None
    assert os_release([RELEASE, Symlink("etc", "srv"), File("srv/os-release", b"ID=srv")]) == "ID=srv"


def test_odd_paths_are_the_ordinary_ones() -> None:
    for path in (
        "./etc/os-release",
        "/etc/os-release",
        "etc//os-release",
        "../etc/os-release",
        "a/../etc/./os-release",
    ):
        assert os_release([File(path, b"ID=odd")]) == "ID=odd"
    assert os_release([RELEASE], [File("./etc/.wh.os-release")]) is None


# --- against a simulated root filesystem ------------------------------------------------------------------------------

PARTS = st.sampled_from(["etc", "usr", "lib", "os-release", "x"])
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
TARGETS = st.one_of(PATHS, PATHS.map("/{}".format), PATHS.map("../{}".format))
ENTRIES = st.one_of(
    st.tuples(st.just("file"), PATHS, st.integers(0, 99).map(str)),
    st.tuples(st.just("directory"), PATHS, st.just("")),
    st.tuples(st.just("symlink"), PATHS, TARGETS),
    st.tuples(st.just("hardlink"), PATHS, PATHS),
    st.tuples(st.just("whiteout"), PATHS, st.just("")),
    st.tuples(st.just("opaque"), PATHS, st.just("")),
)
LAYERS = st.lists(st.lists(ENTRIES, min_size=1, max_size=5), min_size=1, max_size=4)


class Impossible(Exception):
    """The layer cannot be applied (a file where a parent directory is needed, …): no engine would start it."""


class Root:
    """A root filesystem as a dictionary: path to ("file", content), ("directory", "") or ("symlink", target)."""

    def __init__(self) -> None:
        self.nodes: dict[str, tuple[str, str]] = {}

    def resolve(self, path: str) -> str:
        done: list[str] = []
        todo = path.split("/")[::-1]
        hops = 0
        while todo:
            part = todo.pop()
            if part in ("", "."):
                continue
            if part == "..":
                del done[-1:]
                continue
            kind, target = self.nodes.get("/".join([*done, part]), ("", ""))
            if kind != "symlink":
                done.append(part)
                continue
            hops += 1
            if hops > 40:
                raise Impossible
            if target.startswith("/"):
                done = []
            todo += target.split("/")[::-1]
        return "/".join(done)

    def real(self, path: str) -> str:
        parent, _, name = path.rpartition("/")
        parent = self.resolve(parent)
        return f"{parent}/{name}" if parent else name

    def remove(self, path: str) -> None:
        for node in [node for node in self.nodes if node == path or node.startswith(f"{path}/")]:
            del self.nodes[node]

    def put(self, path: str, node: tuple[str, str]) -> None:
        real = self.real(path)
        parts = real.split("/")[:-1]
        for end in range(1, len(parts) + 1):
            if self.nodes.setdefault("/".join(parts[:end]), ("directory", ""))[0] != "directory":
                raise Impossible
        old = self.nodes.get(real)
        if old is not None and not (old[0] == node[0] == "directory"):
            self.remove(real)
        self.nodes[real] = node

    def link(self, path: str, target: str) -> None:
        node = self.nodes.get(self.real(target))
        if node is None or node[0] != "file" or self.real(target) == self.real(path):
            raise Impossible
        self.put(path, node)

    def read(self, path: str) -> str | None:
        try:
            kind, content = self.nodes.get(self.resolve(path), ("", ""))
        except Impossible:
            return None
        return content if kind == "file" else None


def simulate(layers: Sequence[Sequence[tuple[str, str, str]]]) -> Root:
    root = Root()
    for layer in layers:
        gone = [(kind, root.real(path) if kind == "whiteout" else root.resolve(path)) for kind, path, _ in layer
                if kind in ("whiteout", "opaque")]  # fmt: skip
        for kind, path in gone:
            if kind == "whiteout":
                root.remove(path)
            else:
                for node in [node for node in root.nodes if node.startswith(f"{path}/")]:
                    root.nodes.pop(node, None)
        for kind, path, detail in layer:
            if kind == "hardlink":
                root.link(path, detail)
            elif kind in ("file", "directory", "symlink"):
                root.put(path, (kind, detail))
    return root


def entry_of(kind: str, path: str, detail: str) -> Entry:
    parent, _, name = path.rpartition("/")
    match kind:
        case "file":
            return File(path, detail.encode())
        case "directory":
            return Directory(path)
        case "symlink":
            return Symlink(path, detail)
        case "hardlink":
            return Hardlink(path, detail)
        case "whiteout":
            return File(f"{parent}/.wh.{name}" if parent else f".wh.{name}")
    return File(f"{path}/.wh..wh..opq")


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(LAYERS)
def test_any_stack_of_layers_reads_like_the_simulated_root(layers: list[list[tuple[str, str, str]]]) -> None:
    for layer in layers:
        paths = [path for _, path, _ in layer]
        assume(len(set(paths)) == len(paths))
    try:
        root = simulate(layers)
    except Impossible:
        assume(False)
    squashed = squash_all([[entry_of(*entry) for entry in layer] for layer in layers])
    # What engines refuse has no right value; it is told, and makes the scan incomplete.
    assume(all(one.level != "incomplete" for one in squashed.diagnostics))
    for path in ("etc/os-release", "usr/lib/os-release"):
        found = text_at(squashed, path)
        if found is None:
            # The same file under its other well-known name is told once.
            try:
                aliased = root.resolve("etc/os-release") == root.resolve("usr/lib/os-release")
            except Impossible:
                aliased = False
            found = text_at(squashed, "etc/os-release") if aliased else None
        assert found == root.read(path)
