package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
)

func init() { operations = append(operations, setContainerAPI) }

// setContainerAPI is the command of updateContainerApiVersion.
func setContainerAPI() operation {
	var update api.ContainerAPIUpdate
	return operation{
		id:         "updateContainerApiVersion",
		group:      "container-api",
		groupShort: "The Container API that runs beside a connector",
		use:        "set",
		short:      "Set image and version range of the Container API",
		long: `Set the Container API that runs beside a connector version: its version range and, where the platform's default is
not wanted, its image. The whole setting is replaced: without --image the default image runs.

The version range is written as Composer does: "^0.20" is at least 0.20.0 and less than 0.21.0, "^1.2" less than 2.0.0,
"~1.2.3" less than 1.3.0; "1.2.*", ">=1.0 <2.0", "^1 || ^2" and "1.0 - 2.0" are understood too. Quote it: shells give
meaning to ^, *, < and |.

Setting what is set already changes nothing and succeeds.`,
		example: `  cde container-api set 497f6eca-6276-4993-bfeb-53cbbbba6f08 1 --version-constraint "^0.20"
  cde container-api set 497f6eca-6276-4993-bfeb-53cbbbba6f08 latest --version-constraint "^0.20" \
      --image test.domain.docker/test/container-api-image:1.0.0 --dry-run`,
		done: "Container API set",
		flags: func(set *pflag.FlagSet) {
			set.StringVar(&update.VersionConstraint, "version-constraint", "", "version `range` of the Container API, such as \"^0.20\" (required)")
			set.Var(optional{&update.Image}, "image", "OCI image `reference` (default: the platform's image)")
		},
		required: []string{"version-constraint"},
		call: func(ctx context.Context, cde *client.Client, to target, options ...client.CallOption) (*api.ConnectorVersion, error) {
			return cde.UpdateContainerAPIVersion(ctx, to.publicID, to.version, update, options...)
		},
	}
}
