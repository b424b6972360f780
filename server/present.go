package server

import (
	"net/http"
	"strconv"
	"sync"

	"github.com/productsupcom/cde/server/connector"
)

// success presents a connector version as both operations answer with it. The document goes out as it is kept, so
// that members which the contract does not know are shown, in the documented order.
type success struct {
	version connector.Version
}

const (
	successHead = `{"message":"successful operation","data":`
	successTail = "}"
)

var (
	mediaType = []string{"application/json"}
	noStore   = []string{"no-store"}
	bodies    = sync.Pool{New: func() any { return new([]byte) }}
)

func (s success) write(w http.ResponseWriter) error {
	buffer := bodies.Get().(*[]byte)
	defer bodies.Put(buffer)
	body := append((*buffer)[:0], successHead...)
	body = append(body, s.version.JSON()...)
	body = append(body, successTail...)
	*buffer = body
	header := w.Header()
	header["Content-Type"] = mediaType
	header["Cache-Control"] = noStore
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(body)
	return err
}
