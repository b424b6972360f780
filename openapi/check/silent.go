package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// silent are the rules for what oasdiff does not see.
var silent = []func(base, revision *document) []Finding{goneAfterSunset, closedRequests, lostServers, changedSecurity}

// goneAfterSunset makes the removal of an operation whose sunset date has passed what it is for semantic versioning.
// Removals that were not announced are oasdiff's to refuse.
func goneAfterSunset(base, revision *document) []Finding {
	var findings []Finding
	for was := range base.operations() {
		item := revision.spec.Spec.Paths.Value(was.path)
		if item != nil && item.GetOperation(was.method) != nil {
			continue
		}
		sunset, err := time.Parse(time.DateOnly, extension(was, "x-sunset"))
		if !was.Deprecated || err != nil || time.Now().Before(sunset) {
			continue
		}
		findings = append(findings, Finding{
			File: base.file, Line: was.line(), Place: was.place(),
			Problem: "was removed, its sunset date " + sunset.Format(time.DateOnly) + " having passed",
			Remedy:  "release it as a new major version",
		})
	}
	return findings
}

// closedRequests refuses that an object in a request that took any key takes only some.
func closedRequests(base, revision *document) []Finding {
	now := map[string]operation{}
	for operation := range revision.operations() {
		now[operation.place()] = operation
	}
	var findings []Finding
	for was := range base.operations() {
		is, ok := now[was.place()]
		if !ok || was.RequestBody == nil || is.RequestBody == nil {
			continue
		}
		for name, media := range was.RequestBody.Value.Content {
			if other := is.RequestBody.Value.Content[name]; other != nil {
				closed(media.Schema, other.Schema, "body", map[*openapi3.Schema]bool{}, func(place string, at *openapi3.Schema) {
					findings = append(findings, Finding{
						File: revision.file, Line: lineOf(at), Place: is.place() + ", " + place,
						Problem: "no longer takes keys that it does not list (additionalProperties)",
						Remedy:  "leave the object open",
					})
				})
			}
		}
	}
	return findings
}

// closed calls found for each object that is open in was and closed in is.
func closed(was, is *openapi3.SchemaRef, place string, seen map[*openapi3.Schema]bool, found func(string, *openapi3.Schema)) {
	if was == nil || is == nil || was.Value == nil || is.Value == nil || seen[is.Value] {
		return
	}
	seen[is.Value] = true
	if open(was.Value) && !open(is.Value) {
		found(place, is.Value)
	}
	for name, property := range was.Value.Properties {
		closed(property, is.Value.Properties[name], join(place, name), seen, found)
	}
	closed(was.Value.Items, is.Value.Items, join(place, "items"), seen, found)
	for _, alternatives := range [][2]openapi3.SchemaRefs{
		{was.Value.OneOf, is.Value.OneOf}, {was.Value.AnyOf, is.Value.AnyOf}, {was.Value.AllOf, is.Value.AllOf},
	} {
		for i := range min(len(alternatives[0]), len(alternatives[1])) {
			closed(alternatives[0][i], alternatives[1][i], place, seen, found)
		}
	}
}

func open(s *openapi3.Schema) bool {
	return s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has || s.AdditionalProperties.Schema != nil
}

func lineOf(s *openapi3.Schema) int {
	if s.Origin == nil || s.Origin.Key == nil {
		return 0
	}
	return s.Origin.Key.Line
}

// lostServers refuses that an address goes: callers are configured with it.
func lostServers(base, revision *document) []Finding {
	var findings []Finding
	for _, server := range base.spec.Spec.Servers {
		kept := slices.ContainsFunc(revision.spec.Spec.Servers, func(s *openapi3.Server) bool { return s.URL == server.URL })
		if !kept {
			line := 0
			if server.Origin != nil && server.Origin.Key != nil {
				line = server.Origin.Key.Line
			}
			findings = append(findings, Finding{
				File: base.file, Line: line, Place: "servers", Problem: "the address " + server.URL + " is gone",
				Remedy: "list the address as long as it answers",
			})
		}
	}
	return findings
}

// changedSecurity refuses another way of getting a token, however it is described.
func changedSecurity(base, revision *document) []Finding {
	was, is := member(base.root, "components", "securitySchemes"), member(revision.root, "components", "securitySchemes")
	var findings []Finding
	for key, scheme := range members(was) {
		now := member(is, key.Value)
		if now == nil {
			continue // Names refuses that it goes
		}
		for _, keyword := range []string{"type", "scheme", "in", "name", "openIdConnectUrl", "flows"} {
			before, after := member(scheme, keyword), member(now, keyword)
			if (before == nil) == (after == nil) && (before == nil || same(before, after)) {
				continue
			}
			findings = append(findings, Finding{
				File: revision.file, Line: now.Line, Place: "components/securitySchemes/" + key.Value,
				Problem: fmt.Sprintf("has another %s: callers get their token by it", keyword),
				Remedy:  "add a second scheme beside it, as an alternative in `security`",
			})
		}
	}
	return findings
}
