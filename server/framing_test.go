package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/servertest"
)

// TestAmbiguousFraming sends requests that two readers could understand in two ways. Each is refused, and the connection
// closed, so that nothing behind it is taken for a request.
func TestAmbiguousFraming(t *testing.T) {
	s := servertest.New(t)
	token := s.Token("owner")
	head := "PUT " + containerAPI + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token + "\r\n"
	chunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(goodBody), goodBody)
	for _, row := range []struct{ name, request string }{
		{"content length and chunks", head + "Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks},
		{"chunks and content length", head + "Transfer-Encoding: chunked\r\nContent-Length: 40\r\n\r\n" + chunks},
		{"small letters, bare line feeds", head + "transfer-encoding:chunked\ncontent-length:40\n\n" + chunks},
		{"chunks in HTTP/1.0", strings.Replace(head, "HTTP/1.1", "HTTP/1.0", 1) + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks},
		{"folded content length", head + "Content-Length:\r\n 40\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks},
		{"folded content length alone", head + "Content-Length:\r\n 2\r\n\r\n{}"},
		{"differing content lengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "},
		{"signed content length", head + "Content-Length: +30\r\n\r\n" + strings.Repeat(" ", 30)},
		{"unknown transfer encoding", head + "Transfer-Encoding: xchunked\r\n\r\n{}"},
		{"space before colon", head + "Content-Length : 2\r\n\r\n{}"},
		{"two hosts", head + "Host: y\r\nContent-Length: 2\r\n\r\n{}"},
		{"bare carriage return", head + "X-A: b\rc\r\nContent-Length: 2\r\n\r\n{}"},
		{"NUL in a header", head + "X-A: b\x00c\r\nContent-Length: 2\r\n\r\n{}"},
		{"header over the limit", head + "X-A: " + strings.Repeat("a", 80<<10) + "\r\n\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			response, rest := exchangeRaw(t, s, row.request)
			switch response.StatusCode {
			case http.StatusBadRequest, http.StatusNotImplemented, http.StatusRequestHeaderFieldsTooLarge:
			default:
				t.Errorf("status %d", response.StatusCode)
			}
			if len(rest) > 0 {
				t.Errorf("the connection went on: %q", rest)
			}
		})
	}
}

// TestAmbiguousFramingBehindOthers: requests before are answered, however the bytes are cut; the ambiguous one and all
// behind it are not.
func TestAmbiguousFramingBehindOthers(t *testing.T) {
	s := servertest.New(t)
	authorized := "Host: x\r\nAuthorization: Bearer " + s.Token("owner") + "\r\n"
	put := "PUT " + containerAPI + " HTTP/1.1\r\nContent-Type: application/json\r\n" + authorized
	good := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", put, len(goodBody), goodBody)
	chunked := fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(goodBody), goodBody)
	bodyLikeAHead := "PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
	for _, row := range []struct {
		name, requests string
		want           []int
	}{
		{"pipelined", good + "POST " + rollback + " HTTP/1.1\r\n" + authorized + "\r\n" + good + put + "Content-Length: 1\r\n" + chunked + good, []int{200, 200, 200, 400}},
		{"a body that looks like a head", fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", put, len(bodyLikeAHead), bodyLikeAHead) + good + put + "Connection: close\r\nContent-Length: 0\r\n\r\n", []int{400, 200, 400}},
		{"behind chunks", good + put + chunked + good, []int{200, 200}},
		{"behind chunks that net/http would answer itself", "OPTIONS * HTTP/1.1\r\n" + authorized + chunked + good, []int{404}},
	} {
		for _, size := range []int{1 << 20, 1, 7, 100} {
			t.Run(fmt.Sprintf("%s/%d bytes at once", row.name, size), func(t *testing.T) {
				if got := statuses(t, s, row.requests, size); !slices.Equal(got, row.want) {
					t.Errorf("statuses %v, want %v", got, row.want)
				}
			})
		}
	}
}

// statuses writes bytes to a connection, so many at once, and returns the statuses of all answers until it is closed.
func statuses(t *testing.T, s *servertest.Server, requests string, size int) []int {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() {
		for part := range slices.Chunk([]byte(requests), size) {
			if _, err := connection.Write(part); err != nil {
				return // the server has closed the connection
			}
		}
	}()
	var got []int
	for reader := bufio.NewReader(connection); ; {
		response, err := http.ReadResponse(reader, nil)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("the connection is still open after %v", got)
		}
		if err != nil {
			return got
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		got = append(got, response.StatusCode)
	}
}

// TestChunkedBodyOverTheLimit: a body without a length is counted as it comes.
func TestChunkedBodyOverTheLimit(t *testing.T) {
	s := servertest.New(t)
	var request strings.Builder
	fmt.Fprintf(&request, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n", containerAPI, s.Token("owner"))
	for range 20 {
		fmt.Fprintf(&request, "2000\r\n%s\r\n", strings.Repeat(" ", 0x2000))
	}
	request.WriteString("0\r\n\r\n")
	if response, _ := exchangeRaw(t, s, request.String()); response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", response.StatusCode)
	}
}

// exchangeRaw writes bytes to a connection and returns the answer, and what came behind it before the connection closed.
func exchangeRaw(t *testing.T, s *servertest.Server, request string) (*http.Response, []byte) {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(connection, request) }() // the server may answer and close before all is written
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	rest, _ := io.ReadAll(reader)
	return response, rest
}

// TestSlowCallersAreGivenUp while others are served. Who sends a body too slowly gets the documented answer.
func TestSlowCallersAreGivenUp(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the server's patience to end")
	}
	t.Parallel()
	s := servertest.New(t)
	client := s.Client(t)
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "PUT "+containerAPI+" HTTP/1.1\r\nHost: x\r\n"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	var slow sync.WaitGroup
	for _, e := range []exchange{{method: "PUT", path: containerAPI}, {method: "POST", path: rollback}} {
		slow.Go(func() { tooSlow(ctx, t, s, client, e) })
	}
	exchange{method: "PUT", path: containerAPI, body: goodBody, status: 200}.check(t, s, client)
	slow.Wait()
	_ = connection.SetReadDeadline(time.Now().Add(40 * time.Second))
	if _, err := io.ReadAll(connection); err != nil {
		t.Errorf("slow header: the connection is still open: %v", err)
	}
}

// tooSlow begins a chunked body and waits for the answer.
func tooSlow(ctx context.Context, t *testing.T, s *servertest.Server, client *http.Client, e exchange) {
	body, begin := io.Pipe()
	defer begin.Close()
	go func() { _, _ = io.WriteString(begin, " ") }()
	request, err := http.NewRequestWithContext(ctx, e.method, s.URL+e.path, body)
	if err != nil {
		t.Error(err)
		return
	}
	request.Header = http.Header{"Authorization": {"Bearer " + s.Token("owner")}, "Content-Type": {"application/json"}}
	response, err := client.Do(request)
	if err != nil {
		t.Errorf("%s: %v", e.method, err)
		return
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusRequestTimeout || string(answer) != `{"message":"Request Timeout"}` || !response.Close {
		t.Errorf("%s: status %d: %s", e.method, response.StatusCode, answer)
	}
}

// TestFramingBehindTLS: what is refused in the clear is refused there, and handlers still see that the connection is secure.
func TestFramingBehindTLS(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	secure := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.TLS != nil && r.TLS.HandshakeComplete) })
	go func() { done <- server.Serve(ctx, listener, secure, slog.New(slog.DiscardHandler), func() {}) }()
	response, err := certified.Client().Get("https://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if string(body) != "true" {
		t.Errorf("secure: %s", body)
	}
	roots := certified.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	connection, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(connection)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Errorf("%q, %v", answer, err)
	}
	certified.CloseClientConnections()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// BenchmarkFraming compares what a head costs net/http with what it costs to read along.
func BenchmarkFraming(b *testing.B) {
	request := []byte("PUT " + containerAPI + " HTTP/1.1\r\nHost: cde.example.com\r\nUser-Agent: cde/1.0.0\r\nContent-Length: " + fmt.Sprint(len(goodBody)) +
		"\r\nAuthorization: Bearer " + strings.Repeat("x", 700) + "\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n" + goodBody)
	b.Run("net/http", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request))); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("along", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !server.Follow(request) {
				b.Fatal("refused")
			}
		}
	})
}
