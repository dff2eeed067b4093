"""Lists of registries that lie, go round in circles, or are none."""

import json
from collections.abc import Callable

import pytest

from lading.image.listing import list_repositories, list_tags
from lading.image.source import OpenOptions
from lading.model.errors import ImageError, NetError
from tests.net.scripted import Reply, Request, Script, serve

OPTIONS = OpenOptions(plain_http=True)


def said(script: Script, ask: Callable[[str], object]) -> str:
    """What an error says, whatever the port of the server."""
    with serve(script) as server:
        with pytest.raises((ImageError, NetError)) as raised:
            ask(server.host)
        return str(raised.value).replace(server.host, "HOST")


def tags(host: str) -> object:
    return list_tags(host, "team/app", OPTIONS)


def repositories(host: str) -> object:
    return list_repositories(host, OPTIONS)


def paged(link: str, body: object) -> Script:
    return lambda _: Reply(200, json.dumps(body).encode(), {"Link": f'<{link}>; rel="next"'})


@pytest.mark.parametrize(
    ("script", "ask", "message"),
    [
        (
            paged("/v2/team/app/tags/list?n=1000", {"tags": ["1"]}),
            tags,
            "HOST/team/app: HOST sends round in a circle through the pages of its list",
        ),
        (lambda _: Reply(200, b"{"), tags, "HOST/team/app: its list cannot be read: Input data was truncated"),
        (
            lambda _: Reply(200, b'{"tags": ["a b\\u001b[2J"]}'),
            tags,
            "HOST/team/app: 'a b?[2J' is no tag; is it a registry?",
        ),
        (
            lambda _: Reply(200, b'{"repositories": ["../../etc"]}'),
            repositories,
            "HOST: '../../etc' is no name of a repository; is it a registry?",
        ),
        (
            lambda _: Reply(404, b'{"errors": [{"code": "UNSUPPORTED", "message": "not here"}]}'),
            repositories,
            "HOST: not found at HOST (404 Not Found: not here); check the name and the tag; not every registry lists "
            "its repositories: name them with --registry HOST/REPOSITORY or --list FILE",
        ),
    ],
)
def test_what_is_no_list_is_told(script: Script, ask: Callable[[str], object], message: str) -> None:
    assert said(script, ask) == message


def test_pages_are_asked_of_the_registry_whatever_host_they_name() -> None:
    asked = []

    def answer(request: Request) -> Reply:
        asked.append(request.path)
        first = "last=" not in request.path
        headers = {"Link": '<https://elsewhere.example/v2/_catalog?last=b&n=2>; rel="next"'} if first else {}
        names = ["a", "b"] if first else ["c"]
        return Reply(200, json.dumps({"repositories": names}).encode(), headers)

    with serve(answer) as server:
        assert list_repositories(server.host, OPTIONS) == ("a", "b", "c")
    assert asked == ["/v2/_catalog?n=1000", "/v2/_catalog?last=b&n=2"]


@pytest.mark.parametrize("body", [b'{"tags": null}', b"{}", b'{"name": "team/app", "tags": []}'])
def test_a_repository_without_tags_has_none(body: bytes) -> None:
    with serve(lambda _: Reply(200, body)) as server:
        assert list_tags(server.host, "team/app", OPTIONS) == ()
