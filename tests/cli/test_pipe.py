"""What the front door and its worker tell each other."""

import os
import threading
from collections.abc import Iterator

import msgspec
import pytest

from lading.cli.output import Output
from lading.cli.processes.pipe import Pipe, connected
from lading.cli.processes.worker import Done, run_work
from lading.engine.environment import Environment, user_network, user_places
from lading.engine.settings import Settings
from lading.formats.encoders.registry import FORMATS
from lading.model.errors import EngineError, FormatError


class _Message(msgspec.Struct, frozen=True):
    text: str


def test_messages_and_bytes_arrive_as_they_were_sent() -> None:
    one, other = connected()
    long = os.urandom(3_000_000)

    def say() -> None:
        other.send(_Message("x" * 2_000_000))
        other.send_pieces([long, b"", b"end"])
        other.send_pieces([])

    speaker = threading.Thread(target=say)
    speaker.start()
    assert msgspec.msgpack.decode(one.receive() or b"", type=_Message).text == "x" * 2_000_000
    assert [bytes(piece) for piece in one.receive_pieces() or ()] == [long, b"end"]
    assert one.receive_pieces() == []
    speaker.join()
    one.close()
    other.close()


@pytest.mark.parametrize("sent", [b"", b"\0\0\0", b"\0\0\0\0\0\0\0\5abcd", b"\0\0\0\xff\xff\xff\xff\xff", b"\xff" * 9])
def test_half_a_message_is_none(sent: bytes) -> None:
    read, write = os.pipe()
    pipe = Pipe(read, os.open(os.devnull, os.O_WRONLY))
    os.write(write, sent)
    os.close(write)
    assert pipe.receive() is None
    assert pipe.receive_pieces() is None
    pipe.close()


def test_outputs_that_end_too_early_are_not_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("out") / "out"

    def pieces() -> Iterator[bytes]:
        yield b"half of it"
        os._exit(3)

    def work(_: Environment) -> Done:
        return Done(0, (pieces(),))

    settings = Settings(starter=True, places=user_places(), network=user_network())
    with pytest.raises(EngineError, match=r"crashed \(status 3\)"):
        run_work(work, "oci:nowhere", settings, (Output(FORMATS[0], path),))
    assert not path.exists()


def test_what_goes_wrong_while_outputs_are_made_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("out") / "out"

    def pieces() -> Iterator[bytes]:
        yield b"half of it"
        raise FormatError("the rest cannot be written")

    def work(_: Environment) -> Done:
        return Done(0, ((b"whole",), pieces(), (b"never asked for",)))

    settings = Settings(starter=True, places=user_places(), network=user_network())
    with pytest.raises(FormatError, match="the rest cannot be written"):
        run_work(work, "oci:nowhere", settings, (Output(FORMATS[0], path),))
    assert not path.exists()
