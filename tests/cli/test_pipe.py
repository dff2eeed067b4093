"""What the front door and its worker tell each other."""

import os
import threading

import msgspec
import pytest

from lading.cli.output import Output
from lading.cli.pipe import Pipe, connected
from lading.cli.worker import Done, run_work
from lading.engine.environment import Environment, user_network, user_places
from lading.engine.settings import Settings
from lading.formats.encoders.registry import FORMATS
from lading.model.errors import EngineError


class _Message(msgspec.Struct, frozen=True):
    text: str


def test_messages_and_bytes_arrive_as_they_were_sent() -> None:
    one, other = connected()
    long = os.urandom(3_000_000)

    def say() -> None:
        other.send(_Message("x" * 2_000_000))
        other.send_bytes(long)
        other.send_bytes(b"")

    speaker = threading.Thread(target=say)
    speaker.start()
    assert msgspec.msgpack.decode(one.receive() or b"", type=_Message).text == "x" * 2_000_000
    assert bytes(one.receive_bytes(len(long)) or b"") == long
    assert one.receive_bytes(0) is not None
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
    pipe.close()


def test_outputs_that_end_too_early_are_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("out") / "out"
    whole = Pipe.send_bytes

    def send_half(pipe: Pipe, data: bytes | bytearray) -> None:
        if data == b"all of it":
            whole(pipe, data[:4])
            os._exit(3)
        whole(pipe, data)

    def work(_: Environment) -> Done:
        monkeypatch.setattr(Pipe, "send_bytes", send_half)
        return Done(0, (b"all of it",))

    settings = Settings(starter=True, places=user_places(), network=user_network())
    with pytest.raises(EngineError, match=r"crashed \(status 3\)"):
        run_work(work, "oci:nowhere", settings, (Output(FORMATS[0], path),))
    assert not path.exists()
