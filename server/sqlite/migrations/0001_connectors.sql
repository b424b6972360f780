-- Connectors, their versions as the documents that the API answers with, and the history of changes.

CREATE TABLE connector (
    id           INTEGER PRIMARY KEY,
    public_id    BLOB NOT NULL UNIQUE CHECK (length(public_id) = 16),
    owner        TEXT NOT NULL,
    integrator   TEXT,
    main_version INTEGER
) STRICT;

-- revision moves with every write of the row. sequence is that of the version's last event. document is
-- the version in its import form.
CREATE TABLE version (
    id        INTEGER PRIMARY KEY,
    connector INTEGER NOT NULL REFERENCES connector (id),
    number    INTEGER NOT NULL CHECK (number > 0),
    deleted   INTEGER NOT NULL,
    revision  INTEGER NOT NULL,
    sequence  INTEGER NOT NULL,
    document  BLOB NOT NULL,
    UNIQUE (connector, number)
) STRICT;

-- A history outlives its version: an import may take the version away and another bring it back.
CREATE TABLE event (
    connector INTEGER NOT NULL REFERENCES connector (id),
    number    INTEGER NOT NULL,
    sequence  INTEGER NOT NULL,
    event     BLOB NOT NULL,
    PRIMARY KEY (connector, number, sequence)
) STRICT, WITHOUT ROWID;

-- One row, written to see that commits come through.
CREATE TABLE probe (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    payload BLOB NOT NULL
) STRICT;

INSERT INTO probe VALUES (1, x'');
