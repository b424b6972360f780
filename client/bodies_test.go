package client_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
)

// body is an update and what is wrong with it, by field; nil if nothing is.
type body struct {
	name   string
	update api.ContainerAPIUpdate
	want   map[string]string
}

// bodies are updates that the contract allows and refuses, with the texts of a blank and of an invalid value.
func bodies(blank, invalid string) []body {
	constraint := func(text string) map[string]string { return map[string]string{"version-constraint": text} }
	image := func(text string) map[string]string { return map[string]string{"image": text} }
	tooLong := func(n int) string {
		return fmt.Sprintf("This value is too long. It should have %d characters or less.", n)
	}
	with := func(image string) api.ContainerAPIUpdate {
		return api.ContainerAPIUpdate{Image: &image, VersionConstraint: "^0.20"}
	}
	only := func(constraint string) api.ContainerAPIUpdate {
		return api.ContainerAPIUpdate{VersionConstraint: constraint}
	}
	return []body{
		{"the least", only("^0.20"), nil},
		{"range", only(">=1.0 <2.0 || ^3"), nil},
		{"any", only("*"), nil},
		{"no constraint", only(""), constraint(blank)},
		{"white space", only(" \t\n"), constraint(blank)},
		{"no-break space", only("\u00a0"), constraint(blank)},
		{"no version", only("one or two"), constraint(invalid)},
		{"operator alone", only("^"), constraint(invalid)},
		{"control character", only("^1\x01"), constraint(invalid)},
		{"longest constraint", only(strings.Repeat(" ", 252) + "^12"), nil},
		{"too long a constraint", only(strings.Repeat("1", 256)), constraint(tooLong(255))},
		{"image", with("test.domain.docker/test/container-api-image:1.0.0"), nil},
		{"image of one word", with("nginx"), nil},
		{"image by digest", with("a/b@sha256:" + strings.Repeat("a", 64)), nil},
		{"blank image", with(""), image(blank)},
		{"image of white space", with("  "), image(blank)},
		{"image in capitals", with("Test/Image"), image(invalid)},
		{"image with a space", with("a b"), image(invalid)},
		{"short digest", with("a@sha256:abc"), image(invalid)},
		{"too long an image", with(strings.Repeat("a", 513)), image(tooLong(512))},
		{"not UTF-8", with("a\xff"), image(invalid)},
		{"both", api.ContainerAPIUpdate{Image: new("")}, map[string]string{"image": blank, "version-constraint": blank}},
	}
}

// compare says how an error differs from a refusal of these fields, or from nil.
func compare(want map[string]string, err error) string {
	if want == nil {
		if err != nil {
			return err.Error()
		}
		return ""
	}
	var failure *client.Error
	if !errors.As(err, &failure) || !errors.Is(err, client.ErrInvalidRequest) || failure.Message != "Bad request." {
		return fmt.Sprintf("error %v, want a refusal of %v", err, want)
	}
	return cmp.Diff(want, failure.Fields)
}

func uuidOf(text string) api.PublicID { return uuid.MustParse(text) }
