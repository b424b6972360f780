package connector

import (
	"context"
	"time"

	"github.com/productsupcom/cde/openapi/format"
)

// ContainerAPI is the Container API that a version asks for: the body of the PUT.
type ContainerAPI struct {
	Image             *string // an OCI image reference; nil for the platform's default
	VersionConstraint string  // a Composer version constraint
}

// UpdateContainerAPIVersion sets the Container API that the version asks for, makes its image (or the
// platform's default) the effective one, moves updated-at and the state (see [State]), and returns the
// version. If the configuration is so already, nothing is written and nothing moves.
//
// Errors, in the order of looking: [FieldError], [ErrConnectorNotFound], [ErrAccessDenied],
// [ErrVersionNotFound], [RefusalError] while a job runs, and what a [Store] fails with.
func (s *Service) UpdateContainerAPIVersion(ctx context.Context, r Request, want ContainerAPI) (Version, error) {
	if err := want.validate(); err != nil {
		return Version{}, err
	}
	effective := s.defaultImage
	if want.Image != nil {
		effective = *want.Image
	}
	return s.change(ctx, r, func(d *draft, now time.Time) error {
		if err := d.from.state.refuse(); err != nil {
			return err
		}
		if want.Image == nil {
			d.setNull(fieldImage)
		} else {
			d.setText(fieldImage, *want.Image)
		}
		d.setText(fieldEffectiveImage, effective)
		d.setText(fieldConstraint, want.VersionConstraint)
		if !d.empty() {
			d.setState(reconfigured(d.from.complete))
			d.touch(now)
		}
		return nil
	})
}

// validate returns a [FieldError] that names each field that breaks the format the contract gives it.
func (c ContainerAPI) validate() error {
	var wrong []Field
	if c.Image != nil {
		if err := format.ContainerImage(*c.Image); err != nil {
			wrong = append(wrong, Field{"image", err.Error()})
		}
	}
	if err := format.VersionConstraint(c.VersionConstraint); err != nil {
		wrong = append(wrong, Field{"version-constraint", err.Error()})
	}
	if len(wrong) == 0 {
		return nil
	}
	return &FieldError{wrong}
}
