package connector_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/connector"
)

func TestSelector(t *testing.T) {
	two, four, nine := 2, 4, 9
	versions := []connector.VersionInfo{{Number: 1}, {Number: 2}, {Number: 4, Deleted: true}, {Number: 10}, {Number: 11, Deleted: true}}
	for _, test := range []struct {
		selector string
		main     *int
		want     int // 0: no such version
	}{
		{"1", nil, 1},
		{"2", nil, 2},
		{"3", nil, 0},
		{"4", nil, 0},
		{"10", nil, 10},
		{"11", nil, 0},
		{"0", nil, 0},
		{"01", nil, 0},
		{"007", nil, 0},
		{strings.Repeat("1", 20), nil, 0},
		{strings.Repeat("9", 40), nil, 0},
		{"9223372036854775807", nil, 0},
		{"18446744073709551617", nil, 0}, // 1 to who reads only 64 bits
		{"latest", nil, 10},
		{"main", nil, 0},
		{"main", &two, 2},
		{"main", &four, 0},
		{"main", &nine, 0},
	} {
		s, err := connector.ParseSelector(test.selector)
		if err != nil || s.String() != test.selector {
			t.Errorf("%s: parsed to %s, %v", test.selector, s, err)
			continue
		}
		got, err := s.Resolve(connector.Connector{Main: test.main, Versions: versions})
		if got != test.want || (err == nil) != (test.want > 0) || err != nil && !errors.Is(err, connector.ErrVersionNotFound) {
			t.Errorf("%s: got version %d, %v; want %d", test.selector, got, err, test.want)
		}
	}
}

func TestSelectorOfNothing(t *testing.T) {
	gone := connector.Connector{Versions: []connector.VersionInfo{{Number: 1, Deleted: true}}}
	for _, c := range []connector.Connector{{}, gone} {
		for _, text := range []string{"latest", "main", "1"} {
			s, _ := connector.ParseSelector(text)
			if n, err := s.Resolve(c); !errors.Is(err, connector.ErrVersionNotFound) {
				t.Errorf("%s of %v: got %d, %v", text, c, n, err)
			}
		}
	}
	if n, err := (connector.Selector{}).Resolve(connector.Connector{}); !errors.Is(err, connector.ErrVersionNotFound) {
		t.Errorf("the zero selector: got %d, %v", n, err)
	}
}

func TestSelectorOutsideThePattern(t *testing.T) {
	for _, s := range []string{"", "MAIN", "Latest", "mainframe", "xlatest", "v2", "1.0", "1.0.5", "-1", "+1", " 1", "1 ", "1\n", "1e3", "0x1", "١", "１", "..", "string"} {
		if got, err := connector.ParseSelector(s); !errors.Is(err, connector.ErrInvalidSelector) {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
}
