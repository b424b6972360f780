package gateway_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/gateway"
)

// BenchmarkGateway forwards a rollback whose answer has 4 KB, over loopback, with and without the answer checked. The upstream and the
// client take part of the time; the table of `make bench` counts the gateway's process alone.
func BenchmarkGateway(b *testing.B) {
	answer := goodAnswer(b)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = io.WriteString(w, answer)
	}))
	defer upstream.Close()
	for _, mode := range []gateway.Mode{gateway.Off, gateway.Block} {
		b.Run("answers="+string(mode), func(b *testing.B) {
			g := guard(b, upstream.URL, answers(mode), func(c *gateway.Config) { c.Logger = slog.New(slog.DiscardHandler) })
			r := httptest.NewRequest("POST", rollback, strings.NewReader(""))
			r.Header.Set("Authorization", "Bearer a.b.c")
			r.ContentLength, r.Body = 0, http.NoBody
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				if g.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}
