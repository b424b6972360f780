package check

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// answers are the statuses that the server gives on every operation, beside a success.
var answers = []string{"400", "401", "403", "404", "405", "408", "413", "415", "429", "500", "503"}

// shape is what generated code, docs and breaking-change tools need of every operation.
func (l *linter) shape(o operation) {
	if shared := member(l.root, "paths", o.path, "parameters"); shared != nil {
		l.refuse(shared.Line, o.path, "parameters stand on the path item, where breaking-change tools miss them",
			"move them to each operation below the path, by reference")
	}
	if o.Summary == "" || o.Description == "" || len(o.Tags) != 1 {
		l.refuse(o.line(), o.place(), "wants a summary, a description and exactly one tag", "add what is missing")
	}
	succeeds := false
	for status := range o.Responses.Map() {
		succeeds = succeeds || success(status)
	}
	if !succeeds {
		l.refuse(o.line(), o.place(), "declares no success", "declare the 2xx answer with its schema and example")
	}
	for _, status := range answers {
		if o.Responses.Value(status) == nil {
			l.refuse(o.line(), o.place(), "does not declare the answer "+status+", which the server gives on every operation",
				"reference the answer from components/responses")
		}
	}
	for _, parameter := range o.Parameters {
		if parameter.Value.Description == "" || parameter.Value.Schema == nil {
			l.refuse(o.line(), o.place()+", parameter "+parameter.Value.Name, "has no description or no schema", "add both")
		}
	}
}

var (
	operationName = regexp.MustCompile(`^[a-z][A-Za-z0-9]*$`)
	schemaName    = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
	segmentName   = regexp.MustCompile(`^([a-z0-9]+(-[a-z0-9]+)*|\{[a-z][A-Za-z0-9]*\})$`)
	propertyName  = regexp.MustCompile(`^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`)
)

// names of operations and paths are those that Go, TypeScript and the command line are derived from.
func (l *linter) names(o operation) {
	if !operationName.MatchString(o.OperationID) {
		l.refuse(o.line(), o.place(), fmt.Sprintf("operationId %q is not lowerCamelCase", o.OperationID),
			"name the operation by its verb and its noun, such as updateContainerApiVersion")
	}
	for segment := range strings.SplitSeq(strings.TrimPrefix(o.path, "/"), "/") {
		if !segmentName.MatchString(segment) {
			l.refuse(o.line(), o.place(), fmt.Sprintf("path segment %q is neither kebab-case nor {lowerCamelCase}", segment),
				"write it like the other paths of the API")
		}
	}
}

// deprecation makes the two dates certain that the Deprecation and Sunset headers are made from.
func (l *linter) deprecation(o operation) {
	since, sunset := extension(o, "x-deprecated-at"), extension(o, "x-sunset")
	if !o.Deprecated {
		if since != "" || sunset != "" {
			l.refuse(o.line(), o.place(), "has a date of deprecation or sunset but is not deprecated", "add `deprecated: true`")
		}
		return
	}
	from, err1 := time.Parse(time.DateOnly, since)
	until, err2 := time.Parse(time.DateOnly, sunset)
	switch {
	case err1 != nil || err2 != nil:
		l.refuse(o.line(), o.place(), "is deprecated without the dates that the Deprecation and Sunset headers tell",
			"add `x-deprecated-at: 'YYYY-MM-DD'` and `x-sunset: 'YYYY-MM-DD'`, in quotes")
	case !until.After(from):
		l.refuse(o.line(), o.place(), "has a sunset that does not come after its deprecation", "give callers time between the two dates")
	}
}

// dates refuses marks that make breaking-change tools look away: a stability level, and a sunset of anything but an
// operation (a deprecated field goes with the next major version).
func (l *linter) dates(node *yaml.Node, place string) {
	for key, value := range members(node) {
		switch {
		case key.Value == "x-stability-level":
			l.refuse(key.Line, place, "has a stability level, for which breaking changes are not refused", "take it away")
		case key.Value == "x-sunset" && member(node, "operationId") == nil:
			l.refuse(key.Line, place, "has a sunset date and is no operation", "leave `deprecated: true` alone; it goes with the next major version")
		case key.Value != "example" && key.Value != "examples":
			l.dates(value, join(place, key.Value))
		}
	}
	if node.Kind == yaml.SequenceNode {
		for i, item := range node.Content {
			l.dates(item, join(place, strconv.Itoa(i)))
		}
	}
}

func extension(o operation, name string) string {
	text, _ := o.Extensions[name].(string)
	return text
}

// elsewhere are constructs that RE2 and ECMA-262 do not read alike.
var elsewhere = []string{`\A`, `\z`, `\Z`, `\p`, `(?i`, `(?s`, `(?m`, `(?P`, `(?<`, `(?=`, `(?!`, `[[:`, `\Q`, `\x{`}

// pattern keeps patterns to what RE2 and ECMA-262 read alike, with anchors that bind every alternative.
func (l *linter) pattern(s schema) {
	node := member(s.Node, "pattern")
	if node == nil {
		return
	}
	problem := ""
	if _, err := regexp.Compile(node.Value); err != nil {
		problem = "does not compile: " + err.Error()
	}
	for _, construct := range elsewhere {
		if strings.Contains(node.Value, construct) {
			problem = fmt.Sprintf("uses %s, which RE2 and ECMA-262 do not read alike", construct)
		}
	}
	if strings.HasPrefix(node.Value, "^") != strings.HasSuffix(node.Value, "$") || bareAlternative(node.Value) {
		problem = "has anchors that do not bind all of it, so that more matches than it seems"
	}
	if problem != "" {
		l.refuse(node.Line, s.place, fmt.Sprintf("pattern %s %s", node.Value, problem),
			"write it as ^(a|b)$ with constructs that Go and JavaScript share")
	}
}

// bareAlternative tells whether an anchored pattern has a | outside any group and class.
func bareAlternative(pattern string) bool {
	depth, class, escaped := 0, false, false
	for _, r := range pattern {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case class:
			class = r != ']'
		case r == '[':
			class = true
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == '|' && depth == 0:
			return strings.HasPrefix(pattern, "^") || strings.HasSuffix(pattern, "$")
		}
	}
	return false
}

// reference refuses what OpenAPI 3.0 silently ignores.
func (l *linter) reference(s schema) {
	if reference := member(s.Node, "$ref"); reference != nil && len(s.Content) > 2 {
		l.refuse(reference.Line, s.place, "has keywords beside $ref, which OpenAPI 3.0 ignores",
			"put the reference into oneOf (nullable: `oneOf: [$ref, {type: object, nullable: true, enum: [null]}]`)")
	}
}

// object makes every object either closed (what callers send) or complete (what the server answers: every key always
// present), and its properties named in one of the two ways that the API has.
func (l *linter) object(s schema) {
	if name, ok := strings.CutPrefix(s.place, "components/schemas/"); ok && !strings.Contains(name, "/") && !schemaName.MatchString(name) {
		l.refuse(s.Line, s.place, "is not UpperCamelCase", "name the schema by its noun, such as ContainerApi")
	}
	properties := member(s.Node, "properties")
	if properties == nil {
		return
	}
	var required []string
	if list := member(s.Node, "required"); list != nil {
		for _, name := range list.Content {
			required = append(required, name.Value)
		}
	}
	closed := isFalse(member(s.Node, "additionalProperties"))
	for key := range members(properties) {
		if !propertyName.MatchString(key.Value) {
			l.refuse(key.Line, join(s.place, key.Value), "is neither kebab-case nor snake_case", "name it like its neighbours")
		}
		if !closed && !slices.Contains(required, key.Value) {
			l.refuse(key.Line, join(s.place, key.Value), "may be left out of an open object",
				"list it under `required` (answers carry every key; null is written) or close the object with `additionalProperties: false` (requests)")
		}
	}
	for _, name := range required {
		if member(properties, name) == nil {
			l.refuse(s.Line, join(s.place, name), "is required but is no property", "add the property or drop the name from `required`")
		}
	}
}

func isFalse(node *yaml.Node) bool {
	if node == nil || node.Kind != yaml.ScalarNode {
		return false
	}
	value, err := strconv.ParseBool(node.Value)
	return err == nil && !value
}
