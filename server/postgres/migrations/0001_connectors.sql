-- Connectors, their versions as the documents that the API answers with, and the history of changes.

CREATE TABLE connector (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id    uuid NOT NULL UNIQUE,
    owner        text NOT NULL,
    integrator   text,
    main_version bigint,
    generation   bigint NOT NULL
);

-- revision moves with every write of the row. sequence is that of the version's last event. generation is
-- its connector's, which moves with every import: a change that finds another one looked at the connector
-- too early. document is the version in its import form: text, because it is kept byte for byte. Documents
-- stay in their row, uncompressed, where there is room, and pages keep room for the next change.
CREATE TABLE version (
    connector  bigint  NOT NULL REFERENCES connector (id),
    number     bigint  NOT NULL CHECK (number > 0),
    deleted    boolean NOT NULL,
    revision   bigint  NOT NULL,
    sequence   bigint  NOT NULL,
    generation bigint  NOT NULL,
    document   text    NOT NULL,
    PRIMARY KEY (connector, number)
) WITH (fillfactor = 70, toast_tuple_target = 8160);

ALTER TABLE version ALTER COLUMN document SET STORAGE EXTERNAL;

-- A history outlives its version: an import may take the version away and another bring it back.
CREATE TABLE event (
    connector bigint  NOT NULL REFERENCES connector (id),
    number    bigint  NOT NULL,
    sequence  bigint  NOT NULL,
    event     text    NOT NULL,
    PRIMARY KEY (connector, number, sequence)
);

-- Written afresh to see that commits come through.
CREATE TABLE probe (payload text NOT NULL);

ALTER TABLE probe ALTER COLUMN payload SET STORAGE PLAIN;
