package client_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/productsupcom/cde/client"
)

// TestWiresThatBreak reads each request whole and answers it with some bytes that are no answer, or not all of one. A PUT
// is repeated, a rollback is not, and both end with the doubt that is due.
func TestWiresThatBreak(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	for name, answer := range map[string]string{
		"closed without a word":       "",
		"half a status line":          "HTTP/1.1 20",
		"no HTTP":                     "SSH-2.0-OpenSSH_9.2\r\n",
		"headers that do not end":     head,
		"header without a colon":      "HTTP/1.1 200 OK\r\nContent-Type\r\n\r\n",
		"body shorter than announced": head + "Content-Length: 500\r\n\r\n" + version1,
		"chunks that do not end":      head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"mes\r\n",
		"chunk of no length":          head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
		"two lengths":                 head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
		"headers without measure":     head + "X-Much: " + strings.Repeat("a", 2<<20) + "\r\n\r\n",
	} {
		for method, call := range map[string]struct {
			operation
			attempts int
		}{"PUT": {put, 3}, "POST": {post, 1}} {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				address, requests := answerWith(t, answer)
				clock := new(clock)
				c, err := client.New(client.WithBaseURL("http://"+address),
					client.WithRetry(client.RetryPolicy{MaxAttempts: 3}), clock.option())
				if err != nil {
					t.Fatal(err)
				}
				_, err = call.operation(t.Context(), c)
				var failure *client.Error
				if !errors.As(err, &failure) || kindsOf(err) != unknown || failure.From != client.FromWire || failure.Attempts != call.attempts {
					t.Errorf("%v", err)
				}
				if int(requests.Load()) != call.attempts {
					t.Errorf("%d requests, want %d", requests.Load(), call.attempts)
				}
				if text := err.Error(); len(text) > 2000 {
					t.Errorf("an error of %d bytes", len(text))
				}
			})
		}
	}
}

// answerWith listens for requests, answers each with the same bytes and hangs up.
func answerWith(t *testing.T, answer string) (address string, requests *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	requests = new(atomic.Int32)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, request.Body)
				requests.Add(1)
				_, _ = io.WriteString(conn, answer)
			}()
		}
	}()
	return listener.Addr().String(), requests
}
