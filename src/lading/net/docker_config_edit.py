"""Accounts put into and taken out of files as Docker and Podman keep them; what else stands there stays."""

import base64
from pathlib import Path
from typing import Any, Final

import msgspec

from lading.model.errors import NetError
from lading.net.docker_config import place_of_key, server_of
from lading.safeio.atomic import write_atomic

_MOST: Final = 4 * 1024 * 1024


def put_account(path: Path, host: str, username: str, password: str) -> None:
    """Keeps the account of a registry as a whole. The file is its user's alone. Raises NetError for a file that cannot
    be read, SafeIOError for one that cannot be written."""
    document = _read(path)
    auths = _auths(document, path)
    _drop(auths, host)
    auths[server_of(host)] = {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}
    _write(path, document)


def remove_account(path: Path, host: str) -> bool:
    """Takes the account of a registry as a whole out, and says whether there was one. Raises as `put_account`."""
    document = _read(path)
    removed = _drop(_auths(document, path), host)
    if removed:
        _write(path, document)
    return removed


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            document: dict[str, Any] = msgspec.json.decode(file.read(_MOST), type=dict[str, Any])
            return document
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise NetError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise NetError(f"{path}: is damaged; nothing was changed") from error


def _auths(document: dict[str, Any], path: Path) -> dict[str, Any]:
    auths = document.get("auths")
    if auths is None:
        auths = document["auths"] = {}
    if not isinstance(auths, dict):
        raise NetError(f"{path}: is damaged; nothing was changed")
    return auths


def _drop(auths: dict[str, Any], host: str) -> bool:
    same = [key for key in auths if place_of_key(key) == place_of_key(host)]
    for key in same:
        del auths[key]
    return bool(same)


def _write(path: Path, document: dict[str, Any]) -> None:
    """A link to the file stays one."""
    write_atomic(path.resolve(), msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
