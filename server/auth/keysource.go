package auth

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// keySource keeps the issuer's keys: fetched by one request at a time, no more often than fetchSpacing, never relied on
// beyond maxAge while the issuer answers, nor beyond maxStale while it does not.
type keySource struct {
	issuer   *issuer
	clock    func() time.Time
	logger   *slog.Logger
	maxAge   time.Duration
	maxStale time.Duration

	current atomic.Pointer[keySet]

	mu       sync.Mutex
	running  chan struct{} // closed when the fetch under way ends; nil when none is
	started  time.Time     // of the last fetch
	failed   error         // of the last fetch; nil after a good one
	failures int           // in a row
}

func newKeySource(config Config, issuer *issuer) *keySource {
	return &keySource{issuer: issuer, clock: config.Clock, logger: config.Logger, maxAge: config.MaxAge, maxStale: config.MaxStale}
}

// usable gives the keys to verify with. Up to half of maxAge they are good as they are; then they are fetched
// behind the request; beyond maxAge the request waits for that, unless it was tried and failed.
func (s *keySource) usable(ctx context.Context) (*keySet, *Error) {
	now := s.clock()
	set := s.current.Load()
	age := set.age(now)
	if age <= s.maxAge/2 {
		return set, nil
	}
	running, failed := s.fetch(now)
	if age <= s.maxAge || failed != nil && age <= s.maxStale {
		return set, nil
	}
	if err := wait(ctx, running); err != nil {
		return nil, unavailable("the issuer's keys are not known yet", err, time.Second)
	}
	if set = s.current.Load(); set.age(s.clock()) <= s.maxStale {
		return set, nil
	}
	return nil, s.unavailable("the issuer's keys are not known, or too old to rely on")
}

// newer gives keys fetched after set, for a token that set does not verify, or set again if the issuer must not be asked
// yet. While the issuer cannot be asked nobody can tell whether such a token is good: that is a 503.
func (s *keySource) newer(ctx context.Context, set *keySet) (*keySet, *Error) {
	if current := s.current.Load(); current.generation != set.generation {
		return current, nil
	}
	running, _ := s.fetch(s.clock())
	if err := wait(ctx, running); err != nil {
		return nil, unavailable("the issuer's keys are being fetched", err, time.Second)
	}
	if s.lastFailure() != nil {
		return nil, s.unavailable("the token's key is not known and the issuer cannot be asked")
	}
	return s.current.Load(), nil
}

// fetch starts a fetch of the keys or joins the one under way. It gives nil if the last one is too recent to ask again; and why
// the last finished one failed, if it did.
func (s *keySource) fetch(now time.Time) (running <-chan struct{}, failed error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil && now.Sub(s.started) >= s.spacing() {
		done := make(chan struct{})
		s.running, s.started = done, now
		go s.run(done)
	}
	return s.running, s.failed
}

// spacing is the time between the beginnings of two fetches. Without any keys nobody is served, so that the issuer is
// asked sooner: after 1, 2, 4, 8, 16 and then every 30 seconds.
func (s *keySource) spacing() time.Duration {
	if s.current.Load() != nil || s.failures > 5 {
		return fetchSpacing
	}
	if s.failures == 0 {
		return 0
	}
	return time.Second << (s.failures - 1)
}

// run fetches once. It is bound to no request: many may wait for it, and the first to give up must not end it.
func (s *keySource) run(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*fetchTimeout)
	defer cancel()
	keys, err := s.issuer.keys(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(done)
	s.running, s.failed = nil, err
	if err != nil {
		s.failures++
		s.logger.Warn("the issuer's keys could not be fetched", "issuer", s.issuer.url, "failures", s.failures, "error", err.Error())
		return
	}
	s.failures = 0
	previous := s.current.Load()
	next := &keySet{keys: keys, fetched: s.started}
	switch {
	case previous == nil:
		next.generation = 1
	case previous.same(keys):
		next.generation = previous.generation
	default:
		next.generation = previous.generation + 1
	}
	if previous == nil || next.generation != previous.generation {
		s.logger.Info("the issuer's keys are known", "issuer", s.issuer.url, "keys", len(keys), "generation", next.generation)
	}
	s.current.Store(next)
}

// refresh keeps the keys fresh until ctx ends.
func (s *keySource) refresh(ctx context.Context) {
	for {
		now := s.clock()
		if s.current.Load().age(now) > s.maxAge/2 {
			_, _ = s.fetch(now)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

func (s *keySource) ready(ctx context.Context) error {
	if _, refusal := s.usable(ctx); refusal != nil {
		return refusal
	}
	return nil
}

func (s *keySource) lastFailure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

func (s *keySource) unavailable(reason string) *Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	cause := s.failed
	if cause == nil {
		cause = errors.New("not asked yet")
	}
	return unavailable(reason, cause, (s.spacing() - s.clock().Sub(s.started)).Round(time.Second))
}

// age is endless for a set that does not exist.
func (s *keySet) age(now time.Time) time.Duration {
	if s == nil {
		return 1<<63 - 1
	}
	return now.Sub(s.fetched)
}

func wait(ctx context.Context, done <-chan struct{}) error {
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
