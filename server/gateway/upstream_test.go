package gateway_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crypto/tls"

	"github.com/productsupcom/cde/server/gateway"
)

// scripted is an upstream that speaks bytes: talk is called for every request on a connection, with how many requests it has
// carried before; the connection is closed when talk says so.
type scripted struct {
	url   string
	count atomic.Int64
}

func script(t testing.TB, talk func(connection net.Conn, r *http.Request, before int) (stay bool)) *scripted {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{url: "http://" + listener.Addr().String()}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer connection.Close()
				reader := bufio.NewReader(connection)
				for before := 0; ; before++ {
					_ = connection.SetDeadline(time.Now().Add(20 * time.Second))
					r, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					s.count.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
					if !talk(connection, r, before) {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { listener.Close(); serving.Wait() })
	return s
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

func say(text string) func(net.Conn, *http.Request, int) bool {
	return func(connection net.Conn, _ *http.Request, _ int) bool {
		_, _ = io.WriteString(connection, text)
		return false
	}
}

// TestBrokenUpstream: whatever the upstream does, the caller gets JSON with 502 or 504 and the operator the cause.
func TestBrokenUpstream(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	silent := func(connection net.Conn, _ *http.Request, _ int) bool {
		_, _ = connection.Read(make([]byte, 1)) // until the gateway gives up
		return false
	}
	half := func(connection net.Conn, r *http.Request, before int) bool {
		_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
		return silent(connection, r, before)
	}
	for _, row := range []struct {
		name   string
		talk   func(net.Conn, *http.Request, int) bool
		status int
		reason string
	}{
		{"down", nil, 502, "upstream-unreachable"},
		{"closes without an answer", say(""), 502, "upstream-broken"},
		{"half a status line", say("HTTP/1.1 20"), 502, "upstream-protocol"},
		{"half a head", say("HTTP/1.1 200 OK\r\nContent-Le"), 502, "upstream-protocol"},
		{"half a body", say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), 502, "upstream-broken"},
		{"not HTTP", say("220 mail.example ESMTP\r\n\r\n"), 502, "upstream-protocol"},
		{"two lengths", say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"), 502, "upstream-protocol"},
		{"unknown encoding", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 502, "upstream-protocol"},
		{"status 99", say("HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n"), 502, "upstream-protocol"},
		{"status 600", say("HTTP/1.1 600 No\r\nContent-Length: 0\r\n\r\n"), 502, "upstream-protocol"},
		{"switches protocols unasked", say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), 502, "upstream-protocol"},
		{"only interim answers", say(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100)), 502, "upstream-protocol"},
		{"a head without end", say("HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("a", 1<<20)), 502, "upstream-protocol"},
		{"silent", silent, 504, "upstream-timeout"},
		{"silent after half a body", half, 504, "upstream-timeout"},
	} {
		t.Run(row.name, func(t *testing.T) {
			address := "http://" + closed.Addr().String()
			if row.talk != nil {
				address = script(t, row.talk).url
			}
			g := guard(t, address, func(c *gateway.Config) {
				if row.status == 504 {
					c.UpstreamTimeout = 100 * time.Millisecond
				}
			})
			response, body := send(t, request(t, "PUT", g.url+containerAPI, goodBody))
			if want := fmt.Sprintf(`{"message":%q}`, http.StatusText(row.status)); response.StatusCode != row.status || body != want {
				t.Errorf("got %d %s", response.StatusCode, body)
			}
			if n := g.refusals(t, "updateContainerApiVersion", row.reason, "block"); n != 1 {
				t.Errorf("%v counted as %s: %s", n, row.reason, g.log)
			}
			if !strings.Contains(g.log.String(), `"cause":`) || !strings.Contains(g.log.String(), `"level":"ERROR"`) {
				t.Errorf("log: %s", g.log)
			}
		})
	}
}

// TestNothingIsSentTwice: a kept connection that the upstream closes while it reads the next request costs a 502, for
// every method that may change something and whatever headers ask for a retry. A GET is asked again.
func TestNothingIsSentTwice(t *testing.T) {
	spec := contract(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{` +
		`"get":{"responses":{"200":{"description":"ok"}}},"post":{"responses":{"200":{"description":"ok"}}},"delete":{"responses":{"200":{"description":"ok"}}},` +
		`"put":{"requestBody":{"content":{"application/json":{}}},"responses":{"200":{"description":"ok"}}},"patch":{"requestBody":{"content":{"application/json":{}}},"responses":{"200":{"description":"ok"}}}}}}`)
	for method, sent := range map[string]int64{"GET": 3, "HEAD": 3, "POST": 2, "PUT": 2, "PATCH": 2, "DELETE": 2} {
		t.Run(method, func(t *testing.T) {
			upstream := script(t, func(connection net.Conn, r *http.Request, before int) bool {
				if before > 0 {
					return false // the second request on a connection is read and never answered
				}
				_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				return true
			})
			g := guard(t, upstream.url, spec)
			body := ""
			if method == "PUT" || method == "PATCH" {
				body = "{}"
			}
			headers := []string{"Idempotency-Key", "k", "X-Idempotency-Key", "k"}
			if response, text := send(t, request(t, method, g.url+"/a", body, headers...)); response.StatusCode != 200 {
				t.Fatal(response.Status, text)
			}
			response, text := send(t, request(t, method, g.url+"/a", body, headers...))
			if want := map[bool]int{true: 200, false: 502}[sent == 3]; response.StatusCode != want {
				t.Errorf("status %d %s", response.StatusCode, text)
			}
			if n := upstream.count.Load(); n != sent {
				t.Errorf("%d requests were sent, want %d", n, sent)
			}
		})
	}
}

// TestClosedIdleConnection: a connection that the upstream closed while it was idle is found out before it is used, so that even a
// POST gets its answer.
func TestClosedIdleConnection(t *testing.T) {
	gone := make(chan struct{}, 100)
	upstream := script(t, func(connection net.Conn, _ *http.Request, _ int) bool {
		_, _ = io.WriteString(connection, okAnswer)
		_ = connection.Close()
		gone <- struct{}{}
		return false
	})
	g := guard(t, upstream.url)
	for range 20 {
		if response, body := send(t, request(t, "POST", g.url+rollback, "")); response.StatusCode != 200 {
			t.Fatal(response.StatusCode, body)
		}
		<-gone
	}
	g.noRefusals(t)
}

// TestUnaskedAnswer: bytes behind an answer belong to no request: not to the next one either.
func TestUnaskedAnswer(t *testing.T) {
	upstream := script(t, func(connection net.Conn, r *http.Request, _ int) bool {
		_, _ = io.WriteString(connection, okAnswer+"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned")
		return true
	})
	g := guard(t, upstream.url)
	for range 20 {
		if response, body := send(t, request(t, "POST", g.url+rollback, "")); response.StatusCode != 200 || body != "{}" {
			t.Fatalf("got %d %q", response.StatusCode, body)
		}
	}
}

// TestKeepsConnections: as long as nothing is wrong, one connection serves one caller.
func TestKeepsConnections(t *testing.T) {
	var connections atomic.Int64
	upstream := script(t, func(connection net.Conn, _ *http.Request, before int) bool {
		if before == 0 {
			connections.Add(1)
		}
		_, _ = io.WriteString(connection, okAnswer)
		return true
	})
	g := guard(t, upstream.url)
	for range 20 {
		send(t, request(t, "PUT", g.url+containerAPI, goodBody))
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	g.Close()
	send(t, request(t, "PUT", g.url+containerAPI, goodBody))
	if n := connections.Load(); n != 2 {
		t.Errorf("%d connections after Close", n)
	}
}

const anything = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"get","responses":{"default":{"description":"any"}}},` +
	`"post":{"operationId":"post","requestBody":{"content":{"application/json":{}}},"responses":{"default":{"description":"any"}}}}}}`

// TestAnswersPass: what an upstream may answer reaches the caller as it is.
func TestAnswersPass(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 20_000)
	for _, row := range []struct {
		name   string
		method string
		talk   string
		status int
		body   string
		header map[string]string
	}{
		{"redirects are not followed", "GET", "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n", 307, "", map[string]string{"Location": "http://127.0.0.1:1/x"}},
		{"no content", "GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", nil},
		{"not modified", "GET", "HTTP/1.1 304 Not Modified\r\nEtag: \"x\"\r\nContent-Length: 5\r\n\r\n", 304, "", map[string]string{"Etag": `"x"`}},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nContent-Type: a/b\r\n\r\n", 200, "", map[string]string{"Content-Length": "12345"}},
		{"an error", "GET", "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\nContent-Type: text/html\r\n\r\nOops", 500, "Oops", map[string]string{"Content-Type": "text/html"}},
		{"no media type is made up", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", 200, "<html>", map[string]string{"Content-Type": ""}},
		{"chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 200, "hello world", nil},
		{"until the end", "GET", "HTTP/1.0 200 OK\r\n\r\nhello", 200, "hello", nil},
		{"large", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 320000\r\n\r\n" + large, 200, large, map[string]string{"Content-Length": "320000"}},
		{"hop-by-hop headers stay", "GET", "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: x\r\nX-End: 2\r\nContent-Length: 2\r\n\r\nok", 200, "ok", map[string]string{"X-Hop": "", "Keep-Alive": "", "X-End": "2"}},
		{"interim answers", "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", map[string]string{"Link": ""}},
		{"an answer before the request was read", "POST", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := guard(t, script(t, say(row.talk)).url, contract(anything), answers(gateway.Off))
			body := ""
			if row.method == "POST" {
				body = "{}"
			}
			r := request(t, row.method, g.url+"/a", body)
			hints := 0
			r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
				if code == 103 && header.Get("Link") == "</x>" {
					hints++
				}
				return nil
			}}))
			response, text := send(t, r)
			if response.StatusCode != row.status || text != row.body {
				t.Errorf("got %d, %d bytes, want %d, %d bytes", response.StatusCode, len(text), row.status, len(row.body))
			}
			for name, want := range row.header {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			if strings.Contains(row.talk, " 103 ") != (hints == 1) {
				t.Errorf("%d hints", hints)
			}
			g.noRefusals(t)
		})
	}
}

// TestTrailers pass, announced or not, in short answers and in long ones.
func TestTrailers(t *testing.T) {
	for name, size := range map[string]int{"short": 5, "long": 200 << 10} {
		t.Run(name, func(t *testing.T) {
			upstream := record(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Trailer", "X-Announced")
				_, _ = io.WriteString(w, strings.Repeat("a", size))
				w.(http.Flusher).Flush()
				w.Header().Set("X-Announced", "1")
				w.Header().Set(http.TrailerPrefix+"X-Sudden", "2")
			})
			g := guard(t, upstream.URL, contract(anything))
			response, body := send(t, request(t, "GET", g.url+"/a", "", "Te", "trailers"))
			if len(body) != size || response.Trailer.Get("X-Announced") != "1" || response.Trailer.Get("X-Sudden") != "2" {
				t.Errorf("%d bytes, trailers %v", len(body), response.Trailer)
			}
		})
	}
}

// TestAnswersStream: an answer of unknown length is passed on as it comes.
func TestAnswersStream(t *testing.T) {
	for _, mode := range []gateway.Mode{gateway.Off, gateway.Report, gateway.Block} {
		next := make(chan string)
		upstream := record(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for text := range next {
				_, _ = io.WriteString(w, text)
				w.(http.Flusher).Flush()
			}
		})
		spec := strings.Replace(anything, `{"default":{"description":"any"}}`, `{"200":{"description":"any","content":{"text/event-stream":{}}}}`, 1)
		g := guard(t, upstream.URL, contract(spec), answers(mode))
		go func() { next <- "data: 0\n\n" }()
		response, err := direct.Do(request(t, "GET", g.url+"/a", ""))
		if err != nil {
			t.Fatal(err)
		}
		reader := bufio.NewReader(response.Body)
		for i := range 5 {
			line, err := reader.ReadString('\n')
			if err != nil || line != fmt.Sprintf("data: %d\n", i) {
				t.Fatalf("%s: %q, %v", mode, line, err)
			}
			_, _ = reader.ReadString('\n')
			next <- fmt.Sprintf("data: %d\n\n", i+1) // after the former was read
		}
		close(next)
		if rest, err := io.ReadAll(reader); err != nil || string(rest) != "data: 5\n\n" {
			t.Errorf("%s: %q, %v", mode, rest, err)
		}
		response.Body.Close()
		g.noRefusals(t)
	}
}

// TestAnswerBreaksOff: the caller of a long answer that ends too early gets no good end either.
func TestAnswerBreaksOff(t *testing.T) {
	for name, head := range map[string]string{"known length": "Content-Length: 1000000\r\n\r\n", "chunks": "Transfer-Encoding: chunked\r\n\r\nfffff\r\n"} {
		t.Run(name, func(t *testing.T) {
			g := guard(t, script(t, say("HTTP/1.1 200 OK\r\n"+head+strings.Repeat("a", 100_000))).url, contract(anything))
			response, err := direct.Do(request(t, "GET", g.url+"/a", ""))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if n, err := io.Copy(io.Discard, response.Body); err == nil {
				t.Errorf("%d bytes came to a good end", n)
			}
			if n := g.refusals(t, "get", "upstream-broken", "block"); n != 1 {
				t.Errorf("%v counted: %s", n, g.log)
			}
		})
	}
}

// TestCallerLeaves: the upstream's connection is given up with the caller.
func TestCallerLeaves(t *testing.T) {
	arrived, left := make(chan struct{}), make(chan error, 1)
	upstream := script(t, func(connection net.Conn, _ *http.Request, _ int) bool {
		close(arrived)
		_, err := connection.Read(make([]byte, 1))
		left <- err
		return false
	})
	g := guard(t, upstream.url)
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-arrived; leave() }()
	if _, err := direct.Do(request(t, "PUT", g.url+containerAPI, goodBody).WithContext(ctx)); err == nil {
		t.Fatal("an answer")
	}
	select {
	case err := <-left:
		if err == nil {
			t.Error("the upstream was told something")
		}
	case <-time.After(10 * time.Second):
		t.Error("the upstream still has its caller")
	}
	for range 500 {
		if g.refusals(t, "updateContainerApiVersion", "caller-gone", "block") == 1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("not counted")
}

// TestSecureUpstream is spoken to in TLS, its certificate verified.
func TestSecureUpstream(t *testing.T) {
	upstream := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto+" "+r.Method)
	}))
	defer upstream.Close()
	roots := x509.NewCertPool()
	roots.AddCert(upstream.Certificate())
	g := guard(t, upstream.URL, func(c *gateway.Config) { c.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12} })
	for range 3 {
		if response, body := send(t, request(t, "PUT", g.url+containerAPI, goodBody)); response.StatusCode != 200 || body != "HTTP/1.1 PUT" {
			t.Errorf("%d %s", response.StatusCode, body)
		}
	}
	untrusting := guard(t, upstream.URL)
	if response, body := send(t, request(t, "PUT", untrusting.url+containerAPI, goodBody)); response.StatusCode != 502 || body != `{"message":"Bad Gateway"}` {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if n := untrusting.refusals(t, "updateContainerApiVersion", "upstream-unreachable", "block"); n != 1 {
		t.Errorf("%v counted: %s", n, untrusting.log)
	}
}
