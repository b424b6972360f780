// Package client is the SDK of the CDE API: one method for each operation, typed results, errors that say who spoke,
// and retries that never make a change twice.
//
//	cde, err := client.New(client.WithToken(token))
//	version, err := cde.UpdateContainerAPIVersion(ctx, connectorID, client.Latest,
//		api.ContainerAPIUpdate{VersionConstraint: "^0.20"})
package client
