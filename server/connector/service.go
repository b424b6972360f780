package connector

import (
	"context"
	"fmt"
	"time"

	"github.com/productsupcom/cde/openapi/format"
)

// Service is the operations of the API over a [Store]. It is safe for concurrent use.
type Service struct {
	store        Store
	now          func() time.Time
	defaultImage string
}

// Options are what a [Service] may be told; the zero value is good.
type Options struct {
	Now          func() time.Time // the clock; time.Now if nil
	DefaultImage string           // the platform's Container API image; [DefaultImage] if empty
}

// DefaultImage is the image in effect for a version that sets none, unless the operator names another. It
// is the one that the API's documentation shows in that place.
const DefaultImage = "test.domain.docker/test/container-api-image:1.0.0"

// Request is what every operation needs to know beside its own input.
type Request struct {
	Caller    Caller
	PublicID  PublicID
	Selector  Selector
	Operation string // the operationId, for the history
	RequestID string // for the history
}

// New returns a service over store. It fails if the default image is no image reference.
func New(store Store, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.DefaultImage == "" {
		o.DefaultImage = DefaultImage
	}
	if err := format.ContainerImage(o.DefaultImage); err != nil {
		return nil, fmt.Errorf("connector: the default image %q: %w", o.DefaultImage, err)
	}
	return &Service{store: store, now: o.Now, defaultImage: o.DefaultImage}, nil
}

// change runs one operation as an edit of the store: rule fills the draft, or refuses, or leaves it empty.
func (s *Service) change(ctx context.Context, r Request, rule func(*draft, time.Time) error) (Version, error) {
	o := &operation{request: r, rule: rule, now: s.now}
	return s.store.Change(ctx, Edit{PublicID: r.PublicID, Selector: r.Selector, Admit: o.admit, Apply: o.apply})
}

// operation is one edit that is under way. It holds what applying it needs, to allocate it only once.
type operation struct {
	request Request
	rule    func(*draft, time.Time) error
	now     func() time.Time
	from    Version
	scratch [256]byte
	draft   draft
}

func (o *operation) admit(c Connector) error { return c.MayChange(o.request.Caller) }

func (o *operation) apply(v Version) (Version, *Event, error) {
	now := o.now()
	o.from = v
	o.draft = draft{from: &o.from, buf: o.scratch[:0]}
	if err := o.rule(&o.draft, now); err != nil || o.draft.empty() {
		return v, nil, err
	}
	next, changes, err := o.draft.finish()
	if err != nil {
		return v, nil, err
	}
	return next, &Event{
		Time:      now.UTC().Truncate(time.Microsecond),
		Subject:   o.request.Caller.Subject,
		Operation: o.request.Operation,
		RequestID: o.request.RequestID,
		Changes:   changes,
	}, nil
}
