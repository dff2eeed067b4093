"""Erlang and Elixir: exact packages and exact diagnostics."""

import pytest

from lading.inventory.catalogers import erlang
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import damaged, facts, left_out

APP = """%% This is a comment {application, no, [{vsn, "0"}]}.
{application,cowboy,
             [{description,"Small, fast, modern HTTP server."},
              {vsn, "2.9.0"},
              {modules,[cowboy]}]}.
"""
METADATA = """{<<"links">>,[{<<"GitHub">>,<<"https://github.com/a/b">>}]}.
{<<"name">>,<<"jason">>}.
{<<"version">>,<<"1.4.4">>}.
{<<"licenses">>,
 [<<"Apache-2.0">>,<<"MIT"/utf8>>]}.
{<<"requirements">>,
 [[{<<"name">>,<<"decimal">>},
   {<<"app">>,<<"decimal">>}]]}.
{<<"requirements">>,[{<<"name">>,<<"decimal">>}]}.
"""


def test_applications() -> None:
    path = "app/lib/cowboy-2.9.0/ebin/cowboy.app"
    package = FoundPackage("hex", "cowboy", "2.9.0", files=("app/lib/cowboy-2.9.0/",))
    assert facts(erlang.CATALOGER, path, APP) == CatalogerResult(packages=(package,))


@pytest.mark.parametrize(("name", "runtime"), [("ssl", "erlang"), ("ex_unit", "elixir")])
def test_applications_of_the_runtimes(name: str, runtime: str) -> None:
    path = f"usr/lib/erlang/lib/{name}-1/ebin/{name}.app"
    assert facts(erlang.CATALOGER, path, f'{{application, {name}, [{{vsn, "1"}}]}}.').packages == (
        FoundPackage("otp", name, "1", files=(f"usr/lib/erlang/lib/{name}-1/",), properties={"runtime": runtime}),
    )


def test_metadata_of_hex() -> None:
    package = FoundPackage("hex", "jason", "1.4.4", licenses=("Apache-2.0", "MIT"), files=("app/deps/jason/",))
    assert facts(erlang.CATALOGER, "app/deps/jason/hex_metadata.config", METADATA) == CatalogerResult(
        packages=(package,)
    )


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("a/ebin/a.app", "{application, a, [{vsn, git}]}.", "application a has no version"),
        ("a/ebin/a.app", "", "not an Erlang application"),
        ("a/hex_metadata.config", '{<<"name">>,<<"a">>}.', "package a has no version"),
        ("a/hex_metadata.config", "\0", "the metadata names no package"),
    ],
)
def test_what_was_left_out_is_told(path: str, text: str, what: str) -> None:
    assert facts(erlang.CATALOGER, path, text) == CatalogerResult(diagnostics=(left_out(path, what),))


def test_damage_never_raises() -> None:
    for data in damaged((APP + METADATA).encode()):
        facts(erlang.CATALOGER, "a/ebin/a.app", data)
        facts(erlang.CATALOGER, "a/hex_metadata.config", data)
