package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/gateway"
)

// fault is what a wire does to a connection.
type fault struct {
	refuse bool          // closes it at once
	delay  time.Duration // before each piece
	piece  int           // bytes at a time; 0: as they come
	cut    int           // after so many bytes of answers, the connection is reset; 0: never
	lose   bool          // answers are swallowed
}

// wire is a TCP proxy between the gateway and its upstream, whose faults may be changed at any time; each connection keeps the
// fault that it began with.
type wire struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	next     func() fault
	carried  atomic.Int64
	open     sync.WaitGroup
}

func newWire(t testing.TB, target string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, target: strings.TrimPrefix(target, "http://"), next: func() fault { return fault{} }}
	w.open.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			w.open.Go(func() { w.carry(connection.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() { listener.Close(); w.open.Wait() })
	return w
}

func (w *wire) url() string { return "http://" + w.listener.Addr().String() }

func (w *wire) set(next func() fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = next
}

func (w *wire) carry(connection *net.TCPConn) {
	defer connection.Close()
	w.mu.Lock()
	f := w.next()
	w.mu.Unlock()
	w.carried.Add(1)
	if f.refuse {
		_ = connection.SetLinger(0)
		return
	}
	upstream, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	defer upstream.Close()
	w.open.Go(func() { _, _ = io.Copy(upstream, connection); upstream.Close() })
	sent, buf := 0, make([]byte, 4096)
	for {
		n, err := upstream.Read(buf)
		if f.lose {
			n = 0
		}
		for rest := buf[:n]; len(rest) > 0; {
			piece := rest
			if f.piece > 0 {
				piece = rest[:min(f.piece, len(rest))]
			}
			if f.cut > 0 && sent+len(piece) >= f.cut {
				_, _ = connection.Write(piece[:f.cut-sent])
				_ = connection.SetLinger(0)
				return
			}
			time.Sleep(f.delay)
			if _, err := connection.Write(piece); err != nil {
				return
			}
			sent, rest = sent+len(piece), rest[len(piece):]
		}
		if err != nil {
			return
		}
	}
}

// TestFaultsOnTheWire: many callers, a wire that breaks in every way. Each caller gets the whole answer or an honest failure, nobody gets
// somebody else's, and no rollback reaches the upstream twice.
func TestFaultsOnTheWire(t *testing.T) {
	const callers, each = 8, 40
	var mu sync.Mutex
	arrived := map[string]int{}
	filler := strings.Repeat("x", 3000)
	upstream := record(t, func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		mu.Lock()
		arrived[id]++
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"message":%q,"filler":%q}`, id, filler)
	})
	line := newWire(t, upstream.URL)
	faults := []fault{{cut: 9000}, {cut: 20_000}, {refuse: true}, {delay: 5 * time.Millisecond}, {piece: 100}, {piece: 500, delay: time.Millisecond}, {cut: 1}, {cut: 60}, {cut: 1000}, {cut: 4000}, {cut: 10_000}, {lose: true}}
	dice := rand.New(rand.NewPCG(1, 2))
	line.set(func() fault { return faults[dice.IntN(len(faults))] })
	g := guard(t, line.url(), func(c *gateway.Config) { c.UpstreamTimeout = 300 * time.Millisecond })
	outcomes := map[int]int{}
	var calling sync.WaitGroup
	for caller := range callers {
		calling.Go(func() {
			for i := range each {
				id := fmt.Sprintf("%d-%d", caller, i)
				response, body, err := try(request(t, "POST", g.url+rollback, "", "X-Request-Id", id, "Idempotency-Key", id))
				if err != nil { // the answer had begun
					response = &http.Response{StatusCode: 0}
				}
				switch want := fmt.Sprintf(`{"message":%q,"filler":%q}`, id, filler); {
				case response.StatusCode == 200 && body == want:
				case err != nil:
				case response.StatusCode == 502 && body == `{"message":"Bad Gateway"}`, response.StatusCode == 504 && body == `{"message":"Gateway Timeout"}`:
				default:
					t.Errorf("%s: %d %.80s", id, response.StatusCode, body)
				}
				mu.Lock()
				outcomes[response.StatusCode]++
				mu.Unlock()
			}
		})
	}
	calling.Wait()
	for id, n := range arrived {
		if n > 1 {
			t.Errorf("%s reached the upstream %d times", id, n)
		}
	}
	if outcomes[200] < callers*each/4 || outcomes[0]+outcomes[502]+outcomes[504] < 15 || line.carried.Load() < 20 {
		t.Errorf("%v on %d connections: too little happened", outcomes, line.carried.Load())
	}
	t.Logf("%v on %d connections", outcomes, line.carried.Load())

	line.set(func() fault { return fault{} })
	g.Close()
	for range 20 {
		if response, body := send(t, request(t, "POST", g.url+rollback, "")); response.StatusCode != 200 {
			t.Errorf("when all is well again: %d %s", response.StatusCode, body)
		}
	}
}

// try sends a request and returns its whole answer, or why there is none.
func try(r *http.Request) (*http.Response, string, error) {
	response, err := direct.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

// TestSlowUpstreamHoldsNobodyElse: while some callers wait for an upstream that is silent, others are served.
func TestSlowUpstreamHoldsNobodyElse(t *testing.T) {
	hold := make(chan struct{})
	upstream := record(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Hold") != "" {
			<-hold
		}
		_, _ = io.WriteString(w, "{}")
	})
	g := guard(t, upstream.URL)
	var held sync.WaitGroup
	for range 30 {
		held.Go(func() {
			if response, body := send(t, request(t, "PUT", g.url+containerAPI, goodBody, "X-Hold", "1")); response.StatusCode != 200 {
				t.Error(response.Status, body)
			}
		})
	}
	for range 30 {
		if response, body := send(t, request(t, "PUT", g.url+containerAPI, goodBody)); response.StatusCode != 200 {
			t.Error(response.Status, body)
		}
	}
	close(hold)
	held.Wait()
}

// TestLargeBodies pass both ways at once in pieces, unharmed.
func TestLargeBodies(t *testing.T) {
	upstream := record(t, nil)
	upstream.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		last := upstream.requests()
		_, _ = io.WriteString(w, last[len(last)-1].body)
	}
	line := newWire(t, upstream.URL)
	line.set(func() fault { return fault{piece: 1000} })
	g := guard(t, line.url(), report, contract(anything), func(c *gateway.Config) { c.BodyLimit = 1000 })
	for _, size := range []int{999, 1001, 300_000} {
		sent := bytes.Repeat([]byte("0123456789"), size/10)
		response, body := send(t, request(t, "POST", g.url+"/a", string(sent)))
		if response.StatusCode != 200 || body != string(sent) {
			t.Errorf("%d bytes: status %d, %d came back", len(sent), response.StatusCode, len(body))
		}
	}
}
