package tokenstore_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/productsupcom/cde/client/tokenstore"
)

// Where the keyring cannot be used, a file is, and that is said.
func ExampleStore() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store := &tokenstore.Store{
		Service: "my-tool", Dir: dir, Keyring: &ring{err: errors.New("the keyring is locked")},
		Notice: func(text string) { fmt.Println(len(text) > 0) },
	}
	fmt.Println(store.Set("https://cde.productsup.com", "a secret"))
	fmt.Println(store.Get("https://cde.productsup.com"))
	// Output:
	// true
	// file <nil>
	// a secret file <nil>
}
