package postgres_test

import (
	"testing"

	"github.com/productsupcom/cde/server/connector/storetest"
)

func TestMigrationsStayAsTheyAre(t *testing.T) {
	storetest.MigrationsStay(t, "migrations", map[string]string{
		"0001_connectors.sql": "c48fdb63cc6e60edf07d4b08a3d52d429a7c95a8162b8bbdc6361d0f31566a3b",
	})
}
