"""registries.conf: which of its tables speaks of a repository, and where that is then asked for."""

from pathlib import Path

import pytest

from lading.model.errors import NetError
from lading.net.registries import FileRegistries
from lading.net.registries_conf import covered, read_conf
from lading.net.routes import RegistriesFiles


@pytest.mark.parametrize(
    ("prefix", "name", "length"),
    [
        ("a.example", "a.example/x", 9),
        ("a.example", "a.example", 9),
        ("a.example/x", "a.example/x", 11),
        ("a.example/x", "a.example/x/y", 11),
        ("a.example/x", "a.example/xy", 0),
        ("a.example/x/y", "a.example/x", 0),
        ("a.example", "a.example.org/x", 0),
        ("a.example", "a.example:5000/x", 9),
        ("a.example:5000", "a.example/x", 0),
        ("*.example", "a.example/x", 9),
        ("*.example", "b.a.example/x/y", 11),
        ("*.example", "a.example:5000/x", 9),
        ("*.example", "example/x", 0),
        ("*.example", "a.example.org/x", 0),
        ("*.example", "a.org/b.example", 0),
    ],
)
def test_what_a_prefix_covers(prefix: str, name: str, length: int) -> None:
    assert covered(prefix, name) == length


CONF = """
[[registry]]
prefix = "docker.io"
location = "hub.internal:5000/cache"
[[registry.mirror]]
location = "near.internal/hub/"
[[registry.mirror]]
location = "digests.internal"
insecure = true
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "tags.internal"
pull-from-mirror = "tag-only"

[[registry]]
location = "docker.io/team"
mirror-by-digest-only = true
[[registry.mirror]]
location = "index.docker.io/copy"

[[registry]]
prefix = "*.cloud.example"
insecure = true

[[registry]]
prefix = "old.example"
location = "docker.io"

[[registry]]
location = "bad.example"
blocked = true

[[registry]]
location = "x.example"
[[registry.mirror]]
location = "bad.example/y"
"""


def registries(directory: Path, text: str) -> FileRegistries:
    path = directory / "registries.conf"
    path.write_text(text)
    return FileRegistries(RegistriesFiles(named=path))


def _places(registries: FileRegistries, host: str, repository: str, *, by_digest: bool = False) -> list[str]:
    route = registries.route(host, repository, by_digest=by_digest)
    return [
        f"{one.host} {one.address}/{one.repository}{' insecure' if one.tls.insecure else ''}" for one in route.endpoints
    ]


def test_mirrors_and_places(tmp_path: Path) -> None:
    conf = registries(tmp_path, CONF)
    near = "near.internal near.internal/hub/library/debian"
    own = "hub.internal:5000 hub.internal:5000/cache/library/debian"
    assert _places(conf, "docker.io", "library/debian") == [near, "tags.internal tags.internal/library/debian", own]
    digests = "digests.internal digests.internal/library/debian insecure"
    assert _places(conf, "docker.io", "library/debian", by_digest=True) == [near, digests, own]
    hub = "docker.io registry-1.docker.io"
    assert _places(conf, "docker.io", "team/app") == [f"{hub}/team/app"]
    assert _places(conf, "docker.io", "team/app", by_digest=True) == [f"{hub}/copy/app", f"{hub}/team/app"]
    assert _places(conf, "a.cloud.example", "x") == ["a.cloud.example a.cloud.example/x insecure"]
    assert _places(conf, "old.example", "debian") == [f"{hub}/library/debian"]
    assert _places(conf, "other.example", "x") == ["other.example other.example/x"]
    assert conf.route("docker.io", "team/app", by_digest=False).rule == f"{tmp_path}/registries.conf: docker.io/team"
    assert conf.route("other.example", "x", by_digest=False).rule == ""


def test_what_is_blocked(tmp_path: Path) -> None:
    conf = registries(tmp_path, CONF)
    blocked = f"{tmp_path}/registries.conf blocks bad.example"
    with pytest.raises(NetError) as raised:
        conf.route("bad.example", "team/app", by_digest=False)
    assert str(raised.value) == f"bad.example/team/app: {blocked}"
    refused = [one.refused for one in conf.route("x.example", "app", by_digest=False).endpoints]
    assert refused == [blocked, ""]


def test_a_rule_that_leads_to_no_repository(tmp_path: Path) -> None:
    """A prefix without a port covers one with a port too, whose rest is then no name."""
    conf = registries(tmp_path, '[[registry]]\nprefix = "a.example"\nlocation = "b.example:1"')
    with pytest.raises(NetError) as raised:
        conf.route("a.example:5000", "x", by_digest=False)
    assert str(raised.value) == (
        f"{tmp_path}/registries.conf: a.example leads to b.example:1:5000/x, which names no repository"
    )


def _write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)


def _files(directory: Path, *, named: str = "") -> FileRegistries:
    return FileRegistries(
        RegistriesFiles(
            named=directory / named if named else None,
            user=directory / "user/registries.conf",
            system=directory / "system/registries.conf",
            system_drop_ins=directory / "system/registries.conf.d",
            user_drop_ins=directory / "user/registries.conf.d",
            aliases=directory / "cache/short-name-aliases.conf",
        )
    )


def _moved(host: str, to: str) -> str:
    return f'[[registry]]\nprefix = "{host}"\nlocation = "{to}"\n'


def test_which_file_counts(tmp_path: Path) -> None:
    system = {
        "system/registries.conf": _moved("a.example", "system") + _moved("b.example", "system"),
        "system/registries.conf.d/20.conf": _moved("a.example", "system-20"),
        "system/registries.conf.d/10.conf": _moved("a.example", "system-10"),
        "system/registries.conf.d/30.txt": _moved("a.example", "ignored"),
        "user/registries.conf.d/05.conf": _moved("c.example", "user-05"),
    }
    _write(tmp_path, system)
    found = [_places(_files(tmp_path), host, "x") for host in ("a.example", "b.example", "c.example")]
    assert found == [["system-20 system-20/x"], ["system system/x"], ["user-05 user-05/x"]]
    _write(tmp_path, {"user/registries.conf": _moved("b.example", "user")})
    found = [_places(_files(tmp_path), host, "x") for host in ("a.example", "b.example", "c.example")]
    assert found == [["a.example a.example/x"], ["user user/x"], ["user-05 user-05/x"]]
    _write(tmp_path, {"named.conf": _moved("b.example", "named")})
    found = [_places(_files(tmp_path, named="named.conf"), host, "x") for host in ("a.example", "b.example")]
    assert found == [["system-20 system-20/x"], ["named named/x"]]


def test_short_names(tmp_path: Path) -> None:
    files = _files(tmp_path)
    assert files.short_name("debian").names == ("docker.io/library/debian",)
    drop_in = tmp_path / "system/registries.conf.d/names.conf"
    _write(
        tmp_path,
        {
            "system/registries.conf": 'unqualified-search-registries = ["a.example", "docker.io"]',
            "system/registries.conf.d/names.conf": '[aliases]\ncentos = "quay.io/centos/centos"\nfoo = "a.example/foo"',
            "system/registries.conf.d/z.conf": '[aliases]\nfoo = ""',
            "cache/short-name-aliases.conf": '[aliases]\n"team/app" = "docker.io/app"',
        },
    )
    found = files.short_name("centos")
    assert (found.names, found.rule) == (("quay.io/centos/centos",), f"the alias in {drop_in}")
    assert files.short_name("team/app").names == ("docker.io/library/app",)
    found = files.short_name("foo")
    main = tmp_path / "system/registries.conf"
    assert (found.names, found.rule) == (
        ("a.example/foo", "docker.io/library/foo"),
        f"unqualified-search-registries in {main}",
    )
    _write(tmp_path, {"user/registries.conf.d/m.conf": 'short-name-mode = "enforcing"'})
    with pytest.raises(NetError) as raised:
        files.short_name("foo")
    assert str(raised.value) == (
        "foo: a short name that may mean a.example/foo or docker.io/library/foo; name the registry too "
        f"(short-name-mode of {main} does not let it be guessed)"
    )


def test_the_first_form(tmp_path: Path) -> None:
    text = """
[registries.search]
registries = ["a.example"]
[registries.insecure]
registries = ["b.example:5000"]
[registries.block]
registries = ["c.example"]
"""
    conf = registries(tmp_path, text)
    assert conf.short_name("x").names == ("a.example/x",)
    assert _places(conf, "b.example:5000", "x") == ["b.example:5000 b.example:5000/x insecure"]
    with pytest.raises(NetError, match=r"blocks c\.example"):
        conf.route("c.example", "x", by_digest=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "not TOML: Expected '=' after a key in a key/value pair (at end of document)"),
        ("registry = 1", "Expected `array`, got `int` - at `$.registry`"),
        ("[[registry]]\nblocked = true", "has a [[registry]] with neither prefix nor location"),
        ('[[registry]]\nprefix = "a.example"', "the registry 'a.example' has no location"),
        ('[[registry]]\nprefix = "*.a.example/x"', "the prefix '*.a.example/x' must be *.DOMAIN and nothing more"),
        ('[[registry]]\nlocation = "https://a.example"', "'https://a.example': not HOST[:PORT][/PATH], without "),
        ('[[registry]]\nlocation = "u:p@a.example"', "'u:p@a.example': not HOST[:PORT][/PATH], without "),
        (
            '[[registry]]\nlocation = "a.example"\npull-from-mirror = "all"',
            "pull-from-mirror is for mirrors, not for the registry 'a.example'",
        ),
        (
            '[[registry]]\nlocation = "a.example"\n[[registry.mirror]]\ninsecure = true',
            "has a [[registry.mirror]] without a location",
        ),
        (
            '[[registry]]\nlocation = "a.example"\nmirror-by-digest-only = true\n'
            '[[registry.mirror]]\nlocation = "b"\npull-from-mirror = "all"',
            "the mirror 'b': mirror-by-digest-only excludes pull-from-mirror",
        ),
        (
            '[[registry]]\nlocation = "a.example"\n[[registry]]\nprefix = "b.example"\nlocation = "a.example"\n'
            "insecure = true",
            "says of a.example both that it is insecure or blocked, and that it is not",
        ),
        ('unqualified-search-registries = ["a.example/x"]', "unqualified-search-registries: 'a.example/x': not HOST"),
        (
            '[[registry]]\nlocation = "a.example"\n[[registry]]\nlocation = "a.example"\nblocked = true',
            "says of a.example both that it is insecure or blocked, and that it is not",
        ),
        ('short-name-mode = "ask"', "Invalid enum value 'ask' - at `$.short-name-mode`"),
        (
            '[registries.search]\nregistries = []\n[[registry]]\nlocation = "a"',
            "mixes the first form of the file ([registries…]) with the second ([[registry]])",
        ),
    ],
)
def test_what_cannot_be(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(NetError) as raised:
        registries(tmp_path, text).route("z.example", "x", by_digest=False)
    assert str(raised.value).startswith(f"{tmp_path}/registries.conf: {message}")
    assert "\n" not in str(raised.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing = RegistriesFiles(named=tmp_path / "none.conf")
    with pytest.raises(NetError, match=r"none\.conf: cannot be read: No such file or directory"):
        read_conf(missing)
    _write(tmp_path, {"system/registries.conf.d/a.conf": "[registries.search]\nregistries = []"})
    with pytest.raises(NetError, match="mixes the first form"):
        _files(tmp_path).route("a.example", "x", by_digest=False)
