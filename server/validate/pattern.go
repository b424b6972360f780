package validate

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// pattern is a compiled pattern keyword. It matches anywhere unless it is
// anchored, as ECMA-262 and JSON Schema say. Where the
// pattern allows a table of moderate size, ASCII text runs through it; other text through package regexp.
type pattern struct {
	re    *regexp.Regexp
	table *table // nil: none
}

// ecmaEscape is a code point as ECMA-262 writes it, in the form that kin-openapi reads.
var ecmaEscape = regexp.MustCompile(`\\u([0-9A-F]{4})`)

// compilePattern compiles a contract's pattern, RE2.
func compilePattern(expr string) (*pattern, error) {
	expr = ecmaEscape.ReplaceAllString(expr, `\x{$1}`)
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", expr, err)
	}
	return &pattern{re: re, table: newTable(expr)}, nil
}

func (p *pattern) match(b []byte) bool {
	if p.table != nil {
		if match, told := p.table.match(b); told {
			return match
		}
	}
	return p.re.Match(b)
}

// table is a deterministic automaton over ASCII: next[state][class of byte]. State 0 has
// failed for good, state 1 has matched for good; the start is state 2.
type table struct {
	class   [256]uint8 // 0: not ASCII
	classes int
	shift   int // rows of next are 1<<shift long
	next    []uint16
	stays   []*[256]bool // by state: the bytes that lead back to it, nil if none do
	accepts []bool       // by state: matched if the text ends here
}

const (
	failed, matched, start = 0, 1, 2
	maxStates              = 2000 // some hundred kilobytes
)

// match reports whether the text matches, and whether the table could tell: it cannot
// where a character outside ASCII decides.
func (t *table) match(b []byte) (match, told bool) {
	state := start
	for i := 0; i < len(b); i++ {
		if stays := t.stays[state]; stays != nil {
			for i < len(b) && stays[b[i]] {
				i++
			}
			if i == len(b) {
				break
			}
		}
		class := t.class[b[i]]
		if class == 0 {
			return false, false
		}
		if state = int(t.next[state<<t.shift+int(class)]); state <= matched {
			return state == matched, true // whatever follows
		}
	}
	return t.accepts[state], true
}

// tableMaker builds a table by subset construction over the compiled program of package
// regexp/syntax.
type tableMaker struct {
	prog  *syntax.Prog
	index map[string]int // states by their set of instructions
	sets  [][]uint32
	sure  []bool // the set has matched whatever follows
	ends  []bool // the set matches at the end of the text
}

// newTable returns the table of a pattern, nil when it needs more than a table of
// moderate size or looks at words or lines.
func newTable(expr string) *table {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil
	}
	const textOnly = syntax.EmptyBeginText | syntax.EmptyEndText
	for _, inst := range prog.Inst {
		if inst.Op == syntax.InstEmptyWidth && syntax.EmptyOp(inst.Arg)&^textOnly != 0 {
			return nil
		}
	}
	m := &tableMaker{prog: prog, index: map[string]int{}}
	return m.build()
}

// build returns the table, nil when it has too many states.
func (m *tableMaker) build() *table {
	t := m.classify()
	m.state(nil, false)                                                                      // failed: no instruction
	m.sets, m.ends, m.sure = append(m.sets, nil), append(m.ends, true), append(m.sure, true) // matched
	m.state(m.closure([]uint32{uint32(m.prog.Start)}, true), true)
	for state := 0; state < len(m.sets); state++ {
		if state > maxStates {
			return nil
		}
		row := make([]uint16, 1<<t.shift)
		for class := 1; class < t.classes; class++ {
			switch {
			case state == matched || m.sure[state]:
				row[class] = matched
			default:
				row[class] = uint16(m.step(m.sets[state], t.example(class)))
			}
		}
		t.next = append(t.next, row...)
		t.stays = append(t.stays, t.loop(state, row))
	}
	t.accepts = m.ends
	return t
}

// state returns the number of a set of instructions, a new one if need be. begin says that
// nothing was read yet.
func (m *tableMaker) state(set []uint32, begin bool) int {
	key := []byte{0}
	if begin {
		key[0] = 1
	}
	for _, pc := range set {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	if n, ok := m.index[string(key)]; ok {
		return n
	}
	n := len(m.sets)
	m.index[string(key)] = n
	m.sets = append(m.sets, set)
	sure := slices.ContainsFunc(set, func(pc uint32) bool { return m.prog.Inst[pc].Op == syntax.InstMatch })
	m.sure = append(m.sure, sure)
	m.ends = append(m.ends, sure || m.matchesAtEnd(set, begin))
	return n
}

// step returns the state after reading c in a set. A search may begin anew after every
// byte; past the first byte no anchor at the beginning holds.
func (m *tableMaker) step(set []uint32, c rune) int {
	after := []uint32{uint32(m.prog.Start)}
	for _, pc := range set {
		inst := &m.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if inst.MatchRune(c) {
				after = append(after, inst.Out)
			}
		}
	}
	n := m.state(m.closure(after, false), false)
	if m.sure[n] {
		return matched
	}
	return n
}

// closure returns what can be reached from pcs without reading, sorted: the
// instructions that read, that match, or that wait for the end of the text.
func (m *tableMaker) closure(pcs []uint32, begin bool) []uint32 {
	seen := map[uint32]bool{}
	var set []uint32
	for len(pcs) > 0 {
		pc := pcs[len(pcs)-1]
		pcs = pcs[:len(pcs)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		inst := &m.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			pcs = append(pcs, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			pcs = append(pcs, inst.Out)
		case syntax.InstEmptyWidth:
			switch op := syntax.EmptyOp(inst.Arg); {
			case op&syntax.EmptyBeginText != 0 && !begin:
			case op&syntax.EmptyEndText != 0:
				set = append(set, pc)
			default:
				pcs = append(pcs, inst.Out)
			}
		case syntax.InstFail:
		default:
			set = append(set, pc)
		}
	}
	slices.Sort(set)
	return set
}

// matchesAtEnd reports whether a set matches when the text ends. begin says that it is empty.
func (m *tableMaker) matchesAtEnd(set []uint32, begin bool) bool {
	seen := map[uint32]bool{}
	for pcs := slices.Clone(set); len(pcs) > 0; {
		pc := pcs[len(pcs)-1]
		pcs = pcs[:len(pcs)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch inst := &m.prog.Inst[pc]; inst.Op {
		case syntax.InstMatch:
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			pcs = append(pcs, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			pcs = append(pcs, inst.Out)
		case syntax.InstEmptyWidth:
			if begin || syntax.EmptyOp(inst.Arg)&syntax.EmptyBeginText == 0 {
				pcs = append(pcs, inst.Out)
			}
		}
	}
	return false
}

// classify groups the ASCII bytes that no instruction tells apart.
func (m *tableMaker) classify() *table {
	t := &table{classes: 1}
	groups := map[string]uint8{}
	for c := range rune(utf8.RuneSelf) {
		var key []byte
		for i := range m.prog.Inst {
			switch inst := &m.prog.Inst[i]; inst.Op {
			case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
				key = append(key, '0')
				if inst.MatchRune(c) {
					key[len(key)-1] = '1'
				}
			}
		}
		if groups[string(key)] == 0 {
			groups[string(key)] = uint8(t.classes)
			t.classes++
		}
		t.class[c] = groups[string(key)]
	}
	t.shift = bits.Len(uint(t.classes - 1))
	return t
}

// loop returns the bytes that lead from a state back to it.
func (t *table) loop(state int, row []uint16) *[256]bool {
	var stays [256]bool
	any := false
	for c := range utf8.RuneSelf {
		stays[c] = int(row[t.class[c]]) == state
		any = any || stays[c]
	}
	if !any {
		return nil
	}
	return &stays
}

// example returns a byte of a class.
func (t *table) example(class int) rune { return rune(slices.Index(t.class[:], uint8(class))) }
