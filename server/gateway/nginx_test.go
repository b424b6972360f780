package gateway_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// nginx starts Debian's nginx as a child process in front of target, and returns its URL. Without nginx the test is left out,
// which is a failure where CI is set.
func nginx(t *testing.T, target string) string {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx"
		_, err = os.Stat(program)
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI must test with nginx: make setup installs it")
		}
		t.Skip("nginx is not installed: make setup")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "nginx.conf")
	config := fmt.Sprintf(`daemon off; master_process off; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  upstream target { server %[2]s; keepalive 8; }
  server {
    listen %[3]s;
    location / { proxy_pass http://target; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr; proxy_request_buffering off; }
  }
}`, folder, strings.TrimPrefix(target, "http://"), address)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, "-p", folder, "-e", filepath.Join(folder, "error.log"), "-c", file)
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			connection.Close()
			return "http://" + address
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(folder, "error.log"))
			t.Fatalf("nginx does not start: %s", log)
		}
	}
}

// smuggling is requests that two servers could cut in different places. Each carries a second one.
func smuggling() map[string]string {
	head := "PUT " + containerAPI + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer a.b.c\r\n"
	length := "Content-Length: " + strconv.Itoa(len(goodBody)) + "\r\n"
	smuggled := "POST /smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
	inChunks := strconv.FormatInt(int64(len(goodBody)), 16) + "\r\n" + goodBody + "\r\n0\r\n\r\n"
	return map[string]string{
		"CL.TE":                   head + "Content-Length: " + strconv.Itoa(len(inChunks)+len(smuggled)) + "\r\nTransfer-Encoding: chunked\r\n\r\n" + inChunks + smuggled,
		"TE.CL":                   head + length + "Transfer-Encoding: chunked\r\n\r\n" + goodBody + smuggled,
		"TE.TE, list":             head + length + "Transfer-Encoding: identity, chunked\r\n\r\n" + inChunks + smuggled,
		"TE.TE, twice":            head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n" + inChunks + smuggled,
		"TE with a tab":           head + length + "Transfer-Encoding:\tchunked\x0b\r\n\r\n" + inChunks + smuggled,
		"TE with a space":         head + length + "Transfer-Encoding : chunked\r\n\r\n" + inChunks + smuggled,
		"TE with an underscore":   head + length + "Transfer_Encoding: chunked\r\n\r\n" + goodBody,
		"CL.CL":                   head + length + "Content-Length: 0\r\n\r\n" + goodBody + smuggled,
		"CL signed":               head + "Content-Length: +" + strconv.Itoa(len(goodBody)) + "\r\n\r\n" + goodBody + smuggled,
		"CL with an underscore":   head + length + "Content_Length: 0\r\n\r\n" + goodBody,
		"two hosts":               head + "Host: y\r\n" + length + "\r\n" + goodBody,
		"bare carriage return":    head + "X-A: b\rContent-Length: 0\r\n" + length + "\r\n" + goodBody,
		"NUL":                     head + "X-A: b\x00\r\n" + length + "\r\n" + goodBody,
		"expects, and has two":    head + length + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n" + inChunks + smuggled,
		"body of a rollback":      "POST " + rollback + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\nContent-Length: " + strconv.Itoa(len(smuggled)) + "\r\n\r\n" + smuggled,
		"chunk with an extension": head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Replace(inChunks, "\r\n", ";a=\"\r\"\r\n", 1) + smuggled,
		"connection of the token": head + length + "Connection: close, Authorization\r\n\r\n" + goodBody,
	}
}

// TestWithNginx puts the gateway behind nginx, and in front of it: whatever is cut in different places, nothing that the contract
// does not allow reaches the upstream, and what does is whole.
func TestWithNginx(t *testing.T) {
	for _, place := range []string{"behind", "in front"} {
		t.Run(place, func(t *testing.T) {
			upstream := record(t, nil)
			var entrance string
			if place == "behind" {
				entrance = nginx(t, guard(t, upstream.URL).url)
			} else {
				entrance = guard(t, nginx(t, upstream.URL)).url
			}
			for _, row := range []struct {
				request *http.Request
				status  int
			}{
				{request(t, "PUT", entrance+containerAPI, goodBody), 200},
				{chunked(request(t, "PUT", entrance+containerAPI, goodBody)), 200},
				{request(t, "POST", entrance+rollback, ""), 200},
				{request(t, "PUT", entrance+containerAPI, "{}"), 400},
				{request(t, "PUT", entrance+containerAPI, goodBody, "Authorization", ""), 401},
				{request(t, "PUT", entrance+strings.Replace(containerAPI, "versions/1", "versions/1%2f..", 1), goodBody), 404},
				{request(t, "PUT", entrance+containerAPI+"?x=1&x=2;z=%zz", goodBody), 400},
			} {
				if response, body := send(t, row.request); response.StatusCode != row.status {
					t.Errorf("%s %s: %d %s", row.request.Method, row.request.URL, response.StatusCode, body)
				}
			}
			if n := len(upstream.requests()); n != 3 {
				t.Errorf("%d requests reached the upstream", n)
			}
			for name, text := range smuggling() {
				before := len(upstream.requests())
				answers, _ := sendRawWithin(t, entrance, text, 300*time.Millisecond)
				if len(answers) == 0 {
					t.Errorf("%s: no answer", name)
				}
				for _, got := range upstream.requests()[before:] {
					path, _ := url.Parse(got.target)
					if got.method == "PUT" && (path.Path != containerAPI || got.body != goodBody || got.header.Get("Authorization") != "Bearer a.b.c") ||
						got.method == "POST" && (path.Path != rollback || got.body != "") || got.method != "PUT" && got.method != "POST" {
						t.Errorf("%s: the upstream saw %+v", name, got)
					}
				}
				// Nobody else's answer waits on a kept connection.
				if response, body := send(t, request(t, "POST", entrance+rollback, "")); response.StatusCode != 200 || body != `{"message":"upstream"}` {
					t.Errorf("after %s: %d %s", name, response.StatusCode, body)
				}
			}
		})
	}
}
