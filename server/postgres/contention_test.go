package postgres_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// TestTransactionsAreTriedAgain when the server ends them for another's sake, a few times, and then they are unavailable.
func TestTransactionsAreTriedAgain(t *testing.T) {
	for _, row := range []struct {
		code         string
		times, tries int
		refused      bool
	}{
		{"40001", 4, 5, false}, {"40P01", 4, 5, false},
		{"40001", 1000, 5, true}, {"40P01", 1000, 5, true},
		{"53100", 1, 1, true}, // disk full: to try again at once is no use
	} {
		t.Run(fmt.Sprint(row.code, " ", row.times), func(t *testing.T) {
			address := postgrestest.Address(t)
			s := open(t, address, postgres.Options{})
			storetest.Import(t, s, storetest.Apart)
			// What nextval counts is not rolled back.
			postgrestest.Exec(t, address, "CREATE SEQUENCE tries", fmt.Sprintf(`CREATE FUNCTION contend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				IF nextval('tries') <= %d THEN RAISE 'in the way' USING ERRCODE = '%s'; END IF; RETURN NEW; END $$`, row.times, row.code),
				"CREATE TRIGGER contend BEFORE UPDATE ON version FOR EACH ROW EXECUTE FUNCTION contend()")
			err := try(t, s, 1)
			var unavailable *connector.UnavailableError
			switch {
			case !row.refused && err != nil:
				t.Error(err)
			case row.refused && (!errors.As(err, &unavailable) || unavailable.RetryAfter <= 0 || errors.Is(err, connector.ErrOutcomeUnknown)):
				t.Errorf("got %v, want it unavailable for a while", err)
			}
			if got := postgrestest.Query(t, address, "SELECT last_value FROM tries"); got != fmt.Sprint(row.tries) {
				t.Errorf("tried %s times, want %d", got, row.tries)
			}
			want := "1"
			if row.refused {
				want = "0"
			}
			if got := postgrestest.Query(t, address, "SELECT count(*) FROM event"); got != want {
				t.Errorf("%s events, want %s", got, want)
			}
		})
	}
}

// TestLockedVersion makes a change wait for somebody else's transaction, but not for ever.
func TestLockedVersion(t *testing.T) {
	address := postgrestest.Address(t)
	s := open(t, address, impatient)
	storetest.Import(t, s, storetest.Apart)
	other, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close(t.Context()) }()
	if _, err := other.Exec(t.Context(), "BEGIN; SELECT FROM version FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	if err := try(t, s, 1); !errors.Is(err, connector.ErrUnavailable) || errors.Is(err, connector.ErrOutcomeUnknown) {
		t.Errorf("locked: %v", err)
	}
	if _, err := s.Version(t.Context(), storetest.Apart.PublicID, 1); err != nil {
		t.Errorf("locked, but it cannot be read: %v", err)
	}
	if _, err := other.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := try(t, s, 2); err != nil {
		t.Errorf("free again: %v", err)
	}
}
