package storetest

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"

	"github.com/productsupcom/cde/server/connector"
)

//go:embed testdata/samples.ndjson
var samples []byte

// Samples returns the two sample connectors: the one that the documentation's PUT is answered with, and the
// one of its rollback.
func Samples() []connector.Record { return slices.Clone(parsed()) }

var parsed = sync.OnceValue(func() []connector.Record {
	records, err := read(samples)
	if err != nil {
		panic(err) // the file is part of this package
	}
	return records
})

// template is the document of Record, but for its version.
var template = sync.OnceValue(func() []byte {
	return bytes.Replace(parsed()[1].Versions[0].AppendStored(nil),
		[]byte(`"container-api-config":null`),
		[]byte(`"container-api-config":{"b":1,"a":[2.50,"\u00e9<&>\/"]},"x-unknown":{"z":null}`), 1)
})

// Record returns the n-th of a series of connectors, ordered by n, with versions 1.0.0 to versions.0.0, the
// last of which is the main one. Each version is the rollback sample's, with members that no documentation knows.
// It has about 3 KB. n and versions are at least 1.
func Record(n, versions int) connector.Record {
	r := parsed()[1]
	var id connector.PublicID
	binary.BigEndian.PutUint64(id[:8], uint64(n))
	copy(id[8:], r.PublicID[8:])
	r.PublicID, r.Main, r.Versions = id, &versions, nil
	for major := 1; major <= versions; major++ {
		document := bytes.Replace(template(), []byte(`"version":"1.0.0"`), []byte(`"version":"`+strconv.Itoa(major)+`.0.0"`), 1)
		r.Versions = append(r.Versions, mustLoad(document))
	}
	return r
}

// Deleted returns r with one of its versions deleted.
func Deleted(r connector.Record, number int) connector.Record {
	r.Versions = slices.Clone(r.Versions)
	for i, v := range r.Versions {
		if v.Number() == number {
			r.Versions[i] = mustLoad(bytes.Replace(v.AppendStored(nil),
				[]byte(`"deleted-at":null`), []byte(`"deleted-at":"2026-06-01T10:00:00+02:00"`), 1))
		}
	}
	return r
}

func mustLoad(document []byte) connector.Version {
	v, err := connector.LoadVersion(document)
	if err != nil {
		panic(fmt.Sprintf("%v: %s", err, document))
	}
	return v
}

func read(b []byte) (records []connector.Record, err error) {
	for r, err := range connector.ReadRecords(bytes.NewReader(b), nil) {
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// each yields the records.
func each(records ...connector.Record) iter.Seq2[connector.Record, error] {
	return func(yield func(connector.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// collect returns all that a sequence yields before its first error, and the error.
func collect[T any](seq iter.Seq2[T, error]) (all []T, err error) {
	for v, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}
