"""An image as an engine streams it: layers told from one another as they come, and checked as they are read.

Podman and Docker since version 25 name each layer by its diff ID. Docker before names it by an ID that is the digest of
the description beside it, of the layer's chain ID and of its parent; the description comes before the layer.

Source: Docker's packages `image/tarexport` (save.go) and `image/v1` (CreateID); OCI image specification 1.1, config.md,
"Layer ChainID".
"""

import hashlib
import posixpath
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec

from lading.image.config import CONFIG_LIMIT, Config, parse_config
from lading.image.engine_client import EngineClient
from lading.model.errors import ImageError, SafeIOError
from lading.model.ports import ByteStream
from lading.safeio.limits import Limits
from lading.safeio.tar import FILE, Entry, StreamInput, iter_tar
from lading.safeio.verify import digest_of

_MOST_MEMBERS: Final = 100_000
_DESCRIPTION: Final = 256 * 1024
_LAYER, _JSON, _TAR = "layer.tar", "json", ".tar"
_BLOBS: Final = "blobs/sha256/"
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Export:
    """The export of an image whose configuration is `image_id`, with these layers."""

    def __init__(self, client: EngineClient, image_id: str, diff_ids: Sequence[str]) -> None:
        self._client = client
        self._image_id = image_id
        self._diff_ids = tuple(diff_ids)
        self._chain = _chain(diff_ids)
        self._read: Config | None = None

    def layers(self, wanted: Collection[str]) -> Iterator[tuple[str, ByteStream]]:
        """The layers of these diff IDs in the order in which they come, each to be read before the next is asked for.
        Raises SafeIOError when one does not come, or the image is not the one that the engine described; NetError."""
        left = set(wanted)
        legacy: dict[str, str] = {}
        with_config = False
        response = self._client.export()
        try:
            tar_input = StreamInput(response, self._client.where)
            for entry in iter_tar(tar_input, self._client.where, Limits(entries=_MOST_MEMBERS)):
                if entry.kind != FILE:
                    continue
                if self._is_config(entry.path):
                    self._read = self._config(entry)
                    with_config = True
                elif posixpath.basename(entry.path) == _JSON and entry.size <= _DESCRIPTION:
                    legacy |= self._described(entry.read(_DESCRIPTION))
                elif (diff_id := self._diff_id(entry.path, legacy)) in left:
                    left.discard(diff_id)
                    pieces = entry.iter_pieces()
                    yield diff_id, _Pieces(pieces)
                    for _ in pieces:
                        pass
            if left or not with_config:
                raise SafeIOError(f"{self._client.where}: its export is not the image that the engine described")
        finally:
            response.close()

    def config(self) -> Config:
        """The configuration, for which the export is read until it comes, unless its layers have been read. Raises
        SafeIOError, ImageError, NetError."""
        if self._read is not None:
            return self._read
        response = self._client.export()
        try:
            tar_input = StreamInput(response, self._client.where)
            for entry in iter_tar(tar_input, self._client.where, Limits(entries=_MOST_MEMBERS)):
                if entry.kind == FILE and self._is_config(entry.path):
                    return self._config(entry)
        finally:
            response.close()
        raise SafeIOError(f"{self._client.where}: its export has no configuration")

    def _is_config(self, path: str) -> bool:
        return posixpath.basename(path).removesuffix(".json") == self._image_id.partition(":")[2]

    def _config(self, entry: Entry) -> Config:
        where = f"{self._client.where}: configuration"
        if entry.size > CONFIG_LIMIT:
            raise SafeIOError(f"{where}: {entry.size:,} bytes, above the limit of {CONFIG_LIMIT:,}; refused")
        data = entry.read(CONFIG_LIMIT)
        if digest_of(data) != self._image_id:
            raise SafeIOError(f"{where}: its digest is {digest_of(data)}, expected {self._image_id}")
        config = parse_config(data, where)
        if config.diff_ids != self._diff_ids:
            raise ImageError(f"{self._client.where}: its configuration has other layers than the engine said")
        return config

    def _diff_id(self, path: str, legacy: dict[str, str]) -> str:
        """Of which layer a file is the content; empty for anything else."""
        directory, _, name = path.rpartition("/")
        if name == _LAYER:
            return legacy.get(directory, "")
        if path.startswith(_BLOBS) or (not directory and name.endswith(_TAR)):
            return f"sha256:{name.removesuffix(_TAR)}"
        return ""

    def _described(self, data: bytes) -> dict[str, str]:
        """The ID that a description has, and the diff ID of the layer for which it has that."""
        try:
            fields = _decode(data)
            named = msgspec.json.decode(fields.pop("id"), type=str)
            if "parent" in fields:
                parent = msgspec.json.decode(fields["parent"], type=str)
                fields["parent"] = msgspec.Raw(msgspec.json.encode(f"sha256:{parent}"))
        except (msgspec.DecodeError, KeyError, UnicodeDecodeError):
            return {}
        system = fields.pop("os", None)
        for chain_id, diff_id in self._chain:
            fields["layer_id"] = msgspec.Raw(msgspec.json.encode(chain_id))
            with_system = fields if system is None else {**fields, "os": system}
            if named in (_digest(fields), _digest(with_system)):
                return {named: diff_id}
        return {}


class _Pieces:
    """A ByteStream of pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def read(self, size: int, /) -> bytes:
        held = self._held or next(self._pieces, b"")
        self._held = held[size:]
        return held[:size] if len(held) > size else held

    def close(self) -> None:
        """The export closes what it reads."""


def _digest(fields: dict[str, msgspec.Raw]) -> str:
    """The ID of a description, which Docker encodes anew with sorted names."""
    members = (b"%b:%b" % (msgspec.json.encode(name), fields[name]) for name in sorted(fields))
    return hashlib.sha256(b"{%b}" % b",".join(members)).hexdigest()


def _chain(diff_ids: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The chain ID of each layer, with its diff ID."""
    chain, found = "", []
    for diff_id in diff_ids:
        chain = digest_of(f"{chain} {diff_id}".encode()) if chain else diff_id
        found.append((chain, diff_id))
    return tuple(found)
