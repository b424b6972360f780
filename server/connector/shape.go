package connector

import (
	"slices"
	"strings"
)

// kind is a set of JSON types.
type kind uint8

const (
	aNull kind = 1 << iota
	boolean
	anInt
	aNumber // any number
	aString
	timestamp // a string that is an RFC 3339 date-time
	object
	array
)

// allows tells whether a value that begins with c may be of this kind.
func (k kind) allows(c byte) bool { return k&kindOf(c) != 0 || k&anInt != 0 && kindOf(c) == aNumber }

// kindOf returns the kind of the JSON value that begins with c.
func kindOf(c byte) kind {
	switch c {
	case '{':
		return object
	case '[':
		return array
	case '"':
		return aString
	case 't', 'f':
		return boolean
	case 'n':
		return aNull
	}
	return aNumber
}

// expectation says what a value of another kind should have been.
func (k kind) expectation() string {
	var names []string
	for i, name := range [...]string{"null", "boolean", "integer", "number", "string", "", "object", "array"} {
		if k&(1<<i) != 0 && name != "" {
			names = append(names, name)
		}
	}
	return "This value should be of type " + strings.Join(names, " or ") + "."
}

// shape is what a document must look like at one place.
type shape struct {
	kind    kind
	members []member // of an object: all required, in the documented order; others may follow
	items   *shape   // of an array's elements, or of the values of an object without members; nil: anything
}

type member struct {
	name string
	shape
	secret   bool // dropped, with a warning, however its letters are cased; never required
	trailing bool // written behind the unknown members; never required
}

func (s shape) orNull() shape { s.kind |= aNull; return s }

func listOf(s shape) shape { return shape{kind: array, items: &s} }

func objectOf(members ...member) shape { return shape{kind: object, members: members} }

func field(name string, s shape) member { return member{name: name, shape: s} }

var (
	aBool      = shape{kind: boolean}
	anInteger  = shape{kind: anInt}
	aText      = shape{kind: aString}
	aTime      = shape{kind: aString | timestamp}
	aScalar    = shape{kind: aNull | boolean | aNumber | aString}
	anObject   = shape{kind: object}
	aFreeList  = shape{kind: array | object} // PHP writes an empty map as []
	textsOrMap = shape{kind: array | object, items: &aText}
)

// versionShape is the contract's ConnectorVersion; a test holds the two together. It stands here because
// rules and stores must not depend on the contract's tools.
var versionShape = objectOf(
	field("name", aText),
	field("description", aText.orNull()),
	field("readme", aText.orNull()),
	field("version", aText),
	field("logo", aText.orNull()),
	field("created-at", aTime),
	field("updated-at", aTime),
	field("deleted-at", aTime.orNull()),
	field("state", aText),
	field("config", configShape),
	field("platform_dev_reference", devReferenceShape),
	field("platform_prod_reference", prodReferenceShape),
	field("prod_config", configShape.orNull()),
	field("dev_config", configShape.orNull()),
)

// storedShape is a version as it is imported and stored.
var storedShape = objectOf(append(slices.Clip(versionShape.members),
	member{name: executableInUse, shape: anInteger, trailing: true})...)

var configShape = objectOf(
	field("update-progress", aFreeList),
	field("secret-registrations", listOf(objectOf(
		field("ini_header", aText),
		field("vault_secret", aText),
		field("fields", textsOrMap),
	))),
	field("authentication-registrations", listOf(anInteger)),
	field("authentication-registrations-additional-fields", listOf(aText)),
	field("application", objectOf(
		field("command", aText),
		field("arguments", aText.orNull()),
		field("health-check", aText.orNull()),
	).orNull()),
	field("vcs", objectOf(
		field("authorization", aText),
		field("url", aText),
		field("branch", aText),
		field("username", aText.orNull()),
		field("deploy-key-public", aText.orNull()),
		field("latest-commit", aText.orNull()),
		member{name: "token", secret: true},
	).orNull()),
	field("docker", objectOf(
		field("image-name", aText.orNull()),
		field("image-tag", aText.orNull()),
		field("registry-url", aText.orNull()),
	)),
	field("individuals", listOf(objectOf(
		field("command-option", aText),
		field("field-type", aText),
		field("field-name", aText),
		field("field-required", aBool),
		field("field-placeholder", aText),
		field("field-description", aText),
		field("field-default-value", aText),
		field("field-config", aText),
		field("order", anInteger.orNull()),
		field("created-at", aTime),
		field("updated-at", aTime),
	))),
	field("migration", objectOf(field("legacy-executable", anInteger)).orNull()),
	field("execution", objectOf(
		field("execution-mode", aText),
		field("container-api-image", aText),
		field("docker-host", aText.orNull()),
		field("container-api", objectOf(
			field("image", aText.orNull()),
			field("version-constraint", aText),
		)),
	)),
	field("export", objectOf(
		field("channels", listOf(anInteger)),
		field("channel-config", aFreeList),
		field("feedback-file-enabled", aBool),
		field("feedback-file-source-connection-column", aText.orNull()),
		field("feedback-file-target-connection-column", aText.orNull()),
		field("feedback-application-config", anObject.orNull()),
	).orNull()),
	field("data-service", objectOf(
		field("column-prefix", aText.orNull()),
		field("service-type", aText.orNull()),
		field("stages", listOf(aText)),
		field("max-usage", anInteger.orNull()),
		field("service-category", aText.orNull()),
		field("datasource", anObject.orNull()),
	).orNull()),
	field("datasource", objectOf(field("categories", listOf(aText))).orNull()),
	field("buckets", listOf(anObject)),
	field("feature-flags", aFreeList),
	field("container-api-config", anObject.orNull()),
)

var runtimeShape = objectOf(field("environment", aText), field("version", aText))

var devReferenceShape = objectOf(
	field("account", anInteger.orNull()),
	field("project", anInteger.orNull()),
	field("executable", anInteger.orNull()),
	field("platform-connector", anInteger.orNull()),
	field("site", anInteger.orNull()),
	field("site-processing-cluster", aScalar),
	field("assigned-to-site", aScalar),
	field("assigned-to-channel", aScalar),
	field("assigned-to-channel-site", aScalar),
	field("assigned-to-channel-site-destination", aScalar),
	field("runtime", runtimeShape),
)

var prodReferenceShape = objectOf(
	field("executable", anInteger.orNull()),
	field("platform-connector", anInteger.orNull()),
	field("target-accounts", listOf(anInteger)),
	field("target-projects", listOf(anInteger)),
	field("target-sites", listOf(anInteger)),
	field("enabled-for-accounts", listOf(anInteger)),
	field("enabled-for-projects", listOf(anInteger)),
	field("enabled-for-sites", listOf(anInteger)),
	field("assigned-to-sites", listOf(anInteger)),
	field("released", aBool),
	field("version", aText.orNull()),
	field("runtime", runtimeShape),
)
