package validate

import (
	"math"
	"strconv"
)

// numberRule is what a schema asks of a number. Numbers are compared as
// float64, as kin-openapi does.
type numberRule struct {
	integer                    bool
	min, max                   float64 // -Inf and +Inf: none
	exclusiveMin, exclusiveMax bool
	multipleOf                 float64   // 0: none
	enum                       []float64 // nil: no enum
}

// exactDigits is how many decimal digits every float64 holds exactly.
const exactDigits = 15

// number reads the number at i against r, which may be nil.
func (s *scanner) number(r *numberRule, i int) int {
	end, digits, plain := s.scanNumber(i)
	if end < 0 || r == nil && plain && digits <= 300 {
		return end
	}
	v, ok := parseNumber(s.data[i:end], plain && digits <= exactDigits)
	if !ok {
		return s.stop(faultNumber, i)
	}
	if r == nil {
		return end
	}
	switch r.accepts(v) {
	case yes:
		return end
	case no:
		return -1
	}
	return s.stop(faultUndecided, i)
}

// scanNumber reads the number's grammar. It returns how many digits stand before
// the point and whether nothing but digits and a sign stand there.
func (s *scanner) scanNumber(i int) (end, digits int, plain bool) {
	data := s.data
	if data[i] == '-' {
		i++
	}
	start := i
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	digits = i - start
	if digits == 0 || digits > 1 && data[start] == '0' {
		return s.stop(faultSyntax, i), 0, false
	}
	if i >= len(data) || data[i] != '.' && data[i]|0x20 != 'e' {
		return i, digits, true
	}
	if data[i] == '.' {
		if i = s.digits(i + 1); i < 0 {
			return -1, 0, false
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		i = s.digits(i)
	}
	return i, digits, false
}

// digits reads one or more digits.
func (s *scanner) digits(i int) int {
	start := i
	for i < len(s.data) && s.data[i]-'0' <= 9 {
		i++
	}
	if i == start {
		return s.stop(faultSyntax, i)
	}
	return i
}

// parseNumber returns the float64 nearest to the literal; short says that it is
// an integer of few digits.
func parseNumber(b []byte, short bool) (float64, bool) {
	if !short {
		v, err := strconv.ParseFloat(view(b), 64)
		return v, err == nil
	}
	var n int64
	digits := b
	if b[0] == '-' {
		digits = b[1:]
	}
	for _, c := range digits {
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(b) {
		n = -n
	}
	return float64(n), true
}

// verdict is an answer that may be open.
type verdict uint8

const (
	no verdict = iota
	yes
	open
)

// accepts reports whether the rule accepts v.
func (r *numberRule) accepts(v float64) verdict {
	switch {
	case r.integer && v != math.Trunc(v),
		v < r.min, v > r.max,
		r.exclusiveMin && v == r.min,
		r.exclusiveMax && v == r.max:
		return no
	}
	if r.enum != nil && !containsNumber(r.enum, v) {
		return no
	}
	if r.multipleOf > 0 {
		return isMultiple(v, r.multipleOf)
	}
	return yes
}

func containsNumber(enum []float64, v float64) bool {
	for _, e := range enum {
		if e == v {
			return true
		}
	}
	return false
}

// isMultiple reports whether v is a multiple of m, give or take the last bits of
// v. It says yes only where exact arithmetic does, and leaves close calls open.
func isMultiple(v, m float64) verdict {
	nearest := math.RoundToEven(v / m)
	if math.IsInf(nearest, 0) {
		return open
	}
	rest := math.Abs(math.FMA(nearest, -m, v)) // v - nearest*m, rounded once
	switch size := math.Abs(v); {
	case rest == 0:
		if size != 0 && size < 0x1p-900 {
			return open // an exact zero and an underflow look alike
		}
		return yes
	case math.Abs(nearest) < 1<<50 && rest > size*0x1p-40:
		return no
	}
	return open
}
