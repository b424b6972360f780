package validate

// combination is a schema's oneOf, anyOf, allOf and not.
type combination struct {
	all, any []*node
	one      []*node
	byKind   [6]*node // oneOf whose branches accept different types: the branch by type
	decided  bool     // byKind holds
	not      *node
	bare     bool // the schema has no rules of its own: what the combination accepts is accepted
}

// combine reads the value at i against n, which has a combination. Branches that
// accept different types are decided by the value's first byte; others read the
// value one after the other.
func (s *scanner) combine(n *node, i int) int {
	c := n.combined
	end := -1
	null := s.data[i] == 'n'
	if null && n.kinds&kindNull != 0 {
		return s.literal(i, "null") // nullable goes before everything else
	}
	if c.not != nil {
		if s.branch(c.not, i) >= 0 || s.fault != faultNone {
			return -1
		}
	}
	if len(c.one) > 0 {
		if end = s.oneOf(c, i); end < 0 {
			return -1
		}
	}
	if len(c.any) > 0 {
		if end = s.anyOf(c.any, i); end < 0 {
			return -1
		}
	}
	for _, branch := range c.all {
		if end = s.value(branch, i); end < 0 {
			return -1
		}
	}
	if end >= 0 && (null || c.bare) {
		return end
	}
	return s.own(n, i)
}

func (s *scanner) oneOf(c *combination, i int) int {
	if c.decided {
		branch := c.byKind[kindIndex(kindAt(s.data[i]))]
		if branch == nil {
			return -1
		}
		return s.value(branch, i)
	}
	end := -1
	for _, branch := range c.one {
		after := s.branch(branch, i)
		if s.fault != faultNone || after >= 0 && end >= 0 {
			return -1
		}
		if after >= 0 {
			end = after
		}
	}
	return end
}

func (s *scanner) anyOf(branches []*node, i int) int {
	for _, branch := range branches {
		if end := s.branch(branch, i); end >= 0 || s.fault != faultNone {
			return end
		}
	}
	return -1
}

// branch reads the value at i against n and leaves no trace of a mismatch.
func (s *scanner) branch(n *node, i int) int {
	depth := s.depth
	end := s.value(n, i)
	s.depth = depth
	return end
}

// kindIndex returns the position of a single kind.
func kindIndex(k kinds) int {
	switch k {
	case kindNull:
		return 0
	case kindBool:
		return 1
	case kindNumber:
		return 2
	case kindString:
		return 3
	case kindArray:
		return 4
	}
	return 5
}
