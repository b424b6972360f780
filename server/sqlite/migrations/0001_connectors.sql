-- Connectors, their versions as the documents that the API answers with, and the history of changes.

CREATE TABLE connector (
    id           INTEGER PRIMARY KEY,
    public_id    BLOB NOT NULL UNIQUE CHECK (length(public_id) = 16),
    owner        TEXT NOT NULL,
    integrator   TEXT,
    main_version INTEGER
) STRICT;

-- revision moves with every write of the row. document is the version in its import form, or NULL for a
-- version that an import took away: its history stays, and goes on if another import brings it back.
-- sequence is that of its last event, which is event.id = last_event.
CREATE TABLE version (
    id         INTEGER PRIMARY KEY,
    connector  INTEGER NOT NULL REFERENCES connector (id),
    number     INTEGER NOT NULL CHECK (number > 0),
    deleted    INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    sequence   INTEGER NOT NULL,
    last_event INTEGER,
    document   BLOB,
    UNIQUE (connector, number)
) STRICT;

-- The history of all versions in the order of the commits, so that the events of one commit are written side
-- by side. previous is the event before it of the same version: an index would cost a page for each event.
CREATE TABLE event (
    id       INTEGER PRIMARY KEY,
    previous INTEGER,
    sequence INTEGER NOT NULL,
    event    BLOB NOT NULL
) STRICT;

-- One row, written to see that commits come through.
CREATE TABLE probe (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    payload BLOB NOT NULL
) STRICT;

INSERT INTO probe VALUES (1, x'');
