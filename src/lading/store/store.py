"""The store of results: what is kept of images, and how far runs over many of them have come."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, structs
from msgspec.msgpack import encode

from lading.model.errors import StoreError
from lading.store.connection import errors, open_connection, transaction
from lading.store.result import Result, pack, unpack_listed, unpack_target
from lading.store.rows import Numbers, chains, finding_rows, package_row, storable


class Task(Struct, frozen=True):
    """One image of a run that is done: its place in the run, the name it was asked for by, and why it failed, or the
    numbers of the images that it gave."""

    number: int
    name: str
    error: str
    images: tuple[int, ...] = ()


class Run(Struct, frozen=True):
    """A run over many images. `key` names what was asked for, `ended` is None for one that was cut off."""

    id: int
    key: bytes
    started: int
    ended: int | None
    total: int


class ResultStore:
    """A store in a file, by one process at a time; others may read and write between its calls. Times are seconds
    since 1970. Everything raises StoreError when the file cannot be read or written."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        self.connection = open_connection(path, create=create)
        self.numbers = Numbers(self.connection)
        self._version = 0

    def close(self) -> None:
        """Closes the file."""
        self.connection.close()

    def start_run(self, key: bytes, total: int, now: int) -> int:
        """Begins a run over so many images; gives its number."""
        with transaction(self.connection, self.path):
            made = self.connection.execute("INSERT INTO run(key, started, total) VALUES (?, ?, ?)", (key, now, total))
            assert made.lastrowid is not None
            return made.lastrowid

    def end_run(self, run: int, now: int) -> None:
        """Marks a run as whole; of those that asked for the same only the last one is kept."""
        with transaction(self.connection, self.path):
            self.connection.execute("UPDATE run SET ended=? WHERE id=?", (now, run))
            older = "SELECT id FROM run WHERE key=(SELECT key FROM run WHERE id=:run) AND id<>:run"
            for table, column in (("task_image", "run"), ("task", "run"), ("run", "id")):
                query = f"DELETE FROM {table} WHERE {column} IN ({older})"  # noqa: S608
                self.connection.execute(query, {"run": run})

    def cut_off(self, key: bytes) -> Run | None:
        """The last run that asked for this, if it did not come to its end."""
        with errors(self.path):
            query = "SELECT id, key, started, ended, total FROM run WHERE key=? ORDER BY id DESC LIMIT 1"
            found = self.connection.execute(query, (key,)).fetchone()
        return Run(*found) if found and found[3] is None else None

    def tasks(self, run: int) -> tuple[Task, ...]:
        """What a run has done, in its order."""
        with errors(self.path):
            images: dict[int, list[int]] = {}
            for number, image in self.connection.execute(
                "SELECT number, image FROM task_image WHERE run=? ORDER BY number, image", (run,)
            ):
                images.setdefault(number, []).append(image)
            rows = self.connection.execute("SELECT number, name, error FROM task WHERE run=? ORDER BY number", (run,))
            return tuple(Task(number, name, error, tuple(images.get(number, ()))) for number, name, error in rows)

    def fail(self, run: int, number: int, name: str, error: str) -> None:
        """Keeps that an image of a run could not be scanned."""
        with transaction(self.connection, self.path):
            self._keep_task(run, number, name, error, ())

    def put(self, run: int, number: int, name: str, results: Sequence[Result], now: int) -> None:
        """Keeps the results on an image of a run (of its platforms), all of them or none."""
        with self.writing():
            images = [self._keep(result, now) for result in results]
            self._keep_task(run, number, name, "", images)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction in which the numbers of rows are those that stand now: other processes may have removed some,
        and none of one that is undone may be used again."""
        try:
            with transaction(self.connection, self.path):
                (version,) = self.connection.execute("PRAGMA data_version").fetchone()
                if version != self._version:
                    self._version = version
                    self.numbers.forget()
                yield
        except BaseException:
            self.numbers.forget()
            raise

    def get(self, image: int) -> Result:
        """The result on an image, by its number. Its `needs` are left out."""
        query = """SELECT image.name, image.source, inventory, target, coverage, tool, "database", starter, pinned, how
            FROM image JOIN result ON result.id = image.result WHERE image.id=?"""
        with errors(self.path):
            row = self.connection.execute(query, (image,)).fetchone()
        if row is None:
            raise StoreError(f"{self.path}: the store of results has no result for an image; name another")
        name, source, inventory, target, coverage, *rest = row
        tool, database, starter, pinned, how = rest
        listed = unpack_listed(inventory)
        called = structs.replace(listed.image, name=name, source=source)
        found = unpack_target(target, coverage)
        found = structs.replace(found, image=structs.replace(found.image, name=name, source=source))
        return Result(structs.replace(listed, image=called), found, tool, database, bool(starter), bool(pinned), how)

    def iter_images(self) -> Iterator[tuple[int, str, str]]:
        """The number, name and platform of every image, by name."""
        with errors(self.path):
            yield from self.connection.execute("SELECT id, name, platform FROM image ORDER BY name, platform")

    def see(self, image: int, result: int, now: int, before: int) -> tuple[list[int], list[int]]:
        """Keeps which findings an image has now, and since when; those that it has no more were seen last `before`.
        Gives the numbers of the fingerprints that are new in it, and of those that are gone. Part of a transaction."""
        seen = {
            row[0]
            for row in self.connection.execute(
                "SELECT DISTINCT fingerprint FROM presence JOIN finding ON finding.id = finding WHERE result=?",
                (result,),
            )
        }
        known = dict(self.connection.execute("SELECT fingerprint, gone FROM sighting WHERE image=?", (image,)))
        gone = [(before, image, one) for one, at in known.items() if at is None and one not in seen]
        back = [(image, one) for one, at in known.items() if at is not None and one in seen]
        self.connection.executemany("UPDATE sighting SET gone=? WHERE image=? AND fingerprint=?", gone)
        self.connection.executemany("UPDATE sighting SET gone=NULL WHERE image=? AND fingerprint=?", back)
        first = [one for one in seen if one not in known]
        self.connection.executemany("INSERT INTO sighting VALUES (?, ?, ?, NULL)", ((image, one, now) for one in first))
        return [*first, *(one for _, one in back)], [one for _, _, one in gone]

    def _keep_task(self, run: int, number: int, name: str, error: str, images: Iterable[int]) -> None:
        self.connection.execute("DELETE FROM task_image WHERE run=? AND number=?", (run, number))
        row = (run, number, storable(name), storable(error))
        self.connection.execute("INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?)", row)
        rows = ((run, number, image) for image in images)
        self.connection.executemany("INSERT OR IGNORE INTO task_image VALUES (?, ?, ?)", rows)

    def _keep(self, result: Result, now: int) -> int:
        number = self._keep_result(result, now)
        image, before = self._keep_image(result, number, now)
        self.see(image, number, now, before)
        return image

    def _keep_result(self, result: Result, now: int) -> int:
        """Keeps a result in place of one on the same content."""
        found = self.connection.execute("SELECT id FROM result WHERE key=?", (result.key,)).fetchone()
        if found:
            self._clear(found[0])
        listed, target = result.listed, result.target
        image, base = target.image, target.image.base  # with what must not be shown taken out
        links = list(chains(image.layers))
        needs = array("I", (self.numbers.need(one) for one in result.needs))
        row = (
            found[0] if found else None,
            result.key,
            image.digest,
            image.config_digest,
            result.platform,
            target.distribution.pretty or target.distribution.id if target.distribution else "",
            base.name if base else "",
            base.layers if base else 0,
            base.verified if base else False,
            links[-1] if links else b"",
            result.tool,
            result.database,
            result.starter,
            result.pinned,
            result.how,
            now,
            pack(listed),
            pack(structs.replace(target, coverage=())),
            encode(target.coverage),
            needs.tobytes(),
        )
        marks = ", ".join("?" * len(row))
        made = self.connection.execute(f"INSERT OR REPLACE INTO result VALUES ({marks})", row)  # noqa: S608
        number = made.lastrowid
        assert number is not None
        numbers = self.numbers
        self.connection.executemany(
            "INSERT OR REPLACE INTO layer VALUES (?, ?, ?, ?)",
            ((number, one.index, numbers.step(one), link) for one, link in zip(image.layers, links, strict=True)),
        )
        self.connection.executemany(
            "INSERT OR IGNORE INTO holding VALUES (?, ?, ?)",
            ((numbers.package(package_row(one)), number, one.layer) for one in target.packages),
        )
        self.connection.executemany(
            "INSERT OR IGNORE INTO presence VALUES (?, ?)",
            ((numbers.finding(one), number) for one in finding_rows(target.findings)),
        )
        return number

    def _keep_image(self, result: Result, number: int, now: int) -> tuple[int, int]:
        """Gives the number of the image, and when it was scanned before (`now` for one that was not). A result that no
        name stands for any more is removed."""
        image = result.listed.image
        key = (storable(image.name), result.platform)
        found = self.connection.execute(
            "SELECT id, result, last_seen FROM image WHERE name=? AND platform=?", key
        ).fetchone()
        if found is None:
            row = (*key, image.source, number, now, now)
            made = self.connection.execute(
                "INSERT INTO image(name, platform, source, result, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
            assert made.lastrowid is not None
            return made.lastrowid, now
        id, before, last_seen = found
        self.connection.execute(
            "UPDATE image SET result=?, source=?, last_seen=? WHERE id=?", (number, image.source, now, id)
        )
        if before != number and not self.connection.execute("SELECT 1 FROM image WHERE result=?", (before,)).fetchone():
            self._clear(before)
            self.connection.execute("DELETE FROM result WHERE id=?", (before,))
        return id, last_seen

    def _clear(self, result: int) -> None:
        for table in ("layer", "holding", "presence"):
            self.connection.execute(f"DELETE FROM {table} WHERE result=?", (result,))  # noqa: S608
