package validate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// direction says which way a schema is used: readOnly and writeOnly depend on it.
type direction uint8

const (
	inRequest direction = iota
	inResponse
)

// compiler turns kin-openapi's schemas into nodes. A schema that it cannot
// express exactly is an error: kin-openapi then does the whole check.
type compiler struct {
	direction direction
	formats   map[string]format
	nodes     map[nodeKey]*node
	place     []*openapi3.Schema // schemas that apply to the value at hand, outermost first
}

// nodeKey names a compiled schema: the same schema combined into another one
// knows more declared members.
type nodeKey struct{ schema, outer *openapi3.Schema }

func newCompiler(d direction, formats map[string]format) *compiler {
	return &compiler{direction: d, formats: formats, nodes: map[nodeKey]*node{}}
}

var (
	errRecursive = errors.New("a schema combined with itself")
	errMembers   = fmt.Errorf("an object with more than %d members", maxMembers)
	errCase      = errors.New("a required member that differs from a declared one by case only")
	errAccess    = errors.New("readOnly or writeOnly members in a combined schema")
	errEmpty     = errors.New("a schema of empty schemas")
	errNumber    = errors.New("a number format or multipleOf of unknown meaning")
	errEnum      = errors.New("an enum of arrays or objects")
)

// compile returns the node of a schema that applies to a value of its own.
func (c *compiler) compile(ref *openapi3.SchemaRef) (*node, error) {
	if ref == nil {
		return anything, nil
	}
	if ref.Value == nil {
		return nil, fmt.Errorf("unresolved reference %q", ref.Ref)
	}
	place := c.place
	c.place = nil
	n, err := c.inPlace(ref.Value)
	c.place = place
	return n, err
}

// inPlace returns the node of a schema that applies to the same value as the
// schemas in c.place do.
func (c *compiler) inPlace(s *openapi3.Schema) (*node, error) {
	if slices.Contains(c.place, s) {
		return nil, errRecursive
	}
	c.place = append(c.place, s)
	defer func() { c.place = c.place[:len(c.place)-1] }()
	key := nodeKey{s, c.place[0]}
	if n, ok := c.nodes[key]; ok {
		return n, nil
	}
	n := &node{}
	c.nodes[key] = n // before its members: schemas may be recursive
	if err := c.fill(n, s); err != nil {
		return nil, err
	}
	return n, nil
}

// fill compiles s into n.
func (c *compiler) fill(n *node, s *openapi3.Schema) error {
	if len(s.PatternProperties) > 0 || s.PropertyNames != nil || s.Const != nil || s.Discriminator != nil {
		return errors.New("a discriminator or a keyword of OpenAPI 3.1")
	}
	if s.IsEmpty() && (isCombined(s) || len(s.Properties) > 0 || s.Items != nil || s.AdditionalProperties.Schema != nil) {
		return errEmpty // kin-openapi looks at none of it
	}
	n.kinds, n.bools = permitted(s), 3
	var err error
	if n.num, err = compileNumber(s); err != nil {
		return err
	}
	if n.str, err = c.compileString(s); err != nil {
		return err
	}
	if n.arr, err = c.compileArray(s); err != nil {
		return err
	}
	if n.obj, err = c.compileObject(s); err != nil {
		return err
	}
	if err := compileEnum(n, s); err != nil {
		return err
	}
	return c.compileCombination(n, s)
}

// permitted returns the JSON types that a schema's type keyword permits.
func permitted(s *openapi3.Schema) kinds {
	var k kinds
	for name, kind := range map[string]kinds{
		openapi3.TypeBoolean: kindBool, openapi3.TypeNumber: kindNumber, openapi3.TypeInteger: kindNumber,
		openapi3.TypeString: kindString, openapi3.TypeArray: kindArray, openapi3.TypeObject: kindObject,
	} {
		if s.Type.Permits(name) {
			k |= kind
		}
	}
	if s.PermitsNull() {
		k |= kindNull
	}
	return k
}

func compileNumber(s *openapi3.Schema) (*numberRule, error) {
	r := &numberRule{
		integer: s.Type.Permits(openapi3.TypeInteger) && !s.Type.Permits(openapi3.TypeNumber),
		min:     math.Inf(-1), max: math.Inf(1),
		exclusiveMin: s.ExclusiveMin.IsTrue(), exclusiveMax: s.ExclusiveMax.IsTrue(),
	}
	if s.Min != nil {
		r.min = *s.Min
	}
	if s.Max != nil {
		r.max = *s.Max
	}
	if s.MultipleOf != nil {
		if r.multipleOf = *s.MultipleOf; r.multipleOf <= 0 || math.IsInf(r.multipleOf, 0) {
			return nil, errNumber
		}
	}
	if err := r.applyFormat(s.Format); err != nil {
		return nil, err
	}
	if r.free() {
		return nil, nil
	}
	return r, nil
}

// applyFormat narrows the rule to a number format.
func (r *numberRule) applyFormat(name string) error {
	switch {
	case r.integer && name == "int32":
		r.within(math.MinInt32, math.MaxInt32)
	case r.integer && name == "int64":
		r.within(math.MinInt64, math.MaxInt64)
	case r.integer && openapi3.SchemaIntegerFormats[name] != nil, !r.integer && openapi3.SchemaNumberFormats[name] != nil:
		return errNumber // somebody has defined it for the whole program
	}
	return nil
}

// within narrows the rule to lo and hi, both included.
func (r *numberRule) within(lo, hi float64) {
	if r.min < lo {
		r.min, r.exclusiveMin = lo, false
	}
	if r.max > hi {
		r.max, r.exclusiveMax = hi, false
	}
}

// free reports whether the rule accepts every number.
func (r *numberRule) free() bool {
	return !r.integer && math.IsInf(r.min, -1) && math.IsInf(r.max, 1) && r.multipleOf == 0
}

func (c *compiler) compileString(s *openapi3.Schema) (*stringRule, error) {
	if !s.Type.Permits(openapi3.TypeString) {
		return nil, nil
	}
	r := &stringRule{min: clamp(s.MinLength), max: limit(s.MaxLength)}
	var err error
	if s.Pattern != "" {
		if r.pattern, err = compilePattern(s.Pattern); err != nil {
			return nil, err
		}
	}
	r.format = c.formats[s.Format] // nil where it is not checked
	if r.min == 0 && r.max < 0 && r.pattern == nil && r.format == nil {
		return nil, nil
	}
	return r, nil
}

func (c *compiler) compileArray(s *openapi3.Schema) (*arrayRule, error) {
	if !s.Type.Permits(openapi3.TypeArray) {
		return nil, nil
	}
	r := &arrayRule{min: clamp(s.MinItems), max: limit(s.MaxItems), unique: s.UniqueItems}
	var err error
	if r.items, err = c.compile(s.Items); err != nil {
		return nil, err
	}
	if r.items == anything && r.min == 0 && r.max < 0 && !r.unique {
		return nil, nil
	}
	return r, nil
}

// compileEnum narrows n to the values of s's enum.
func compileEnum(n *node, s *openapi3.Schema) error {
	if len(s.Enum) == 0 {
		return nil
	}
	var texts []string
	var numbers []float64
	var k kinds
	var bools uint8
	for _, v := range s.Enum {
		switch v := v.(type) {
		case nil:
		case string:
			k, texts = k|kindString, append(texts, v)
		case float64:
			k, numbers = k|kindNumber, append(numbers, v)
		case bool:
			k |= kindBool
			bools |= 1
			if v {
				bools ^= 3
			}
		default:
			return errEnum
		}
	}
	n.kinds &= k | kindNull // null is accepted where nullable says so, whatever the enum holds
	n.bools = bools
	if texts != nil {
		if n.str == nil {
			n.str = &stringRule{max: -1}
		}
		n.str.enum = texts
	}
	if numbers != nil {
		if n.num == nil {
			n.num = &numberRule{min: math.Inf(-1), max: math.Inf(1)}
		}
		n.num.enum = numbers
	}
	return nil
}

// clamp returns a lower limit as an int.
func clamp(n uint64) int { return int(min(n, math.MaxInt32)) }

// limit returns an upper limit as an int, -1 for none.
func limit(n *uint64) int {
	if n == nil || *n > math.MaxInt32 {
		return -1
	}
	return int(*n)
}
