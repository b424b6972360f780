package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/servertest"
)

// TestAmbiguousFraming sends requests that two readers could understand in two ways. Each is refused, and the connection
// closed, so that nothing behind it is taken for a request.
func TestAmbiguousFraming(t *testing.T) {
	s := servertest.New(t)
	token := s.Token("owner")
	head := "PUT " + containerAPI + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token + "\r\n"
	for _, row := range []struct{ name, request string }{
		{"content length and chunks", head + "Content-Length: 2\r\nTransfer-Encoding: xchunked\r\n\r\n{}"},
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

// TestSlowCallersAreGivenUp while others are served.
func TestSlowCallersAreGivenUp(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the server's patience to end")
	}
	t.Parallel()
	s := servertest.New(t)
	head := "PUT " + containerAPI + " HTTP/1.1\r\nHost: x\r\n"
	slow := map[string]net.Conn{}
	for name, begin := range map[string]string{
		"header": head,
		"body":   head + "Content-Type: application/json\r\nAuthorization: Bearer " + s.Token("owner") + "\r\nContent-Length: 100\r\n\r\n{",
	} {
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if _, err := io.WriteString(connection, begin); err != nil {
			t.Fatal(err)
		}
		slow[name] = connection
	}
	exchange{method: "PUT", path: containerAPI, body: goodBody, status: 200}.check(t, s, s.Client(t))
	for name, connection := range slow {
		_ = connection.SetReadDeadline(time.Now().Add(40 * time.Second))
		if _, err := io.ReadAll(connection); err != nil {
			t.Errorf("slow %s: the connection is still open: %v", name, err)
		}
	}
}
