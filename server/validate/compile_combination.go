package validate

import (
	"github.com/getkin/kin-openapi/openapi3"
)

// compileCombination compiles s's oneOf, anyOf, allOf and not into n.
func (c *compiler) compileCombination(n *node, s *openapi3.Schema) error {
	if !isCombined(s) {
		return nil
	}
	comb := &combination{}
	var err error
	if comb.one, err = c.branches(s.OneOf); err != nil {
		return err
	}
	if comb.any, err = c.branches(s.AnyOf); err != nil {
		return err
	}
	if comb.all, err = c.branches(s.AllOf); err != nil {
		return err
	}
	if s.Not != nil {
		if comb.not, err = c.inPlace(s.Not.Value); err != nil {
			return err
		}
	}
	comb.decide()
	comb.bare = len(s.Enum) == 0 && n.str == nil && n.num == nil && n.arr == nil && plainObject(n.obj) && comb.within(n.kinds)
	n.combined = comb
	return nil
}

func (c *compiler) branches(refs openapi3.SchemaRefs) ([]*node, error) {
	var nodes []*node
	for _, ref := range refs {
		n, err := c.inPlace(ref.Value)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// reach returns the types that n may accept.
func (n *node) reach() kinds {
	if n.combined != nil {
		return n.kinds | kindNull
	}
	return n.kinds
}

// decide tells the branches of a oneOf apart by type, where they differ in it.
func (c *combination) decide() {
	var taken kinds
	for _, branch := range c.one {
		k := branch.reach()
		if k&taken != 0 {
			return
		}
		taken |= k
		for bit := kindNull; bit <= kindObject; bit <<= 1 {
			if k&bit != 0 {
				c.byKind[kindIndex(bit)] = branch
			}
		}
	}
	c.decided = true
}

// within reports whether every type that the branches accept, null aside, is in k.
func (c *combination) within(k kinds) bool {
	for _, branches := range [][]*node{c.one, c.any, c.all} {
		for _, b := range branches {
			if b.reach()&^(k|kindNull) != 0 {
				return false
			}
		}
	}
	return true
}

// plainObject reports whether the rule accepts every object. Case variants are
// seen by the branches.
func plainObject(r *objectRule) bool {
	return r == nil || len(r.names) == 0 && !r.closed && r.others == anything && r.min == 0 && r.max < 0
}
