package format

// Patterns for the contract, in the dialect that ECMA 262 and RE2 share. Whatever a check accepts matches
// its pattern, so a validator that knows only patterns refuses nothing good. They differ where a pattern
// would become unreadable: data made from ContainerImagePattern is accepted but for a path that is too
// long; of what VersionConstraintPattern matches, the check still refuses much.
const (
	// ContainerImagePattern is the pattern of container-image.
	ContainerImagePattern = `^((` + host + `|` + ipv6 + `)/)?` + path + `(/` + path + `)*(:\w[\w.-]{0,127})?` +
		`(@sha(256:[a-f0-9]{64}|384:[a-f0-9]{96}|512:[a-f0-9]{128}))?$`

	// VersionConstraintPattern is the pattern of version-constraint: alternatives with | or || between, each
	// beginning with at most one operator and a version.
	VersionConstraintPattern = `^` + alternative + `(\|\|?` + alternative + `)*$`

	// PlainConstraintPattern matches constraints as people write them. All that matches is accepted, so
	// generators of test data can use it; not all that is accepted matches.
	PlainConstraintPattern = `^` + plain + `(( ?(\|\|?|,) ?| )` + plain + `)*$`
)

const (
	host  = label + `(\.` + label + `)*(:[0-9]+)?`
	label = `[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?`
	ipv6  = `\[([a-fA-F0-9]*:[a-fA-F0-9:]*\](:[0-9]+)?|[a-fA-F0-9]+\]:[0-9]+)`
	path  = `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
)

const (
	alternative = ` *([~^]|<>|!=|[<>]=?|==?)? *[0-9A-Za-z*@./-][^|\x00-\x1f\x7f-\x9f]*`

	plain = `((([~^]|(<>|!=|[<>]=?|==?) ?)?` + number + `(-(alpha|beta|RC|patch)[0-9]*|-dev)?` +
		`|[0-9]{1,5}(\.[0-9]{1,5}){0,2}\.[x*]|\*|dev-[a-z0-9./-]*[a-rt-z0-9])(@(dev|alpha|beta|RC|stable))?` +
		`|` + number + ` - ` + number + `)`
	number = `v?[0-9]{1,5}(\.[0-9]{1,5}){0,3}`
)
