package connector

import (
	"context"
	"iter"
)

// Store keeps connectors, their versions and the history of their changes.
//
// This text is the law of every store, and package storetest has a test for each of its sentences but
// those about memory. All methods may be called by many goroutines at once; reads do not wait for writes. A
// context that has ended before a method does its work ends it with the context's error and changes
// nothing. What a store cannot do now is [ErrUnavailable] and has changed nothing. Sequences may be
// abandoned at any element, may be ranged over again to ask the store again, and end after the first error.
type Store interface {
	// Change runs one edit in one durable transaction. It finds the connector ([ErrConnectorNotFound]),
	// asks Admit, resolves the selector ([ErrVersionNotFound]) and asks Apply, in this order, and returns
	// the first error as it is, having written nothing.
	//
	// If Apply returns an event, the next version and the event are written together or not at all, and the
	// event gets the version's next sequence number: 1, 2, 3, … in the order of the commits, without a gap.
	// If Apply returns none, nothing is written. Either way the version that Apply returned is the answer.
	//
	// No update is lost: what Apply is given is the version as the last commit before this one left it,
	// however many edits run at once; a store that notices late that it was not runs Admit and Apply
	// again and drops what they said before. Edits of different versions do not disturb each other, and an edit that
	// is refused does not disturb those it shares a transaction with.
	//
	// Change answers only when the commit is durable. If the commit may or may not have happened (the
	// connection was lost, the context ended while it ran), the error is [ErrOutcomeUnknown].
	Change(context.Context, Edit) (Version, error)

	// Connector returns the connector with the numbers of all its versions in rising order, or
	// [ErrConnectorNotFound].
	Connector(context.Context, PublicID) (Connector, error)

	// Version returns the version, also a deleted one, as the last commit left it, byte for byte, or
	// [ErrConnectorNotFound] or [ErrVersionNotFound].
	Version(ctx context.Context, id PublicID, number int) (Version, error)

	// List yields every connector in the order of public ids, without holding them all in memory.
	List(context.Context) iter.Seq2[Connector, error]

	// History yields the events of one version whose sequence number is higher than after, oldest first,
	// exactly as they were written. Without such a version the error is [ErrConnectorNotFound] or
	// [ErrVersionNotFound].
	History(ctx context.Context, id PublicID, number int, after int64) iter.Seq2[Event, error]

	// Import writes all records in one transaction and says how many. A record replaces the connector of the
	// same public id with all its versions; histories stay, and go on where they were.
	// Nobody sees a part of an import. If records yields an error, or the context ends, Import returns that
	// error and nothing is imported. Import ranges over records once and writes no event. Records are not
	// held in memory together.
	Import(ctx context.Context, records iter.Seq2[Record, error]) (ImportResult, error)

	// Export yields the records of the given connectors, of all when none is given, in the order of
	// public ids, versions in rising order, all as of one moment, without holding them together in memory. A connector that
	// does not exist is [ErrConnectorNotFound]. Importing what was exported changes nothing.
	Export(ctx context.Context, ids ...PublicID) iter.Seq2[Record, error]

	// Ready returns nil if a change could be committed durably now: a store that can be read but not
	// written is not ready. The error is [ErrUnavailable]. Ready changes no version and no history.
	Ready(context.Context) error

	// Close ends the store after the calls that are under way. Calls after it fail with [ErrUnavailable]; closing twice is
	// harmless. What was answered before is there when the store is opened again.
	Close() error
}

// Edit is one change of one version, as a [Service] asks a [Store] for it.
type Edit struct {
	PublicID PublicID
	Selector Selector
	// Admit says whether the edit may go on with this connector. Nil admits. It must not keep or change
	// its argument, and may be called again.
	Admit func(Connector) error
	// Apply returns what the version becomes and the event that tells of it, or no event if nothing
	// changes. It must be a pure function of its argument, and may be called again.
	Apply func(Version) (Version, *Event, error)
}

// ImportResult counts what an import wrote.
type ImportResult struct {
	Connectors int // records
	Versions   int // versions in them
	Replaced   int // records whose connector was there before, also by an earlier record of the same import
}
