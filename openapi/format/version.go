package format

import "strings"

// isVersion tells whether Composer can normalise s to a version or a branch.
func isVersion(s string) bool {
	s = withoutAlias(s)
	if at := strings.LastIndexByte(s, '@'); at >= 0 && isFlag(s[at+1:]) {
		s = s[:at]
	}
	if s == "master" || s == "trunk" || s == "default" || len(s) >= 4 && equalFold(s[:4], "dev-") {
		return true
	}
	if at := strings.IndexByte(s, '+'); at > 0 && at+1 < len(s) &&
		!strings.Contains(s[at:], " ") && !strings.ContainsAny(s[:at], " ,") {
		s = s[:at] // build metadata
	}
	return isNumbered(s) || isDated(s) || isNumberedBranch(s)
}

// isNumbered reads 1.2.3.4 with a stability: at most five digits in front, at most four numbers.
func isNumbered(s string) bool {
	s = withoutV(s)
	n := digits(s)
	if n < 1 || n > 5 {
		return false
	}
	s = numbers(s[n:], 3)
	_, ok := modifier(s)
	return ok
}

// isDated reads 2026-11-23 or 20261123.1530 with a stability: a year, one to six pairs of digits, and one to three
// digits more.
func isDated(s string) bool {
	s = withoutV(s)
	if digits(s) < 4 {
		return false
	}
	s = s[4:]
	for pairs := 0; ; pairs++ {
		if pairs > 0 {
			if _, ok := modifier(s); ok {
				return true
			}
			for n := 1; n <= 3; n++ {
				if rest := dateDigits(s, n); len(rest) < len(s) {
					if _, ok := modifier(rest); ok {
						return true
					}
				}
			}
		}
		rest := dateDigits(s, 2)
		if pairs == 6 || len(rest) == len(s) {
			return false
		}
		s = rest
	}
}

// dateDigits cuts n digits, and a separator before them, off the front of s; it returns s if they are not there.
func dateDigits(s string, n int) string {
	rest := s
	if rest != "" && strings.IndexByte(".:-", rest[0]) >= 0 {
		rest = rest[1:]
	}
	if digits(rest) < n {
		return s
	}
	return rest[n:]
}

// isNumberedBranch reads 1.2.x-dev.
func isNumberedBranch(s string) bool {
	if len(s) < 3 || !equalFold(s[len(s)-3:], "dev") {
		return false
	}
	s = s[:len(s)-3]
	if s != "" && (s[len(s)-1] == '-' || s[len(s)-1] == '.') {
		s = s[:len(s)-1]
	}
	s = withoutV(strings.Trim(s, " "))
	n := digits(s)
	if n == 0 {
		return false
	}
	s = s[n:]
	for range 3 {
		if len(s) < 2 || s[0] != '.' {
			break
		}
		if n := digits(s[1:]); n > 0 {
			s = s[1+n:]
		} else if isStar(s[1]) {
			s = s[2:]
		} else {
			return false
		}
	}
	return s == ""
}

// isSuffixedBranch reads feature-dev, an old spelling of dev-feature.
func isSuffixedBranch(s string) bool {
	if !strings.HasSuffix(s, "-dev") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLetter(c) && c != '-' && c != '.' && c != '/' {
			return false
		}
	}
	return true
}

// isRangeVersion tells whether s may stand behind ~ or ^: what isRange reads, which is a version once the
// suffix is there where no stability is.
func isRangeVersion(s, suffix string) bool {
	stability, ok := rangeVersion(s)
	if !ok {
		return false
	}
	if stability {
		return isVersion(s)
	}
	return isVersion(s + suffix)
}

func isRange(s string) bool { _, ok := rangeVersion(s); return ok }

// rangeVersion reads one to four numbers of any length, a stability or .x-dev, and build metadata.
func rangeVersion(s string) (stability, ok bool) {
	s = withoutV(s)
	n := digits(s)
	if n == 0 {
		return false, false
	}
	s, build, found := strings.Cut(numbers(s[n:], 3), "+")
	if found && (build == "" || strings.Contains(build, " ")) {
		return false, false
	}
	if stability, ok = modifier(s); ok {
		return stability, true
	}
	if len(s) >= 5 && s[0] == '.' && isStar(s[1]) {
		if s = s[2:]; s[0] == '.' || s[0] == '-' {
			s = s[1:]
		}
		return true, equalFold(s, "dev")
	}
	return false, false
}

// modifier reads a stability with its numbers, and dev, each optional with an optional separator: -beta.2, RC1-dev.
func modifier(s string) (stability, ok bool) {
	if s != "" && (s[0] == '.' || s[0] == '_' || s[0] == '-') {
		s = s[1:]
	}
	for _, word := range [...]string{"stable", "beta", "b", "RC", "alpha", "a", "patch", "pl", "p"} {
		if len(s) >= len(word) && equalFold(s[:len(word)], word) {
			s, stability = s[len(word):], true
			for {
				rest := s
				if rest != "" && (rest[0] == '.' || rest[0] == '-') {
					rest = rest[1:]
				}
				n := digits(rest)
				if n == 0 {
					break
				}
				s = rest[n:]
			}
			break
		}
	}
	if s == "" {
		return stability, true
	}
	if s[0] == '.' || s[0] == '-' {
		s = s[1:]
	}
	return true, equalFold(s, "dev")
}

// isAnything reads *, x and *.*.
func isAnything(s string) bool {
	s = withoutV(s)
	if s == "" || !isStar(s[0]) {
		return false
	}
	for s = s[1:]; len(s) >= 2 && s[0] == '.' && isStar(s[1]); s = s[2:] {
	}
	return s == ""
}

// isWildcard reads 1.2.*.
func isWildcard(s string) bool {
	s = strings.TrimPrefix(s, "v")
	n := digits(s)
	if n == 0 {
		return false
	}
	s = numbers(s[n:], 2)
	stars := 0
	for ; len(s) >= 2 && s[0] == '.' && isStar(s[1]); s = s[2:] {
		stars++
	}
	return stars > 0 && s == ""
}

// numbers cuts at most limit times a dot and a number off the front of s.
func numbers(s string, limit int) string {
	for range limit {
		if s == "" || s[0] != '.' {
			break
		}
		n := digits(s[1:])
		if n == 0 {
			break
		}
		s = s[1+n:]
	}
	return s
}

func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func withoutV(s string) string {
	if s != "" && (s[0] == 'v' || s[0] == 'V') {
		return s[1:]
	}
	return s
}

// equalFold compares without the case of ASCII letters; strings.EqualFold would also take K for the Kelvin sign.
func equalFold(s, t string) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range len(s) {
		a, b := s[i], t[i]
		if a != b && (!isLetter(a) || a|0x20 != b|0x20) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isStar(c byte) bool   { return c == '*' || c == 'x' || c == 'X' }
