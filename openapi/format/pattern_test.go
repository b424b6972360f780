package format_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/openapi/format"
)

// The contract's patterns, put together so that a person can read them, in the dialect that ECMA 262 and RE2 share.
// Whatever a check accepts matches its pattern, so a validator that knows only patterns refuses nothing good. They differ
// where a pattern would become unreadable: data made from containerImagePattern is accepted but for a path that is too
// long; of what versionConstraintPattern matches, the check still refuses much.
const (
	// containerImagePattern is the pattern of container-image.
	containerImagePattern = `^((` + host + `|` + ipv6 + `)/)?` + path + `(/` + path + `)*(:\w[\w.-]{0,127})?` +
		`(@sha(256:[a-f0-9]{64}|384:[a-f0-9]{96}|512:[a-f0-9]{128}))?$`

	// versionConstraintPattern is the pattern of version-constraint: alternatives with | or || between, each
	// beginning with at most one operator and a version.
	versionConstraintPattern = `^` + alternative + `(\|\|?` + alternative + `)*$`

	// plainConstraintPattern matches constraints as people write them. All that matches is accepted, so
	// generators of test data can use it; not all that is accepted matches.
	plainConstraintPattern = `^` + plain + `(( ?(\|\|?|,) ?| )` + plain + `)*$`
)

const (
	host  = label + `(\.` + label + `)*(:[0-9]+)?`
	label = `[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?`
	ipv6  = `\[([a-fA-F0-9]*:[a-fA-F0-9:]*\](:[0-9]+)?|[a-fA-F0-9]+\]:[0-9]+)`
	path  = `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
)

const (
	alternative = ` *([~^]|<>|!=|[<>]=?|==?)? *[0-9A-Za-z*@./-][^|\x00-\x1f\x7f-\x9f]*`

	plain = `((([~^]|(<>|!=|[<>]=?|==?) ?)?` + number + `(-(alpha|beta|RC|patch)[0-9]*|-dev)?` +
		`|[0-9]{1,5}(\.[0-9]{1,5}){0,2}\.[x*]|\*|dev-[a-z0-9./-]*[a-rt-z0-9])(@(dev|alpha|beta|RC|stable))?` +
		`|` + number + ` - ` + number + `)`
	number = `v?[0-9]{1,5}(\.[0-9]{1,5}){0,3}`
)

// TestContractHasThePatterns: the contract is where they count.
func TestContractHasThePatterns(t *testing.T) {
	for _, pattern := range []string{containerImagePattern, versionConstraintPattern} {
		if !strings.Contains(string(openapi.YAML), "pattern: '"+pattern+"'") {
			t.Errorf("the contract does not have %s", pattern)
		}
	}
}

func TestPatternsMatchWhatIsAccepted(t *testing.T) {
	image := regexp.MustCompile(containerImagePattern)
	for _, test := range images {
		if test.want == nil && !image.MatchString(test.image) {
			t.Errorf("%q is accepted but does not match", test.image)
		}
	}
	constraint := regexp.MustCompile(versionConstraintPattern)
	r := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	check := func(s string) {
		if format.VersionConstraint(s) == nil {
			if accepted++; !constraint.MatchString(s) {
				t.Errorf("%q is accepted but does not match", s)
			}
		}
	}
	for _, row := range readVerdicts(t) {
		check(row.Constraint)
	}
	for range 20_000 {
		check(assemble(r))
	}
	if accepted < 1000 {
		t.Errorf("only %d constraints were accepted", accepted)
	}
	for _, s := range []string{"", " ", "|", "^1 |", "~>1", "=>1", "^^1", "(1)", "[1,2)", "^1\n", "≥1", "'1'"} {
		if constraint.MatchString(s) {
			t.Errorf("%q matches", s)
		}
	}
	plain := regexp.MustCompile(plainConstraintPattern)
	for _, s := range []string{"^0.20", "^1.2", "~1.2", "~1.2.3", "1.2.*", ">=1.0 <2.0", ">=1.0,<2.0", "^1 || ^2", "1.0 - 2.0", "*",
		"1.2.3", "v1.2", "1.0-beta2", "1.0@dev", "!=1.5", "dev-main", ">= 1.0, < 2.0"} {
		if !plain.MatchString(s) {
			t.Errorf("%q is plain and does not match", s)
		}
	}
}

// TestPatternsGenerateWhatIsAccepted makes data from the patterns as test generators do.
func TestPatternsGenerateWhatIsAccepted(t *testing.T) {
	for _, test := range []struct {
		pattern string
		check   func(string) error
		least   float64 // the share that must be accepted
	}{
		{containerImagePattern, format.ContainerImage, 0.98},
		{plainConstraintPattern, format.VersionConstraint, 1},
	} {
		re, err := syntax.Parse(test.pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(5, 6))
		made, accepted := 0, 0
		var refused []string
		for made < 5000 {
			s := generate(r, re)
			if len(s) > 255 || s == "" {
				continue
			}
			made++
			if test.check(s) == nil {
				accepted++
			} else {
				refused = append(refused, s)
			}
		}
		share := float64(accepted) / float64(made)
		t.Logf("%d characters of pattern, %.3f of its data accepted", len(test.pattern), share)
		if share < test.least {
			t.Errorf("only %.3f is accepted; refused are %q", share, refused[:20])
		}
	}
}

// generate returns a string that the expression matches.
func generate(r *rand.Rand, re *syntax.Regexp) string {
	var b strings.Builder
	repeat := func(low, high int) {
		for range low + r.IntN(high-low+1) {
			b.WriteString(generate(r, re.Sub[0]))
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		pair := 2 * r.IntN(len(re.Rune)/2)
		low, high := re.Rune[pair], min(re.Rune[pair+1], re.Rune[pair]+200)
		b.WriteRune(low + r.Int32N(high-low+1))
	case syntax.OpStar:
		repeat(0, 3)
	case syntax.OpPlus:
		repeat(1, 3)
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpRepeat:
		repeat(re.Min, max(re.Max, re.Min))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			b.WriteString(generate(r, sub))
		}
	case syntax.OpAlternate:
		b.WriteString(generate(r, re.Sub[r.IntN(len(re.Sub))]))
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpEmptyMatch:
	default:
		panic(fmt.Sprintf("%v: %v", re.Op, re))
	}
	return b.String()
}
