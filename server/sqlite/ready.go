package sqlite

import (
	"context"
	"errors"

	"github.com/productsupcom/cde/server/connector"
)

// Ready is [connector.Store.Ready]: it takes part in a real commit, which writes more than a change does.
func (s *Store) Ready(ctx context.Context) error {
	err := s.queue.Probe(ctx)
	if err == nil || errors.Is(err, connector.ErrUnavailable) {
		return err
	}
	return &connector.UnavailableError{Cause: err}
}
