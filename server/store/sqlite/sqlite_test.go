package sqlite

import (
	"testing"

	"acopio/server/store"
	"acopio/server/store/storetest"
	"acopio/shared/schema"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() (store.Store, error) {
		dir := t.TempDir()
		return func() (store.Store, error) { return Open(dir, schema.Registry()) }
	})
}
