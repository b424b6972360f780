package storetest_test

import (
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) connector.Store { return storetest.NewMemory() })
}
