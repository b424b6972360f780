package format

import "strings"

// MaxConstraintLength is how many characters a version constraint may have.
const MaxConstraintLength = 255

// VersionConstraint returns nil if s is a version constraint as Composer reads it, such as ^0.20,
// ">=1.0 <2.0", "^1 || ^2", 1.2.*, "1.0 - 2.0", dev-main or 1.0@beta. Else it is an [Error]: [Blank], [TooLong] with
// [MaxConstraintLength], or [Invalid].
//
// The grammar is that of composer/semver 3, VersionParser::parseConstraints, its oddities included, since the
// platform that reads the constraint is PHP; https://getcomposer.org/doc/articles/versions.md describes it.
// Control characters are refused.
func VersionConstraint(s string) error {
	if isPlain(s) {
		return nil
	}
	if err := check(s, MaxConstraintLength); err != nil {
		return err
	}
	for rest, more := strings.Trim(s, " "), true; more; {
		var group string
		group, rest, more = strings.Cut(rest, "|")
		rest = strings.TrimLeft(strings.TrimPrefix(rest, "|"), " ")
		if !isConjunction(strings.TrimRight(group, " ")) {
			return Invalid
		}
	}
	return nil
}

// isPlain reads what nearly all constraints are, such as ^0.20, ~1.2.3 and 1.0: a short cut to an answer that
// the grammar gives too.
func isPlain(s string) bool {
	if len(s) > 32 {
		return false
	}
	if s != "" && (s[0] == '^' || s[0] == '~') {
		s = s[1:]
	}
	n := digits(s)
	return n >= 1 && n <= 5 && numbers(s[n:], 3) == ""
}

// isConjunction tells whether s is one or more terms, all of which must hold, with blanks or commas between.
func isConjunction(s string) bool {
	from := 0
	for i := 1; i < len(s); i++ {
		if s[i] != ' ' && s[i] != ',' {
			continue
		}
		if end := separator(s, i); end > 0 {
			if !isTerm(s[from:i]) {
				return false
			}
			from, i = end, end-1
		}
	}
	return isTerm(s[from:])
}

// separator returns where the separator of two terms that begins at s[i] ends, 0 if none begins there.
// Blanks behind an operator, around a hyphen and around "as" separate nothing, nor does a comma at the end.
func separator(s string, i int) int {
	if strings.IndexByte("=>< ,", s[i-1]) >= 0 || strings.HasSuffix(s[:i], "as") {
		return 0
	}
	for at := i + blanks(s[i:]); at >= i; at-- {
		if at == len(s) || s[at] != ' ' && s[at] != ',' || s[at-1] == '-' || strings.HasPrefix(s[at+1:], "-") {
			continue
		}
		for end := at + 1 + blanks(s[at+1:]); end > at; end-- {
			if end < len(s) && s[end] != ',' && !strings.HasPrefix(s[end:], "as") {
				return end
			}
		}
	}
	return 0
}

// isTerm tells whether s is one constraint.
func isTerm(s string) bool {
	s = withoutReference(withoutStability(withoutAlias(s)))
	switch {
	case s == "":
		return false
	case isAnything(s):
		return true
	case s[0] == '~' || s[0] == '^':
		return isRangeVersion(s[1:], "-dev")
	case isWildcard(s):
		return true
	}
	if from, to, ok := hyphenated(s); ok {
		if isRange(from) && isRange(to) {
			return isVersion(from) && isVersion(to)
		}
	}
	s = withoutOperator(s)
	return isVersion(s) || isSuffixedBranch(s)
}

// withoutAlias cuts the alias off "1.0 as 2.0".
func withoutAlias(s string) string {
	version, alias, found := strings.Cut(s, " ")
	alias, as := strings.CutPrefix(strings.TrimLeft(alias, " "), "as ")
	if alias = strings.TrimLeft(alias, " "); !found || !as || version == "" || alias == "" ||
		strings.Contains(version, ",") || strings.ContainsAny(alias, ", ") {
		return s
	}
	return version
}

// withoutStability cuts the flag off "1.0@beta".
func withoutStability(s string) string {
	if at := strings.LastIndexByte(s, '@'); at >= 0 && isFlag(s[at+1:]) && !strings.ContainsAny(s[:at], ", ") {
		if at == 0 {
			return "*"
		}
		return s[:at]
	}
	return s
}

func isFlag(s string) bool {
	for _, flag := range [...]string{"stable", "RC", "beta", "alpha", "dev"} {
		if equalFold(s, flag) {
			return true
		}
	}
	return false
}

// withoutReference cuts the commit off "1.x-dev#0f1e2d".
func withoutReference(s string) string {
	const branch = ".x-dev"
	for i := len(branch) + 1; i < len(s)-1; i++ {
		if s[i] == '#' && equalFold(s[i-len(branch):i], branch) && !strings.ContainsAny(s[:i], ", @") {
			return s[:i]
		}
	}
	return s
}

// withoutOperator cuts a comparison and the blanks behind it off.
func withoutOperator(s string) string {
	for _, operator := range [...]string{"<>", "!=", ">=", ">", "<=", "<", "==", "="} {
		if rest, found := strings.CutPrefix(s, operator); found {
			s = rest
			break
		}
	}
	return strings.Trim(s, " ")
}

// hyphenated splits "1.0 - 2.0".
func hyphenated(s string) (from, to string, ok bool) {
	from, to, ok = strings.Cut(s, " ")
	to, dash := strings.CutPrefix(strings.TrimLeft(to, " "), "- ")
	to = strings.TrimLeft(to, " ")
	return from, to, ok && dash && !strings.Contains(to, " ")
}

func blanks(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
