package validate_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/productsupcom/cde/server/validate"
)

func TestMediaType(t *testing.T) {
	h := contract(t).Middleware(echo)
	for _, row := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"plain", []string{"Content-Type: application/json"}, 200},
		{"any case", []string{"Content-Type: APPLICATION/Json; Charset=\"UTF-8\""}, 200},
		{"no space", []string{"Content-Type: application/json;charset=utf-8"}, 200},
		{"other parameter", []string{"Content-Type: application/json; profile=x"}, 200},
		{"none", nil, 415},
		{"empty", []string{"Content-Type: "}, 415},
		{"other", []string{"Content-Type: text/plain"}, 415},
		{"form", []string{"Content-Type: application/x-www-form-urlencoded"}, 415},
		{"other JSON", []string{"Content-Type: application/problem+json"}, 415},
		{"longer", []string{"Content-Type: application/jsonx"}, 415},
		{"type only", []string{"Content-Type: application"}, 415},
		{"any", []string{"Content-Type: */*"}, 415},
		{"malformed parameter", []string{"Content-Type: application/json; charset"}, 415},
		{"parameter twice", []string{"Content-Type: application/json; charset=utf-8; charset=utf-16"}, 415},
		{"UTF-16", []string{"Content-Type: application/json; charset=utf-16"}, 415},
		{"Latin-1", []string{"Content-Type: application/json; charset=iso-8859-1"}, 415},
		{"two headers", []string{"Content-Type: application/json", "Content-Type: application/json"}, 415},
		{"a list", []string{"Content-Type: application/json, text/plain"}, 415},
		{"gzip", []string{"Content-Type: application/json", "Content-Encoding: gzip"}, 415},
		{"identity", []string{"Content-Type: application/json", "Content-Encoding: identity"}, 415},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := send(h, "PUT", putPath, strings.NewReader(putBody), row.headers...)
			if w.Code != row.status {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if row.status == 415 && (w.Body.String() != `{"message":"Unsupported Media Type"}` || w.Header().Get("Accept")+w.Header().Get("Accept-Encoding") == "") {
				t.Errorf("%s %v", w.Body, w.Header())
			}
		})
	}
}

// onlyReader hides how long its bytes are: the request is sent in chunks.
type onlyReader struct{ io.Reader }

func TestBodySize(t *testing.T) {
	const limit = 200
	h := contract(t, validate.WithBodyLimit(limit)).Middleware(echo)
	pad := func(n int) string { return putBody + strings.Repeat(" ", n-len(putBody)) }
	for _, row := range []struct {
		name   string
		body   io.Reader
		status int
	}{
		{"at the limit", strings.NewReader(pad(limit)), 200},
		{"over", strings.NewReader(pad(limit + 1)), 413},
		{"at the limit, chunked", onlyReader{strings.NewReader(pad(limit))}, 200},
		{"over, chunked", onlyReader{strings.NewReader(pad(limit + 1))}, 413},
		{"without an end, chunked", onlyReader{endless{}}, 413},
		{"byte by byte", onlyReader{iotest.OneByteReader(strings.NewReader(putBody))}, 200},
		{"end with the last byte", onlyReader{iotest.DataErrReader(strings.NewReader(putBody))}, 200},
		{"limit in front", http.MaxBytesReader(nil, io.NopCloser(onlyReader{endless{}}), 100), 413},
		{"cut off", onlyReader{io.MultiReader(strings.NewReader(putBody[:20]), iotest.ErrReader(io.ErrUnexpectedEOF))}, 400},
		{"too slow", onlyReader{iotest.ErrReader(os.ErrDeadlineExceeded)}, 408},
		{"empty", strings.NewReader(""), 400},
		{"empty, chunked", onlyReader{strings.NewReader("")}, 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := send(h, "PUT", putPath, row.body, "Content-Type: application/json")
			if w.Code != row.status {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if closes := w.Header().Get("Connection") == "close"; closes != (row.status == 413 || row.status == 408 || row.name == "cut off") {
				t.Errorf("Connection: %q", w.Header().Get("Connection"))
			}
			if row.status == 400 && w.Body.String() != noFields {
				t.Errorf("body %s", w.Body)
			}
		})
	}
}

// endless reads spaces for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestNoBodyWhereNoneIsDeclared(t *testing.T) {
	const limit = 200
	h := contract(t, validate.WithBodyLimit(limit)).Middleware(echo)
	for _, row := range []struct {
		name    string
		body    io.Reader
		headers []string
		status  int
	}{
		{"at the limit", strings.NewReader(strings.Repeat(" ", limit)), nil, 400},
		{"over the limit", strings.NewReader(strings.Repeat(" ", limit+1)), nil, 413},
		{"at the limit, chunked", onlyReader{strings.NewReader(strings.Repeat(" ", limit))}, nil, 400},
		{"over the limit, chunked", onlyReader{endless{}}, nil, 413},
		{"limit in front", http.MaxBytesReader(nil, io.NopCloser(onlyReader{endless{}}), 100), nil, 413},
		{"too slow, chunked", onlyReader{iotest.ErrReader(os.ErrDeadlineExceeded)}, nil, 408},
		{"none", nil, nil, 200},
		{"Content-Length: 0", strings.NewReader(""), nil, 200},
		{"a media type and nothing else", nil, []string{"Content-Type: text/plain"}, 200},
		{"chunked, empty", onlyReader{strings.NewReader("")}, nil, 200},
		{"an object", strings.NewReader("{}"), []string{"Content-Type: application/json"}, 400},
		{"a space", strings.NewReader(" "), nil, 400},
		{"chunked", onlyReader{strings.NewReader("x")}, nil, 400},
		{"encoded", strings.NewReader("x"), []string{"Content-Encoding: gzip"}, 415},
		{"cut off", onlyReader{iotest.ErrReader(io.ErrUnexpectedEOF)}, nil, 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := send(h, "POST", postPath, row.body, row.headers...)
			if w.Code != row.status || row.status == 400 && w.Body.String() != noFields {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestOptionalBody(t *testing.T) {
	v, err := validate.New([]byte(strings.Replace(string(tiny(`{"type":"integer"}`)), `"required":true,"content"`, `"content"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		body   io.Reader
		header string
		status int
	}{
		{nil, "", 200},
		{onlyReader{strings.NewReader("")}, "application/json", 200},
		{strings.NewReader("1"), "application/json", 200},
		{strings.NewReader("1"), "text/plain", 415},
		{strings.NewReader(`"a"`), "application/json", 400},
	} {
		if w := send(v.Middleware(echo), "PUT", "/things/x", row.body, "Content-Type: "+row.header); w.Code != row.status {
			t.Errorf("%v: %d %s", row, w.Code, w.Body)
		}
	}
}

func TestBodiesThatAreNotJSON(t *testing.T) {
	v, err := validate.New([]byte(strings.Replace(string(tiny(`{"type":"object"}`)), `"content":{"application/json"`, `"content":{
		"application/x-www-form-urlencoded":{"schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}},
		"text/*":{},"application/*+json":{},"application/json"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if request, _ := v.Operations()[0].Compiled(); request || len(v.Operations()[0].Fallbacks()) == 0 {
		t.Error("said to be compiled")
	}
	for _, row := range []struct {
		media, body string
		status      int
	}{
		{"application/x-www-form-urlencoded", "n=1", 200},
		{"application/x-www-form-urlencoded", "n=x", 400},
		{"application/x-www-form-urlencoded", "", 400},
		{"text/csv", "a;b", 200},
		{"application/json", "{}", 200},
		{"application/octet-stream", "x", 415},
	} {
		if w := send(v.Middleware(echo), "PUT", "/things/x", strings.NewReader(row.body), "Content-Type: "+row.media); w.Code != row.status || w.Code == 200 && w.Body.String() != row.body {
			t.Errorf("%v: %d %s", row, w.Code, w.Body)
		}
	}
}

func TestHandlerSeesTheCheckedBytes(t *testing.T) {
	v := contract(t)
	o := operation(t, v, "updateContainerApiVersion")
	r := httptest.NewRequest("PUT", "/", onlyReader{strings.NewReader(putBody)})
	r.Header.Set("Content-Type", "application/json")
	if _, ok := validate.Body(r); ok {
		t.Error("a body that was not checked")
	}
	if refusal := o.CheckRequest(r, func(name string) string { return params[name] }); refusal != nil {
		t.Fatal(refusal)
	}
	if r.ContentLength != int64(len(putBody)) || len(r.TransferEncoding) != 0 {
		t.Errorf("length %d, transfer encoding %q", r.ContentLength, r.TransferEncoding)
	}
	if seen, ok := validate.Body(r); !ok || string(seen) != putBody {
		t.Errorf("bytes %q", seen)
	}
	if read, err := io.ReadAll(iotest.OneByteReader(r.Body)); err != nil || string(read) != putBody {
		t.Errorf("read %q, %v", read, err)
	}
	if n, err := r.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the end: %d, %v", n, err)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
	validate.Release(r)
	validate.Release(r)
	if _, ok := validate.Body(r); ok {
		t.Error("bytes after Release")
	}
	if n, err := r.Body.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, io.EOF) {
		t.Errorf("after Release: %d, %v", n, err)
	}
}

// A transport may read a request's body after the handler has returned. It must never see another
// request's bytes.
func TestLateReaderSeesNoOtherBody(t *testing.T) {
	var late sync.WaitGroup
	seen := 0
	h := contract(t).Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		own, _ := validate.Body(r)
		own = bytes.Clone(own)
		body := r.Body
		seen++
		late.Go(func() {
			for range 20 {
				p := make([]byte, 7)
				n, err := body.Read(p)
				if err != nil {
					return
				}
				if !bytes.HasPrefix(own, p[:n]) {
					t.Errorf("%q is not of %q", p[:n], own)
				}
				own = own[n:]
			}
		})
	}))
	var senders sync.WaitGroup
	var mu sync.Mutex
	for i := range 8 {
		senders.Go(func() {
			body := `{"version-constraint":"^` + strings.Repeat(string(rune('1'+i)), 5) + `"}`
			for range 100 {
				mu.Lock() // the handler counts
				w := put(h, body)
				mu.Unlock()
				if w.Code != 200 {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			}
		})
	}
	senders.Wait()
	late.Wait()
	if seen != 800 {
		t.Errorf("%d requests", seen)
	}
}

// TestExamplesOfTheContract checks that every example is accepted, and costs no allocation.
func TestExamplesOfTheContract(t *testing.T) {
	checked := 0
	check := func(o *validate.Operation, example []byte, accepted func() bool) {
		t.Helper()
		if checked++; !accepted() {
			t.Errorf("%s: refused: %s", o, example)
		} else if n := testing.AllocsPerRun(100, func() { accepted() }); n != 0 {
			t.Errorf("%s: %v allocations: %s", o, n, example)
		}
	}
	for _, o := range contract(t).Operations() {
		model := o.Model()
		if model.RequestBody != nil {
			for _, body := range contentExamples(t, model.RequestBody.Value.Content) {
				check(o, body, func() bool { return o.CheckBody(body) == nil })
			}
		}
		for status, response := range model.Responses.Map() {
			for _, body := range contentExamples(t, response.Value.Content) {
				check(o, body, func() bool { return o.CheckResponse(statusOf(t, status), jsonHeader, body) == nil })
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d examples", checked)
	}
}
