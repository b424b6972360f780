package storetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector"
)

func (s *suite) testImport(t *testing.T) {
	subtests(t, []subtest{
		{"says how many", s.importCounts},
		{"replaces connectors and keeps histories", s.importReplaces},
		{"is all or nothing when a record is bad", s.importRollsBack},
		{"is all or nothing when the context ends", s.importInEndingContext},
		{"shows nobody a part of it", s.importIsHidden},
		{"ranges once over its records", s.importRangesOnce},
	})
}

func (s *suite) importCounts(t *testing.T) {
	store := s.store(t)
	for _, test := range []struct {
		name    string
		records []connector.Record
		want    connector.ImportResult
	}{
		{"nothing", nil, connector.ImportResult{}},
		{"two", []connector.Record{Record(1, 2), Record(2, 3)}, connector.ImportResult{Connectors: 2, Versions: 5}},
		{"one again", []connector.Record{Record(2, 1), Record(3, 1)}, connector.ImportResult{Connectors: 2, Versions: 2, Replaced: 1}},
		{"one twice", []connector.Record{Record(4, 3), Record(4, 2)}, connector.ImportResult{Connectors: 2, Versions: 5, Replaced: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := store.Import(t.Context(), each(test.records...))
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
	if c, err := store.Connector(t.Context(), Record(4, 1).PublicID); err != nil || len(c.Versions) != 2 {
		t.Errorf("of one twice the first remains: %v, %v", c, err)
	}
}

func (s *suite) importReplaces(t *testing.T) {
	old := Record(1, 3)
	store := s.store(t, old)
	svc := service(t, store)
	mustPut(t, svc, request(t, 1, "1"), 1)
	mustPut(t, svc, request(t, 1, "3"), 1)

	fresh := Record(1, 2)
	fresh.Owner, fresh.Integrator, fresh.Main = "5d4fc3a0-0000-4000-8000-00000000000f", fresh.Owner, nil
	if _, err := store.Import(t.Context(), each(fresh)); err != nil {
		t.Fatal(err)
	}
	got, err := store.Connector(t.Context(), fresh.PublicID)
	if diff := cmp.Diff(fresh.Connector(), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if v := mustVersion(t, store, fresh.PublicID, 1); !v.Equal(fresh.Versions[0]) {
		t.Errorf("version 1 was not replaced: %s", v.JSON())
	}
	_, err = store.Version(t.Context(), fresh.PublicID, 3)
	wantError(t, "version 3", err, connector.ErrVersionNotFound)
	if n := len(mustHistory(t, store, fresh.PublicID, 1)); n != 1 {
		t.Errorf("version 1 has %d events: the import wrote or removed one", n)
	}

	if _, err := store.Import(t.Context(), each(old)); err != nil {
		t.Fatal(err)
	}
	for i := 2; i <= 3; i++ {
		mustPut(t, svc, request(t, 1, "3"), i)
	}
	for i, e := range mustHistory(t, store, old.PublicID, 3) {
		if e.Sequence != int64(i)+1 {
			t.Errorf("event %d of version 3 has sequence %d: its history did not go on", i+1, e.Sequence)
		}
	}
}

func (s *suite) importRollsBack(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	changed := Record(1, 2)
	_, err := store.Import(t.Context(), func(yield func(connector.Record, error) bool) {
		for n := 2; n <= 200; n++ {
			if !yield(Record(n, 1), nil) {
				return
			}
		}
		_ = yield(changed, nil) && yield(connector.Record{}, errRefused)
	})
	wantError(t, "Import", err, errRefused)
	onlyHas(t, store, r)
	mustPut(t, service(t, store), request(t, 1, "1"), 1)
}

func onlyHas(t *testing.T, store connector.Store, r connector.Record) {
	t.Helper()
	got, err := collect(store.Export(t.Context()))
	if diff := cmp.Diff([]connector.Record{r}, got, cmp.Comparer(connector.Version.Equal)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func (s *suite) importInEndingContext(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := store.Import(ctx, func(yield func(connector.Record, error) bool) {
		for n := 2; n <= 100_000; n++ {
			if n == 100 {
				cancel()
			}
			if !yield(Record(2+n%50, 1), nil) {
				return
			}
		}
		t.Error("100,000 records were taken after the context had ended")
	})
	wantError(t, "Import", err, context.Canceled)
	onlyHas(t, store, r)
}

func (s *suite) importIsHidden(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	look := func() error { // as another goroutine would, while the import waits
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := store.Connector(ctx, Record(2, 1).PublicID); !errors.Is(err, connector.ErrConnectorNotFound) {
			return errors.Join(errors.New("an imported connector can be seen, or not even be asked for"), err)
		}
		c, err := store.Connector(ctx, r.PublicID)
		if err == nil && len(c.Versions) != 1 {
			err = errors.New("a connector was replaced already")
		}
		return err
	}
	_, err := store.Import(t.Context(), func(yield func(connector.Record, error) bool) {
		if !yield(Record(2, 1), nil) || !yield(Record(1, 2), nil) {
			return
		}
		seen := make(chan error)
		go func() { seen <- look() }()
		if err := <-seen; err != nil {
			t.Error(err)
		}
		yield(Record(3, 1), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := store.Connector(t.Context(), r.PublicID); err != nil || len(c.Versions) != 2 {
		t.Errorf("after the import: %v, %v", c, err)
	}
}

func (s *suite) importRangesOnce(t *testing.T) {
	store := s.store(t)
	ranged := 0
	_, err := store.Import(t.Context(), func(yield func(connector.Record, error) bool) {
		ranged++
		yield(Record(1, 1), nil)
	})
	if err != nil || ranged != 1 {
		t.Errorf("ranged %d times, %v", ranged, err)
	}
}

func (s *suite) testExport(t *testing.T) {
	subtests(t, []subtest{
		{"yields all in order", s.exportInOrder},
		{"yields the connectors asked for", s.exportSome},
		{"imports to the same", s.exportRoundTrip},
		{"is of one moment", s.exportOfOneMoment},
	})
}

func (s *suite) exportInOrder(t *testing.T) {
	var want []connector.Record
	for n := 1; n <= 300; n++ {
		want = append(want, Deleted(Record(n, 1+n%3), 2))
	}
	want[0].Main, want[1].Integrator = nil, want[1].Owner
	shuffled := slices.Concat(want[100:], want[:100])
	store := s.store(t, shuffled...)
	exported(t, want, store.Export(t.Context()))
}

func exported(t *testing.T, want []connector.Record, seq iter.Seq2[connector.Record, error]) {
	t.Helper()
	got, err := collect(seq)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(connector.Version.Equal)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (s *suite) exportSome(t *testing.T) {
	store := s.store(t, Record(1, 1), Record(2, 2), Record(3, 1))
	exported(t, []connector.Record{Record(1, 1), Record(2, 2)},
		store.Export(t.Context(), Record(2, 1).PublicID, Record(1, 1).PublicID, Record(2, 1).PublicID))
}

func (s *suite) exportRoundTrip(t *testing.T) {
	store := s.store(t, append(Samples(), Record(1, 2))...)
	svc := service(t, store)
	mustPut(t, svc, request(t, 1, "2"), 1)
	if _, err := svc.RollbackMigration(t.Context(), request(t, 1, "1")); err != nil {
		t.Fatal(err)
	}
	before, err := collect(store.Export(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	var file []byte
	for _, r := range before {
		file = append(r.AppendJSON(file), '\n')
	}
	records, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Import(t.Context(), each(records...)); err != nil {
		t.Fatal(err)
	}
	exported(t, before, store.Export(t.Context()))
	exported(t, before, s.store(t, records...).Export(t.Context()))
}

// exportOfOneMoment changes the first connector and then the last, again and again, so that at any moment the
// first is as new as the last or one change ahead.
func (s *suite) exportOfOneMoment(t *testing.T) {
	const last = 50
	var records []connector.Record
	for n := 1; n <= last; n++ {
		records = append(records, Record(n, 1))
	}
	store := s.store(t, records...)
	svc := service(t, store)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			_, err := put(t.Context(), svc, request(t, 1, "1"), i)
			if err == nil {
				_, err = put(t.Context(), svc, request(t, last, "1"), i)
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 20 {
		got, err := collect(store.Export(t.Context()))
		if err != nil || len(got) != last {
			t.Fatalf("%d records, %v", len(got), err)
		}
		first, final := patch(got[0]), patch(got[last-1])
		if first != final && first != final+1 {
			t.Errorf("the first connector is as of change %d, the last as of change %d", first, final)
		}
	}
	close(stop)
	<-done
}
