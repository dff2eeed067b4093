"""Images that container engines have: the same from real ones as from a layout, and nothing from one that lies."""

import json
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import structs

from lading.engine.inventory import take_inventory
from lading.image.open import OpenOptions, open_image
from lading.image.opened import Opened
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.errors import ImageError, LadingError, NetError, UsageError
from lading.model.image import Platform
from lading.model.package import Inventory
from lading.model.ports import NoProgress
from lading.net.engines import EngineHosts
from lading.net.network import Network
from lading.safeio.limits import Limits
from lading.safeio.tar_writer import NewEntry, build_tar
from tests.image.images import APP, Blobs, config, pack, sha256, tagged
from tests.net.scripted import Reply, in_turn, serve
from tests.net.tls import make_certificate
from tests.support.engines import docker_engine, podman_engine, said_by_engine

_STATUS = b"Package: %b\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n\n"
BASE = build_tar(
    [
        NewEntry("etc/os-release", data=b"ID=debian\nVERSION_ID=12\n"),
        NewEntry("var/lib/dpkg/status", data=_STATUS.replace(b"%b", b"base-files")),
    ]
)
_SAME = (NewEntry("opt/same", data=b"twice" * 3000),)
_LAYERS = (
    LayerSpec(
        "ADD base /",
        (
            NewEntry("etc/os-release", data=b"ID=debian\nVERSION_ID=12\n"),
            NewEntry("var/lib/dpkg/status", data=_STATUS % b"zlib1g" + _STATUS % b"bash"),
        ),
    ),
    LayerSpec("ENV A=b"),
    LayerSpec("COPY same /opt", _SAME),
    LayerSpec("RUN rm", (NewEntry("opt/.wh.same"),)),
    LayerSpec("COPY same /opt", _SAME),
    LayerSpec("RUN apt", (NewEntry("var/lib/dpkg/status", data=_STATUS % b"bash" + _STATUS % b"curl"),)),
    LayerSpec("CMD sh"),
)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("image") / "layout"
    write_oci_layout(path, _LAYERS, tag="1", platform=Platform("linux", "amd64"))
    return path


@pytest.fixture(scope="module")
def archive(layout: Path) -> Path:
    path = layout.parent / "docker.tar"
    target = f"docker-archive:{path}:team/app:1"
    subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet", f"oci:{layout}:1", target], check=True)
    return path


@pytest.fixture(scope="module")
def docker(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenOptions]:
    with docker_engine(tmp_path_factory.mktemp("docker")) as socket:
        subprocess.run(["docker", "--host", f"unix://{socket}", "load", "--quiet", "--input", str(archive)], check=True)
        yield _options(docker=socket)


@pytest.fixture(scope="module")
def podman(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenOptions]:
    with podman_engine(tmp_path_factory.mktemp("podman")) as socket:
        command = ["curl", "--silent", "--fail", "--unix-socket", socket, "--data-binary", f"@{archive}"]
        subprocess.run([*command, "--header", "Content-Type: application/x-tar", "http://e/images/load"], check=True)
        yield _options(podman=socket)


def _options(docker: str = "", podman: str = "") -> OpenOptions:
    hosts = EngineHosts(
        docker_host=f"unix://{docker}" if docker else "", container_host=f"unix://{podman}" if podman else ""
    )
    return OpenOptions(platform="linux/amd64", network=Network(engines=hosts))


def _taken(opened: Opened, cache: Path | None = None) -> Inventory:
    try:
        return take_inventory(opened, cache=cache, limits=Limits(), progress=NoProgress())[0]
    finally:
        opened.close()


@pytest.mark.debian("docker.io", "podman", "skopeo")
def test_an_image_is_the_same_from_every_place(
    docker: OpenOptions, podman: OpenOptions, layout: Path, archive: Path, tmp_path: Path
) -> None:
    kept = open_image(f"oci:{layout}:1", OpenOptions(platform="linux/amd64"))
    expected = _taken(kept)
    assert [package.name for package in expected.packages] == ["bash", "curl"]
    for reference, options, source in [
        ("docker:team/app:1", docker, "docker"),
        (f"docker-daemon:{kept.image.config_digest}", docker, "docker"),
        ("team/app:1", docker, "docker"),
        ("podman:team/app:1", podman, "podman"),
        ("team/app:1", podman, "podman"),
        (f"docker-archive:{archive}", docker, "docker-archive"),
    ]:
        opened = open_image(reference, options)
        image = opened.image
        assert (image.source, image.config_digest) == (source, kept.image.config_digest), reference
        assert [(one.diff_id, one.created_by) for one in image.layers] == [
            (one.diff_id, one.created_by) for one in kept.image.layers
        ], reference
        assert (image.platform, image.created) == (kept.image.platform, kept.image.created), reference
        assert opened.clues == kept.clues, reference
        assert _taken(opened, tmp_path / "cache") == expected, reference
        assert _taken(open_image(reference, options), tmp_path / "cache") == expected, reference


@pytest.mark.debian("docker.io", "podman", "skopeo")
def test_an_image_that_an_engine_does_not_have(docker: OpenOptions, podman: OpenOptions) -> None:
    for engine, options in (("docker", docker), ("podman", podman)):
        hosts = options.network.engines
        socket = hosts.docker_host or hosts.container_host
        assert _refusal(f"{engine}:team/app:2", options) == f"team/app:2: no such image in {engine} ({socket})"
        assert _refusal(f"{engine}:27", options) == (
            f"27: no such image in {engine} ({socket}); a repository of this name is registry:{engine}:27"
        )
    arm = structs.replace(docker, platform="linux/arm64")
    assert _refusal("docker:team/app:1", arm) == (
        "team/app:1: is for linux/amd64 only, not for linux/arm64: --platform linux/amd64 takes it"
    )


def _refusal(reference: str, options: OpenOptions) -> str:
    with pytest.raises(LadingError) as raised:
        _taken(open_image(reference, options))
    return str(raised.value)


class _Engine:
    """What an engine of the old kind says of the image that tests/image/images.py makes."""

    def __init__(self) -> None:
        document = config([BASE, APP])
        self.asked: list[str] = []
        self.config = json.dumps(document).encode()
        self.id = sha256(self.config)
        self.inspected = {
            "Id": self.id,
            "Architecture": "amd64",
            "Os": "linux",
            "Config": {"Env": ["A=b"], "User": "app"},
            "RootFS": {"Layers": document["rootfs"]["diff_ids"]},
        }
        steps = [{"CreatedBy": "CMD sh", "Size": 0}, {"CreatedBy": "two", "Size": 9}, {"CreatedBy": "one", "Size": 9}]
        self.history = steps
        self.files: dict[str, bytes | str] = {
            f"{sha256(BASE)[7:]}.tar": BASE,
            f"{sha256(APP)[7:]}.tar": APP,
            f"{self.id[7:]}.json": self.config,
        }

    @contextmanager
    def serving(self, **headers: str) -> Iterator[OpenOptions]:
        answers = {
            "/images/app/json": (200, json.dumps(self.inspected).encode()),
            "/images/app/history": (200, json.dumps(self.history).encode()),
            "/images/app/get": (200, pack(self.files)),
        }
        with said_by_engine(answers, headers, self.asked) as socket:
            yield _options(docker=socket)

    @property
    def exports(self) -> int:
        """How often the export was asked for."""
        return self.asked.count("/images/app/get")


def test_an_engine_is_taken_at_its_word_that_is_checked() -> None:
    engine = _Engine()
    with engine.serving() as options:
        opened = open_image("docker:app", options)
        assert [one.created_by for one in opened.image.layers] == ["one", "two"]
        assert (opened.image.user, opened.clues.environment) == ("app", ("A=b",))
        _taken(opened)


def test_the_configuration_tells_which_steps_made_layers_where_sizes_do_not() -> None:
    engine = _Engine()
    engine.history = [{"CreatedBy": f"RUN {number}", "Size": 0} for number in (3, 2, 1)]
    with engine.serving() as options:
        opened = open_image("docker:app", options)
        assert [one.created_by for one in opened.image.layers] == ["", ""]
        _taken(opened)
        assert engine.exports == 1
        settled = opened.settled()
        assert [one.created_by for one in settled.image.layers] == ["RUN step 1", "RUN step 2"]
        assert [one.created_by for one in settled.clues.history] == ["RUN step 1", "RUN step 2", "CMD sh"]
        assert engine.exports == 1

        opened = open_image("docker:app", options)
        assert [one.created_by for one in opened.settled().image.layers] == ["RUN step 1", "RUN step 2"]
        opened.close()


@pytest.mark.parametrize("sizes", [[9], [9, 9, 9], []])
def test_steps_that_cannot_have_made_the_layers_are_none(sizes: list[int]) -> None:
    engine = _Engine()
    engine.history = [{"CreatedBy": f"RUN {size}", "Size": size} for size in sizes]
    with engine.serving() as options:
        opened = open_image("docker:app", options)
        assert opened.settled() is opened
        assert [one.created_by for one in opened.image.layers] == ["", ""]
        assert opened.clues.history == ()
        _taken(opened)
        assert engine.exports == 1


def test_an_export_that_is_not_what_the_engine_said() -> None:
    said = "app in docker: its export is not the image that the engine described"
    engine = _Engine()
    del engine.files[f"{sha256(APP)[7:]}.tar"]
    with engine.serving() as options:
        assert said in _refusal("docker:app", options)

    engine = _Engine()
    del engine.files[f"{engine.id[7:]}.json"]
    with engine.serving() as options:
        assert said in _refusal("docker:app", options)

    engine = _Engine()
    engine.files[f"{sha256(APP)[7:]}.tar"] = BASE
    with engine.serving() as options:
        assert _refusal("docker:app", options) == (
            f"app: layer 2 ({sha256(APP)[:19]}) uncompressed: its digest is {sha256(BASE)}, expected {sha256(APP)}: "
            "the image is damaged: fetch it again"
        )

    engine = _Engine()
    engine.files[f"{engine.id[7:]}.json"] = b"{}"
    with engine.serving() as options:
        assert f"app in docker: configuration: its digest is {sha256(b'{}')}" in _refusal("docker:app", options)


def test_an_engine_that_keeps_manifests_exports_a_layout() -> None:
    """As Docker with containerd's image store does: sorted names, so that what tells of the layers may come last."""
    blobs = Blobs()
    entry = tagged(blobs.image((BASE, APP)), "1")
    files: dict[str, bytes | str] = dict(sorted(blobs.files(entry).items()))
    answers = {
        "/images/app:1/json": (200, json.dumps({"Id": entry["digest"], "Descriptor": entry}).encode()),
        "/images/app:1/get": (200, pack(files)),
    }
    with said_by_engine(answers, {}) as socket:
        opened = open_image("docker:app:1", _options(docker=socket))
        assert (opened.image.source, opened.image.digest) == ("docker", entry["digest"])
        assert [one.diff_id for one in opened.image.layers] == [sha256(BASE), sha256(APP)]
        _taken(opened)


def test_every_place_that_was_asked_is_told() -> None:
    with said_by_engine({}, {}) as docker, said_by_engine({}, {}) as podman:
        options = structs.replace(_options(docker, podman), places=("podman", "docker"))
        assert _refusal("nothing:1", options) == (
            "nothing:1: found in none of 2 places (--from chooses them): "
            f"podman: no such image in podman (unix://{podman}); docker: no such image in docker (unix://{docker})"
        )


def test_the_first_place_that_has_it_is_taken_and_one_that_is_down_is_told() -> None:
    with _Engine().serving() as options:
        down = structs.replace(options.network.engines, container_host="unix:///nowhere/podman.sock")
        network = Network(engines=down)
        opened = open_image("app", structs.replace(options, network=network, places=("podman", "docker")))
        opened.close()
        assert opened.image.source == "docker"
        (told,) = opened.diagnostics
        assert (told.code, told.where, told.message) == (
            "place-not-asked",
            "podman",
            "podman could not be asked for the image: unix:///nowhere/podman.sock: there is no such socket; is the "
            "engine running?",
        )


def test_places_that_there_are_not() -> None:
    with pytest.raises(
        UsageError,
        match=r"--from moon: expected one or more of: docker, podman, containers-storage, containerd, registry",
    ):
        open_image("app", OpenOptions(places=("moon",)))
    with pytest.raises(ImageError, match=r"app: docker is not running here: there is none of its sockets"):
        open_image("docker:app", OpenOptions())


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("ssh://jo@server", r"ssh://jo@server: DOCKER_HOST names an engine behind ssh: forward its socket .*"),
        ("npipe:////./pipe/x", r".*DOCKER_HOST names no engine that can be asked: expected unix:///PATH, tcp://.*"),
        ("unix://x", r".*DOCKER_HOST names no engine that can be asked: .*"),
    ],
)
def test_addresses_of_engines_that_cannot_be_asked(host: str, message: str) -> None:
    with pytest.raises(NetError, match=message):
        open_image("docker:app", OpenOptions(network=Network(engines=EngineHosts(docker_host=host))))


@pytest.mark.usefixtures("hurried")
def test_an_engine_that_wants_a_certificate(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    pem = certificate.read_bytes()
    directory = tmp_path / "docker"
    directory.mkdir()
    for name in ("ca", "cert", "key"):
        (directory / f"{name}.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    with serve(in_turn(Reply(404, b"{}")), context) as server:
        host = server.url.replace("https://", "tcp://")
        for hosts, message in [
            (
                EngineHosts(docker_host=host, docker_tls_verify=True, docker_cert_path=directory),
                f"app: no such image in docker ({host})",
            ),
            (EngineHosts(docker_host=host, docker_tls_verify=True), f"{host}: "),
            (EngineHosts(docker_host=host), f"{host}: "),
        ]:
            refused = _refusal("docker:app", OpenOptions(network=Network(engines=hosts)))
            assert refused.startswith(message), refused
