package connector_test

import (
	"context"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
)

// single is a store of one version that writes nothing, so that a benchmark shows the rules alone.
type single struct {
	connector.Store
	v connector.Version
}

func (s single) Change(_ context.Context, e connector.Edit) (connector.Version, error) {
	next, _, err := e.Apply(s.v)
	return next, err
}

func BenchmarkUpdateContainerAPIVersion(b *testing.B) {
	for _, bench := range []struct{ name, constraint string }{{"changed", ">=1.0 <2.0"}, {"unchanged", "^0.20"}} {
		b.Run(bench.name, func(b *testing.B) {
			svc, err := connector.New(single{v: storetest.Samples()[0].Versions[0]}, connector.Options{})
			if err != nil {
				b.Fatal(err)
			}
			image := seedImage
			b.ReportAllocs()
			for b.Loop() {
				want := connector.ContainerAPI{Image: &image, VersionConstraint: bench.constraint}
				if _, err := svc.UpdateContainerAPIVersion(context.Background(), connector.Request{}, want); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRollbackMigration(b *testing.B) {
	svc, err := connector.New(single{v: storetest.Samples()[1].Versions[0]}, connector.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := svc.RollbackMigration(context.Background(), connector.Request{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEventJSON(b *testing.B) {
	e, buf := event(), make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendJSON(buf[:0])
	}
}
