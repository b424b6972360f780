package format_test

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/productsupcom/cde/openapi/format"
)

var images = []struct {
	name, image string
	want        error
}{
	{"the documented one", "test.domain.docker/test/container-api-image:1.0.0", nil},
	{"name alone", "nginx", nil},
	{"name and tag", "nginx:1.27", nil},
	{"longest tag", "nginx:" + strings.Repeat("t", 128), nil},
	{"tag too long", "nginx:" + strings.Repeat("t", 129), format.Invalid},
	{"port", "localhost:5000/a/b:c", nil},
	{"IPv4 registry", "127.0.0.1:5000/a", nil},
	{"IPv6 registry", "[::1]:5000/a", nil},
	{"upper case registry", "Registry.Example/a", nil},
	{"separators in the path", "a.b/c__d/e---f/g_h/i.j", nil},
	{"sha256", "a/b@sha256:" + strings.Repeat("0a", 32), nil},
	{"sha384", "a/b@sha384:" + strings.Repeat("0a", 48), nil},
	{"sha512", "a/b:tag@sha512:" + strings.Repeat("0a", 64), nil},
	{"sha256 too short", "a/b@sha256:" + strings.Repeat("0a", 31), format.Invalid},
	{"sha512 of sha256's length", "a/b@sha512:" + strings.Repeat("0a", 32), format.Invalid},
	{"upper case digest", "a/b@sha256:" + strings.Repeat("0A", 32), format.Invalid},
	{"unknown algorithm", "a/b@md5:" + strings.Repeat("0a", 16), format.Invalid},
	{"identifier", strings.Repeat("0a", 32), format.Invalid},
	{"upper case path", "a.b/C", format.Invalid},
	{"upper case name", "Nginx", format.Invalid},
	{"scheme", "https://a.b/c", format.Invalid},
	{"no name", ":1.0", format.Invalid},
	{"no tag", "a:", format.Invalid},
	{"two tags", "a:b:c", format.Invalid},
	{"leading slash", "/a", format.Invalid},
	{"trailing slash", "a/", format.Invalid},
	{"double slash", "a//b", format.Invalid},
	{"dot segments", "a/../b", format.Invalid},
	{"port out of nothing", "a.b:/c", format.Invalid},
	{"space within", "a b", format.Invalid},
	{"space behind", "nginx ", format.Invalid},
	{"newline behind", "nginx\n", format.Invalid},
	{"NUL", "nginx\x00", format.Invalid},
	{"not ASCII", "ngínx", format.Invalid},
	{"no UTF-8", "nginx\xff", format.Invalid},
	{"path too long", "a/" + strings.Repeat("b", 254), format.Invalid},
	{"longest path", strings.Repeat("b", 247), nil},
	{"empty", "", format.Blank},
	{"white space alone", " \t\u2003\n", format.Blank},
	{"longest", strings.Repeat("a", 200) + ".b/" + strings.Repeat("c", 308), format.Invalid},
	{"one character too long", strings.Repeat("é", 513), format.TooLong(512)},
}

func TestContainerImage(t *testing.T) {
	for _, test := range images {
		t.Run(test.name, func(t *testing.T) {
			for _, time := range []string{"first", "second"} { // a good one is remembered
				if got := format.ContainerImage(test.image); got != test.want {
					t.Errorf("%q, the %s time: got %v, want %v", test.image, time, got, test.want)
				}
			}
		})
	}
}

func TestContainerImageConcurrently(t *testing.T) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				for _, test := range images {
					if got := format.ContainerImage(test.image); got != test.want {
						t.Errorf("%q: got %v, want %v", test.image, got, test.want)
					}
				}
			}
		})
	}
	group.Wait()
}

func TestChecksNamesEveryFormat(t *testing.T) {
	checks := format.Checks()
	for name, bad := range map[string]string{"container-image": "a//b", "version-constraint": "~>1"} {
		if check := checks[name]; check == nil || check(bad) != format.Invalid {
			t.Errorf("%s does not refuse %q", name, bad)
		}
	}
	if len(checks) != 2 {
		t.Errorf("%d formats: a new one needs a row here", len(checks))
	}
}

func FuzzContainerImage(f *testing.F) {
	for _, test := range images {
		f.Add(test.image)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, second := format.ContainerImage(s), format.ContainerImage(s)
		if first != second {
			t.Errorf("%q: first %v, then %v", s, first, second)
		}
		if first == nil && utf8.RuneCountInString(s) > format.MaxImageLength {
			t.Errorf("%q is accepted", s)
		}
	})
}

func BenchmarkContainerImage(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := format.ContainerImage("test.domain.docker/test/container-api-image:1.0.0"); err != nil {
			b.Fatal(err)
		}
	}
}
