package sqlite

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// settings are what a store and its connections are told when they open.
type settings struct {
	busy        time.Duration
	synchronous string // FULL flushes every commit; OFF is for what need not last
	batch       int    // see Options.MaxBatch
	mustExist   bool   // see Options.MustExist
}

const (
	// pageSize, in bytes, holds four versions of the usual size. Smaller pages make imports slower, larger ones changes.
	pageSize = 8192

	writerPages = 64 << 20 / pageSize // pages that a connection for changes keeps in memory
	readerPages = 8 << 20 / pageSize  // and one for reading
	idle        = 4                   // connections kept open while unused

	// checkpointPages is how long the log may become before its pages are moved into the file. A longer
	// log moves a page that changes often fewer times, and takes longer to recover.
	checkpointPages = 16 << 20 / pageSize
)

// pool returns connections to the database at the absolute path, which must exist.
func (with settings) pool(path string, readOnly bool) *sql.DB {
	path = filepath.ToSlash(path)
	if path[0] != '/' {
		path = "/" + path
	}
	pragmas := []string{
		fmt.Sprintf("busy_timeout(%d)", with.busy.Milliseconds()),
		fmt.Sprintf("synchronous(%s)", with.synchronous),
		"foreign_keys(ON)",
		fmt.Sprintf("page_size(%d)", pageSize), // of a new file
		fmt.Sprintf("wal_autocheckpoint(%d)", checkpointPages),
	}
	if readOnly {
		pragmas = append(pragmas, "query_only(ON)", fmt.Sprintf("cache_size(%d)", readerPages))
	} else {
		pragmas = append(pragmas, fmt.Sprintf("cache_size(%d)", writerPages))
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"mode": {"rw"}, "_pragma": pragmas}.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		panic(err) // only an unknown driver name
	}
	db.SetMaxIdleConns(idle)
	return db
}
