package login

import "context"

// WaitForNobody waits for a browser that never comes back, without a port, and returns how that ends.
func WaitForNobody(ctx context.Context, f *Flow) error {
	_, err := (&callback{flow: f, answer: make(chan answer)}).finish(ctx, nil)
	return err
}
