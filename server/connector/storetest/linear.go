package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/productsupcom/cde/server/connector"
)

// Linearizable changes and reads one version through the stores, which share a database, from many sides at once, and
// fails the test unless all of it can be explained by an order in which each call took effect at
// one moment between its begin and its end. Some callers leave early, so that some outcomes are unknown.
func Linearizable(t *testing.T, stores ...connector.Store) {
	t.Helper()
	const clients, rounds = 8, 25
	r := Record(1, 1)
	Import(t, stores[0], r)
	begin := time.Now()
	var mu sync.Mutex
	var operations []porcupine.Operation
	var clientsDone sync.WaitGroup
	for client := range clients {
		clientsDone.Go(func() {
			store := stores[client%len(stores)]
			do := Through(t, store)
			for round := range rounds {
				op := porcupine.Operation{ClientId: client, Call: int64(time.Since(begin))}
				var known bool
				if (client+round)%2 == 0 {
					op.Input, op.Output, known = write(t, do, r.PublicID, client*rounds+round)
				} else {
					op.Input, op.Output, known = readValue(t, store, r.PublicID)
				}
				op.Return = int64(time.Since(begin))
				if !known {
					op.Return = int64(time.Hour) // it may take effect at any time from now on
				}
				if op.Input != nil {
					mu.Lock()
					operations = append(operations, op)
					mu.Unlock()
				}
			}
		})
	}
	clientsDone.Wait()
	if len(operations) < clients*rounds/2 {
		t.Fatalf("only %d operations to judge", len(operations))
	}
	first := r.Versions[0].ContainerAPI().VersionConstraint
	if result := porcupine.CheckOperationsTimeout(register(first), operations, time.Minute); result != porcupine.Ok {
		t.Errorf("%d operations: %v", len(operations), result)
	}
	t.Logf("linearizable: %d operations by %d clients on %d stores", len(operations), clients, len(stores))
}

// write PUTs value n. It returns no input if nothing was changed.
func write(t *testing.T, do func(context.Context, Attempt) error, id connector.PublicID, n int) (input, output any, known bool) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if n%7 == 0 { // leave early
		ctx, cancel = context.WithTimeout(ctx, time.Duration(n)*20*time.Microsecond)
		defer cancel()
	}
	value := "1.0." + strconv.Itoa(n)
	switch err := do(ctx, Attempt{PublicID: id, Number: 1, RequestID: value, Constraint: value}); {
	case err == nil:
		return value, nil, true
	case errors.Is(err, connector.ErrOutcomeUnknown):
		return value, nil, false
	case ctx.Err() == nil && !errors.Is(err, connector.ErrUnavailable):
		t.Errorf("write %d: %v", n, err)
	}
	return nil, nil, true
}

// reading is the input of a read.
type reading struct{}

func readValue(t *testing.T, store connector.Store, id connector.PublicID) (input, output any, known bool) {
	v, err := store.Version(t.Context(), id, 1)
	if err != nil {
		t.Error(err)
		return nil, nil, true
	}
	return reading{}, v.ContainerAPI().VersionConstraint, true
}

// register is a place for one value, which holds first in the beginning.
func register(first string) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(state, input, output any) (bool, any) {
			if _, read := input.(reading); read {
				return output == state, state
			}
			return true, input
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: func(input, output any) string { return fmt.Sprint(input, output) },
	}
}
