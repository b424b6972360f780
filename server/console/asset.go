package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// pinned holds the files of npm's swagger-ui-dist that the page needs, unchanged; package-lock.json beside them says
// which release, a test compares them.
//
//go:embed swaggerui/swagger-ui-bundle.js swaggerui/swagger-ui.css swaggerui/oauth2-redirect.html
//go:embed swaggerui/oauth2-redirect.js swaggerui/LICENSE swaggerui/NOTICE swaggerui/swagger-ui-bundle.js.LICENSE.txt
var pinned embed.FS

// own holds this project's part of the page.
//
//go:embed page/console.js page/typescript.js page/theme.js page/console.css page/icon.svg
var own embed.FS

// assets are the handlers of all embedded files, keyed by their path below the page.
func assets() (map[string]http.Handler, error) {
	routes := map[string]http.Handler{}
	for folder, files := range map[string]embed.FS{"swaggerui": pinned, "page": own} {
		entries, err := files.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			content, err := files.ReadFile(path.Join(folder, entry.Name()))
			if err != nil {
				return nil, err
			}
			routes["/"+entry.Name()] = newAsset(entry.Name(), content)
		}
	}
	return routes, nil
}

// asset is a file that does not change while the server runs.
type asset struct {
	contentType string
	tag         string // of the file as it is; the compressed form has its own
	content     []byte
	compressed  func() []byte
}

// contentTypes are by file extension, said here because a machine's own table may say otherwise; the rest is plain text.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".yaml": "application/yaml",
}

func newAsset(name string, content []byte) *asset {
	sum := sha256.Sum256(content)
	kind, ok := contentTypes[path.Ext(name)]
	if !ok {
		kind = "text/plain; charset=utf-8"
	}
	return &asset{contentType: kind, tag: hex.EncodeToString(sum[:12]), content: content,
		compressed: sync.OnceValue(func() []byte { return compress(content) })}
}

// ServeHTTP lets a browser keep the file and ask each time whether it is still the same.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	header.Set("Cache-Control", "no-cache")
	header.Set("Vary", "Accept-Encoding")
	content, tag := a.content, a.tag
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Range") == "" {
		content, tag = a.compressed(), tag+"-gzip"
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func compress(content []byte) []byte {
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	_, _ = writer.Write(content) // a buffer takes everything
	_ = writer.Close()
	return buffer.Bytes()
}

// fail answers without a page, in the API's own manner.
func fail(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": http.StatusText(status)})
}
