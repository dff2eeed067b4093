"""The tables of a store of results. Times are whole seconds since 1970 (UTC)."""

from typing import Final

APPLICATION_ID: Final = 0x4C444752  # "LDGR"
VERSION: Final = 1

TABLES: Final = """
CREATE TABLE result(
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, digest TEXT NOT NULL, config TEXT NOT NULL,
    platform TEXT NOT NULL, distribution TEXT NOT NULL, base TEXT NOT NULL, base_layers INTEGER NOT NULL,
    base_verified INTEGER NOT NULL, chain BLOB NOT NULL, tool TEXT NOT NULL, "database" TEXT NOT NULL,
    starter INTEGER NOT NULL, pinned INTEGER NOT NULL, how TEXT NOT NULL, matched INTEGER NOT NULL,
    inventory BLOB NOT NULL, target BLOB NOT NULL, coverage BLOB NOT NULL, needs BLOB NOT NULL);
CREATE INDEX result_chain ON result(chain);
CREATE TABLE image(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, platform TEXT NOT NULL, source TEXT NOT NULL, result INTEGER NOT NULL,
    first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, UNIQUE(name, platform));
CREATE INDEX image_result ON image(result);
CREATE TABLE step(id INTEGER PRIMARY KEY, diff_id TEXT NOT NULL, created_by TEXT NOT NULL, UNIQUE(diff_id, created_by));
CREATE TABLE layer(
    result INTEGER NOT NULL, number INTEGER NOT NULL, step INTEGER NOT NULL, chain BLOB NOT NULL,
    PRIMARY KEY(result, number)) WITHOUT ROWID;
CREATE TABLE package(
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, type TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
    source TEXT NOT NULL, purl TEXT NOT NULL);
CREATE INDEX package_name ON package(name COLLATE NOCASE);
CREATE INDEX package_source ON package(source COLLATE NOCASE);
CREATE TABLE holding(
    package INTEGER NOT NULL, result INTEGER NOT NULL, layer INTEGER NOT NULL,
    PRIMARY KEY(package, result)) WITHOUT ROWID;
CREATE INDEX holding_result ON holding(result);
CREATE TABLE fingerprint(id INTEGER PRIMARY KEY, value BLOB NOT NULL UNIQUE);
CREATE TABLE finding(
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vulnerability TEXT NOT NULL, package INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL, status TEXT NOT NULL, severity TEXT NOT NULL, fixed TEXT NOT NULL,
    exploited INTEGER NOT NULL, hidden TEXT NOT NULL, risk REAL NOT NULL);
CREATE INDEX finding_package ON finding(package);
CREATE TABLE alias(name TEXT NOT NULL, finding INTEGER NOT NULL, PRIMARY KEY(name, finding)) WITHOUT ROWID;
CREATE TABLE presence(
    finding INTEGER NOT NULL, result INTEGER NOT NULL, PRIMARY KEY(finding, result)) WITHOUT ROWID;
CREATE INDEX presence_result ON presence(result);
CREATE TABLE sighting(
    image INTEGER NOT NULL, fingerprint INTEGER NOT NULL, first_seen INTEGER NOT NULL, gone INTEGER,
    PRIMARY KEY(image, fingerprint)) WITHOUT ROWID;
CREATE TABLE need(
    id INTEGER PRIMARY KEY, shard TEXT NOT NULL, "table" TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL,
    UNIQUE(shard, "table", key, digest));
CREATE TABLE run(
    id INTEGER PRIMARY KEY, key BLOB NOT NULL, started INTEGER NOT NULL, ended INTEGER, total INTEGER NOT NULL);
CREATE TABLE task(
    run INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, error TEXT NOT NULL,
    PRIMARY KEY(run, number)) WITHOUT ROWID;
CREATE TABLE task_image(
    run INTEGER NOT NULL, number INTEGER NOT NULL, image INTEGER NOT NULL,
    PRIMARY KEY(run, number, image)) WITHOUT ROWID;
"""
"""`result` is an image's content of one platform, and `image` a name for one; `presence` has the findings of a result
that are open, `sighting` those that a name ever had by fingerprint: while `gone` is empty the finding is there, and was
seen last when its image was; else that is when it was seen last. `needs` are numbers of `need`, four bytes each in
this machine's order."""
