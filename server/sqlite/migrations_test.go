package sqlite_test

import (
	"testing"

	"github.com/productsupcom/cde/server/connector/storetest"
)

func TestMigrationsStayAsTheyAre(t *testing.T) {
	storetest.MigrationsStay(t, "migrations", map[string]string{
		"0001_connectors.sql": "1969e5587c4b71ae43e533a8933d56ea8cbb51c52d067f3df2d3b9bc9f1c9b6b",
	})
}
